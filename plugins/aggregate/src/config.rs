//! What is asked for.

use std::collections::{BTreeMap, BTreeSet};

use bubbles_sdk::Error;
use schemars::JsonSchema;
use serde::Deserialize;

/// `{ group-by = ["carrier"], count = "flights", mean = ["arr_delay"] }`
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Config {
    /// The columns whose values make a group; none makes all rows one group.
    pub group_by: Vec<String>,
    /// The name of the column with the number of rows.
    pub count: Option<String>,
    /// Columns to add up.
    pub sum: Columns,
    /// Columns to take the least value of.
    pub min: Columns,
    /// Columns to take the greatest value of.
    pub max: Columns,
    /// Columns to take the mean of.
    pub mean: Columns,
}

/// Columns, and the names of what comes out.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Columns {
    /// `"arr_delay"`: comes out as `arr_delay_mean`, and so on.
    One(String),
    /// `["arr_delay", "dep_delay"]`: the same, each.
    Several(Vec<String>),
    /// `{ delay = "arr_delay" }`: the name of what comes out, and the column.
    Named(BTreeMap<String, String>),
}

impl Default for Columns {
    fn default() -> Self {
        Self::Several(Vec::new())
    }
}

/// What is done with the values of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Function {
    Count,
    Sum,
    Min,
    Max,
    Mean,
}

impl Function {
    fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Sum => "sum",
            Self::Min => "min",
            Self::Max => "max",
            Self::Mean => "mean",
        }
    }

    /// For messages: "no column `x` to ...".
    pub(crate) fn verb(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Sum => "add up",
            Self::Min => "take the minimum of",
            Self::Max => "take the maximum of",
            Self::Mean => "take the mean of",
        }
    }
}

/// A column that comes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Output {
    pub(crate) name: String,
    pub(crate) function: Function,
    /// None for the number of rows.
    pub(crate) column: Option<String>,
}

impl Config {
    /// What comes out after the keys, in order.
    pub(crate) fn outputs(&self) -> Result<Vec<Output>, Error> {
        let count = self.count.iter().map(|name| Output {
            name: name.clone(),
            function: Function::Count,
            column: None,
        });
        let columns = [
            (Function::Sum, &self.sum),
            (Function::Min, &self.min),
            (Function::Max, &self.max),
            (Function::Mean, &self.mean),
        ];
        let columns = columns
            .into_iter()
            .flat_map(|(function, columns)| columns.outputs(function));
        let outputs: Vec<Output> = count.chain(columns).collect();
        let mut names = BTreeSet::new();
        for name in self
            .group_by
            .iter()
            .chain(outputs.iter().map(|output| &output.name))
        {
            if !names.insert(name) {
                return Err(Error::fatal(format!(
                    "two columns would be called `{name}`: name one of them otherwise, \
                     as in `mean = {{ other = \"column\" }}`"
                )));
            }
        }
        if names.is_empty() {
            return Err(Error::fatal(
                "there is nothing to aggregate: give `group-by`, `count`, `sum`, `min`, `max` \
                 or `mean`",
            ));
        }
        Ok(outputs)
    }
}

impl Columns {
    fn outputs(&self, function: Function) -> Vec<Output> {
        let by_default = |column: &String| {
            let name = format!("{column}_{}", function.name());
            Output {
                name,
                function,
                column: Some(column.clone()),
            }
        };
        match self {
            Self::One(column) => vec![by_default(column)],
            Self::Several(columns) => columns.iter().map(by_default).collect(),
            Self::Named(columns) => columns
                .iter()
                .map(|(name, column)| Output {
                    name: name.clone(),
                    function,
                    column: Some(column.clone()),
                })
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> Config {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn names_of_what_comes_out() {
        let config = parse(
            r#"{"group-by": ["carrier"], "count": "flights", "mean": ["arr_delay", "air_time"],
                "max": "distance", "sum": {"miles": "distance"}}"#,
        );
        let names: Vec<String> = config
            .outputs()
            .unwrap()
            .into_iter()
            .map(|o| o.name)
            .collect();
        let expected = [
            "flights",
            "miles",
            "distance_max",
            "arr_delay_mean",
            "air_time_mean",
        ];
        assert_eq!(names, expected);
    }

    #[test]
    fn two_of_one_name_or_none_at_all() {
        let error = parse(r#"{"group-by": ["n"], "count": "n"}"#)
            .outputs()
            .unwrap_err();
        assert!(error.message().contains("`n`"), "{error}");
        assert!(parse("{}").outputs().is_err());
    }
}
