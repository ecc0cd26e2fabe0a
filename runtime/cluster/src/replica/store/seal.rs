//! Values carry a checksum: a flipped bit is found when it is read, not believed.

/// Of BLAKE3: chance finds a collision in no lifetime, and nobody who can write
/// the file is kept out by more.
const SEAL_BYTES: usize = 16;

/// A value with its seal. The place goes into it, so that a row that strayed is found too.
pub(super) fn seal(place: &str, value: &[u8]) -> Vec<u8> {
    let mut sealed = Vec::with_capacity(SEAL_BYTES + value.len());
    sealed.extend(of(place, value));
    sealed.extend(value);
    sealed
}

/// The value, if it is the one that was sealed for this place.
pub(super) fn unseal<'a>(place: &str, sealed: &'a [u8]) -> Option<&'a [u8]> {
    let (seal, value) = sealed.split_at_checked(SEAL_BYTES)?;
    (seal == of(place, value)).then_some(value)
}

fn of(place: &str, value: &[u8]) -> [u8; SEAL_BYTES] {
    let mut hasher = blake3::Hasher::new();
    // A place holds no zero byte, so no value can be taken for a part of it.
    hasher.update(place.as_bytes()).update(&[0]).update(value);
    let mut seal = [0; SEAL_BYTES];
    hasher.finalize_xof().fill(&mut seal);
    seal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_flipped_bit_and_any_other_place_is_found() {
        let sealed = seal("log/7", b"value");
        assert_eq!(unseal("log/7", &sealed), Some(b"value".as_slice()));
        assert_eq!(unseal("log/8", &sealed), None);
        assert_eq!(unseal("log/7", &sealed[..SEAL_BYTES - 1]), None);
        let mut flipped = 0;
        for bit in 0..sealed.len() * 8 {
            let mut damaged = sealed.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(unseal("log/7", &damaged), None);
            flipped += 1;
        }
        assert_eq!(flipped, sealed.len() * 8);
    }
}
