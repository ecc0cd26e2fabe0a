//! Finds the bytes that matter, 64 at a time.

use crate::dialect::Dialect;

/// How many bytes are looked at together.
pub(crate) const BLOCK: usize = 64;

/// Where a block has what: bit `n` stands for byte `n`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Marks {
    pub(crate) newlines: u64,
    pub(crate) quotes: u64,
    /// Delimiters and newlines.
    pub(crate) separators: u64,
}

/// Looks for the characters of one dialect.
#[derive(Clone, Copy)]
pub(crate) struct Scanner {
    delimiter: u8,
    quote: u8,
    quoting: bool,
}

impl Scanner {
    pub(crate) fn new(dialect: Dialect) -> Self {
        Self {
            delimiter: dialect.delimiter,
            quote: dialect.quote.unwrap_or(b'\n'),
            quoting: dialect.quote.is_some(),
        }
    }

    /// Marks a block.
    #[inline]
    pub(crate) fn marks(self, block: &[u8; BLOCK]) -> Marks {
        let [newlines, delimiters, quotes] =
            lanes::equal(block, [b'\n', self.delimiter, self.quote]);
        Marks {
            newlines,
            quotes: if self.quoting { quotes } else { 0 },
            separators: newlines | delimiters,
        }
    }

    /// Marks what is left at the end of a buffer, fewer bytes than a block.
    pub(crate) fn marks_of_rest(self, rest: &[u8]) -> Marks {
        let mut block = [0; BLOCK];
        block[..rest.len()].copy_from_slice(rest);
        self.marks(&block)
    }
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod lanes {
    use core::arch::wasm32::{u8x16_bitmask, u8x16_eq, u8x16_splat, u64x2, v128};

    use super::BLOCK;

    /// One mask for each wanted byte.
    #[inline]
    pub(super) fn equal(block: &[u8; BLOCK], wanted: [u8; 3]) -> [u64; 3] {
        let wanted = [
            u8x16_splat(wanted[0]),
            u8x16_splat(wanted[1]),
            u8x16_splat(wanted[2]),
        ];
        let mut masks = [0; 3];
        for (number, bytes) in block.as_chunks::<16>().0.iter().enumerate() {
            let lane = load(bytes);
            for (mask, wanted) in masks.iter_mut().zip(wanted) {
                *mask |= u64::from(u8x16_bitmask(u8x16_eq(lane, wanted))) << (16 * number);
            }
        }
        masks
    }

    /// Compiles to one load of 16 bytes.
    #[inline]
    fn load(bytes: &[u8; 16]) -> v128 {
        let whole = u128::from_le_bytes(*bytes);
        u64x2(whole as u64, (whole >> 64) as u64)
    }
}

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod lanes {
    use super::BLOCK;

    /// One mask for each wanted byte.
    #[inline]
    pub(super) fn equal(block: &[u8; BLOCK], wanted: [u8; 3]) -> [u64; 3] {
        wanted.map(|wanted| {
            let mut mask = 0;
            for (number, bytes) in block.as_chunks::<8>().0.iter().enumerate() {
                mask |= equal_of_eight(u64::from_le_bytes(*bytes), wanted) << (8 * number);
            }
            mask
        })
    }

    /// Eight bytes at once in a plain register.
    #[inline]
    fn equal_of_eight(bytes: u64, wanted: u8) -> u64 {
        const LOW: u64 = 0x0101_0101_0101_0101;
        const SEVEN: u64 = 0x7f7f_7f7f_7f7f_7f7f;
        let differing = bytes ^ (LOW.wrapping_mul(u64::from(wanted)));
        // The high bit of a byte is set where, and only where, the byte differs in nothing.
        let equal = !(((differing & SEVEN) + SEVEN) | differing | SEVEN);
        // Gathers the eight high bits into one byte.
        (equal >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_and_every_byte_is_told_apart() {
        let scanner = Scanner::new(Dialect {
            delimiter: b',',
            quote: Some(b'"'),
        });
        let mut block: [u8; BLOCK] = std::array::from_fn(|n| (n as u8).wrapping_mul(37));
        for at in 0..BLOCK {
            for byte in 0..=255 {
                let before = std::mem::replace(&mut block[at], byte);
                let plain = |wanted: u8| {
                    block
                        .iter()
                        .rev()
                        .fold(0_u64, |mask, &b| mask << 1 | u64::from(b == wanted))
                };
                let marks = scanner.marks(&block);
                assert_eq!(marks.newlines, plain(b'\n'));
                assert_eq!(marks.quotes, plain(b'"'));
                assert_eq!(marks.separators, plain(b'\n') | plain(b','));
                block[at] = before;
            }
        }
    }

    #[test]
    fn without_quoting_there_are_no_quotes() {
        let scanner = Scanner::new(Dialect {
            delimiter: b';',
            quote: None,
        });
        let marks = scanner.marks_of_rest(b"a;\"b\"\n");
        assert_eq!(
            marks,
            Marks {
                newlines: 1 << 5,
                quotes: 0,
                separators: 1 << 5 | 1 << 1
            }
        );
    }
}
