//! What becomes of an input.

use crate::random::Random;

/// Longer inputs find nothing that shorter ones do not, and take longer.
pub(crate) const INPUT_BYTES_MAX: usize = 64 << 10;

/// Lengths and counts that no input of this size can keep, as postcard and as headers write them.
const LIES: [&[u8]; 8] = [
    &[0xff; 4],
    &[0xff; 8],
    &[0, 0, 0, 0x80],
    &[0xff, 0xff, 0xff, 0xff, 0x0f],
    &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
    &[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80],
    &[0x80, 0x80, 0x04],
    &[0xed, 0xa0, 0x80],
];

/// Changes a few things. `other` is another input, of which it may get a part; `words` may stand in it.
pub(crate) fn mutate(input: &mut Vec<u8>, other: &[u8], words: &[&[u8]], random: &mut Random) {
    let most = 1 << random.below(4);
    for _ in 0..=random.below(most) {
        once(input, other, words, random);
    }
    input.truncate(INPUT_BYTES_MAX);
}

fn once(input: &mut Vec<u8>, other: &[u8], words: &[&[u8]], random: &mut Random) {
    let at = random.below(input.len());
    match random.below(if words.is_empty() { 9 } else { 11 }) {
        0 => change(
            input,
            at,
            |byte, random| byte ^ (1 << random.below(8)),
            random,
        ),
        1 => change(
            input,
            at,
            |_, random| random.number().to_le_bytes()[0],
            random,
        ),
        2 => {
            let up = random.below(2) == 0;
            let step = move |byte: u8, _: &mut Random| {
                if up {
                    byte.wrapping_add(1)
                } else {
                    byte.wrapping_sub(1)
                }
            };
            change(input, at, step, random);
        }
        3 => {
            let lie = *random.pick(&LIES);
            let over = if random.one_in(2) { lie.len() } else { 1 };
            replace(input, at, over, lie);
        }
        4 => {
            let bytes = random.bytes(8);
            replace(input, at, 0, &bytes);
        }
        5 => replace(input, at, 1 + random.below(16), &[]),
        6 => input.truncate(at),
        7 => {
            let piece = part(input, random).to_vec();
            replace(input, at, 0, &piece.repeat(1 + random.below(8)));
        }
        8 => {
            let piece = part(other, random);
            let over = if random.one_in(2) { piece.len() } else { 0 };
            replace(input, at, over, piece);
        }
        _ => {
            let word = *random.pick(words);
            let over = if random.one_in(2) { word.len() } else { 0 };
            replace(input, at, over, word);
        }
    }
}

fn change(
    input: &mut [u8],
    at: usize,
    to: impl FnOnce(u8, &mut Random) -> u8,
    random: &mut Random,
) {
    if let Some(byte) = input.get_mut(at) {
        *byte = to(*byte, random);
    }
}

fn replace(input: &mut Vec<u8>, at: usize, over: usize, with: &[u8]) {
    let end = (at + over).min(input.len());
    input.splice(at..end, with.iter().copied());
}

fn part<'a>(of: &'a [u8], random: &mut Random) -> &'a [u8] {
    let start = random.below(of.len());
    let most = if random.one_in(4) { of.len() } else { 32 };
    let rest = &of[start..];
    &rest[..random.below(rest.len().min(most) + 1)]
}
