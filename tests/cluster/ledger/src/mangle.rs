//! Which rows are dropped and which become several.

use crate::mix::mix;
use crate::row::Row;

/// Apart from all else that follows from split and number.
const SALT: u64 = 0x6c65_6467_6572;

/// How many rows this one becomes: none for one in eight, three for one in eight, two for another.
#[must_use]
pub fn copies(split: u32, seq: u64) -> u32 {
    match mix(&[SALT, split.into(), seq]) % 8 {
        0 => 0,
        1 => 3,
        2 => 2,
        _ => 1,
    }
}

/// The rows that this one becomes, each with a key of its own.
pub fn mangle(row: Row) -> impl Iterator<Item = Row> {
    (0..copies(row.split, row.seq)).map(move |copy| {
        let mut row = row.clone();
        if copy > 0 {
            row.copy = copy;
            row.key = format!("{}.{copy}", row.key);
        }
        row.sealed()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_are_dropped_some_doubled_some_tripled() {
        let counts: Vec<u32> = (0..1000).map(|seq| copies(3, seq)).collect();
        for count in 0..=3 {
            let share = counts.iter().filter(|it| **it == count).count();
            assert!(share > 50, "{share} of 1000 become {count}");
        }
    }
}
