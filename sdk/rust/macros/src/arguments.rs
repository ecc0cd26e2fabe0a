//! What stands in `#[transform(...)]`.

use syn::parse::{Parse, ParseStream};
use syn::{Ident, LitBool, LitStr, Token};

/// What the function takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Over {
    Rows,
    Batches,
    Chunks,
}

/// How the chunks of both sides are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Bytes,
    Json,
    Arrow,
}

pub(crate) struct Arguments {
    pub(crate) summary: LitStr,
    pub(crate) over: Over,
    pub(crate) format: Format,
    pub(crate) deterministic: bool,
    pub(crate) export: bool,
}

const KNOWN: &str = "`summary = \"...\"`, `rows`, `batches`, `chunks`, `format = \"...\"`, \
    `deterministic = ...` or `export = ...`";

impl Parse for Arguments {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut summary = None;
        let mut over = Over::Rows;
        let mut format: Option<LitStr> = None;
        let mut deterministic = true;
        let mut export = true;
        while !input.is_empty() {
            let name: Ident = input
                .parse()
                .map_err(|error| syn::Error::new(error.span(), format!("write {KNOWN}")))?;
            match name.to_string().as_str() {
                "summary" => summary = Some(value(input)?),
                "rows" => over = Over::Rows,
                "batches" => over = Over::Batches,
                "chunks" => over = Over::Chunks,
                "format" => format = Some(value(input)?),
                "deterministic" => deterministic = value::<LitBool>(input)?.value,
                "export" => export = value::<LitBool>(input)?.value,
                other => {
                    let message = format!("`{other}` is no argument of it: write {KNOWN}");
                    return Err(syn::Error::new(name.span(), message));
                }
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        let summary = summary.ok_or_else(|| {
            input.error("say in a line what it does: `summary = \"keeps the late flights\"`")
        })?;
        let format = layout(over, format.as_ref())?;
        Ok(Self {
            summary,
            over,
            format,
            deterministic,
            export,
        })
    }
}

fn value<T: Parse>(input: ParseStream<'_>) -> syn::Result<T> {
    input.parse::<Token![=]>()?;
    input.parse()
}

/// The format asked for, where it goes with what the function takes.
fn layout(over: Over, asked: Option<&LitStr>) -> syn::Result<Format> {
    let Some(asked) = asked else {
        return Ok(if over == Over::Chunks {
            Format::Bytes
        } else {
            Format::Arrow
        });
    };
    let (format, right) = match (over, asked.value().as_str()) {
        (_, "arrow") => return Ok(Format::Arrow),
        (Over::Rows | Over::Chunks, "json") => return Ok(Format::Json),
        (Over::Chunks, "bytes") => return Ok(Format::Bytes),
        (Over::Rows, format) => (format.to_owned(), "rows are \"arrow\" or \"json\""),
        (Over::Batches, format) => (format.to_owned(), "batches are always \"arrow\""),
        (Over::Chunks, format) => (
            format.to_owned(),
            "chunks are \"bytes\", \"json\" or \"arrow\"",
        ),
    };
    Err(syn::Error::new(
        asked.span(),
        format!("the format cannot be \"{format}\" here: {right}"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> syn::Result<Arguments> {
        syn::parse_str(text)
    }

    #[test]
    fn rows_of_arrow_unless_it_says_otherwise() {
        let arguments = parse(r#"summary = "cleans""#).unwrap();
        assert_eq!(arguments.summary.value(), "cleans");
        assert_eq!(
            (arguments.over, arguments.format),
            (Over::Rows, Format::Arrow)
        );
        assert!(arguments.deterministic && arguments.export);
    }

    #[test]
    fn all_of_them() {
        let text = r#"chunks, summary = "cleans", format = "json", deterministic = false, export = false,"#;
        let arguments = parse(text).unwrap();
        assert_eq!(
            (arguments.over, arguments.format),
            (Over::Chunks, Format::Json)
        );
        assert!(!arguments.deterministic && !arguments.export);
    }

    #[test]
    fn a_wrong_one_says_what_is_right() {
        let message = |text| parse(text).err().unwrap().to_string();
        assert!(message("").contains("summary = "));
        assert!(message(r#"sumary = "x""#).contains("`sumary` is no argument"));
        assert!(message(r#"summary = "x", format = "bytes""#).contains("\"arrow\" or \"json\""));
        assert!(message(r#"summary = "x", batches, format = "json""#).contains("always"));
    }
}
