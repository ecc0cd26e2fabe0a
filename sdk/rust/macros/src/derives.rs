//! The derives a row or a configuration needs, with paths into the SDK: a plugin needs no other
//! dependency for them.

use proc_macro2::TokenStream;
use quote::quote;
use syn::punctuated::Punctuated;
use syn::{Data, DeriveInput, Path, Token};

pub(crate) fn row(arguments: TokenStream, item: &DeriveInput) -> syn::Result<TokenStream> {
    no_arguments(arguments, "row")?;
    let derived = derived(item)?;
    let missing = ["Serialize", "Deserialize"]
        .into_iter()
        .filter(|name| !derived.has(name));
    let missing = missing.map(|name| syn::Ident::new(name, proc_macro2::Span::call_site()));
    let missing: Vec<_> = missing.collect();
    let path = (missing.len() == 2).then(|| quote!(#[serde(crate = "::bubbles_sdk::serde")]));
    Ok(quote! {
        #[derive(#(::bubbles_sdk::serde::#missing),*)]
        #path
        #item
    })
}

pub(crate) fn config(arguments: TokenStream, item: &DeriveInput) -> syn::Result<TokenStream> {
    no_arguments(arguments, "config")?;
    let derived = derived(item)?;
    let deserialize = (!derived.has("Deserialize")).then(|| {
        quote! {
            #[derive(::bubbles_sdk::serde::Deserialize)]
            #[serde(crate = "::bubbles_sdk::serde")]
        }
    });
    let schema = (!derived.has("JsonSchema")).then(|| {
        quote! {
            #[derive(::bubbles_sdk::schemars::JsonSchema)]
            #[schemars(crate = "::bubbles_sdk::schemars")]
        }
    });
    let strict =
        matches!(item.data, Data::Struct(_)).then(|| quote!(#[serde(deny_unknown_fields)]));
    Ok(quote!(#deserialize #schema #strict #item))
}

fn no_arguments(arguments: TokenStream, name: &str) -> syn::Result<()> {
    if arguments.is_empty() {
        return Ok(());
    }
    Err(syn::Error::new_spanned(
        arguments,
        format!("`{name}` takes no arguments"),
    ))
}

/// What the item derives already.
struct Derived(Vec<Path>);

impl Derived {
    fn has(&self, name: &str) -> bool {
        self.0
            .iter()
            .any(|path| path.segments.last().is_some_and(|last| last.ident == name))
    }
}

fn derived(item: &DeriveInput) -> syn::Result<Derived> {
    let mut paths = Vec::new();
    for attribute in item
        .attrs
        .iter()
        .filter(|attribute| attribute.path().is_ident("derive"))
    {
        paths.extend(attribute.parse_args_with(Punctuated::<Path, Token![,]>::parse_terminated)?);
    }
    Ok(Derived(paths))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expand(
        derive: fn(TokenStream, &DeriveInput) -> syn::Result<TokenStream>,
        text: &str,
    ) -> String {
        derive(TokenStream::new(), &syn::parse_str(text).unwrap())
            .unwrap()
            .to_string()
    }

    #[test]
    fn a_row_goes_both_ways() {
        let code = expand(row, "#[derive(Debug)] struct Flight { carrier: String }");
        assert!(code.contains(":: bubbles_sdk :: serde :: Serialize"));
        assert!(code.contains(":: bubbles_sdk :: serde :: Deserialize"));
        assert!(code.contains("struct Flight"));
    }

    #[test]
    fn what_is_derived_already_is_left_alone() {
        let code = expand(config, "#[derive(serde::Deserialize)] struct Config {}");
        assert!(!code.contains("bubbles_sdk :: serde :: Deserialize"));
        assert!(code.contains("JsonSchema"));
        assert!(code.contains("deny_unknown_fields"));
    }

    #[test]
    fn arguments_are_an_error() {
        let item = syn::parse_str("struct Flight;").unwrap();
        assert!(row(quote!(x), &item).is_err());
    }
}
