//! The macro that makes a crate a plugin.

/// Makes the crate a plugin with the tasks named, at most one of each kind:
/// `bubbles_sdk::export!(extract: Reader, transform: Cleaner, load: Writer);`
///
/// Used once, by a crate whose `crate-type` holds `cdylib`. Nothing is exported in a native build.
#[macro_export]
macro_rules! export {
    ($($kind:ident : $task:ty),+ $(,)?) => {
        const _: () = {
            $($crate::__task!(@check $kind, $task);)+

            #[cfg(target_arch = "wasm32")]
            const _: () = {
                struct Plugin;

                impl $crate::bindings::describing::exports::bubbles::etl::plugin::Guest for Plugin {
                    fn describe() -> ::std::vec::Vec<
                        $crate::bindings::describing::exports::bubbles::etl::plugin::Description,
                    > {
                        ::std::vec![$($crate::guest::description(
                            $crate::__task!(@describe $kind, $task),
                        )),+]
                    }
                }

                $crate::bindings::describing::export!(
                    Plugin with_types_in $crate::bindings::describing
                );
                $($crate::__task!(@export $kind, $task);)+
            };
        };
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __task {
    (@check extract, $task:ty) => {
        const _: fn() -> $crate::Description = $crate::Description::of_extract::<$task>;
    };
    (@check transform, $task:ty) => {
        const _: fn() -> $crate::Description = $crate::Description::of_transform::<$task>;
    };
    (@check load, $task:ty) => {
        const _: fn() -> $crate::Description = $crate::Description::of_load::<$task>;
    };
    (@check $kind:ident, $task:ty) => {
        compile_error!(concat!(
            "no kind of task is called `",
            stringify!($kind),
            "`: write `extract`, `transform` or `load`"
        ));
    };
    (@describe extract, $task:ty) => {
        $crate::Description::of_extract::<$task>()
    };
    (@describe transform, $task:ty) => {
        $crate::Description::of_transform::<$task>()
    };
    (@describe load, $task:ty) => {
        $crate::Description::of_load::<$task>()
    };
    (@export extract, $task:ty) => {
        const _: () = {
            type Task = $crate::guest::ExtractExport<$task>;
    $crate::bindings::extracting::export!(Task with_types_in $crate::bindings::extracting);
        };
    };
    (@export transform, $task:ty) => {
        const _: () = {
            type Task = $crate::guest::TransformExport<$task>;
            $crate::bindings::transforming::export!(
                Task with_types_in $crate::bindings::transforming
            );
        };
    };
    (@export load, $task:ty) => {
        const _: () = {
            type Task = $crate::guest::LoadExport<$task>;
    $crate::bindings::loading::export!(Task with_types_in $crate::bindings::loading);
        };
    };
}
