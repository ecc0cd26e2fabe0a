//! A plugin's bytes, before the compiler sees them.

use std::sync::LazyLock;

use bubbles_engine::fuzz::{inspect, typed};

use crate::measured::Allowance;
use crate::target::Target;

/// The contract, the adapter of the older WASI and the encoder's tables, whatever the module is.
const INSPECTED: Allowance = Allowance {
    bytes: 32 << 20,
    per_byte: 1 << 10,
};

/// A transform that does nothing, with its functions by their canonical names.
const BY_HAND: &str = r#"(module
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) i32.const 64)
  (func (export "bubbles:etl/plugin@0.1.0#describe") (param i32) (result i32) i32.const 64)
  (func (export "bubbles:etl/transform@0.1.0#open") (param i32) (result i32) i32.const 64)
  (func (export "bubbles:etl/transform@0.1.0#process") (param i32 i32) (result i32) i32.const 64)
  (func (export "bubbles:etl/transform@0.1.0#finish") (result i32) i32.const 64))"#;

const COMPONENT: &str = r#"(component
  (type $record (record (field "a" u32) (field "b" (list string))))
  (import "bubbles:etl/log@0.1.0" (instance $log
    (export "write" (func (param "message" string)))))
  (core module $m
    (memory (export "memory") 1)
    (table 2 funcref)
    (global (mut i32) (i32.const 7))
    (func $f (export "run") (param i32) (result i32)
      (block (loop (br_if 1 (local.get 0)) (br 0)))
      (i32.add (local.get 0) (i32.load (i32.const 8))))
    (elem (i32.const 0) $f)
    (data (i32.const 0) "hello"))
  (core instance $i (instantiate $m))
  (func $run (param "x" u32) (result u32) (canon lift (core func $i "run")))
  (instance $out (export "run" (func $run)))
  (export "bubbles:etl/transform@0.1.0" (instance $out)))"#;

static GOOD: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let wat = |text: &str| wat::parse_str(text).expect("it is written here");
    let by_hand = wat(BY_HAND);
    let with_types = typed(&by_hand).expect("its names are the contract's");
    vec![wat("(component)"), wat(COMPONENT), with_types, by_hand]
});

pub(crate) fn target(name: &'static str) -> Target {
    Target {
        name,
        check: Box::new(|bytes| INSPECTED.spend(bytes, inspect).is_ok()),
        example: Box::new(|random| Some(random.pick(&GOOD).clone())),
        words: &[
            b"component-type",
            b"bubbles:etl/plugin@0.1.0#describe",
            b"_start",
            b"wasi_snapshot_preview1",
        ],
        by_hand: by_hand(),
    }
}

fn by_hand() -> Vec<(&'static str, Vec<u8>)> {
    let wat = |text: &str| wat::parse_str(text).expect("it is written here");
    let [_, component, with_types, by_hand] = &GOOD[..] else {
        panic!("four of them")
    };
    let preview1 = BY_HAND.replace(
        "(module",
        "(module (import \"wasi_snapshot_preview1\" \"fd_write\" \
         (func (param i32 i32 i32 i32) (result i32)))",
    );
    let nested = |many| {
        let mut text = String::new();
        (0..many).for_each(|_| text.push_str("(component "));
        (0..many).for_each(|_| text.push(')'));
        wat(&text)
    };
    let doubling = |many: usize| {
        let tuples = (1..many).map(|n| format!("(type $t{n} (tuple $t{0} $t{0}))", n - 1));
        wat(&format!(
            "(component (type $t0 (tuple u8 u8)){})",
            tuples.collect::<String>()
        ))
    };
    let elf = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0\x01\0\0\0".to_vec();
    let mut cwasm = elf.clone();
    cwasm.extend_from_slice(&[0; 40]);
    cwasm[16..18].copy_from_slice(&[1, 0]);
    cwasm[7] = 200;
    vec![
        ("empty", Vec::new()),
        ("component", component.clone()),
        ("component-cut-off", component[..component.len() - 20].to_vec()),
        ("component-byte-behind", [component.as_slice(), &[0]].concat()),
        ("module", wat("(module)")),
        ("module-by-hand", by_hand.clone()),
        ("module-cut-off", by_hand[..by_hand.len() / 2].to_vec()),
        ("module-with-types", with_types.clone()),
        ("module-with-types-cut-off", with_types[..with_types.len() - 30].to_vec()),
        ("module-preview1", wat(&preview1)),
        ("program", wat("(module (func (export \"_start\")))")),
        ("types-of-nothing", wat("(module (@custom \"component-type\" \"\"))")),
        ("types-of-rubbish", wat("(module (@custom \"component-type:x\" \"\\00asm\\0d\\00\\01\\00\\ff\"))")),
        ("huge-memory", wat("(module (memory 65536))")),
        ("huge-table", wat("(module (table 4294967295 funcref))")),
        ("nested-components", nested(90)),
        ("doubling-types", doubling(60)),
        ("section-of-four-gib", b"\0asm\x0d\0\x01\0\x01\xff\xff\xff\xff\x0f".to_vec()),
        ("many-functions", b"\0asm\x01\0\0\0\x03\x06\xff\xff\xff\xff\x0f\0".to_vec()),
        ("many-locals", b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x0a\x0a\x01\x08\x01\xff\xff\xff\xff\x0f\x7f\x0b".to_vec()),
        ("version", b"\0asm\x02\0\0\0".to_vec()),
        ("magic", b"\0asm".to_vec()),
        ("text", BY_HAND.as_bytes().to_vec()),
        ("elf", elf),
        ("cwasm", cwasm),
    ]
}
