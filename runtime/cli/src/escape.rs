//! Makes text from plugins safe to show: nothing in it can move the cursor,
//! clear the screen or turn the writing around.

/// One line: line breaks are escaped too.
pub(crate) fn line(text: &str) -> String {
    escape(text, |_| false)
}

/// Several lines: line breaks stay, and each further line is set in by `indent` spaces.
pub(crate) fn block(text: &str, indent: usize) -> String {
    let margin = format!("\n{}", " ".repeat(indent));
    let lines: Vec<String> = text.trim_end().lines().map(line).collect();
    lines.join(&margin)
}

/// Text that was laid out by a renderer of ours: its colours and line breaks stay.
pub(crate) fn rendered(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('\u{1b}') {
        safe.push_str(&escape(&rest[..start], |character| character == '\n'));
        let colour = colour_length(&rest[start..]);
        match colour {
            Some(length) => safe.push_str(&rest[start..start + length]),
            None => safe.push_str("\\u{1b}"),
        }
        rest = &rest[start + colour.unwrap_or(1)..];
    }
    safe.push_str(&escape(rest, |character| character == '\n'));
    safe
}

/// The length of the colour sequence (`ESC [ digits ; … m`) that `text` begins with.
fn colour_length(text: &str) -> Option<usize> {
    let codes = text.strip_prefix("\u{1b}[")?;
    let end = codes.find(|character: char| !character.is_ascii_digit() && character != ';')?;
    codes[end..].starts_with('m').then_some(2 + end + 1)
}

fn escape(text: &str, keeps: impl Fn(char) -> bool) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        if (character.is_control() || turns_text(character)) && !keeps(character) {
            safe.extend(character.escape_default());
        } else {
            safe.push(character);
        }
    }
    safe
}

/// The marks of Unicode that change the direction of what follows, and the
/// separators that some terminals take for line breaks.
fn turns_text(character: char) -> bool {
    matches!(character,
        '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_reaches_the_terminal_that_is_not_text() {
        assert_eq!(
            line("a\u{1b}[2Jb\r\nc\u{202e}d\u{9b}"),
            r"a\u{1b}[2Jb\r\nc\u{202e}d\u{9b}"
        );
        assert_eq!(line("späte Flüge ✓"), "späte Flüge ✓");
    }

    #[test]
    fn a_block_keeps_its_lines() {
        assert_eq!(block("one\ntwo\x07\n", 2), "one\n  two\\u{7}");
    }

    #[test]
    fn rendered_text_keeps_colours_and_nothing_else() {
        assert_eq!(
            rendered("\u{1b}[31;1mred\u{1b}[0m\n"),
            "\u{1b}[31;1mred\u{1b}[0m\n"
        );
        assert_eq!(rendered("\u{1b}[2J\u{1b}"), "\\u{1b}[2J\\u{1b}");
    }
}
