//! Looks for secrets in the environment, the arguments, standard input and the folders given.
#![cfg(target_arch = "wasm32")]

use std::io::Read;

struct ReadEnvironment;

impl hostile::Extract for ReadEnvironment {
    fn run(
        _config: &str,
        _piece: &hostile::Split,
        _context: &hostile::Context,
    ) -> Result<(), hostile::Error> {
        let mut found: Vec<String> = std::env::vars()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        found.extend(std::env::args());
        let mut input = String::new();
        if std::io::stdin().read_to_string(&mut input).is_ok() && !input.is_empty() {
            found.push(input);
        }
        if let Ok(folder) = std::fs::read_dir("/") {
            found.extend(
                folder
                    .flatten()
                    .map(|entry| entry.path().display().to_string()),
            );
        }
        Err(hostile::Error::Fatal(format!(
            "found {}: {}",
            found.len(),
            found.join(", ")
        )))
    }
}

hostile::extract!(ReadEnvironment);
