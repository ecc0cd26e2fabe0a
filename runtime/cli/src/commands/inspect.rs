//! `bubbles inspect`: what a plugin offers and needs.

use bubbles::{Description, Format, Options, PluginInfo, Talk};
use comfy_table::ContentArrangement;
use serde_json::{Value, json};

use crate::interrupt::Interrupts;
use crate::output::{self, Format as OutputFormat};
use crate::report_table::{cell, table};
use crate::schema::{self, Field};
use crate::{escape, units};

/// Shows what a plugin offers: tasks, formats, configuration, imports.
#[derive(Debug, clap::Args)]
pub(crate) struct Inspect {
    /// A .wasm file, a plugin's folder, or the name of a built-in plugin.
    plugin: String,
    /// How it is written to standard output.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: OutputFormat,
}

impl Inspect {
    pub(crate) fn run(self) -> anyhow::Result<u8> {
        let interrupts = Interrupts::listen()?;
        let options = Options {
            talk: Talk::Stderr,
            ..Options::default()
        };
        let inspected = bubbles::inspect(&self.plugin, &options);
        interrupts.check()?;
        let info = inspected?;
        match self.output {
            OutputFormat::Table => output::print(&text(&self.plugin, &info))?,
            OutputFormat::Json => output::print_json(&document(&self.plugin, &info))?,
        }
        Ok(0)
    }
}

fn text(plugin: &str, info: &PluginInfo) -> String {
    let size = units::bytes(info.size_bytes as u64);
    let mut text = format!("{}: {size}, blake3 {}\n", escape::line(plugin), info.digest);
    for description in &info.descriptions {
        text.push('\n');
        text.push_str(&task(description));
    }
    text.push_str("\nimports\n");
    for import in &info.imports {
        text.push_str(&format!("  {}\n", escape::line(import)));
    }
    if info.imports.is_empty() {
        text.push_str("  nothing\n");
    }
    text
}

fn task(description: &Description) -> String {
    let mut text = format!(
        "{}: {}\n",
        description.kind,
        escape::line(&description.summary)
    );
    if !description.accepts.is_empty() {
        text.push_str(&format!("  accepts {}\n", formats(&description.accepts)));
    }
    if let Some(format) = description.produces {
        text.push_str(&format!("  emits {format}\n"));
    }
    if !description.deterministic {
        text.push_str("  not deterministic: equal input may give other output\n");
    }
    if description.combinable {
        text.push_str("  combinable: works before and after an exchange, so that totals travel\n");
    }
    let fields = schema::fields(&description.config_schema);
    text.push_str(&grants(&fields));
    if fields.is_empty() {
        text.push_str("  no configuration\n");
    } else {
        text.push_str("  configuration\n");
        text.push_str(&configuration(&fields));
    }
    text
}

fn formats(formats: &[Format]) -> String {
    formats
        .iter()
        .map(Format::to_string)
        .collect::<Vec<_>>()
        .join(", else ")
}

/// The rights that its configuration will need.
fn grants(fields: &[Field]) -> String {
    let mut text = String::new();
    for field in fields {
        if let Some(grant) = &field.grant {
            let (grant, path) = (escape::line(grant), escape::line(&field.path));
            text.push_str(&format!(
                "  needs the grant {grant} = [...] for what `{path}` says\n"
            ));
        }
    }
    text
}

/// Of a table that goes to a file.
const WIDTH: u16 = 110;

fn configuration(fields: &[Field]) -> String {
    let mut table = table();
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(table.width().unwrap_or(WIDTH));
    table.set_header(["field", "type", "", "what it is"]);
    for field in fields {
        let need = match (&field.default, field.required) {
            (Some(default), _) => format!("default {default}"),
            (None, true) => "required".to_owned(),
            (None, false) => "optional".to_owned(),
        };
        table.add_row([
            cell(&field.path),
            cell(&field.kind),
            cell(&need),
            cell(&field.description),
        ]);
    }
    let lines = table.lines().map(|line| format!("  {}\n", line.trim_end()));
    lines.collect()
}

fn document(plugin: &str, info: &PluginInfo) -> Value {
    let tasks: Vec<Value> = info.descriptions.iter().map(task_document).collect();
    json!({
        "plugin": plugin,
        "size_bytes": info.size_bytes,
        "digest": info.digest,
        "tasks": tasks,
        "imports": info.imports,
    })
}

fn task_document(description: &Description) -> Value {
    let fields = schema::fields(&description.config_schema);
    let grants: Vec<Value> = fields
        .iter()
        .filter_map(|field| Some(json!({ "grant": field.grant.as_ref()?, "field": field.path })))
        .collect();
    json!({
        "kind": description.kind,
        "summary": description.summary,
        "accepts": description.accepts,
        "produces": description.produces,
        "deterministic": description.deterministic,
        "combinable": description.combinable,
        "grants": grants,
        "config_schema": description.config_schema,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use bubbles::Kind;

    fn info() -> PluginInfo {
        PluginInfo {
            digest: "abc".to_owned(),
            size_bytes: 213_400,
            imports: vec!["bubbles:etl/output@0.1.0".to_owned()],
            descriptions: vec![Description {
                kind: Kind::Extract,
                summary: "reads \u{1b}[2Jfiles".to_owned(),
                accepts: vec![],
                produces: Some(Format::Arrow),
                config_schema: json!({
                    "required": ["path"],
                    "properties": { "path": { "type": "string", "x-grant": "read" } },
                }),
                deterministic: true,
                combinable: false,
            }],
        }
    }

    #[test]
    fn a_plugin_is_told_in_full_and_safely() {
        let text = text("p.wasm", &info());
        assert!(text.starts_with("p.wasm: 213.4 KB, blake3 abc\n"), "{text}");
        assert!(
            text.contains("extract: reads \\u{1b}[2Jfiles\n  emits arrow\n"),
            "{text}"
        );
        assert!(
            text.contains("needs the grant read = [...] for what `path` says"),
            "{text}"
        );
        assert!(text.contains("bubbles:etl/output@0.1.0"), "{text}");
    }

    #[test]
    fn the_document_has_the_same() {
        let document = document("p.wasm", &info());
        assert_eq!(document["tasks"][0]["grants"][0]["grant"], "read");
        assert_eq!(document["tasks"][0]["produces"], "arrow");
        assert_eq!(document["size_bytes"], 213_400);
    }
}
