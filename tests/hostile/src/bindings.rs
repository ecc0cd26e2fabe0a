//! What the contract gives to a guest, whatever kind of task it is.
#![allow(
    missing_docs,
    unreachable_pub,
    unsafe_code,
    reason = "written by the bindings generator"
)]
#![allow(unused_qualifications, reason = "written by the bindings generator")]

wit_bindgen::generate!({
    path: "../../sdk/wit",
    inline: "
        package hostile:guest;
        world given {
            import bubbles:etl/types@0.1.0;
            import bubbles:etl/log@0.1.0;
            import bubbles:etl/output@0.1.0;
            import bubbles:etl/rejects@0.1.0;
            import bubbles:etl/objects@0.1.0;
        }
    ",
    world: "hostile:guest/given",
    generate_all,
});

/// Binds a guest to the contract: `$world` is the world that it is built for, `$also_given` what
/// that world imports beside logs and rejects.
#[doc(hidden)]
#[macro_export]
macro_rules! contract {
    ($world:literal, { $($also_given:tt)* }) => {
        #[allow(missing_docs, unreachable_pub, unsafe_code, unused_qualifications,
            reason = "written by the bindings generator")]
        mod contract {
            wit_bindgen::generate!({
                path: "../../sdk/wit",
                world: $world,
                with: {
                    "bubbles:etl/types@0.1.0": hostile::given::types,
                    "bubbles:etl/log@0.1.0": hostile::given::log,
                    "bubbles:etl/rejects@0.1.0": hostile::given::rejects,
                    $($also_given)*
                },
            });
        }
    };
}
