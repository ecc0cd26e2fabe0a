;; Loops for ever in its start function, before any call is made.
(module
  (memory (export "memory") 1)
  (func $spin (loop $again (br $again)))
  (start $spin)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
  (func (export "bubbles:etl/plugin@0.1.0#describe") (result i32) unreachable)
  (func (export "bubbles:etl/transform@0.1.0#open")
    (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32) unreachable)
  (func (export "bubbles:etl/transform@0.1.0#process") (param i32 i32 i32) (result i32)
    unreachable)
  (func (export "bubbles:etl/transform@0.1.0#finish") (result i32) unreachable))
