;; Loops for ever when the host asks for memory to put an argument in.
(module
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (loop $again (br $again))
    unreachable)
  ;; One description of a transform: json to json, schema `{}`.
  ;; Layout: kind u8, summary (ptr, len), accepts (ptr, len), produces option<u8>,
  ;; config-schema (ptr, len), deterministic u8, combinable u8; 32 bytes.
  (data (i32.const 0) "\10\00\00\00\01\00\00\00")
  (data (i32.const 16)
    "\01\00\00\00" "\40\00\00\00\01\00\00\00" "\44\00\00\00\01\00\00\00" "\01\01\00\00"
    "\48\00\00\00\02\00\00\00" "\01\00\00\00")
  (data (i32.const 64) "a\00\00\00" "\01\00\00\00" "{}")
  (func (export "bubbles:etl/plugin@0.1.0#describe") (result i32) (i32.const 0))
  (func (export "bubbles:etl/transform@0.1.0#open")
    (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32) unreachable)
  (func (export "bubbles:etl/transform@0.1.0#process") (param i32 i32 i32) (result i32)
    unreachable)
  (func (export "bubbles:etl/transform@0.1.0#finish") (result i32) unreachable))
