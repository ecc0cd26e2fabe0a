//! Numbers that look random and are the same everywhere and always.

/// Mixes numbers into one, in which every bit of each of them counts: the finalizer of `SplitMix64`
/// (Steele, Lea and Flood, 2014) over a running sum.
#[must_use]
pub fn mix(parts: &[u64]) -> u64 {
    let start = parts.len() as u64;
    parts.iter().fold(start, |sum, part| {
        finalize(
            sum.wrapping_mul(0x9e37_79b9_7f4a_7c15)
                .wrapping_add(finalize(*part)),
        )
    })
}

/// The same over text.
#[must_use]
pub fn mix_text(text: &str) -> u64 {
    let words = text.as_bytes().chunks(8).map(|bytes| {
        let mut word = [0; 8];
        word[..bytes.len()].copy_from_slice(bytes);
        u64::from_le_bytes(word)
    });
    words.fold(text.len() as u64, |sum, word| mix(&[sum, word]))
}

fn finalize(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_number_of_parts_count() {
        assert_ne!(mix(&[1, 2]), mix(&[2, 1]));
        assert_ne!(mix(&[0]), mix(&[0, 0]));
        assert_ne!(mix_text("ab"), mix_text("ab\0"));
        assert_eq!(mix_text("a long text"), mix_text("a long text"));
    }
}
