//! A load that swallows every chunk, unless told otherwise.

use crate::{Context, Error};

/// What a load may do wrong.
pub trait Load {
    /// Before the first chunk: by default nothing.
    fn open(config: &str, context: &Context) -> Result<(), Error> {
        let _ = (config, context);
        Ok(())
    }

    /// One chunk: by default dropped.
    fn write(chunk: Vec<u8>) -> Result<(), Error> {
        let _ = chunk;
        Ok(())
    }

    /// Makes prepared output visible: by default there is none.
    fn commit(config: &str) -> Result<(), Error> {
        let _ = config;
        Ok(())
    }
}

/// Exports a type that is a [`Load`] as this plugin's only task.
#[macro_export]
macro_rules! load {
    ($guest:ty) => {
        $crate::contract!("loader", {
            "bubbles:etl/objects@0.1.0": hostile::given::objects,
        });
        const _: () = {
            use contract::exports::bubbles::etl::{load, plugin};
            struct Exported;
            impl plugin::Guest for Exported {
                fn describe() -> Vec<plugin::Description> {
                    vec![plugin::Description {
                        kind: plugin::Kind::Load,
                        summary: String::from("a guest of the tests"),
                        accepts: vec![plugin::Format::Json],
                        produces: None,
                        config_schema: String::from("{}"),
                        deterministic: true,
                        combinable: false,
                    }]
                }
            }
            impl load::Guest for Exported {
                fn open(config: String, context: $crate::Context) -> Result<(), $crate::Error> {
                    <$guest as $crate::Load>::open(&config, &context)
                }
                fn write(chunk: Vec<u8>) -> Result<(), $crate::Error> {
                    <$guest as $crate::Load>::write(chunk)
                }
                fn prepare() -> Result<Vec<u8>, $crate::Error> {
                    Ok(Vec::new())
                }
                fn commit(config: String, _receipts: Vec<Vec<u8>>) -> Result<(), $crate::Error> {
                    <$guest as $crate::Load>::commit(&config)
                }
                fn abort(_config: String, _receipts: Vec<Vec<u8>>) -> Result<(), $crate::Error> {
                    Ok(())
                }
            }
            contract::export!(Exported with_types_in contract);
        };
    };
}
