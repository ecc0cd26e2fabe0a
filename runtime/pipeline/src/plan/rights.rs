//! Which rights a configuration needs, and whether the task has them.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::{
    Description, Pipeline, Problem, Rule, TaskIndex,
    grants::{Right, covering, well_formed},
    suggest::list,
};

/// Each step into a schema is a call on the stack; no honest schema is as deep.
const MAX_DEPTH: usize = 256;
/// A schema and a configuration of honest size have far fewer places to look at together.
const MAX_PAIRS: usize = 100_000;

/// Something that the configuration names and a right is needed for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Need {
    right: Right,
    wanted: String,
    /// Where in the configuration; of a default, where it would stand.
    path: Vec<String>,
}

/// Notes the rights that the task's configuration needs and its grants do not cover: one problem for
/// each sort, with the one line that puts it right.
pub(super) fn check(
    pipeline: &Pipeline,
    index: TaskIndex,
    description: &Description,
    problems: &mut Vec<Problem>,
) {
    let task = pipeline.task(index);
    let mut search = Search {
        root: &description.config_schema,
        seen: BTreeSet::new(),
        needs: BTreeSet::new(),
        unknown: BTreeSet::new(),
        depth: 0,
    };
    search.visit(&description.config_schema, &task.config, &mut Vec::new());
    let Search { needs, unknown, .. } = search;
    if !unknown.is_empty() {
        let message = format!(
            "the plugin `{}` needs a right that there is not: {}",
            task.plugin,
            list(unknown.iter().map(String::as_str))
        );
        problems.push(
            Problem::new(Rule::Plugin, message)
                .at(
                    pipeline.place(index).field(task.kind.as_str()).value(),
                    "this plugin",
                )
                .help("`x-grant` in its schema is `read`, `write`, `net` or `env`"),
        );
    }
    let mut missing: Vec<Need> = needs
        .into_iter()
        .filter(|need| !task.grants.cover(need.right, &need.wanted, pipeline.base()))
        .collect();
    while let Some(right) = missing.first().map(|need| need.right) {
        let rest = missing.partition_point(|need| need.right <= right);
        let others = missing.split_off(rest);
        problems.push(problem(pipeline, index, right, &missing));
        missing = others;
    }
}

fn problem(pipeline: &Pipeline, index: TaskIndex, right: Right, missing: &[Need]) -> Problem {
    let task = pipeline.task(index);
    let key = right.as_str();
    let wanted: BTreeSet<_> = missing.iter().map(|need| need.wanted.as_str()).collect();
    let wanted = list(wanted);
    let message = match right {
        Right::Read => format!("`{}` is not allowed to read {wanted}", task.name),
        Right::Write => format!("`{}` is not allowed to write {wanted}", task.name),
        Right::Net => format!("`{}` is not allowed to connect to {wanted}", task.name),
        Right::Env => format!(
            "`{}` is not allowed to see the variable {wanted}",
            task.name
        ),
    };
    let place = pipeline.place(index);
    let mut problem = Problem::new(Rule::Grant, message);
    for need in missing {
        let at = place
            .field("config")
            .follow(need.path.iter().map(String::as_str))
            .or(place);
        let label = format!("this needs a `{key}` grant");
        problem = problem.at(
            if at.is_same(place) {
                at.key()
            } else {
                at.value()
            },
            label,
        );
    }
    let granted = task.grants.of(right);
    match line(right, granted, missing) {
        Err(reason) => problem.help(reason),
        Ok(line) if granted.is_empty() => {
            problem.help(format!("add this line to `{}`:\n{line}", task.name))
        }
        Ok(line) => problem
            .at(place.field(key).value(), "what is granted")
            .help(format!("make this line of `{}`:\n{line}", task.name)),
    }
}

/// The line with all that is granted and all that is missing; or why something can never be granted.
fn line(right: Right, granted: &[String], missing: &[Need]) -> Result<String, String> {
    let mut grants = granted.to_vec();
    for need in missing {
        let grant = match covering(right, &need.wanted) {
            nothing if nothing.is_empty() => "./".to_owned(),
            grant => grant,
        };
        well_formed(right, &grant)?;
        if !grants.contains(&grant) {
            grants.push(grant);
        }
    }
    let grants: Vec<_> = grants.iter().map(|grant| format!("{grant:?}")).collect();
    Ok(format!("{} = [{}]", right.as_str(), grants.join(", ")))
}

/// Walks a schema and the configuration side by side.
struct Search<'a> {
    root: &'a Value,
    /// Pairs of a schema and a value already looked at, by address: a schema can lead to itself.
    seen: BTreeSet<(usize, usize)>,
    needs: BTreeSet<Need>,
    unknown: BTreeSet<String>,
    depth: usize,
}

impl<'a> Search<'a> {
    fn visit(&mut self, schema: &'a Value, value: &'a Value, path: &mut Vec<String>) {
        let Value::Object(rules) = schema else { return };
        let pair = (
            std::ptr::from_ref(schema).addr(),
            std::ptr::from_ref(value).addr(),
        );
        let far = self.depth >= MAX_DEPTH || self.seen.len() >= MAX_PAIRS;
        if far || !self.seen.insert(pair) {
            return;
        }
        self.depth += 1;
        self.look(rules, value, path);
        self.depth -= 1;
    }

    fn look(&mut self, rules: &'a Map<String, Value>, value: &'a Value, path: &mut Vec<String>) {
        if let Some(right) = rules.get("x-grant") {
            self.mark(right, value, path);
        }
        if let Some(target) = rules.get("$ref").and_then(|name| self.resolve(name)) {
            self.visit(target, value, path);
        }
        for several in ["allOf", "anyOf", "oneOf"] {
            for schema in rules
                .get(several)
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
            {
                self.visit(schema, value, path);
            }
        }
        match value {
            Value::Object(fields) => self.fields(rules, fields, path),
            Value::Array(items) => {
                let Some(schema) = rules.get("items") else {
                    return;
                };
                for (i, item) in items.iter().enumerate() {
                    self.enter(schema, item, i.to_string(), path);
                }
            }
            _ => {}
        }
    }

    fn fields(
        &mut self,
        rules: &'a Map<String, Value>,
        fields: &'a Map<String, Value>,
        path: &mut Vec<String>,
    ) {
        let properties = rules.get("properties").and_then(Value::as_object);
        for (name, schema) in properties.into_iter().flatten() {
            // What is not written has its default, for which a right is needed just so.
            if let Some(value) = fields.get(name).or_else(|| schema.get("default")) {
                self.enter(schema, value, name.clone(), path);
            }
        }
        let Some(others) = rules.get("additionalProperties") else {
            return;
        };
        let named = |name: &String| properties.is_some_and(|known| known.contains_key(name));
        for (name, value) in fields.iter().filter(|(name, _)| !named(name)) {
            self.enter(others, value, name.clone(), path);
        }
    }

    fn enter(&mut self, schema: &'a Value, value: &'a Value, step: String, path: &mut Vec<String>) {
        path.push(step);
        self.visit(schema, value, path);
        path.pop();
    }

    /// Every text in the value is something that the right is needed for.
    fn mark(&mut self, right: &Value, value: &Value, path: &[String]) {
        let Some(right) = right.as_str().and_then(Right::named) else {
            self.unknown.insert(right.to_string());
            return;
        };
        match value {
            Value::String(wanted) => {
                let (wanted, path) = (wanted.clone(), path.to_vec());
                self.needs.insert(Need {
                    right,
                    wanted,
                    path,
                });
            }
            Value::Array(items) => {
                for (i, item) in items.iter().enumerate() {
                    let Value::String(wanted) = item else {
                        continue;
                    };
                    let path = path.iter().cloned().chain([i.to_string()]).collect();
                    self.needs.insert(Need {
                        right,
                        wanted: wanted.clone(),
                        path,
                    });
                }
            }
            _ => {}
        }
    }

    /// A schema within the same document: others are not looked up.
    fn resolve(&self, name: &Value) -> Option<&'a Value> {
        self.root.pointer(name.as_str()?.strip_prefix('#')?)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn needs(schema: &Value, config: &Value) -> Vec<(Right, String, String)> {
        let (seen, unknown) = (BTreeSet::new(), BTreeSet::new());
        let mut search = Search {
            root: schema,
            seen,
            needs: BTreeSet::new(),
            unknown,
            depth: 0,
        };
        search.visit(schema, config, &mut Vec::new());
        let needs = search.needs.into_iter();
        needs
            .map(|need| (need.right, need.wanted, need.path.join(".")))
            .collect()
    }

    #[test]
    fn marked_values_are_found_wherever_the_schema_has_them() {
        let schema = json!({
            "properties": {
                "path": { "x-grant": "read" },
                "also": { "type": "array", "items": { "$ref": "#/$defs/place" } },
                "many": { "type": "array", "x-grant": "write" },
                "token": { "default": "TOKEN", "x-grant": "env" },
                "maybe": { "anyOf": [{ "$ref": "#/$defs/place" }, { "type": "null" }] },
                "deep": { "additionalProperties": { "x-grant": "net" } },
            },
            "$defs": { "place": { "type": "string", "x-grant": "read" } },
        });
        let config = json!({
            "path": "a", "also": ["b"], "many": ["c", "d"], "maybe": "e", "deep": { "x": "f:1" },
        });
        let found = needs(&schema, &config);
        let of = |right, wanted: &str, path: &str| (right, wanted.to_owned(), path.to_owned());
        assert_eq!(
            found,
            [
                of(Right::Read, "a", "path"),
                of(Right::Read, "b", "also.0"),
                of(Right::Read, "e", "maybe"),
                of(Right::Write, "c", "many.0"),
                of(Right::Write, "d", "many.1"),
                of(Right::Net, "f:1", "deep.x"),
                of(Right::Env, "TOKEN", "token"),
            ]
        );
    }

    #[test]
    fn a_schema_that_leads_to_itself_comes_to_an_end() {
        let schema = json!({
            "anyOf": [{ "$ref": "#" }, { "$ref": "#" }],
            "properties": { "a": { "$ref": "#" } },
            "additionalProperties": { "$ref": "#" },
        });
        assert_eq!(needs(&schema, &json!({ "a": { "a": { "b": 1 } } })), []);
    }

    #[test]
    fn a_default_that_leads_to_itself_comes_to_an_end() {
        let schema = json!({ "default": {}, "properties": { "a": { "$ref": "#" } } });
        assert_eq!(needs(&schema, &json!({})), []);
    }
}
