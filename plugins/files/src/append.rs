//! Short texts onto the end of a buffer.

/// Adds `bytes` to `out`. A few fixed copies, which may overlap, beat the call that copies any
/// length: in a sandbox that call leaves the guest's code.
#[inline]
pub fn append(out: &mut Vec<u8>, bytes: &[u8]) {
    match bytes.len() {
        0 => {}
        1 => out.push(bytes[0]),
        2..4 => overlapping::<2>(out, bytes),
        4..8 => overlapping::<4>(out, bytes),
        8..16 => overlapping::<8>(out, bytes),
        16..64 => steps(out, bytes),
        _ => out.extend_from_slice(bytes),
    }
}

/// Between one and two times `N` bytes: the first `N` and the last `N`.
#[inline]
fn overlapping<const N: usize>(out: &mut Vec<u8>, bytes: &[u8]) {
    let (Some(first), Some(last)) = (bytes.first_chunk::<N>(), bytes.last_chunk::<N>()) else {
        return;
    };
    let end = out.len() + bytes.len();
    out.extend_from_slice(first);
    out.truncate(end - N);
    out.extend_from_slice(last);
}

#[inline]
fn steps(out: &mut Vec<u8>, bytes: &[u8]) {
    const STEP: usize = 16;
    let end = out.len() + bytes.len();
    let (whole, _) = bytes.as_chunks::<STEP>();
    for step in whole {
        out.extend_from_slice(step);
    }
    if let Some(last) = bytes.last_chunk::<STEP>() {
        out.truncate(end - STEP);
        out.extend_from_slice(last);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_arrives_whole() {
        let bytes: Vec<u8> = (0..200).collect();
        for length in 0..bytes.len() {
            let mut out = b"before".to_vec();
            append(&mut out, &bytes[..length]);
            assert_eq!(out, [b"before", &bytes[..length]].concat());
        }
    }
}
