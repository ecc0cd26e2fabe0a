//! `bubbles token`: lets somebody in.

use std::time::Duration;

use bubbles::Role;
use clap::ValueEnum;

use crate::{cluster, output};

/// A token that lasts longer is more likely to be found by somebody else.
const HOURS_MAX: u64 = 24 * 30;

/// Prints a token that lets a node or a person in, once.
///
/// Without --role it is good for a node, or for a person as admin. Whoever has it can use it: hand it
/// on as you would a password.
#[derive(Debug, clap::Args)]
pub(crate) struct Token {
    /// What its bearer becomes.
    #[arg(long, value_enum, value_name = "ROLE")]
    role: Option<Bearer>,
    /// For how many hours it is good.
    #[arg(long, value_name = "N", default_value_t = 24,
        value_parser = clap::value_parser!(u64).range(1..=HOURS_MAX))]
    hours: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Bearer {
    /// A node of the cluster.
    Node,
    /// A person who may change the cluster.
    Admin,
    /// A person who may run jobs.
    Submit,
    /// A person who may look.
    Read,
}

impl Token {
    pub(crate) fn run(self) -> anyhow::Result<u8> {
        let cluster = cluster::open()?;
        let role = self.role.map(|role| match role {
            Bearer::Node => Role::Node,
            Bearer::Admin => Role::Admin,
            Bearer::Submit => Role::Submit,
            Bearer::Read => Role::Read,
        });
        let lifetime = Duration::from_secs(self.hours * 3600);
        let token = cluster.token(role, lifetime)?;
        output::say(&usage(self.role, self.hours));
        output::print(&format!("{}\n", token.trim()))?;
        Ok(0)
    }
}

fn usage(role: Option<Bearer>, hours: u64) -> String {
    let node = "a node comes in with: bubbles-node --name NAME --data DIR --join TOKEN";
    let person = "a person comes in with: bubbles login TOKEN";
    let ways = match role {
        None => format!("{node}\n{person}"),
        Some(Bearer::Node) => node.to_owned(),
        Some(_) => person.to_owned(),
    };
    format!(
        "good once, within {}\n{ways}",
        crate::units::plural(hours, "hour")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_use_is_told() {
        let text = usage(None, 1);
        assert!(text.starts_with("good once, within 1 hour\n"), "{text}");
        assert!(text.contains("--join TOKEN") && text.contains("login TOKEN"));
        assert!(!usage(Some(Bearer::Node), 24).contains("login"));
        assert!(!usage(Some(Bearer::Read), 24).contains("--join"));
    }
}
