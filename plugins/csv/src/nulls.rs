//! Which texts stand for no value.

/// The texts that stand for no value where they are not quoted.
pub(crate) struct Nulls {
    texts: Vec<Vec<u8>>,
    /// Bit `n`: a text of `n` bytes is among them.
    lengths: u64,
}

impl Nulls {
    pub(crate) fn new(texts: &[String]) -> Self {
        let texts: Vec<Vec<u8>> = texts.iter().map(|text| text.clone().into_bytes()).collect();
        let lengths = texts
            .iter()
            .fold(0, |lengths, text| lengths | length_bit(text));
        Self { texts, lengths }
    }

    /// Almost every value is told by its length, or by its first byte.
    #[inline]
    pub(crate) fn contains(&self, text: &[u8]) -> bool {
        self.lengths & length_bit(text) != 0 && self.texts.iter().any(|null| same(null, text))
    }

    pub(crate) fn texts(&self) -> impl Iterator<Item = &[u8]> {
        self.texts.iter().map(Vec::as_slice)
    }
}

/// All long texts share the last bit.
#[inline]
fn length_bit(text: &[u8]) -> u64 {
    1 << text.len().min(63)
}

/// A loop, since a call to compare two or four bytes costs more than comparing them.
#[inline]
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a == b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_texts_are_nulls() {
        let long = "x".repeat(70);
        let nulls = Nulls::new(&[String::new(), "NA".to_owned(), long.clone()]);
        assert!(nulls.contains(b""));
        assert!(nulls.contains(b"NA"));
        assert!(nulls.contains(long.as_bytes()));
        for value in ["N", "na", "NAN", "UA", &"x".repeat(71)] {
            assert!(!nulls.contains(value.as_bytes()), "{value}");
        }
        assert!(!Nulls::new(&[]).contains(b""));
    }
}
