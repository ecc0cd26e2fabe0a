//! The languages that a plugin can be compiled from.

/// A language that plugins are compiled from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// A crate, compiled by cargo.
    Rust,
    /// Compiled by clang, or by zig.
    C,
    /// The same.
    Cpp,
    /// Compiled by the standard compiler.
    Go,
    /// Also TypeScript: bundled, and put into a component together with QuickJS.
    JavaScript,
    /// Over the SDK in C.
    Zig,
    /// Compiled by asc.
    AssemblyScript,
}

/// What the files of a language end with. `.as.ts` stands before `.ts`, which it ends with too.
const ENDINGS: [(&str, Language); 9] = [
    (".as.ts", Language::AssemblyScript),
    (".c", Language::C),
    (".cpp", Language::Cpp),
    (".cc", Language::Cpp),
    (".go", Language::Go),
    (".js", Language::JavaScript),
    (".mjs", Language::JavaScript),
    (".ts", Language::JavaScript),
    (".zig", Language::Zig),
];

impl Language {
    /// The language of a file by its name. None of a `.rs`: that is part of a crate.
    pub(super) fn of(file_name: &str) -> Option<Self> {
        let found = ENDINGS
            .iter()
            .find(|(ending, _)| file_name.ends_with(ending))?;
        // Types without code.
        (!file_name.ends_with(".d.ts")).then_some(found.1)
    }

    /// Its folders in the SDK: its own, and those that it is built upon.
    #[must_use]
    pub fn sdk(self) -> &'static [&'static str] {
        match self {
            Self::Rust => &["rust", "arrow-json", "wit"],
            Self::C => &["c"],
            Self::Cpp => &["cpp", "c"],
            Self::Go => &["go"],
            Self::JavaScript => &["javascript", "wit"],
            Self::Zig => &["zig", "c"],
            Self::AssemblyScript => &["assemblyscript"],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_told_by_the_end_of_a_name() {
        assert_eq!(Language::of("late.c"), Some(Language::C));
        assert_eq!(Language::of("late.ts"), Some(Language::JavaScript));
        assert_eq!(Language::of("late.as.ts"), Some(Language::AssemblyScript));
        for other in ["late.d.ts", "late.rs", "late.py", "late.wasm", "c"] {
            assert_eq!(Language::of(other), None, "{other}");
        }
    }
}
