//! Adds a column that is looked up in another table: the first input is the table, the second the
//! rows.
//!
//! A task with two inputs is a [`Transform`], over whole arrow batches here, so that it works for
//! tables of any columns.

use std::collections::HashMap;
use std::sync::Arc;

use bubbles_sdk::arrow::array::cast::AsArray;
use bubbles_sdk::arrow::array::{ArrayRef, RecordBatch, StringArray};
use bubbles_sdk::arrow::schema::{DataType, Field, Schema};
use bubbles_sdk::{Context, Error, Format, Transform, arrow, output};

bubbles_sdk::export!(transform: Join);

/// The first input, which comes to its end before the second begins.
const TABLE: u32 = 0;

/// What is configured.
#[bubbles_sdk::config]
pub struct Config {
    /// The column of text that both inputs have.
    key: String,
    /// The table's column that is looked up.
    value: String,
    /// What the new column is called.
    column: String,
}

/// Adds a looked-up column.
pub struct Join {
    config: Config,
    table: HashMap<String, String>,
}

impl Transform for Join {
    type Config = Config;
    const SUMMARY: &'static str = "adds a column that is looked up in another table";
    const ACCEPTS: &'static [Format] = &[Format::Arrow];
    const PRODUCES: Format = Format::Arrow;

    fn open(config: Config, _context: Context) -> Result<Self, Error> {
        Ok(Self {
            config,
            table: HashMap::new(),
        })
    }

    fn process(&mut self, input: u32, chunk: Vec<u8>) -> Result<(), Error> {
        let (schema, batches) = arrow::decode_with_schema(chunk)?;
        if input == TABLE {
            return batches.iter().try_for_each(|batch| self.learn(batch));
        }
        let mut fields = schema.fields().to_vec();
        fields.push(Arc::new(Field::new(
            &self.config.column,
            DataType::Utf8,
            true,
        )));
        let schema = Arc::new(Schema::new(fields));
        let joined = batches.iter().map(|batch| {
            let mut columns = batch.columns().to_vec();
            columns.push(self.look_up(batch)?);
            Ok(RecordBatch::try_new(Arc::clone(&schema), columns)?)
        });
        output::emit(&arrow::encode_all(
            &schema,
            &joined.collect::<Result<Vec<_>, Error>>()?,
        ));
        Ok(())
    }

    fn finish(&mut self) -> Result<(), Error> {
        Ok(())
    }
}

impl Join {
    fn learn(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        let keys = texts(batch, &self.config.key)?;
        let values = texts(batch, &self.config.value)?;
        let pairs = keys
            .iter()
            .zip(values)
            .filter_map(|(key, value)| key.zip(value));
        self.table
            .extend(pairs.map(|(key, value)| (key.to_owned(), value.to_owned())));
        Ok(())
    }

    /// The new column: null where the table has no such key.
    fn look_up(&self, batch: &RecordBatch) -> Result<ArrayRef, Error> {
        let keys = texts(batch, &self.config.key)?.iter();
        let values: StringArray = keys.map(|key| self.table.get(key?)).collect();
        Ok(Arc::new(values))
    }
}

fn texts<'b>(batch: &'b RecordBatch, name: &str) -> Result<&'b StringArray, Error> {
    let column = batch
        .column_by_name(name)
        .and_then(|column| column.as_string_opt());
    column.ok_or_else(|| {
        let schema = batch.schema_ref();
        Error::fatal(format!(
            "an input has no column {name:?} of text: it is {schema}"
        ))
    })
}

#[cfg(test)]
mod tests {
    use bubbles_sdk::testing;

    use super::*;

    #[bubbles_sdk::row]
    struct Airline {
        carrier: String,
        name: String,
    }

    #[bubbles_sdk::row]
    struct Flight {
        carrier: String,
        flight: i64,
    }

    #[bubbles_sdk::row]
    #[derive(Debug, PartialEq)]
    struct Named {
        flight: i64,
        airline: Option<String>,
    }

    const CONFIG: &str = r#"{"key": "carrier", "value": "name", "column": "airline"}"#;

    fn join(inputs: Vec<(u32, Vec<u8>)>) -> Result<Vec<Named>, Error> {
        let outcome = testing::transform_inputs::<Join>(CONFIG, Context::default(), inputs)?;
        Ok(outcome.rows())
    }

    #[test]
    fn names_are_added() {
        let airline = |carrier: &str, name: &str| {
            testing::arrow_chunk(&[Airline {
                carrier: carrier.to_owned(),
                name: name.to_owned(),
            }])
        };
        let flights = [("HA", 51), ("XX", 7), ("UA", 1)].map(|(carrier, flight)| Flight {
            carrier: carrier.to_owned(),
            flight,
        });
        let named = join(vec![
            (0, airline("HA", "Hawaiian Airlines Inc.")),
            (0, airline("UA", "United Air Lines Inc.")),
            (1, testing::arrow_chunk(&flights)),
        ]);
        let row = |flight, airline: Option<&str>| Named {
            flight,
            airline: airline.map(str::to_owned),
        };
        assert_eq!(
            named.unwrap(),
            [
                row(51, Some("Hawaiian Airlines Inc.")),
                row(7, None),
                row(1, Some("United Air Lines Inc.")),
            ]
        );
    }

    #[test]
    fn a_missing_column_is_named() {
        let chunk = testing::arrow_chunk(&[Flight {
            carrier: "HA".to_owned(),
            flight: 51,
        }]);
        let error = join(vec![(0, chunk)]).unwrap_err();
        assert!(
            error.to_string().contains("no column \"name\" of text"),
            "{error}"
        );
    }
}
