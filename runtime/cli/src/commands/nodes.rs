//! `bubbles nodes`: who belongs to the cluster.

use bubbles::NodeStatus;
use comfy_table::CellAlignment;
use serde_json::{Value, json};

use crate::cluster;
use crate::escape;
use crate::output::{self, Format};
use crate::report_table::{cell, table};

/// Lists the nodes of the cluster, or removes one.
#[derive(Debug, clap::Args)]
pub(crate) struct Nodes {
    /// Take this node off the list: it does not come back, and is let in no more.
    #[arg(long, value_name = "NAME")]
    remove: Option<String>,
    /// How they are written to standard output.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

impl Nodes {
    pub(crate) fn run(self) -> anyhow::Result<u8> {
        let cluster = cluster::open()?;
        if let Some(name) = &self.remove {
            cluster.remove(name)?;
            output::say(&format!("{name} is no node of the cluster any more"));
        }
        let nodes = cluster.nodes()?;
        match self.output {
            Format::Table => output::print(&text(&nodes))?,
            Format::Json => {
                let nodes: Vec<Value> = nodes.iter().map(document).collect();
                output::print_json(&nodes)?;
            }
        }
        Ok(0)
    }
}

fn text(nodes: &[NodeStatus]) -> String {
    let mut table = table();
    table.set_header([
        "node", "address", "state", "vote", "slots", "busy", "labels",
    ]);
    for node in nodes {
        let state = match (node.alive, node.leader, &node.trouble) {
            (false, ..) => "not heard of",
            (true, true, _) if node.draining => "leads, drains",
            (true, false, _) if node.draining => "drains",
            (true, true, None) => "leads",
            (true, true, Some(_)) => "leads, set aside",
            (true, false, None) => "ready",
            (true, false, Some(_)) => "set aside",
        };
        table.add_row([
            cell(&node.name),
            cell(&node.address),
            cell(state),
            cell(if node.voter { "yes" } else { "no" }),
            cell(&node.slots.to_string()),
            cell(&node.busy.to_string()),
            cell(&node.labels.join(", ")),
        ]);
    }
    for column in [4, 5] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let mut text = format!("{table}\n");
    for node in nodes {
        if let Some(trouble) = &node.trouble {
            let line = format!("{} gets no work for a while: {trouble}", node.name);
            text.push_str(&escape::line(&line));
            text.push('\n');
        }
    }
    text
}

fn document(node: &NodeStatus) -> Value {
    json!({
        "name": node.name,
        "address": node.address,
        "labels": node.labels,
        "slots": node.slots,
        "busy": node.busy,
        "alive": node.alive,
        "leader": node.leader,
        "voter": node.voter,
        "draining": node.draining,
        "trouble": node.trouble,
        "id": node.id.0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use bubbles::NodeId;

    fn node(name: &str, leader: bool, alive: bool) -> NodeStatus {
        NodeStatus {
            id: NodeId(7),
            name: name.to_owned(),
            address: "10.0.0.1:4433".to_owned(),
            labels: vec!["disk".to_owned(), "gpu".to_owned()],
            slots: 8,
            busy: 3,
            alive,
            draining: false,
            leader,
            voter: true,
            trouble: (!leader).then(|| "no space\u{7} left".to_owned()),
        }
    }

    #[test]
    fn each_node_has_a_line() {
        let text = text(&[node("n1", true, true), node("n2\u{1b}", false, false)]);
        let lines: Vec<Vec<&str>> = text
            .lines()
            .map(|line| line.split_whitespace().collect())
            .collect();
        let first = [
            "n1",
            "10.0.0.1:4433",
            "leads",
            "yes",
            "8",
            "3",
            "disk,",
            "gpu",
        ];
        assert_eq!(lines[1], first);
        assert!(text.contains("n2\\u{1b}"), "{text}");
        assert!(text.contains("not heard of"), "{text}");
        let why = "gets no work for a while: no space\\u{7} left";
        assert!(text.contains(why), "{text}");
    }

    #[test]
    fn the_document_has_all_of_it() {
        let document = document(&node("n1", true, true));
        let expected = json!({
            "name": "n1", "address": "10.0.0.1:4433", "labels": ["disk", "gpu"], "slots": 8,
            "busy": 3, "alive": true, "leader": true, "voter": true, "draining": false, "trouble": null,
            "id": 7,
        });
        assert_eq!(document, expected);
    }
}
