//! `bubbles logs`: what a job's plugins said.

use std::ops::ControlFlow;

use bubbles::LogPiece;

use crate::{cluster, escape, output};

/// Prints what a job's plugins logged, each line with its node.
#[derive(Debug, clap::Args)]
pub(crate) struct Logs {
    /// The job's id, or its beginning.
    job: String,
    /// Go on until the job has ended.
    #[arg(long, short)]
    follow: bool,
}

impl Logs {
    pub(crate) fn run(self) -> anyhow::Result<u8> {
        let (cluster, job) = cluster::open_job(&self.job)?;
        let mut written = Ok(true);
        cluster.logs(&job, self.follow, |piece| {
            written = output::print_on(&lines(piece));
            match written {
                Ok(true) => ControlFlow::Continue(()),
                _ => ControlFlow::Break(()),
            }
        })?;
        written.map(|_| 0)
    }
}

/// `n1: info late split 3 attempt 1: …`
fn lines(piece: &LogPiece) -> String {
    let name = escape::line(&piece.name);
    let lines = piece.text.lines();
    lines
        .map(|line| format!("{name}: {}\n", escape::line(line)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bubbles::NodeId;

    #[test]
    fn each_line_has_its_node_and_is_safe() {
        let piece = LogPiece {
            node: NodeId(1),
            name: "n1".to_owned(),
            offset: 9,
            text: "info late: one\nwarn late: \u{1b}[2J\n".to_owned(),
            end: false,
        };
        assert_eq!(
            lines(&piece),
            "n1: info late: one\nn1: warn late: \\u{1b}[2J\n"
        );
    }
}
