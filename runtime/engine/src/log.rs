//! A guest's lines on their way to the log: bounded, and harmless to a terminal.

use std::fmt::Write as _;

use crate::host::{Host, Level};

/// A line is cut after this many bytes: longer ones are data, not words.
const LINE_BYTES: usize = 8 << 10;

/// What is left of an instance's log.
pub(crate) struct Log {
    left: usize,
    limit: usize,
    cut: bool,
}

impl Log {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            left: limit,
            limit,
            cut: false,
        }
    }

    /// Whether all that comes is dropped.
    pub(crate) fn is_cut(&self) -> bool {
        self.cut
    }

    /// Hands `message` on, line by line, until the budget is used up; then says so once.
    pub(crate) fn write(&mut self, level: Level, message: &str, host: &mut dyn Host) {
        for line in message.trim_end_matches(['\n', '\r']).split('\n') {
            if self.cut {
                return;
            }
            let line = harmless(line.trim_end_matches('\r'));
            if line.len() > self.left {
                self.cut = true;
                let limit = self.limit;
                host.log(
                    Level::Warn,
                    &format!("the log is cut off here, after {limit} bytes"),
                );
                return;
            }
            // One byte at least, so that empty lines run out too.
            self.left -= line.len().max(1);
            host.log(level, &line);
        }
    }
}

/// The line with control characters written out, cut to a bounded length. A guest must not move
/// the cursor, change colours or pass its words off as another line.
pub(crate) fn harmless(line: &str) -> String {
    let mut text = String::with_capacity(line.len().min(LINE_BYTES));
    for character in line.chars() {
        if text.len() >= LINE_BYTES {
            text.push('…');
            break;
        }
        match character {
            '\t' => text.push('\t'),
            c if is_hidden(c) => {
                write!(text, "{}", c.escape_unicode()).expect("a string takes all that is written");
            }
            c => text.push(c),
        }
    }
    text
}

/// Control characters, and those that reorder or hide the text around them.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Stopped;

    #[derive(Default)]
    struct Lines(Vec<String>);

    impl Host for Lines {
        fn emit(&mut self, _: &[u8]) -> Result<(), Stopped> {
            Ok(())
        }
        fn reject(&mut self, _: &[u8], _: &str) -> Result<(), Stopped> {
            Ok(())
        }
        fn log(&mut self, _: Level, message: &str) {
            self.0.push(message.to_owned());
        }
    }

    #[test]
    fn a_guest_cannot_paint_the_terminal_or_forge_a_line() {
        let mut lines = Lines::default();
        Log::new(1000).write(
            Level::Info,
            "\u{1b}[31mred\r\nnode-1 ok\u{202e}",
            &mut lines,
        );
        assert_eq!(lines.0, ["\\u{1b}[31mred", "node-1 ok\\u{202e}"]);
    }

    #[test]
    fn a_flood_is_cut_off_once() {
        let mut lines = Lines::default();
        let mut log = Log::new(10);
        for _ in 0..100 {
            log.write(Level::Info, "1234", &mut lines);
        }
        assert_eq!(
            lines.0,
            ["1234", "1234", "the log is cut off here, after 10 bytes"]
        );
    }

    #[test]
    fn a_long_line_is_cut() {
        assert!(harmless(&"x".repeat(1 << 20)).len() < LINE_BYTES + 8);
    }
}
