//! The contract as `wit-bindgen` gives it: the one module with generated code.
//!
//! Exports are generated once a kind, so that a plugin exports just the kinds it has; the words
//! they share come from `imports`.

#![allow(
    missing_docs,
    unsafe_code,
    unreachable_pub,
    unused_qualifications,
    elided_lifetimes_in_paths,
    clippy::all,
    clippy::pedantic,
    reason = "generated code"
)]

pub mod imports {
    wit_bindgen::generate!({
        path: "../wit",
        inline: "
            package bubbles:sdk;
            world imports {
                import bubbles:etl/types@0.1.0;
                import bubbles:etl/log@0.1.0;
                import bubbles:etl/output@0.1.0;
                import bubbles:etl/rejects@0.1.0;
                import bubbles:etl/objects@0.1.0;
            }
        ",
        world: "imports",
        generate_all,
        generate_unused_types: true,
    });
}

pub mod describing {
    wit_bindgen::generate!({
        path: "../wit",
        inline: "
            package bubbles:sdk;
            world describing { export bubbles:etl/plugin@0.1.0; }
        ",
        world: "describing",
        pub_export_macro: true,
        export_macro_name: "export",
        with: { "bubbles:etl/types@0.1.0": crate::bindings::imports::bubbles::etl::types },
    });
}

pub mod extracting {
    wit_bindgen::generate!({
        path: "../wit",
        inline: "
            package bubbles:sdk;
            world extracting { export bubbles:etl/extract@0.1.0; }
        ",
        world: "extracting",
        pub_export_macro: true,
        export_macro_name: "export",
        with: { "bubbles:etl/types@0.1.0": crate::bindings::imports::bubbles::etl::types },
    });
}

pub mod transforming {
    wit_bindgen::generate!({
        path: "../wit",
        inline: "
            package bubbles:sdk;
            world transforming { export bubbles:etl/transform@0.1.0; }
        ",
        world: "transforming",
        pub_export_macro: true,
        export_macro_name: "export",
        with: { "bubbles:etl/types@0.1.0": crate::bindings::imports::bubbles::etl::types },
    });
}

pub mod loading {
    wit_bindgen::generate!({
        path: "../wit",
        inline: "
            package bubbles:sdk;
            world loading { export bubbles:etl/load@0.1.0; }
        ",
        world: "loading",
        pub_export_macro: true,
        export_macro_name: "export",
        with: { "bubbles:etl/types@0.1.0": crate::bindings::imports::bubbles::etl::types },
    });
}
