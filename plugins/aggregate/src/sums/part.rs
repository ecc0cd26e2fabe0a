//! A sum as the bytes that travel from a partial phase to the final one.
//!
//! One byte for the kind (of a decimal, one more for its scale), eight for the number of values,
//! then sixteen for a whole number, or eight for each float whose exact sum it is. All are little-endian.

use bubbles_sdk::Error;

use super::{Kind, Sums, too_big};

impl Sums {
    /// None where there was no value.
    pub(super) fn part(&self, group: usize) -> Option<Vec<u8>> {
        let seen = self.seen[group];
        if seen == 0 {
            return None;
        }
        let mut part = Vec::with_capacity(26);
        match self.kind {
            Kind::Unknown => return None,
            Kind::Signed => part.push(b'i'),
            Kind::Unsigned => part.push(b'u'),
            Kind::Float => part.push(b'f'),
            Kind::Decimal { scale } => part.extend([b'd', scale.cast_unsigned()]),
        }
        part.extend(seen.to_le_bytes());
        if self.kind == Kind::Float {
            self.floats[group]
                .parts()
                .for_each(|float| part.extend(float.to_le_bytes()));
        } else {
            part.extend(self.integers[group].to_le_bytes());
        }
        Some(part)
    }

    /// None if the bytes are no part.
    pub(super) fn merge_part(
        &mut self,
        name: &str,
        part: &[u8],
        group: usize,
    ) -> Result<Option<()>, Error> {
        let Some((kind, rest)) = kind(part) else {
            return Ok(None);
        };
        let Some((seen, rest)) = rest.split_first_chunk() else {
            return Ok(None);
        };
        self.become_kind(name, kind)?;
        self.seen[group] += u64::from_le_bytes(*seen);
        if kind == Kind::Float {
            let (floats, rest) = rest.as_chunks();
            floats
                .iter()
                .for_each(|float| self.floats[group].add(f64::from_le_bytes(*float)));
            return Ok(rest.is_empty().then_some(()));
        }
        let Ok(integer) = rest.try_into().map(i128::from_le_bytes) else {
            return Ok(None);
        };
        if self.kind == Kind::Float {
            super::add_integer(&mut self.floats[group], integer);
        } else {
            let sum = &mut self.integers[group];
            *sum = sum.checked_add(integer).ok_or_else(|| too_big(name))?;
        }
        Ok(Some(()))
    }
}

fn kind(part: &[u8]) -> Option<(Kind, &[u8])> {
    Some(match part {
        [b'i', rest @ ..] => (Kind::Signed, rest),
        [b'u', rest @ ..] => (Kind::Unsigned, rest),
        [b'f', rest @ ..] => (Kind::Float, rest),
        [b'd', scale, rest @ ..] => (
            Kind::Decimal {
                scale: scale.cast_signed(),
            },
            rest,
        ),
        _ => return None,
    })
}
