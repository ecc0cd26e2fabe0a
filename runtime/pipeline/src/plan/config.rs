//! Whether a task's configuration is what its plugin's schema allows.

use jsonschema::{
    PatternOptions, ValidationError,
    error::{TypeKind, ValidationErrorKind},
};
use serde_json::Value;

use crate::{
    Description, Pipeline, Problem, Rule, Task, TaskIndex,
    spans::Place,
    suggest::{did_you_mean, list},
};

/// Who sees so many mistakes in one configuration has no use for the next.
const MAX_PROBLEMS: usize = 20;

/// Notes everything that the schema does not allow.
pub(super) fn check(
    pipeline: &Pipeline,
    index: TaskIndex,
    description: &Description,
    problems: &mut Vec<Problem>,
) {
    let task = pipeline.task(index);
    let schema = &description.config_schema;
    // The schema is the plugin's: its patterns get the engine that cannot be made to run for ever,
    // and what it refers to elsewhere is not fetched.
    let options = jsonschema::options()
        .offline()
        .with_pattern_options(PatternOptions::regex());
    let validator = match options.build(schema) {
        Ok(validator) => validator,
        Err(error) => {
            let message = format!(
                "the plugin `{}` describes its configuration by no JSON Schema",
                task.plugin
            );
            problems.push(
                Problem::new(Rule::Plugin, message)
                    .at(
                        pipeline.place(index).field(task.kind.as_str()).value(),
                        "this plugin",
                    )
                    .help(format!("its author has to mend it: {error}")),
            );
            return;
        }
    };
    let checked = Checked {
        task,
        schema,
        place: pipeline.place(index),
    };
    let found = validator
        .iter_errors(&task.config)
        .flat_map(|error| checked.problems(&error));
    problems.extend(found.take(MAX_PROBLEMS));
}

struct Checked<'a> {
    task: &'a Task,
    schema: &'a Value,
    place: Place<'a>,
}

impl Checked<'_> {
    fn problems(&self, error: &ValidationError<'_>) -> Vec<Problem> {
        match error.kind() {
            ValidationErrorKind::AdditionalProperties { unexpected }
            | ValidationErrorKind::UnevaluatedProperties { unexpected } => unexpected
                .iter()
                .map(|key| self.unknown(error, key))
                .collect(),
            ValidationErrorKind::AnyOf { context }
            | ValidationErrorKind::OneOfNotValid { context } => self.none_of(error, context),
            _ => vec![self.problem(error)],
        }
    }

    fn problem(&self, error: &ValidationError<'_>) -> Problem {
        let named = self.named(error);
        match error.kind() {
            ValidationErrorKind::Required { property } => {
                let key = property.as_str().unwrap_or_default();
                let whole = self.at(error);
                // Where nothing was written there is only the task to point at.
                let at = if whole.is_same(self.place) {
                    whole.key()
                } else {
                    whole.value()
                };
                let message = format!("{named} lacks `{key}`");
                let problem =
                    Problem::new(Rule::Config, message).at(at, format!("no `{key}` in here"));
                match self.about(error, key) {
                    Some(about) => problem.help(format!("`{key}`: {about}")),
                    None => problem.help(format!("add `{key} = …`")),
                }
            }
            ValidationErrorKind::Type { kind } => {
                let expected = match kind {
                    TypeKind::Single(kind) => kind.to_string(),
                    TypeKind::Multiple(kinds) => kinds
                        .iter()
                        .map(|kind| kind.as_str())
                        .collect::<Vec<_>>()
                        .join(" or "),
                };
                let is = type_of(error.instance());
                Problem::new(Rule::Config, format!("{named} is not of type {expected}"))
                    .at(self.at(error).value(), format!("this is of type {is}"))
            }
            ValidationErrorKind::Enum { options } => {
                let options = options.as_array().map(Vec::as_slice).unwrap_or_default();
                self.not_among(error, options.iter())
            }
            ValidationErrorKind::Constant { expected_value } => {
                self.not_among(error, [&**expected_value])
            }
            _ => Problem::new(Rule::Config, format!("{named} cannot be used: {error}"))
                .at(self.at(error).value(), "here"),
        }
    }

    /// A value that fits none of several forms: what is wrong with the form that was meant, where that
    /// can be told, or else which values there are.
    fn none_of(
        &self,
        error: &ValidationError<'_>,
        forms: &[Vec<ValidationError<'static>>],
    ) -> Vec<Problem> {
        let only = |form: &[ValidationError<'_>], holds: fn(&ValidationErrorKind) -> bool| {
            form.iter().all(|error| holds(error.kind()))
        };
        let is_null = |kind: &ValidationErrorKind| matches!(kind, ValidationErrorKind::Type { kind: TypeKind::Single(kind) } if kind.as_str() == "null");
        let is_value = |kind: &ValidationErrorKind| {
            matches!(
                kind,
                ValidationErrorKind::Constant { .. } | ValidationErrorKind::Enum { .. }
            )
        };
        let forms: Vec<_> = forms.iter().filter(|form| !only(form, is_null)).collect();
        let here = error.instance_path().as_str().len();
        let deeper = |form: &&&Vec<ValidationError<'_>>| {
            form.iter()
                .all(|error| error.instance_path().as_str().len() > here)
        };
        let meant = match forms.as_slice() {
            [form] => Some(*form),
            several => several.iter().find(deeper).copied(),
        };
        if let Some(form) = meant {
            return form.iter().flat_map(|error| self.problems(error)).collect();
        }
        if forms.iter().all(|form| only(form, is_value)) {
            let mut values = Vec::new();
            for error in forms.iter().copied().flatten() {
                match error.kind() {
                    ValidationErrorKind::Constant { expected_value } => {
                        values.push(&**expected_value)
                    }
                    ValidationErrorKind::Enum { options } => {
                        values.extend(options.as_array().into_iter().flatten());
                    }
                    _ => {}
                }
            }
            return vec![self.not_among(error, values)];
        }
        let named = self.named(error);
        let reasons: Vec<_> = forms
            .iter()
            .filter_map(|form| form.first())
            .map(|error| format!("- {error}"))
            .collect();
        vec![
            Problem::new(
                Rule::Config,
                format!("{named} has none of the forms it can have"),
            )
            .at(self.at(error).value(), "here")
            .help(format!(
                "of each form the first thing that does not fit:\n{}",
                reasons.join("\n")
            )),
        ]
    }

    fn unknown(&self, error: &ValidationError<'_>, key: &str) -> Problem {
        let rules = self.rules(error);
        let known = rules
            .and_then(|rules| rules.get("properties"))
            .and_then(Value::as_object);
        let known = || {
            known
                .into_iter()
                .flat_map(|known| known.keys())
                .map(String::as_str)
        };
        let help = match did_you_mean(key, known()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None if known().next().is_none() => "it has no settings".to_owned(),
            None => format!("what it has: {}", list(known())),
        };
        Problem::new(
            Rule::Config,
            format!("{} has no setting `{key}`", self.named(error)),
        )
        .at(
            self.at(error).field(key).or(self.at(error)).key(),
            "not known",
        )
        .help(help)
    }

    fn not_among<'v>(
        &self,
        error: &ValidationError<'_>,
        values: impl IntoIterator<Item = &'v Value>,
    ) -> Problem {
        let values: Vec<_> = values.into_iter().collect();
        let instance = error.instance();
        let words = values.iter().filter_map(|value| value.as_str());
        let help = match instance.as_str().and_then(|word| did_you_mean(word, words)) {
            Some(meant) => format!("did you mean {meant:?}?"),
            None => {
                let all: Vec<_> = values.iter().map(ToString::to_string).collect();
                format!("it can be {}", all.join(", "))
            }
        };
        Problem::new(
            Rule::Config,
            format!("{} cannot be {instance}", self.named(error)),
        )
        .at(self.at(error).value(), "not one of its values")
        .help(help)
    }

    /// What the schema says of a setting: its description, type and so on.
    fn about(&self, error: &ValidationError<'_>, key: &str) -> Option<String> {
        let rules = self.rules(error)?.get("properties")?.get(key)?;
        let text = |name: &str| rules.get(name).and_then(Value::as_str).map(str::to_owned);
        text("description").or_else(|| text("type").map(|kind| format!("a value of type {kind}")))
    }

    /// The schema that holds the keyword which was not met.
    fn rules(&self, error: &ValidationError<'_>) -> Option<&Value> {
        let (parent, _) = error.schema_path().as_str().rsplit_once('/')?;
        self.schema.pointer(parent)
    }

    /// The value in the file, or the nearest to it that is written.
    fn at(&self, error: &ValidationError<'_>) -> Place<'_> {
        let config = self.place.field("config").or(self.place);
        let pointer = error.instance_path().as_str();
        let steps = pointer
            .split('/')
            .skip(1)
            .map(|step| step.replace("~1", "/").replace("~0", "~"));
        let steps: Vec<_> = steps.collect();
        config.follow(steps.iter().map(String::as_str))
    }

    /// The value by its path: `` `config.columns[0]` of `flights` ``.
    fn named(&self, error: &ValidationError<'_>) -> String {
        let mut path = "config".to_owned();
        for step in error.instance_path().as_str().split('/').skip(1) {
            match step.parse::<usize>() {
                Ok(index) => path.push_str(&format!("[{index}]")),
                Err(_) => {
                    path.push_str(&format!(".{}", step.replace("~1", "/").replace("~0", "~")))
                }
            }
        }
        format!("`{path}` of `{}`", self.task.name)
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
