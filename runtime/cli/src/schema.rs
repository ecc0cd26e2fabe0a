//! A configuration's JSON Schema as a list of fields, for people.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// A schema may refer to itself; fields of fields of fields are deep enough.
const MAX_DEPTH: usize = 4;

/// One field of a configuration.
#[derive(Debug, PartialEq, Eq, Default)]
pub(crate) struct Field {
    /// Its place, such as `columns[].name`.
    pub(crate) path: String,
    /// What it holds, such as `array of string`.
    pub(crate) kind: String,
    pub(crate) required: bool,
    /// As JSON.
    pub(crate) default: Option<String>,
    /// The right that its value needs: `read`, `write`, `net` or `env`.
    pub(crate) grant: Option<String>,
    pub(crate) description: String,
}

/// The fields of a schema, in its order, fields of objects after the object.
pub(crate) fn fields(schema: &Value) -> Vec<Field> {
    let mut fields = Vec::new();
    Reader { root: schema }.object(schema, "", 0, &mut fields);
    fields
}

struct Reader<'a> {
    root: &'a Value,
}

impl<'a> Reader<'a> {
    fn object(&self, schema: &'a Value, path: &str, depth: usize, fields: &mut Vec<Field>) {
        let schema = self.resolve(schema);
        // An enum's cases, and what is flattened into an object, hold fields too.
        for key in ["allOf", "anyOf", "oneOf"] {
            for part in schema[key].as_array().into_iter().flatten() {
                if self.resolve(part)["properties"].is_object() && depth < MAX_DEPTH {
                    self.object(part, path, depth + 1, fields);
                }
            }
        }
        let required: BTreeSet<&str> = schema["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let empty = Map::new();
        for (name, property) in schema["properties"].as_object().unwrap_or(&empty) {
            let path = if path.is_empty() {
                name.clone()
            } else {
                format!("{path}.{name}")
            };
            if fields.iter().any(|field| field.path == path) {
                continue;
            }
            fields.push(self.field(path.clone(), property, required.contains(name.as_str())));
            if depth < MAX_DEPTH {
                self.inner(property, &path, depth + 1, fields);
            }
        }
    }

    /// The fields of what a property holds, if that is an object or a list of them.
    fn inner(&self, property: &'a Value, path: &str, depth: usize, fields: &mut Vec<Field>) {
        let schema = self.present(property);
        if schema["items"].is_object() {
            self.object(&schema["items"], &format!("{path}[]"), depth, fields);
        } else {
            self.object(schema, path, depth, fields);
        }
    }

    fn field(&self, path: String, property: &'a Value, required: bool) -> Field {
        let schema = self.present(property);
        let grant = [property, schema, &schema["items"]]
            .iter()
            .find_map(|place| place["x-grant"].as_str().map(str::to_owned));
        let description = [property, schema]
            .iter()
            .find_map(|place| place["description"].as_str())
            .map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
        let default = property.get("default").filter(|value| !value.is_null());
        Field {
            path,
            kind: self.kind(property),
            required,
            default: default.map(Value::to_string),
            grant,
            description: description.unwrap_or_default(),
        }
    }

    fn kind(&self, schema: &'a Value) -> String {
        let schema = self.present(schema);
        if let Some(cases) = cases(schema) {
            return cases;
        }
        for key in ["anyOf", "oneOf"] {
            if let Some(kinds) = schema[key].as_array() {
                let kinds: BTreeSet<String> = kinds.iter().map(|kind| self.kind(kind)).collect();
                return kinds.into_iter().collect::<Vec<_>>().join(" or ");
            }
        }
        match type_name(schema) {
            Some("array") => match schema.get("items") {
                Some(items) => format!("array of {}", self.kind(items)),
                None => "array".to_owned(),
            },
            Some("object") => match schema.get("additionalProperties") {
                Some(values) if values.is_object() => format!("table of {}", self.kind(values)),
                _ => "table".to_owned(),
            },
            Some(name) => name.to_owned(),
            None => "any".to_owned(),
        }
    }

    /// What a schema is when it is not null: optional fields allow that too.
    fn present(&self, schema: &'a Value) -> &'a Value {
        let schema = self.resolve(schema);
        let Some(kinds) = schema["anyOf"].as_array() else {
            return schema;
        };
        let is_null = |kind: &&Value| kind["type"] == "null";
        match kinds
            .iter()
            .filter(|kind| !is_null(kind))
            .collect::<Vec<_>>()
            .as_slice()
        {
            [only] => self.resolve(only),
            _ => schema,
        }
    }

    /// Follows `$ref`, as often as such a chain can sensibly be long.
    fn resolve(&self, schema: &'a Value) -> &'a Value {
        let mut schema = schema;
        for _ in 0..MAX_DEPTH {
            let target = schema["$ref"]
                .as_str()
                .and_then(|target| target.strip_prefix('#'));
            match target.and_then(|target| self.root.pointer(target)) {
                Some(found) => schema = found,
                None => break,
            }
        }
        schema
    }
}

/// `"comma" | "tab"` where only certain values are allowed.
fn cases(schema: &Value) -> Option<String> {
    if let Some(values) = schema["enum"].as_array() {
        return Some(
            values
                .iter()
                .map(Value::to_string)
                .collect::<Vec<_>>()
                .join(" | "),
        );
    }
    if let Some(value) = schema.get("const") {
        return Some(value.to_string());
    }
    let cases = schema["oneOf"].as_array()?;
    let values: Option<Vec<String>> = cases
        .iter()
        .map(|case| case.get("const").map(Value::to_string))
        .collect();
    values.map(|values| values.join(" | "))
}

/// The type that is not null.
fn type_name(schema: &Value) -> Option<&str> {
    match &schema["type"] {
        Value::String(name) => Some(name),
        Value::Array(names) => names
            .iter()
            .filter_map(Value::as_str)
            .find(|name| *name != "null"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fields_tell_type_need_default_and_grant() {
        let schema = json!({
            "type": "object",
            "required": ["path"],
            "properties": {
                "path": { "type": "string", "description": "What to\nread.", "x-grant": "read" },
                "delimiter": { "type": "string", "default": "," },
                "nulls": { "type": ["array", "null"], "items": { "type": "string" } },
                "mode": { "anyOf": [{ "$ref": "#/$defs/Mode" }, { "type": "null" }] },
            },
            "$defs": { "Mode": { "enum": ["fail", "replace"] } },
        });
        let fields = fields(&schema);
        assert_eq!(fields[0].description, "What to read.");
        assert_eq!(fields[0].grant.as_deref(), Some("read"));
        assert!(fields[0].required && !fields[1].required);
        assert_eq!(fields[1].default.as_deref(), Some("\",\""));
        assert_eq!(fields[2].kind, "array of string");
        assert_eq!(fields[3].kind, "\"fail\" | \"replace\"");
    }

    #[test]
    fn fields_of_objects_follow_them() {
        let schema = json!({
            "properties": {
                "columns": { "type": "array", "items": { "$ref": "#/$defs/Column" } },
                "mean": { "type": "object", "additionalProperties": { "type": "number" } },
            },
            "$defs": { "Column": { "type": "object", "properties": { "name": { "type": "string" } } } },
        });
        let paths: Vec<String> = fields(&schema)
            .into_iter()
            .map(|field| field.path)
            .collect();
        assert_eq!(paths, ["columns", "columns[].name", "mean"]);
        assert_eq!(fields(&schema)[2].kind, "table of number");
    }

    #[test]
    fn a_schema_that_refers_to_itself_ends() {
        let schema = json!({
            "properties": { "child": { "$ref": "#" }, "loop": { "$ref": "#/properties/loop" } },
        });
        assert!(fields(&schema).len() < 64);
    }

    #[test]
    fn no_schema_has_no_fields() {
        assert!(fields(&json!(true)).is_empty());
        assert!(fields(&Value::Null).is_empty());
    }
}
