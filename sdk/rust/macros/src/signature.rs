//! The functions that can be a transform.

use syn::visit_mut::VisitMut;
use syn::{
    FnArg, GenericArgument, GenericParam, ItemFn, Lifetime, PathArguments, ReturnType, Type,
    TypeParamBound,
};

use crate::arguments::Over;

/// What the attribute has to know of a function.
pub(crate) struct Signature {
    /// The type of the configuration, without its `&`.
    pub(crate) config: Option<Type>,
    /// What it takes, without its `&`; every lifetime in it is `'row`.
    pub(crate) input: Type,
    pub(crate) input_by_reference: bool,
    pub(crate) output: Output,
}

/// What the function returns.
pub(crate) struct Output {
    /// One row, batch or chunk; every lifetime in it is `'row`.
    pub(crate) item: Type,
    /// It returns none, one or many of them: an `Option`, a `Vec`, an iterator.
    pub(crate) many: bool,
    /// It returns a `Result` of that.
    pub(crate) fallible: bool,
}

/// The right way, for messages.
fn right(over: Over) -> &'static str {
    match over {
        Over::Rows => "`fn name(config: &Config, row: Row) -> Option<Out>`",
        Over::Batches => {
            "`fn name(config: &Config, batch: RecordBatch) -> Result<RecordBatch, Error>`"
        }
        Over::Chunks => "`fn name(config: &Config, chunk: Vec<u8>) -> Result<Vec<u8>, Error>`",
    }
}

impl Signature {
    pub(crate) fn parse(over: Over, function: &ItemFn) -> syn::Result<Self> {
        let wrong = |span: &dyn quote::ToTokens, what: &str| {
            syn::Error::new_spanned(span, format!("{what}: a transform is {}", right(over)))
        };
        let signature = &function.sig;
        if let Some(token) = &signature.asyncness {
            return Err(wrong(token, "it cannot be async"));
        }
        let typed = |parameter: &&GenericParam| !matches!(parameter, GenericParam::Lifetime(_));
        if let Some(parameter) = signature.generics.params.iter().find(typed) {
            return Err(wrong(
                parameter,
                "it cannot be generic, since the runtime calls it",
            ));
        }
        let mut types = Vec::new();
        for argument in &signature.inputs {
            match argument {
                FnArg::Receiver(receiver) => {
                    return Err(wrong(receiver, "it cannot be a method"));
                }
                FnArg::Typed(argument) => types.push(&*argument.ty),
            }
        }
        let (config, input) = match types[..] {
            [input] => (None, input),
            [Type::Reference(config), input] if config.mutability.is_none() => {
                (Some((*config.elem).clone()), input)
            }
            [config, _] => {
                return Err(wrong(config, "it takes its configuration as `&Config`"));
            }
            _ => {
                let count = "it takes the configuration, or not, and one input";
                return Err(wrong(&signature.ident, count));
            }
        };
        let (input, input_by_reference) = match input {
            Type::Reference(input) if over == Over::Rows => {
                return Err(wrong(input, "it takes its row by value"));
            }
            Type::Reference(input) => ((*input.elem).clone(), true),
            input => (input.clone(), false),
        };
        let ReturnType::Type(_, output) = &signature.output else {
            return Err(wrong(&signature.ident, "it returns what goes on"));
        };
        let output = Output::parse(over, output)
            .ok_or_else(|| wrong(output, "it returns what goes on, one way or another"))?;
        Ok(Self {
            config,
            input: of_the_row(input),
            input_by_reference,
            output,
        })
    }
}

impl Output {
    fn parse(over: Over, returned: &Type) -> Option<Self> {
        let (returned, fallible) = match generic(returned, "Result") {
            Some(good) => (good, true),
            None => (returned, false),
        };
        let is_chunk = |item: &Type| over == Over::Chunks && is_byte(item);
        let item = if let Some(item) = generic(returned, "Option") {
            Some(item)
        } else if let Some(item) = generic(returned, "Vec").filter(|item| !is_chunk(item)) {
            Some(item)
        } else if let Type::ImplTrait(iterator) = returned {
            Some(iterator.bounds.iter().find_map(iterated)?)
        } else {
            None
        };
        let many = item.is_some();
        let item = of_the_row(item.unwrap_or(returned).clone());
        Some(Self {
            item,
            many,
            fallible,
        })
    }
}

/// `Row` of `Option<Row>`, where `name` is `Option`.
fn generic<'a>(ty: &'a Type, name: &str) -> Option<&'a Type> {
    let Type::Path(path) = ty else { return None };
    let last = path
        .path
        .segments
        .last()
        .filter(|segment| segment.ident == name)?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

/// `Row` of the bound `Iterator<Item = Row>`.
fn iterated(bound: &TypeParamBound) -> Option<&Type> {
    let TypeParamBound::Trait(bound) = bound else {
        return None;
    };
    let PathArguments::AngleBracketed(arguments) = &bound.path.segments.last()?.arguments else {
        return None;
    };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::AssocType(item) if item.ident == "Item" => Some(&item.ty),
        _ => None,
    })
}

fn is_byte(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if path.path.is_ident("u8"))
}

/// The type with every lifetime but `'static` renamed to `'row`.
fn of_the_row(mut ty: Type) -> Type {
    struct Rename;
    impl VisitMut for Rename {
        fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
            if lifetime.ident != "static" {
                *lifetime = Lifetime::new("'row", lifetime.span());
            }
        }
    }
    Rename.visit_type_mut(&mut ty);
    ty
}

#[cfg(test)]
mod tests {
    use quote::ToTokens;

    use super::*;

    fn parse(over: Over, text: &str) -> syn::Result<Signature> {
        Signature::parse(over, &syn::parse_str(text).unwrap())
    }

    fn output(over: Over, returned: &str) -> (String, bool, bool) {
        let text = format!("fn f(input: In) -> {returned} {{}}");
        let output = parse(over, &text).unwrap().output;
        (
            output.item.to_token_stream().to_string(),
            output.many,
            output.fallible,
        )
    }

    #[test]
    fn the_ways_to_return_rows() {
        let row = |many, fallible| ("Late".to_owned(), many, fallible);
        assert_eq!(output(Over::Rows, "Late"), row(false, false));
        assert_eq!(output(Over::Rows, "Option<Late>"), row(true, false));
        assert_eq!(output(Over::Rows, "std::vec::Vec<Late>"), row(true, false));
        assert_eq!(
            output(Over::Rows, "impl Iterator<Item = Late>"),
            row(true, false)
        );
        assert_eq!(output(Over::Rows, "Result<Late, String>"), row(false, true));
        assert_eq!(
            output(Over::Rows, "anyhow::Result<Option<Late>>"),
            row(true, true)
        );
    }

    #[test]
    fn the_ways_to_return_chunks() {
        let chunk = |many, fallible| ("Vec < u8 >".to_owned(), many, fallible);
        assert_eq!(output(Over::Chunks, "Vec<u8>"), chunk(false, false));
        assert_eq!(
            output(Over::Chunks, "Result<Vec<u8>, Error>"),
            chunk(false, true)
        );
        assert_eq!(output(Over::Chunks, "Vec<Vec<u8>>"), chunk(true, false));
    }

    #[test]
    fn a_configuration_or_none() {
        let with = parse(Over::Rows, "fn f(config: &Config, row: In<'_>) -> Out {}").unwrap();
        assert_eq!(with.config.unwrap().to_token_stream().to_string(), "Config");
        assert_eq!(with.input.to_token_stream().to_string(), "In < 'row >");
        assert!(
            parse(Over::Rows, "fn f(row: In) -> Out {}")
                .unwrap()
                .config
                .is_none()
        );
    }

    #[test]
    fn a_wrong_one_says_what_is_right() {
        let message = |text| parse(Over::Rows, text).err().unwrap().to_string();
        let right = "fn name(config: &Config, row: Row) -> Option<Out>";
        for (text, what) in [
            ("async fn f(row: In) -> Out {}", "async"),
            ("fn f<T>(row: T) -> Out {}", "generic"),
            ("fn f(config: Config, row: In) -> Out {}", "`&Config`"),
            ("fn f(row: &In) -> Out {}", "by value"),
            ("fn f(row: In) {}", "returns"),
            ("fn f() -> Out {}", "one input"),
            ("fn f(&self, row: In) -> Out {}", "method"),
        ] {
            let message = message(text);
            assert!(
                message.contains(what) && message.contains(right),
                "{text}: {message}"
            );
        }
    }
}
