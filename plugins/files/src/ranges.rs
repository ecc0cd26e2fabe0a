//! Where a big file is cut, before anyone has looked at its records.

use std::ops::Range;

/// Cuts `size` bytes into equal pieces of at most `split_size` bytes. None for an empty file.
pub fn ranges(size: u64, split_size: u64) -> Vec<Range<u64>> {
    let count = size.div_ceil(split_size.max(1));
    let border = |piece: u64| (u128::from(size) * u128::from(piece) / u128::from(count)) as u64;
    (0..count)
        .map(|piece| border(piece)..border(piece + 1))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_equal_and_cover_everything() {
        assert_eq!(ranges(0, 10), []);
        assert_eq!(ranges(10, 10).first(), Some(&(0..10)));
        assert_eq!(ranges(10, 10).len(), 1);
        assert_eq!(ranges(11, 10), [0..5, 5..11]);
        assert_eq!(
            ranges(u64::MAX, u64::MAX / 2 + 1).last().unwrap().end,
            u64::MAX
        );
    }
}
