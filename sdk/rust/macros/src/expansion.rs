//! The code that makes a function a task.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{ItemFn, Type};

use crate::arguments::{Arguments, Format, Over};
use crate::signature::Signature;

/// The function as it stands, a type of its name that is the task, and the export.
pub(crate) fn transform(arguments: &Arguments, function: &ItemFn) -> syn::Result<TokenStream> {
    let signature = Signature::parse(arguments.over, function)?;
    let name = &function.sig.ident;
    let visibility = &function.vis;
    let marker = format_ident!("__function_{name}");
    let body = implementation(arguments, &signature, function);
    let (function_trait, task) = match arguments.over {
        Over::Rows => (quote!(RowFunction), quote!(RowTask)),
        Over::Batches => (quote!(BatchFunction), quote!(BatchTask)),
        Over::Chunks => (quote!(ChunkFunction), quote!(ChunkTask)),
    };
    let summary = &arguments.summary;
    let deterministic = arguments.deterministic;
    let config = config(&signature);
    let doc = format!("The task that calls [`{name}`]({name}()).");
    let export = arguments
        .export
        .then(|| quote!(::bubbles_sdk::export!(transform: #name);));
    Ok(quote! {
        #function

        #[doc(hidden)]
        #[allow(non_camel_case_types, reason = "named as the function")]
        #visibility struct #marker;

        impl ::bubbles_sdk::functions::#function_trait for #marker {
            type Config = #config;
            const SUMMARY: &'static str = #summary;
            const DETERMINISTIC: bool = #deterministic;
            #body
        }

        #[doc = #doc]
        #[allow(non_camel_case_types, reason = "named as the function")]
        #visibility type #name = ::bubbles_sdk::functions::#task<#marker>;

        #export
    })
}

/// The configuration of a function that takes none, or `&()`, is empty.
fn config(signature: &Signature) -> TokenStream {
    match &signature.config {
        Some(Type::Tuple(unit)) if unit.elems.is_empty() => quote!(::bubbles_sdk::NoConfig),
        Some(config) => quote!(#config),
        None => quote!(::bubbles_sdk::NoConfig),
    }
}

/// What the trait of the function asks for, beyond what all have in common.
fn implementation(arguments: &Arguments, signature: &Signature, function: &ItemFn) -> TokenStream {
    let Signature { input, output, .. } = signature;
    let item = &output.item;
    let body = call(arguments.over, signature, function);
    let format = match arguments.format {
        Format::Bytes => quote!(::bubbles_sdk::Format::Bytes),
        Format::Json => quote!(::bubbles_sdk::Format::Json),
        Format::Arrow => quote!(::bubbles_sdk::Format::Arrow),
    };
    match arguments.over {
        Over::Rows => {
            let fields = match arguments.format {
                Format::Arrow => quote!(::bubbles_sdk::rows::fields::<Self::Out<'static>>()),
                Format::Json | Format::Bytes => quote!(Ok(::std::vec::Vec::new())),
            };
            quote! {
                type In<'row> = #input;
                type Out<'row> = #item;
                const FORMAT: ::bubbles_sdk::Format = #format;

                fn fields() -> ::std::result::Result<
                    ::std::vec::Vec<::bubbles_sdk::arrow::schema::FieldRef>,
                    ::bubbles_sdk::Error,
                > {
                    #fields
                }

                fn call<'row>(
                    config: &'row Self::Config,
                    input: Self::In<'row>,
                ) -> ::std::result::Result<
                    impl ::std::iter::IntoIterator<Item = Self::Out<'row>>,
                    ::std::string::String,
                > {
                    #body
                }
            }
        }
        Over::Batches => quote! {
            fn call(
                config: &Self::Config,
                input: ::bubbles_sdk::arrow::array::RecordBatch,
            ) -> ::std::result::Result<
                impl ::std::iter::IntoIterator<Item = ::bubbles_sdk::arrow::array::RecordBatch>,
                ::bubbles_sdk::Error,
            > {
                #body
            }
        },
        Over::Chunks => quote! {
            const FORMAT: ::bubbles_sdk::Format = #format;

            fn call(
                config: &Self::Config,
                input: ::std::vec::Vec<u8>,
            ) -> ::std::result::Result<
                impl ::std::iter::IntoIterator<Item = impl ::std::convert::AsRef<[u8]>>,
                ::bubbles_sdk::Error,
            > {
                #body
            }
        },
    }
}

/// Calls the function and brings what it returns into the one shape of the trait.
fn call(over: Over, signature: &Signature, function: &ItemFn) -> TokenStream {
    let name = &function.sig.ident;
    let input = if signature.input_by_reference {
        quote!(&input)
    } else {
        quote!(input)
    };
    let called = match &signature.config {
        Some(Type::Tuple(unit)) if unit.elems.is_empty() => quote!(#name(&(), #input)),
        Some(_) => quote!(#name(config, #input)),
        None => quote!({
            let _ = config;
            #name(#input)
        }),
    };
    let items = if signature.output.many {
        quote!(returned)
    } else {
        quote!(::std::option::Option::Some(returned))
    };
    if !signature.output.fallible {
        return quote! {
            let returned = #called;
            Ok(#items)
        };
    }
    let error = match over {
        Over::Rows => quote!(::std::string::ToString::to_string(&error)),
        Over::Batches | Over::Chunks => quote!(::bubbles_sdk::Error::from(error)),
    };
    quote! {
        match #called {
            Ok(returned) => Ok(#items),
            Err(error) => Err(#error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expand(arguments: &str, function: &str) -> String {
        let arguments = syn::parse_str(arguments).unwrap();
        let expanded = transform(&arguments, &syn::parse_str(function).unwrap()).unwrap();
        syn::parse2::<syn::File>(expanded.clone()).expect("it expands to items");
        expanded.to_string()
    }

    #[test]
    fn the_function_stays_and_a_task_of_its_name_stands_beside_it() {
        let code = expand(
            r#"summary = "x""#,
            "pub fn late(row: In) -> Option<Out> { None }",
        );
        assert!(code.contains("pub fn late (row : In)"));
        assert!(code.contains("pub type late = :: bubbles_sdk :: functions :: RowTask"));
        assert!(code.contains(":: bubbles_sdk :: export ! (transform : late)"));
    }

    #[test]
    fn the_export_may_be_left_to_the_crate() {
        let code = expand(
            r#"summary = "x", export = false"#,
            "fn late(row: In) -> Out { row }",
        );
        assert!(!code.contains("export !"));
    }
}
