//! The attributes of `bubbles-sdk`, which hands them on: depend on that crate, not on this one.

use proc_macro::TokenStream;
use syn::parse_macro_input;

mod arguments;
mod derives;
mod expansion;
mod signature;

/// Makes a function a transform, and the crate a plugin.
///
/// ```ignore
/// #[bubbles::transform(summary = "keeps the late flights")]
/// fn late(config: &Config, flight: Flight) -> Option<Late> { … }
/// ```
///
/// The function takes the configuration by reference, which may be left out, and one row by
/// value. It returns a row, an `Option` or `Vec` of rows, or `impl Iterator<Item = Row>`; or a
/// `Result` of one of those, whose error rejects the row with that reason.
///
/// Arguments, all but the first optional:
///
/// - `summary = "..."`: one line for people: what the transform does.
/// - `rows` (the default), `batches` or `chunks`: what the function takes. Over `batches` it takes
///   a `RecordBatch` and returns one (or an `Option` or `Vec`, or a `Result` with an error that
///   turns into [`Error`]); over `chunks` it takes and returns `Vec<u8>` in the same ways.
/// - `format = "arrow"` (the default), `"json"`, or `"bytes"` for chunks: how rows are laid out on
///   both sides.
/// - `deterministic = false`: equal input may give different output.
/// - `export = false`: the crate names its tasks itself with [`export!`].
///
/// Beside the function stands a type of the same name: `testing::transform::<late>(...)`.
///
/// [`Error`]: ../bubbles_sdk/enum.Error.html
/// [`export!`]: ../bubbles_sdk/macro.export.html
#[proc_macro_attribute]
pub fn transform(arguments: TokenStream, function: TokenStream) -> TokenStream {
    let arguments = parse_macro_input!(arguments as arguments::Arguments);
    let function = parse_macro_input!(function as syn::ItemFn);
    let expanded = expansion::transform(&arguments, &function);
    expanded
        .unwrap_or_else(|error| {
            let error = error.to_compile_error();
            quote::quote!(#function #error)
        })
        .into()
}

/// Makes a struct a row: derives serde's `Serialize` and `Deserialize`, whose attributes it may
/// carry.
#[proc_macro_attribute]
pub fn row(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let item = parse_macro_input!(item as syn::DeriveInput);
    derives::row(arguments.into(), &item)
        .unwrap_or_else(|error| error.to_compile_error())
        .into()
}

/// Makes a struct a configuration: derives serde's `Deserialize` and schemars' `JsonSchema`, whose
/// attributes it may carry. A key it does not know is an error.
#[proc_macro_attribute]
pub fn config(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let item = parse_macro_input!(item as syn::DeriveInput);
    derives::config(arguments.into(), &item)
        .unwrap_or_else(|error| error.to_compile_error())
        .into()
}
