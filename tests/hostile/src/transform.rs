//! A transform that hands every chunk on as it is, unless told otherwise.

use crate::{Context, Error, output};

/// What a transform may do wrong.
pub trait Transform {
    /// Before the first chunk: by default nothing.
    fn open(config: &str, context: &Context) -> Result<(), Error> {
        let _ = (config, context);
        Ok(())
    }

    /// One chunk: by default handed on.
    fn process(chunk: Vec<u8>) -> Result<(), Error> {
        output::emit(&chunk);
        Ok(())
    }
}

/// Exports a type that is a [`Transform`] as this plugin's only task.
#[macro_export]
macro_rules! transform {
    ($guest:ty) => {
        $crate::contract!("transformer", {
            "bubbles:etl/output@0.1.0": hostile::given::output,
        });
        const _: () = {
            use contract::exports::bubbles::etl::{plugin, transform};
            struct Exported;
            impl plugin::Guest for Exported {
                fn describe() -> Vec<plugin::Description> {
                    vec![plugin::Description {
                        kind: plugin::Kind::Transform,
                        summary: String::from("a guest of the tests"),
                        accepts: vec![plugin::Format::Json],
                        produces: Some(plugin::Format::Json),
                        config_schema: String::from("{}"),
                        deterministic: true,
                        combinable: false,
                    }]
                }
            }
            impl transform::Guest for Exported {
                fn open(config: String, context: $crate::Context) -> Result<(), $crate::Error> {
                    <$guest as $crate::Transform>::open(&config, &context)
                }
                fn process(_input: u32, chunk: Vec<u8>) -> Result<(), $crate::Error> {
                    <$guest as $crate::Transform>::process(chunk)
                }
                fn finish() -> Result<(), $crate::Error> {
                    Ok(())
                }
            }
            contract::export!(Exported with_types_in contract);
        };
    };
}
