//! An extract that gives one split and one line, unless told otherwise.

use crate::{Context, Error, output};

/// A piece of a source.
pub struct Split {
    /// For the guest's own eyes.
    pub payload: Vec<u8>,
}

/// All pieces of a source.
pub struct Source {
    /// In order.
    pub splits: Vec<Split>,
}

/// What an extract may do wrong.
pub trait Extract {
    /// Names the pieces: by default a single one.
    fn plan(config: &str) -> Result<Source, Error> {
        let _ = config;
        Ok(Source {
            splits: vec![Split {
                payload: Vec::new(),
            }],
        })
    }

    /// Reads a piece: by default one line of json.
    fn run(config: &str, piece: &Split, context: &Context) -> Result<(), Error> {
        let _ = (config, piece, context);
        output::emit(b"{\"n\":1}\n");
        Ok(())
    }
}

/// Exports a type that is an [`Extract`] as this plugin's only task.
#[macro_export]
macro_rules! extract {
    ($guest:ty) => {
        $crate::contract!("extractor", {
            "bubbles:etl/output@0.1.0": hostile::given::output,
            "bubbles:etl/objects@0.1.0": hostile::given::objects,
        });
        const _: () = {
            use contract::exports::bubbles::etl::{extract, plugin};
            struct Exported;
            impl plugin::Guest for Exported {
                fn describe() -> Vec<plugin::Description> {
                    vec![plugin::Description {
                        kind: plugin::Kind::Extract,
                        summary: String::from("a guest of the tests"),
                        accepts: Vec::new(),
                        produces: Some(plugin::Format::Json),
                        config_schema: String::from("{}"),
                        deterministic: true,
                        combinable: false,
                    }]
                }
            }
            impl extract::Guest for Exported {
                fn plan(
                    config: String,
                    _bookmark: Option<Vec<u8>>,
                ) -> Result<extract::Source, $crate::Error> {
                    let source = <$guest as $crate::Extract>::plan(&config)?;
                    let split = |piece: $crate::Split| extract::Split {
                        payload: piece.payload,
                        bytes: 0,
                    };
                    let splits = source.splits.into_iter().map(split).collect();
                    Ok(extract::Source { splits, bookmark: None })
                }
                fn run(
                    config: String,
                    piece: extract::Split,
                    context: $crate::Context,
                ) -> Result<(), $crate::Error> {
                    let piece = $crate::Split { payload: piece.payload };
                    <$guest as $crate::Extract>::run(&config, &piece, &context)
                }
            }
            contract::export!(Exported with_types_in contract);
        };
    };
}
