//! Patterns of URLs as the runtime reads them.

/// Whether `url` matches `pattern`: `?` is one character and `*` any number of them, neither of
/// them a `/`; `**` is any number of characters, and `**/` any number of folders, none included.
pub(super) fn matches(pattern: &str, url: &str) -> bool {
    matches_bytes(pattern.as_bytes(), url.as_bytes())
}

fn matches_bytes(pattern: &[u8], url: &[u8]) -> bool {
    match pattern {
        [] => url.is_empty(),
        [b'*', b'*', b'/', rest @ ..] => {
            let folders = (0..url.len())
                .filter(|&at| url[at] == b'/')
                .map(|at| at + 1);
            std::iter::once(0)
                .chain(folders)
                .any(|at| matches_bytes(rest, &url[at..]))
        }
        [b'*', b'*', rest @ ..] => (0..=url.len()).any(|at| matches_bytes(rest, &url[at..])),
        [b'*', rest @ ..] => {
            let end = url
                .iter()
                .position(|&byte| byte == b'/')
                .unwrap_or(url.len());
            (0..=end).any(|at| matches_bytes(rest, &url[at..]))
        }
        [b'?', rest @ ..] => {
            url.first().is_some_and(|&byte| byte != b'/') && matches_bytes(rest, &url[1..])
        }
        [byte, rest @ ..] => url.first() == Some(byte) && matches_bytes(rest, &url[1..]),
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn as_in_a_shell() {
        assert!(matches("data/flights-*.csv", "data/flights-01.csv"));
        assert!(!matches("data/*.csv", "data/deep/a.csv"));
        assert!(matches("data/**/*.csv", "data/deep/er/a.csv"));
        assert!(matches("data/**/*.csv", "data/a.csv"));
        assert!(matches("data/**", "data/deep/a.csv"));
        assert!(matches("a?.csv", "a1.csv"));
        assert!(!matches("a?b", "a/b"));
        assert!(!matches("a.csv", "a.csv.gz"));
    }
}
