//! A plugin for Bubbles: keeps the warm readings, and adds a column.

use bubbles_sdk as bubbles;

/// What `config` in the pipeline holds.
#[bubbles::config]
pub struct Config {
    /// The least that is warm, in degrees Celsius.
    pub warm: f64,
}

/// The columns of the input that are looked at.
#[bubbles::row]
pub struct Reading {
    pub sensor: String,
    pub celsius: Option<f64>,
}

/// The columns of the output.
#[bubbles::row]
#[derive(Debug, PartialEq)]
pub struct Warm {
    pub sensor: String,
    pub celsius: f64,
    pub fahrenheit: f64,
}

/// One row in; none, one (`Option`) or many (`Vec`) out. A `Result` can reject the row.
#[bubbles::transform(summary = "keeps the warm readings, in Fahrenheit too")]
pub fn warm(config: &Config, reading: Reading) -> Option<Warm> {
    let celsius = reading.celsius?;
    (celsius >= config.warm).then(|| Warm {
        sensor: reading.sensor,
        celsius,
        fahrenheit: celsius * 9.0 / 5.0 + 32.0,
    })
}

#[cfg(test)]
mod tests {
    use bubbles_sdk::testing;

    use super::*;

    fn reading(sensor: &str, celsius: Option<f64>) -> Reading {
        Reading {
            sensor: sensor.to_owned(),
            celsius,
        }
    }

    #[test]
    fn a_function_like_any() {
        let config = Config { warm: 20.0 };
        let row = warm(&config, reading("roof", Some(25.0))).unwrap();
        assert_eq!(
            row,
            Warm {
                sensor: "roof".to_owned(),
                celsius: 25.0,
                fahrenheit: 77.0
            }
        );
        assert_eq!(warm(&config, reading("roof", None)), None);
    }

    #[test]
    fn as_a_task_over_chunks() {
        let rows = [reading("cellar", Some(12.5)), reading("roof", Some(25.0))];
        let chunks = [testing::arrow_chunk(&rows)];
        let outcome = testing::transform::<warm>(r#"{"warm": 20}"#, chunks).unwrap();
        assert_eq!(outcome.rows::<Warm>().len(), 1);
        assert!(outcome.rejects.is_empty());
    }
}
