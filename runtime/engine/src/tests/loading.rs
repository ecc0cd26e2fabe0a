//! What is a plugin and what is not.

use crate::testing::{engine, engine_with_cache, transform, transform_text};
use crate::{LoadError, componentize};

fn refusal(bytes: &[u8]) -> LoadError {
    match engine().load(bytes) {
        Err(error) => error,
        Ok(_) => panic!("taken for a plugin"),
    }
}

#[test]
fn a_core_module_becomes_a_component() {
    let module = transform("", "");
    let component = componentize(&module).unwrap();
    assert_ne!(component, module);
    let engine = engine();
    let plugin = engine.load(&module).unwrap();
    assert_eq!(plugin.size(), component.len());
    assert_eq!(plugin.digest(), engine.load(&component).unwrap().digest());
    assert_eq!(plugin.digest().to_string().len(), 64);
    // What it does not use is not imported.
    let unused = plugin
        .imports()
        .iter()
        .any(|import| import.contains("objects"));
    assert!(!unused, "{:?}", plugin.imports());
}

#[test]
fn a_module_for_the_older_wasi_gets_an_adapter() {
    let text = transform_text("(call $yield)(drop)", "").replace(
        "(memory ",
        r#"(import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32))) (memory "#,
    );
    // An import behind the first definitions is not valid text: move the memory after it.
    let text = text.replace("(call $yield)(drop)", "(drop (call $yield))");
    let plugin = engine().load(&wat::parse_str(text).unwrap()).unwrap();
    assert!(
        plugin
            .imports()
            .iter()
            .any(|import| import.starts_with("wasi:"))
    );
}

#[test]
fn a_component_of_another_world_is_named() {
    let other = wat::parse_str(
        r#"(component
            (core module $m (func (export "run")))
            (core instance $i (instantiate $m))
            (func $run (canon lift (core func $i "run")))
            (instance $api (export "run" (func $run)))
            (export "wasi:cli/run@0.2.0" (instance $api)))"#,
    )
    .unwrap();
    let message = refusal(&other).to_string();
    assert!(message.contains("`wasi:cli/run@0.2.0`"), "{message}");
    assert!(message.contains("`bubbles:etl/plugin@0.1.0`"), "{message}");
    assert!(message.contains("a program with a `main`"), "{message}");
    let message = refusal(&wat::parse_str("(component)").unwrap()).to_string();
    assert!(message.contains("exports nothing"), "{message}");
}

#[test]
fn an_import_that_nothing_answers_is_named() {
    let component = wat::parse_str(
        r#"(component
            (import "wasi:http/outgoing-handler@0.2.0" (instance $i (export "f" (func)))))"#,
    )
    .unwrap();
    // It exports nothing either; what it exports is looked at first.
    assert!(matches!(refusal(&component), LoadError::World { .. }));
    let text = transform_text("(call $other)", "")
        .replace("(memory ", r#"(import "other" "f" (func $other)) (memory "#);
    let message = refusal(&wat::parse_str(text).unwrap()).to_string();
    assert!(message.contains("other"), "{message}");
}

#[test]
fn a_function_of_another_type_is_refused() {
    let component = wat::parse_str(
        r#"(component
            (core module $m (func (export "f")))
            (core instance $i (instantiate $m))
            (func $f (canon lift (core func $i "f")))
            (instance $plugin (export "describe" (func $f)))
            (instance $transform (export "process" (func $f)))
            (export "bubbles:etl/plugin@0.1.0" (instance $plugin))
            (export "bubbles:etl/transform@0.1.0" (instance $transform)))"#,
    )
    .unwrap();
    let message = refusal(&component).to_string();
    assert!(
        message.contains("another type") && message.contains("describe"),
        "{message}"
    );
}

#[test]
fn what_was_cut_off_or_changed_is_refused() {
    let whole = componentize(&transform("", "")).unwrap().into_owned();
    for length in [0, 3, 8, 100, whole.len() / 2, whole.len() - 1] {
        let error = refusal(&whole[..length]);
        assert!(
            matches!(
                error,
                LoadError::NotWasm(_) | LoadError::Invalid(_) | LoadError::World { .. }
            ),
            "{length}: {error}"
        );
    }
    assert!(matches!(refusal(b"\x7fELF\x02"), LoadError::NotWasm(_)));
}

#[test]
fn precompiled_code_is_never_loaded() {
    let engine = wasmtime::Engine::default();
    let wasm = wat::parse_str("(component)").unwrap();
    let code = wasmtime::component::Component::new(&engine, wasm)
        .unwrap()
        .serialize()
        .unwrap();
    let message = refusal(&code).to_string();
    assert!(message.contains("precompiled"), "{message}");
}

#[test]
fn compiled_code_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("cache");
    let wasm = transform("", "");
    let compiled = || {
        let names = std::fs::read_dir(&cache)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        names
            .filter(|name| name.extension().is_some_and(|end| end == "compiled"))
            .collect::<Vec<_>>()
    };
    engine_with_cache(Some(cache.clone())).load(&wasm).unwrap();
    let first = compiled();
    assert_eq!(first.len(), 1);
    engine_with_cache(Some(cache.clone())).load(&wasm).unwrap();
    // Damage is noticed, and made good.
    std::fs::write(&first[0], b"changed").unwrap();
    engine_with_cache(Some(cache.clone())).load(&wasm).unwrap();
    assert!(std::fs::metadata(&first[0]).unwrap().len() > 1000);
}
