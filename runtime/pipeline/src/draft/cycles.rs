//! Tasks that wait for each other.

use super::{Tasks, edges::Edges};
use crate::{Problem, Rule};

/// Names the way round of every cycle, of those that share tasks the first.
pub(super) fn check(tasks: &Tasks<'_>, edges: &Edges, problems: &mut Vec<Problem>) {
    let mut waiting = vec![true; edges.len()];
    loop {
        settle(edges, &mut waiting);
        let Some(start) = waiting.iter().position(|&waits| waits) else {
            return;
        };
        let round = round(edges, &waiting, start);
        problems.push(problem(tasks, edges, &round));
        for &task in &round {
            waiting[task] = false;
        }
    }
}

/// Strikes off every task that waits for nobody, until only those behind a cycle are left.
fn settle(edges: &Edges, waiting: &mut [bool]) {
    let blocked = |task: usize, waiting: &[bool]| {
        edges[task]
            .iter()
            .flatten()
            .any(|input| waiting[input.from.0])
    };
    while let Some(free) = (0..waiting.len()).find(|&task| waiting[task] && !blocked(task, waiting))
    {
        waiting[free] = false;
    }
}

/// Walks against the data from `start`, from one waiting task to the next, until one comes again.
/// The tasks of the cycle, in the order of the data, beginning with the one that stands first.
fn round(edges: &Edges, waiting: &[bool], start: usize) -> Vec<usize> {
    let mut way = vec![start];
    loop {
        let at = way[way.len() - 1];
        let next = edges[at]
            .iter()
            .flatten()
            .map(|input| input.from.0)
            .find(|&from| waiting[from])
            .expect("a task that still waits reads from one that waits too");
        if let Some(first) = way.iter().position(|&task| task == next) {
            let mut round = way.split_off(first);
            round.reverse();
            let least = round
                .iter()
                .enumerate()
                .min_by_key(|(_, task)| **task)
                .map_or(0, |(i, _)| i);
            round.rotate_left(least);
            return round;
        }
        way.push(next);
    }
}

fn problem(tasks: &Tasks<'_>, edges: &Edges, round: &[usize]) -> Problem {
    let names: Vec<_> = round
        .iter()
        .chain(round.first())
        .map(|&task| tasks.called(task))
        .collect();
    let message = format!("these tasks wait for each other: {}", names.join(" → "));
    let mut problem = Problem::new(Rule::Cycle, message)
        .help("data goes one way: let one of them read from a task outside the circle");
    for (i, &from) in round.iter().enumerate() {
        let reader = round[(i + 1) % round.len()];
        let inputs = edges[reader].as_deref().unwrap_or_default();
        let input = inputs
            .iter()
            .position(|input| input.from.0 == from)
            .unwrap_or(0);
        let label = format!("{} reads from {}", tasks.called(reader), tasks.called(from));
        let place = tasks.input_place(reader, input);
        let written = tasks.place(reader).field("from").is_written();
        problem = problem.at(if written { place.value() } else { place.key() }, label);
    }
    problem
}
