//! The typed configuration of a task.

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::Error;

/// What a task is configured with: any type that serde reads and schemars describes.
///
/// [`config`](macro@crate::config) derives both. A property that holds a URL, a host or the name
/// of a variable the task must be granted says so with `#[schemars(extend("x-grant" = "read"))]`
/// (or `write`, `net`, `env`): the runtime then checks the grant before the job starts.
pub trait Configuration: DeserializeOwned + JsonSchema {}

impl<T: DeserializeOwned + JsonSchema> Configuration for T {}

/// The configuration of a task that has none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoConfig {}

/// Reads the JSON the runtime hands over; a task without `config` in its pipeline gives `null`.
pub(crate) fn parse<C: Configuration>(json: &str) -> Result<C, Error> {
    let json = if matches!(json.trim(), "" | "null") {
        "{}"
    } else {
        json
    };
    serde_json::from_str(json).map_err(|error| Error::fatal(format!("the configuration: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_an_empty_configuration() {
        assert_eq!(parse::<NoConfig>("null"), Ok(NoConfig {}));
        assert_eq!(parse::<NoConfig>("{}"), Ok(NoConfig {}));
    }

    #[test]
    fn an_unknown_key_is_named() {
        let error = parse::<NoConfig>(r#"{"minutes": 1}"#).unwrap_err();
        assert!(error.message().contains("minutes"), "{error}");
    }
}
