//! Patterns as in a shell: `*` and `?` within a name, `**` over folders.

/// Begins the part of a pattern that is not plain.
const SPECIAL: [char; 2] = ['*', '?'];

/// A pattern's parts, from the folder where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Glob {
    parts: Vec<String>,
}

/// Splits a pattern into its plain beginning (up to and with a `/`, or empty) and the rest. A
/// pattern without `*` and `?` has no rest.
pub(super) fn split(pattern: &str) -> (&str, &str) {
    let Some(special) = pattern.find(SPECIAL) else {
        return (pattern, "");
    };
    let folder = pattern[..special].rfind('/').map_or(0, |slash| slash + 1);
    pattern.split_at(folder)
}

impl Glob {
    pub(super) fn new(rest: &str) -> Self {
        Self {
            parts: rest
                .split('/')
                .filter(|part| !part.is_empty())
                .map(str::to_owned)
                .collect(),
        }
    }

    /// The pattern's parts, which are matched one after the other.
    pub(super) fn parts(&self) -> &[String] {
        &self.parts
    }

    /// Whether it matches a path, given by its names.
    pub(super) fn matches(&self, names: &[&str]) -> bool {
        matches_all(&self.parts, names)
    }
}

fn matches_all(parts: &[String], names: &[&str]) -> bool {
    let Some((part, parts_after)) = parts.split_first() else {
        return names.is_empty();
    };
    if part == "**" {
        // Over no folder, or over one and then the same again.
        return matches_all(parts_after, names)
            || names
                .split_first()
                .is_some_and(|(name, after)| !is_hidden(name) && matches_all(parts, after));
    }
    names
        .split_first()
        .is_some_and(|(name, after)| matches_name(part, name) && matches_all(parts_after, after))
}

/// Whether one part matches one name. Hidden names want their dot written.
pub(super) fn matches_name(part: &str, name: &str) -> bool {
    if is_hidden(name) && !part.starts_with('.') {
        return false;
    }
    let part: Vec<char> = part.chars().collect();
    let name: Vec<char> = name.chars().collect();
    // Where to go on if what follows the last star did not fit: with one character more under it.
    let mut retry: Option<(usize, usize)> = None;
    let (mut p, mut n) = (0, 0);
    while n < name.len() {
        match part.get(p) {
            Some('*') => {
                retry = Some((p, n));
                p += 1;
            }
            Some(c) if *c == '?' || *c == name[n] => {
                p += 1;
                n += 1;
            }
            _ => {
                let Some((star, under)) = retry else {
                    return false;
                };
                retry = Some((star, under + 1));
                (p, n) = (star + 1, under + 1);
            }
        }
    }
    part[p..].iter().all(|c| *c == '*')
}

pub(super) fn is_hidden(name: &str) -> bool {
    name.starts_with('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_a_shell() {
        let matches = |pattern: &str, path: &str| {
            Glob::new(pattern).matches(&path.split('/').collect::<Vec<_>>())
        };
        assert!(matches("*.csv", "a.csv"));
        assert!(matches("flights-??.csv", "flights-01.csv"));
        assert!(matches("**/*.csv", "a.csv"));
        assert!(matches("**/*.csv", "x/y/a.csv"));
        assert!(matches("x/**", "x/y/z"));
        assert!(matches("*a*b*", "xaxbx"));
        assert!(matches(".*", ".hidden"));
        assert!(!matches("*.csv", "x/a.csv"));
        assert!(!matches("*", ".hidden"));
        assert!(!matches("**", ".git/config"));
        assert!(!matches("?.csv", ".csv"));
        assert!(!matches("a[12]", "a1"), "brackets are plain");
    }

    #[test]
    fn many_stars_take_no_time() {
        assert!(!matches_name(&"*a".repeat(200), &"a".repeat(199)));
        assert!(!matches_name(
            &format!("{}b", "a*".repeat(2_000)),
            &"a".repeat(4_000)
        ));
    }

    #[test]
    fn the_plain_beginning_is_a_folder() {
        assert_eq!(split("data/2013/f-*.csv"), ("data/2013/", "f-*.csv"));
        assert_eq!(split("*.csv"), ("", "*.csv"));
        assert_eq!(split("s3://bucket/a/*/b"), ("s3://bucket/a/", "*/b"));
        assert_eq!(split("data/a.csv"), ("data/a.csv", ""));
    }
}
