//! The oracle finds every wrong it is there for: a right output with one thing done to it.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::*;

const SHAPE: Shape = Shape {
    splits: 3,
    rows: 40,
    keys: 5,
    payload_bytes: 8,
};

/// A right output of two parts, as rows.
fn right() -> [Vec<Row>; 2] {
    let mut parts = [Vec::new(), Vec::new()];
    for mut row in expected(&SHAPE) {
        row.attempt = 1;
        row.writer = 1;
        let part = usize::from(row.key.as_bytes()[1] % 2);
        parts[part].push(row);
    }
    parts
}

fn write(folder: &Path, parts: &[Vec<Row>]) {
    for (index, rows) in parts.iter().enumerate() {
        let lines = rows
            .iter()
            .map(|row| serde_json::to_string(row).unwrap() + "\n");
        let text: String = lines.collect();
        fs::write(folder.join(format!("part-{index:05}.jsonl")), text).unwrap();
    }
}

/// What the oracle says of these parts.
fn judged(steady: bool, parts: &[Vec<Row>]) -> Verdict {
    let folder = TempDir::new().unwrap();
    write(folder.path(), parts);
    let shape = SHAPE;
    judge(&Promise { shape, steady }, folder.path()).unwrap()
}

#[track_caller]
fn expect(verdict: &Verdict, wrongs: &[(Kind, usize)]) {
    let counts: Vec<_> = verdict.counts.clone().into_iter().collect();
    assert_eq!(counts, wrongs, "{verdict}");
}

#[test]
fn what_is_right_is_exact() {
    let verdict = judged(true, &right());
    assert!(verdict.is_exact(), "{verdict}");
    assert_eq!(verdict.rows, expected(&SHAPE).count());
}

#[test]
fn a_lost_row_is_missed() {
    let mut parts = right();
    let row = parts[0].remove(7);
    let verdict = judged(true, &parts);
    expect(&verdict, &[(Kind::Lost, 1)]);
    assert_eq!(verdict.examples, [Violation::Lost(row.identity())]);
}

#[test]
fn a_lost_part_is_missed() {
    let [first, second] = right();
    expect(
        &judged(true, std::slice::from_ref(&first)),
        &[(Kind::Lost, second.len())],
    );
    expect(
        &judged(true, &[]),
        &[(Kind::Lost, first.len() + second.len())],
    );
}

#[test]
fn a_doubled_row_is_told_with_the_attempts_that_made_it() {
    let mut parts = right();
    let mut again = parts[1][3].clone();
    again.attempt = 2;
    parts[1].insert(4, again);
    let verdict = judged(true, &parts);
    expect(&verdict, &[(Kind::Doubled, 1)]);
    assert!(
        verdict.to_string().contains("read by attempt 2"),
        "{verdict}"
    );
    assert_eq!(verdict.mixed_splits, 1);
}

#[test]
fn a_phantom_is_told() {
    let mut parts = right();
    let mut row = parts[0].last().unwrap().clone();
    row.seq = SHAPE.rows;
    parts[0].push(row.sealed());
    expect(&judged(true, &parts), &[(Kind::Phantom, 1)]);
}

#[test]
fn a_row_that_should_have_been_dropped_is_a_phantom() {
    let mut parts = right();
    let dropped = SHAPE
        .all()
        .find(|row| ledger::mangle::copies(row.split, row.seq) == 0);
    parts[0].insert(0, dropped.unwrap());
    let verdict = judged(true, &parts);
    assert_eq!(verdict.counts.get(&Kind::Phantom), Some(&1), "{verdict}");
}

#[test]
fn a_changed_row_is_told_also_where_its_checksum_fits() {
    let mut parts = right();
    parts[0][0].payload.push('!');
    parts[0][1].payload.push('!');
    parts[0][1] = parts[0][1].clone().sealed();
    expect(&judged(true, &parts), &[(Kind::Altered, 2)]);
}

#[test]
fn rows_of_a_losing_attempt_at_a_part_are_told() {
    let mut parts = right();
    for row in parts[1].iter_mut().skip(5) {
        row.writer = 2;
    }
    expect(&judged(true, &parts), &[(Kind::MixedPart, 1)]);
}

#[test]
fn a_losing_attempt_beside_the_winner_is_told() {
    let [first, second] = right();
    let mut loser = second.clone();
    for row in &mut loser {
        row.writer = 2;
    }
    let verdict = judged(true, &[first, second.clone(), loser]);
    assert_eq!(
        verdict.counts.get(&Kind::Doubled),
        Some(&second.len()),
        "{verdict}"
    );
}

#[test]
fn attempts_at_a_split_may_meet_only_where_they_are_alike() {
    let mut parts = right();
    for row in &mut parts[0] {
        if row.split == 1 {
            (row.attempt, row.noise) = (2, 77);
        }
    }
    assert!(judged(true, &parts).is_exact());
    expect(&judged(false, &parts), &[(Kind::MixedSplit, 1)]);
}

#[test]
fn a_key_in_two_parts_and_a_row_out_of_order_are_told() {
    let mut parts = right();
    parts[0].swap(2, 3);
    // The first rows of all, but for its key it belongs there.
    let moved = parts[1].remove(0);
    parts[0].insert(0, moved);
    expect(
        &judged(true, &parts),
        &[(Kind::ScatteredKey, 1), (Kind::Disordered, 1)],
    );
}

#[test]
fn what_does_not_belong_in_the_folder_is_told() {
    let folder = TempDir::new().unwrap();
    write(folder.path(), &right());
    for name in [".bubbles-job-00ff.staged", "notes.txt"] {
        fs::write(folder.path().join(name), "").unwrap();
    }
    let part = folder.path().join("part-00000.jsonl");
    let text = fs::read_to_string(&part).unwrap() + "{\"split\": 1, \"se";
    fs::write(part, text).unwrap();
    let promise = Promise {
        shape: SHAPE,
        steady: true,
    };
    let verdict = judge(&promise, folder.path()).unwrap();
    let wrongs = [Kind::Staging, Kind::Foreign, Kind::Unreadable].map(|kind| (kind, 1));
    expect(&verdict, &wrongs);
}
