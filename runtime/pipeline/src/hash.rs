//! The hash that spreads rows over partitions: fixed, the same on every node, in every format.
//!
//! A key is the values of the `partition-by` columns of one row, in their order. Each is written in
//! the canonical encoding below, one after the other, and the hash is XXH3 (64 bits, no seed) of those
//! bytes. What compares equal is written equally whatever its type was: an arrow `int32` column
//! meets a json number, and `3.0` meets `3`.
//!
//! | value | bytes |
//! |---|---|
//! | null (and a column that is not there) | `00` |
//! | false, true | `01`, `02` |
//! | whole number from −2⁶³ to 2⁶⁴−1, whether it came as an integer or a float | `03`, then two's complement, 16 bytes, little-endian |
//! | any other number | `04`, then the 8 bytes of the IEEE 754 double, little-endian; every NaN is `7ff8000000000000` |
//! | string | `05`, its length in bytes as 8 bytes little-endian, its UTF-8 bytes |
//! | bytes | `06`, their length as for a string, the bytes |
//! | list | `07`, the number of items as for a string, the items |
//! | object | `08`, the number of fields as for a string, then for each, sorted by name: the name as a string, the value |
//!
//! Every value says its own length, so no two different keys have one encoding.

use std::num::NonZeroU32;

use serde_json::{Number, Value};
use xxhash_rust::xxh3::xxh3_64;

/// One past the greatest `u64`, exact as a double.
const TWO_POW_64: f64 = 18_446_744_073_709_551_616.0;
/// The least `i64`, exact as a double.
const MINUS_TWO_POW_63: f64 = -9_223_372_036_854_775_808.0;

/// Takes the values of a key one by one and gives its hash. Use one for all rows: it keeps its buffer.
#[derive(Debug, Default, Clone)]
pub struct KeyHasher {
    encoded: Vec<u8>,
}

impl KeyHasher {
    /// A hasher with an empty key.
    pub fn new() -> Self {
        Self::default()
    }

    /// The hash of the values since the last call; the next key starts empty.
    pub fn finish(&mut self) -> u64 {
        let hash = xxh3_64(&self.encoded);
        self.encoded.clear();
        hash
    }

    /// No value.
    pub fn null(&mut self) {
        self.encoded.push(0x00);
    }

    /// A truth value.
    pub fn bool(&mut self, value: bool) {
        self.encoded.push(if value { 0x02 } else { 0x01 });
    }

    /// A signed number of any width.
    pub fn i64(&mut self, value: i64) {
        self.whole(value.into());
    }

    /// An unsigned number of any width.
    pub fn u64(&mut self, value: u64) {
        self.whole(value.into());
    }

    /// A float of any width, widened to a double.
    pub fn f64(&mut self, value: f64) {
        if value.fract() == 0.0 && (MINUS_TWO_POW_63..TWO_POW_64).contains(&value) {
            // Exact: the value is whole and the range fits an i128 many times over.
            return self.whole(value as i128);
        }
        let bits = if value.is_nan() {
            0x7ff8_0000_0000_0000
        } else {
            value.to_bits()
        };
        self.encoded.push(0x04);
        self.encoded.extend_from_slice(&bits.to_le_bytes());
    }

    /// A text.
    pub fn str(&mut self, value: &str) {
        self.sized(0x05, value.as_bytes());
    }

    /// Bytes that are no text.
    pub fn bytes(&mut self, value: &[u8]) {
        self.sized(0x06, value);
    }

    /// A json value, whatever it is.
    pub fn json(&mut self, value: &Value) {
        match value {
            Value::Null => self.null(),
            Value::Bool(value) => self.bool(*value),
            Value::Number(value) => self.number(value),
            Value::String(value) => self.str(value),
            Value::Array(items) => {
                self.length(0x07, items.len());
                items.iter().for_each(|item| self.json(item));
            }
            Value::Object(fields) => {
                self.length(0x08, fields.len());
                let mut fields: Vec<_> = fields.iter().collect();
                fields.sort_unstable_by_key(|(name, _)| name.as_str());
                for (name, value) in fields {
                    self.str(name);
                    self.json(value);
                }
            }
        }
    }

    fn number(&mut self, value: &Number) {
        if let Some(value) = value.as_i64() {
            self.i64(value);
        } else if let Some(value) = value.as_u64() {
            self.u64(value);
        } else {
            self.f64(value.as_f64().unwrap_or(f64::NAN));
        }
    }

    fn whole(&mut self, value: i128) {
        self.encoded.push(0x03);
        self.encoded.extend_from_slice(&value.to_le_bytes());
    }

    fn sized(&mut self, tag: u8, bytes: &[u8]) {
        self.length(tag, bytes.len());
        self.encoded.extend_from_slice(bytes);
    }

    fn length(&mut self, tag: u8, length: usize) {
        self.encoded.push(tag);
        self.encoded
            .extend_from_slice(&(length as u64).to_le_bytes());
    }
}

/// The partition, from 0, that a key of this hash belongs to: the hash's upper bits scaled to
/// `partitions`, which is as even as a remainder and needs no division.
pub fn partition(hash: u64, partitions: NonZeroU32) -> u32 {
    let scaled = (u128::from(hash) * u128::from(partitions.get())) >> 64;
    u32::try_from(scaled).expect("a hash below 2^64 scales to below the number of partitions")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn hash(write: impl Fn(&mut KeyHasher)) -> u64 {
        let mut hasher = KeyHasher::new();
        write(&mut hasher);
        hasher.finish()
    }

    fn of(values: &[Value]) -> u64 {
        hash(|hasher| values.iter().for_each(|value| hasher.json(value)))
    }

    #[test]
    fn the_hash_is_fixed() {
        // Another figure here would send rows of one key to two partitions in a cluster of two versions.
        assert_eq!(of(&[]), 0x2d06_8005_38d3_94c2);
        let encoded = {
            let mut hasher = KeyHasher::new();
            hasher.json(&json!([null, true, -1, 1.5, "é"]));
            hasher.bytes(&[7]);
            hasher.encoded
        };
        let mut expected = vec![7, 5, 0, 0, 0, 0, 0, 0, 0, 0, 2, 3];
        expected.extend([0xff; 16]);
        expected.push(4);
        expected.extend(1.5f64.to_le_bytes());
        expected.extend([5, 2, 0, 0, 0, 0, 0, 0, 0, 0xc3, 0xa9]);
        expected.extend([6, 1, 0, 0, 0, 0, 0, 0, 0, 7]);
        assert_eq!(encoded, expected);
    }

    #[test]
    fn one_hasher_serves_many_keys() {
        let mut hasher = KeyHasher::new();
        hasher.str("AA");
        let first = hasher.finish();
        hasher.str("AA");
        assert_eq!(hasher.finish(), first);
    }

    #[test]
    fn borders_between_values_count() {
        assert_ne!(
            of(&[json!("ab"), json!("c")]),
            of(&[json!("a"), json!("bc")])
        );
        assert_ne!(of(&[json!(null), json!("")]), of(&[json!(""), json!(null)]));
        assert_ne!(
            of(&[json!(["a"]), json!([])]),
            of(&[json!([]), json!(["a"])])
        );
        assert_ne!(hash(|to| to.str("a")), hash(|to| to.bytes(b"a")));
        assert_ne!(of(&[json!(1)]), of(&[json!("1")]));
        assert_ne!(of(&[json!(0)]), of(&[json!(false)]));
    }

    #[test]
    fn numbers_at_the_borders() {
        assert_eq!(hash(|to| to.f64(-0.0)), hash(|to| to.i64(0)));
        assert_eq!(
            hash(|to| to.f64(MINUS_TWO_POW_63)),
            hash(|to| to.i64(i64::MIN))
        );
        assert_ne!(hash(|to| to.f64(TWO_POW_64)), hash(|to| to.u64(u64::MAX)));
        assert_eq!(hash(|to| to.f64(f64::NAN)), hash(|to| to.f64(-f64::NAN)));
        assert_ne!(
            hash(|to| to.f64(f64::INFINITY)),
            hash(|to| to.f64(f64::NEG_INFINITY))
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn whole_floats_and_integers_agree(value in -(1i64 << 53)..(1i64 << 53)) {
            let whole = hash(|to| to.i64(value));
            prop_assert_eq!(hash(|to| to.f64(value as f64)), whole);
            if let Ok(value) = u64::try_from(value) {
                prop_assert_eq!(hash(|to| to.u64(value)), whole);
            }
            prop_assert_eq!(of(&[json!(value)]), of(&[json!(value as f64)]));
        }

        #[test]
        fn keys_that_differ_are_written_differently(
            a in proptest::collection::vec("[ab]{0,3}", 0..4),
            b in proptest::collection::vec("[ab]{0,3}", 0..4),
        ) {
            let written = |key: &[String]| {
                let mut hasher = KeyHasher::new();
                key.iter().for_each(|value| hasher.str(value));
                hasher.encoded
            };
            prop_assert_eq!(written(&a) == written(&b), a == b);
        }

        #[test]
        fn fields_of_an_object_have_no_order(a in any::<i64>(), b in any::<bool>()) {
            prop_assert_eq!(of(&[json!({ "a": a, "b": b })]), of(&[json!({ "b": b, "a": a })]));
        }

        #[test]
        fn partitions_are_there(hash in any::<u64>(), partitions in 1u32..) {
            let partitions = NonZeroU32::new(partitions).unwrap();
            prop_assert!(partition(hash, partitions) < partitions.get());
        }
    }

    #[test]
    fn partitions_are_even() {
        let eight = NonZeroU32::new(8).unwrap();
        let mut counts = [0u32; 8];
        for key in 0..80_000i64 {
            counts[partition(hash(|to| to.i64(key)), eight) as usize] += 1;
        }
        assert!(
            counts.iter().all(|count| (9_000..11_000).contains(count)),
            "{counts:?}"
        );
    }
}
