;; A whole plugin, by hand: it passes chunks of lines on as they are, and logs that it ended.
(module
  (import "bubbles" "output_emit" (func $emit (param i32 i32)))
  (import "bubbles" "log_log" (func $log (param i32 i32 i32)))
  (memory (export "memory") 1)

  ;; What a description consists of, word by word, at 64.
  (data (i32.const 0) "passes chunks on")
  (data (i32.const 16) "{\22type\22:\22object\22}")
  (data (i32.const 40) "the end")
  (data (i32.const 48) "\01")                  ;; the formats that it accepts: json
  (data (i32.const 64)
    "\01\00\00\00"                             ;; kind: transform
    "\00\00\00\00" "\10\00\00\00"              ;; summary: 16 bytes at 0
    "\30\00\00\00" "\01\00\00\00"              ;; accepts: one format, at 48
    "\01\01\00\00"                             ;; produces: some, json
    "\10\00\00\00" "\11\00\00\00"              ;; config-schema: 17 bytes at 16
    "\01\00\00\00")                            ;; deterministic, not combinable
  (data (i32.const 104) "\40\00\00\00" "\01\00\00\00") ;; the list of them: one, at 64
  ;; A result that says `ok`: 16 bytes of zero, at 112.

  ;; Memory that the host asks for is given from 1024 on, and taken back after each chunk.
  (global $top (mut i32) (i32.const 1024))
  (func (export "cabi_realloc") (param $old i32) (param $had i32) (param $align i32) (param $size i32) (result i32)
    (local $at i32) (local $more i32)
    (local.set $at (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))
    (global.set $top (i32.add (local.get $at) (local.get $size)))
    (local.set $more (i32.sub
      (i32.shr_u (i32.add (global.get $top) (i32.const 65535)) (i32.const 16))
      (memory.size)))
    (if (i32.gt_s (local.get $more) (i32.const 0))
      (then (if (i32.lt_s (memory.grow (local.get $more)) (i32.const 0)) (then (unreachable)))))
    (memory.copy (local.get $at) (local.get $old) (local.get $had))
    (local.get $at))

  (func (export "plugin_describe") (result i32) (i32.const 104))

  ;; The configuration; job and task; phase, split, splits, attempt.
  (func (export "transform_open") (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
    (global.set $top (i32.const 1024))
    (i32.const 112))

  (func (export "transform_process") (param $input i32) (param $chunk i32) (param $size i32) (result i32)
    (call $emit (local.get $chunk) (local.get $size))
    (global.set $top (i32.const 1024))
    (i32.const 112))

  (func (export "transform_finish") (result i32)
    (call $log (i32.const 1) (i32.const 40) (i32.const 7))
    (i32.const 112)))
