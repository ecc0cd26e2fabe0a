use std::collections::BTreeMap;
use std::ffi::OsString;
use std::time::{Duration, UNIX_EPOCH};

use bubbles_transport::{Authority, PrivateKey, Validity};
use clap::Parser as _;

use super::*;

/// The example that people start from.
const EXAMPLE: &str = include_str!("../../../../examples/deploy/bubbles-node.toml");

fn machine() -> Machine {
    Machine {
        host: "Rack 7_node.example.org".to_owned(),
        v4: Some([10, 0, 0, 7].into()),
        v6: None,
        cores: 4,
    }
}

/// What the flags, variables and lines of a file come to.
fn told(
    flags: &[&str],
    variables: &[(&str, &str)],
    file: &str,
    machine: &Machine,
) -> Result<Settings, SettingsError> {
    let words = ["bubbles-node"].iter().chain(flags);
    let (_, flags) = Flags::try_parse_from(words).unwrap().into_layer();
    let variables: BTreeMap<_, _> = variables.iter().copied().collect();
    let variable = |name: &str| variables.get(name).map(OsString::from);
    let environment = Layer::of_environment(&variable)?;
    let file = Layer::of_file(Path::new("/etc/bubbles/node.toml"), file)?;
    Settings::resolve(flags, environment, file, machine)
}

fn wrong(flags: &[&str], variables: &[(&str, &str)], file: &str) -> String {
    let error = told(flags, variables, file, &machine()).unwrap_err();
    error.to_string()
}

fn token() -> String {
    let now = UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    let validity = Validity::starting(now, Duration::from_secs(3600));
    let authority = Authority::new(PrivateKey::from_seed([1; 32]), validity).unwrap();
    let key = PrivateKey::from_seed([7; 32]);
    let name = "ticket-1".parse().unwrap();
    let addresses = ["10.0.0.1:4915".parse().unwrap()];
    let invitation = Invitation::issue(&authority, &name, &addresses, validity, &key);
    invitation.unwrap().to_text()
}

#[test]
fn nothing_told_is_enough() {
    let settings = told(&[], &[], "", &machine()).unwrap();
    let expected = Settings {
        name: "rack-7-node".parse().unwrap(),
        data: "/var/lib/bubbles".into(),
        scratch: "/var/lib/bubbles/scratch".into(),
        cache: "/var/lib/bubbles/cache".into(),
        listen: "0.0.0.0:4915".parse().unwrap(),
        advertise: "10.0.0.7:4915".to_owned(),
        join: None,
        slots: 4,
        memory_bytes: 64 << 20,
        labels: BTreeSet::new(),
        http: Some("127.0.0.1:4916".parse().unwrap()),
        log: "info,openraft=error".to_owned(),
        log_format: LogFormat::Text,
    };
    assert_eq!(settings, expected);
}

#[test]
fn all_of_it_can_be_told_in_each_place() {
    let values = [
        ("name", "n1"),
        ("data", "/d"),
        ("listen", "[::]:5000"),
        ("advertise", "n1.example.org:5001"),
        ("join", "@/t"),
        ("slots", "3"),
        ("memory", "1.5GiB"),
        ("scratch", "/s"),
        ("cache", "/c"),
        ("label", "gpu"),
        ("http", "off"),
        ("log", "warn,bubbles_node=debug"),
        ("log-format", "json"),
    ];
    assert_eq!(values.map(|(key, _)| key), Key::ALL.map(Key::as_str));
    let flags = values.map(|(key, value)| format!("--{key}={value}"));
    let by_flag = told(&flags.each_ref().map(String::as_str), &[], "", &machine()).unwrap();
    let variables = values.map(|(key, value)| {
        let name = format!("BUBBLES_{}", key.replace('-', "_").to_uppercase());
        (name, value)
    });
    let variables = variables
        .each_ref()
        .map(|(name, value)| (name.as_str(), *value));
    let by_variable = told(&[], &variables, "", &machine()).unwrap();
    let lines = values.map(|(key, value)| format!("{key} = \"{value}\"\n"));
    let lines = lines.concat().replace("\"3\"", "3");
    let by_file = told(&[], &[], &lines, &machine()).unwrap();
    let expected = Settings {
        name: "n1".parse().unwrap(),
        data: "/d".into(),
        scratch: "/s".into(),
        cache: "/c".into(),
        listen: "[::]:5000".parse().unwrap(),
        advertise: "n1.example.org:5001".to_owned(),
        join: Some(Token::File("/t".into())),
        slots: 3,
        memory_bytes: 3 << 29,
        labels: ["gpu".parse().unwrap()].into(),
        http: None,
        log: "warn,bubbles_node=debug".to_owned(),
        log_format: LogFormat::Json,
    };
    assert_eq!(by_flag, expected);
    assert_eq!(by_variable, expected);
    assert_eq!(by_file, expected);
}

#[test]
fn a_flag_counts_before_a_variable_and_that_before_the_file() {
    let file = "slots = 1\nname = \"file\"\nlog = \"warn\"\nlabel = [\"a\", \"b\"]";
    let variables = [
        ("BUBBLES_SLOTS", "2"),
        ("BUBBLES_NAME", "variable"),
        ("BUBBLES_LOG", ""),
        ("BUBBLES_LABEL", "c, d"),
    ];
    let settings = told(&["--slots", "3"], &variables, file, &machine()).unwrap();
    assert_eq!(settings.slots, 3);
    assert_eq!(settings.name.as_str(), "variable");
    assert_eq!(settings.log, "warn", "an empty variable says nothing");
    let labels: Vec<_> = settings.labels.iter().map(Label::as_str).collect();
    assert_eq!(labels, ["c", "d"]);
    let flags = ["--label", "e", "--label", "f", "--label", "e"];
    let settings = told(&flags, &variables, file, &machine()).unwrap();
    let labels: Vec<_> = settings.labels.iter().map(Label::as_str).collect();
    assert_eq!(labels, ["e", "f"]);
}

#[test]
fn a_path_in_a_file_starts_at_its_folder() {
    let file = "data = \"d\"\njoin = \"@token\"";
    let settings = told(&[], &[], file, &machine()).unwrap();
    assert_eq!(settings.data, Path::new("/etc/bubbles/d"));
    assert_eq!(settings.scratch, Path::new("/etc/bubbles/d/scratch"));
    let token = Token::File("/etc/bubbles/token".into());
    assert_eq!(settings.join, Some(token));
    let settings = told(&["--data", "d"], &[], file, &machine()).unwrap();
    assert_eq!(settings.data, Path::new("d"));
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn what_is_wrong_says_what_would_be_right() {
    for (flags, variables, file, expected) in [
        (
            vec![],
            vec![],
            "lables = []",
            "there is no setting \"lables\", which /etc/bubbles/node.toml has (did you mean \
             \"label\"?); the settings are name, data, listen, advertise, join, slots, memory, \
             scratch, cache, label, http, log, log-format",
        ),
        (
            vec![],
            vec![],
            "colour = 1",
            "there is no setting \"colour\", which /etc/bubbles/node.toml has; the settings are",
        ),
        (
            vec![],
            vec![],
            "slots = 1\njoin = bubbles-secret",
            "/etc/bubbles/node.toml is no TOML: line 2: ",
        ),
        (
            vec![],
            vec![],
            "slots = \"2\"",
            "slots in /etc/bubbles/node.toml is to be a whole number, not string",
        ),
        (
            vec![],
            vec![],
            "http = false",
            "http in /etc/bubbles/node.toml is to be text in quotes, not boolean",
        ),
        (
            vec![],
            vec![],
            "label = [1]",
            "label in /etc/bubbles/node.toml is to be a list of texts, not integer",
        ),
        (
            vec!["--name", "N1"],
            vec![],
            "",
            "--name: \"N1\" is no name for a node: a name is 1 to 63 of a-z",
        ),
        (
            vec!["--listen", "4915"],
            vec![],
            "",
            "--listen: \"4915\" is no address and port: write it as in 0.0.0.0:4915",
        ),
        (
            vec![],
            vec![("BUBBLES_SLOTS", "0")],
            "",
            "BUBBLES_SLOTS: \"0\" is no number of slots: write a whole number from 1 to 4096",
        ),
        (
            vec!["--slots=-1"],
            vec![],
            "",
            "--slots: \"-1\" is no number of slots",
        ),
        (
            vec!["--memory", "64"],
            vec![],
            "",
            "--memory: \"64\" is no size: write a number with its unit, as in 64MiB",
        ),
        (
            vec!["--http", "on"],
            vec![],
            "",
            "--http: \"on\" is no address and port: write it as in 127.0.0.1:4916, or `off`",
        ),
        (
            vec!["--label", "a b"],
            vec![],
            "",
            "--label: \"a b\" is no label: a name has letters",
        ),
        (
            vec![],
            vec![("BUBBLES_LABEL", "a,,b")],
            "",
            "BUBBLES_LABEL: \"\" is no label: a name cannot be empty",
        ),
        (
            vec!["--log", "infoo"],
            vec![],
            "",
            "--log: \"infoo\" is no level: write one of trace, debug",
        ),
        (
            vec!["--log", "a=b=c"],
            vec![],
            "",
            "--log: \"a=b=c\" says not what to log",
        ),
        (
            vec![],
            vec![("BUBBLES_LOG_FORMAT", "xml")],
            "",
            "BUBBLES_LOG_FORMAT: \"xml\" is neither text nor json",
        ),
        (vec!["--data", ""], vec![], "", "--data: it names no folder"),
        (
            vec!["--join", "@"],
            vec![],
            "",
            "--join: there is no file after the @",
        ),
        (
            vec!["--listen", "0.0.0.0:0"],
            vec![],
            "",
            "the port 0 stands for any",
        ),
        (
            vec!["--advertise", "0.0.0.0:4915"],
            vec![],
            "",
            "--advertise: \"0.0.0.0:4915\" is no one's address",
        ),
        (
            vec!["--advertise", "n1"],
            vec![],
            "",
            "--advertise: \"n1\" has no port: write where other nodes reach this one",
        ),
        (
            vec!["--advertise", "n1:0"],
            vec![],
            "",
            "--advertise: \"n1:0\" has no port",
        ),
        (
            vec!["--advertise", "::1:4915"],
            vec![],
            "",
            "--advertise: \"::1:4915\" has no host",
        ),
    ] {
        let told = wrong(&flags, &variables, file);
        assert!(!told.contains("secret"), "{told}");
        assert!(told.starts_with(expected), "{told}\nnot\n{expected}");
    }
}

#[test]
fn the_address_that_others_are_told() {
    let advertised = |flags: &[&str], machine: &Machine| {
        told(flags, &[], "", machine).map(|settings| settings.advertise)
    };
    let v6 = Machine {
        v4: None,
        v6: Some("2001:db8::7".parse().unwrap()),
        ..machine()
    };
    let nowhere = Machine {
        v6: None,
        ..v6.clone()
    };
    let listen = ["--listen", "127.0.0.1:5000"];
    assert_eq!(advertised(&listen, &nowhere).unwrap(), "127.0.0.1:5000");
    let all = ["--listen", "[::]:5000"];
    assert_eq!(advertised(&all, &machine()).unwrap(), "10.0.0.7:5000");
    assert_eq!(advertised(&all, &v6).unwrap(), "[2001:db8::7]:5000");
    let error = advertised(&[], &v6).unwrap_err().to_string();
    assert!(error.contains("--advertise HOST:PORT"), "{error}");
    let told = ["--advertise", "[2001:db8::8]:1", "--listen", "[::]:0"];
    assert_eq!(advertised(&told, &nowhere).unwrap(), "[2001:db8::8]:1");
}

#[test]
fn a_machine_without_a_fitting_name_asks_for_one() {
    let named = |host: &str| {
        let machine = Machine {
            host: host.to_owned(),
            ..machine()
        };
        told(&[], &[], "", &machine).map(|settings| settings.name.to_string())
    };
    assert_eq!(named("N1").unwrap(), "n1");
    assert_eq!(named("_a_.b").unwrap(), "a");
    assert_eq!(named(&"x".repeat(80)).unwrap(), "x".repeat(63));
    for host in ["", "...", "äöü"] {
        let error = named(host).unwrap_err().to_string();
        assert!(error.contains("--name"), "{error}");
    }
}

#[test]
fn a_token_is_given_or_in_a_file() {
    let text = token();
    let given = |join: &str| told(&["--join", join], &[], "", &machine()).unwrap().join;
    let invitation = given(&text).unwrap().read().unwrap();
    assert_eq!(invitation.unwrap().to_text(), text);
    assert_eq!(given(""), None);

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    let join = format!("@{}", file.display());
    let error = given(&join).unwrap().read().unwrap_err().to_string();
    assert!(
        error.contains("a node that has joined needs none"),
        "{error}"
    );
    std::fs::write(&file, "\n").unwrap();
    assert_eq!(given(&join).unwrap().read().unwrap(), None);
    std::fs::write(&file, format!("{text}\n")).unwrap();
    let invitation = given(&join).unwrap().read().unwrap();
    assert_eq!(invitation.unwrap().to_text(), text);
    std::fs::write(&file, &text[..100]).unwrap();
    let error = anyhow::Error::from(given(&join).unwrap().read().unwrap_err());
    // With its causes, as it is printed.
    let error = format!("{error:#}");
    assert!(
        error.contains("cut off") && !error.contains(&text[20..60]),
        "{error}"
    );
}

#[test]
fn a_wrong_token_is_not_repeated() {
    let text = token().replace("bubbles-", "bubbles-A");
    let error = wrong(&["--join", &text], &[], "");
    assert!(error.starts_with("--join: the join token"), "{error}");
    assert!(!error.contains(&text[10..40]), "{error}");
}

#[test]
fn the_file_is_named_by_a_flag_or_a_variable() {
    let variable = |name: &str| (name == "BUBBLES_CONFIG").then(|| OsString::from("/v"));
    let named = given::config_file(None, &variable);
    assert_eq!(named.as_deref(), Some(Path::new("/v")));
    let named = given::config_file(Some("/f".into()), &variable);
    assert_eq!(named.as_deref(), Some(Path::new("/f")));
    assert_eq!(given::config_file(None, &|_| None), None);
}

#[test]
fn the_example_says_what_is_so_by_itself() {
    let told = |text: &str| Layer::of_file(Path::new("/etc/bubbles/bubbles-node.toml"), text);
    let resolved = |layer: Layer| {
        Settings::resolve(Layer::default(), Layer::default(), layer, &machine()).unwrap()
    };
    assert_eq!(
        told(EXAMPLE).unwrap().keys(),
        [],
        "all of it is commented out"
    );
    let example: String = EXAMPLE
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(setting) if setting.contains(" = ") => format!("{setting}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    let layer = told(&example).unwrap();
    assert_eq!(layer.keys(), Key::ALL);
    let settings = resolved(layer);
    let unsaid = resolved(Layer::default());
    let expected = Settings {
        name: "n1".parse().unwrap(),
        advertise: "n1.example.org:4915".to_owned(),
        join: Some(Token::File("/etc/bubbles/join".into())),
        labels: ["gpu".parse().unwrap(), "ssd".parse().unwrap()].into(),
        ..unsaid
    };
    assert_eq!(settings, expected);
}
