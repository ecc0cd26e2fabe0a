//! What tasks may reach, and whether it covers what they want.

mod location;

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::{Problem, Rule, spans::Place};
use location::Location;

/// Rights that a pipeline gives to a task. Nothing else can be reached.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grants {
    /// Files, folders and URLs to read.
    pub read: Vec<String>,
    /// Files, folders and URLs to write.
    pub write: Vec<String>,
    /// Hosts to connect to, as `host:port`.
    pub net: Vec<String>,
    /// Names of variables to see.
    pub env: Vec<String>,
}

/// One sort of right; in a plugin's schema the value of `x-grant`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Right {
    Read,
    Write,
    Net,
    Env,
}

impl Right {
    const ALL: [Self; 4] = [Self::Read, Self::Write, Self::Net, Self::Env];

    /// The word for it, which is its key in a pipeline file too.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Net => "net",
            Self::Env => "env",
        }
    }

    pub(crate) fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|right| right.as_str() == word)
    }
}

impl Grants {
    pub(crate) fn of(&self, right: Right) -> &[String] {
        match right {
            Right::Read => &self.read,
            Right::Write => &self.write,
            Right::Net => &self.net,
            Right::Env => &self.env,
        }
    }

    /// Whether a configuration value that needs `right` is within what is granted. `wanted` is a path,
    /// URL or pattern of them, `host:port` or a URL, or a name, as the right has it.
    pub(crate) fn cover(&self, right: Right, wanted: &str, base: &Path) -> bool {
        let granted = self.of(right).iter();
        match right {
            Right::Read | Right::Write => {
                let wanted = Location::wanted(base, wanted);
                granted.map(|grant| Location::granted(base, grant)).any(|grant| {
                    matches!((&grant, &wanted), (Ok(grant), Ok(wanted)) if grant.covers(wanted))
                })
            }
            Right::Net => {
                let wanted = wanted_host(wanted);
                wanted.is_some() && granted.map(|grant| host_port(grant)).any(|it| it == wanted)
            }
            Right::Env => granted.into_iter().any(|grant| grant == wanted),
        }
    }
}

/// The grant that would cover `wanted` and little else.
pub(crate) fn covering(right: Right, wanted: &str) -> String {
    match right {
        Right::Read | Right::Write => location::folder_of_pattern(wanted).to_owned(),
        Right::Net => match wanted_host(wanted) {
            Some((host, port)) => format!("{host}:{port}"),
            None => wanted.to_owned(),
        },
        Right::Env => wanted.to_owned(),
    }
}

/// Notes every grant that could never be one.
pub(crate) fn check(grants: &Grants, place: Place<'_>, called: &str, problems: &mut Vec<Problem>) {
    for right in Right::ALL {
        for (i, grant) in grants.of(right).iter().enumerate() {
            let Err(help) = well_formed(right, grant) else {
                continue;
            };
            let key = right.as_str();
            problems.push(
                Problem::new(
                    Rule::Value,
                    format!("{called} cannot be granted `{key}` of \"{grant}\""),
                )
                .at(place.field(key).item_or_self(i).value(), "no such grant")
                .help(help),
            );
        }
    }
}

/// Whether the text is a grant of this sort; if not, what would be.
pub(crate) fn well_formed(right: Right, grant: &str) -> Result<(), String> {
    match right {
        Right::Read | Right::Write => Location::granted(Path::new("/"), grant).map(drop),
        Right::Net if host_port(grant).is_some() => Ok(()),
        Right::Net => Err(match grant.split_once("://") {
            Some(_) => format!(
                "write the host and port alone, such as \"{}\"",
                covering(right, grant)
            ),
            None if !grant.contains(':') && !grant.is_empty() => {
                format!("the port is missing: write \"{grant}:443\", say")
            }
            None => "write it as \"host:port\", such as \"example.com:443\"".to_owned(),
        }),
        Right::Env => {
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
            match grant.chars().next() {
                Some(first) if !first.is_ascii_digit() && grant.chars().all(plain) => Ok(()),
                _ => Err("write the name of a variable, such as \"API_TOKEN\"".to_owned()),
            }
        }
    }
}

/// A host in lower case and a port.
fn host_port(text: &str) -> Option<(String, u16)> {
    let (host, port) = text.rsplit_once(':')?;
    let port: u16 = port.parse().ok().filter(|&port| port != 0)?;
    let name = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    let fits = match host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
    {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => !host.is_empty() && host.chars().all(name),
    };
    fits.then(|| (host.to_lowercase(), port))
}

/// What a configuration wants to connect to: `host:port`, or a URL that says both.
fn wanted_host(wanted: &str) -> Option<(String, u16)> {
    if let Some((scheme, _)) = wanted.split_once("://") {
        let url = url::Url::parse(wanted).ok()?;
        let port = url.port_or_known_default().or(match scheme {
            "postgres" | "postgresql" => Some(5432),
            "mysql" => Some(3306),
            "redis" => Some(6379),
            _ => None,
        });
        return Some((url.host_str()?.to_lowercase(), port?));
    }
    host_port(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covers(right: Right, granted: &[&str], wanted: &str) -> bool {
        let list: Vec<String> = granted.iter().map(ToString::to_string).collect();
        let grants = match right {
            Right::Read => Grants {
                read: list,
                ..Grants::default()
            },
            Right::Write => Grants {
                write: list,
                ..Grants::default()
            },
            Right::Net => Grants {
                net: list,
                ..Grants::default()
            },
            Right::Env => Grants {
                env: list,
                ..Grants::default()
            },
        };
        grants.cover(right, wanted, Path::new("/home/ann/flights"))
    }

    #[test]
    fn rights_do_not_stand_in_for_each_other() {
        let grants = Grants {
            write: vec!["out/".into()],
            ..Grants::default()
        };
        assert!(grants.cover(Right::Write, "out/", Path::new("/")));
        assert!(!grants.cover(Right::Read, "out/", Path::new("/")));
    }

    #[test]
    fn hosts() {
        assert!(covers(Right::Net, &["Example.com:443"], "example.com:443"));
        assert!(covers(
            Right::Net,
            &["example.com:443"],
            "https://example.com/api?x=1"
        ));
        assert!(covers(Right::Net, &["db:5432"], "postgres://u@db/flights"));
        assert!(covers(Right::Net, &["[::1]:80"], "http://[::1]/"));
        assert!(!covers(
            Right::Net,
            &["example.com:443"],
            "http://example.com/"
        ));
        assert!(!covers(
            Right::Net,
            &["example.com:443"],
            "evil.example.com:443"
        ));
        assert!(!covers(Right::Net, &[], "example.com"));
    }

    #[test]
    fn variables() {
        assert!(covers(Right::Env, &["TOKEN"], "TOKEN"));
        assert!(!covers(Right::Env, &["TOKEN"], "TOKEN_2"));
    }

    #[test]
    fn bad_grants_say_what_would_do() {
        let wrong = |right, grant: &str| well_formed(right, grant).unwrap_err();
        assert!(wrong(Right::Net, "example.com").contains("\"example.com:443\""));
        assert!(wrong(Right::Net, "https://example.com/x").contains("\"example.com:443\""));
        assert!(wrong(Right::Net, "example.com:0").contains("host:port"));
        assert!(wrong(Right::Net, "*:443").contains("host:port"));
        assert!(wrong(Right::Env, "API TOKEN").contains("API_TOKEN"));
        assert!(wrong(Right::Env, "").contains("API_TOKEN"));
        assert!(well_formed(Right::Env, "_x1").is_ok());
    }

    #[test]
    fn the_grant_to_add() {
        assert_eq!(covering(Right::Read, "data/flights-*.csv"), "data/");
        assert_eq!(
            covering(Right::Net, "https://example.com/x"),
            "example.com:443"
        );
        assert_eq!(covering(Right::Env, "TOKEN"), "TOKEN");
    }
}
