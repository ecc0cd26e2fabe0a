;; The older WASI, answered for a language runtime that cannot be kept from calling it while the
;; host passes it memory: Go reads clocks in its collector, and that runs in `cabi_realloc`. In there
;; no import may be called, so clocks go on by a microsecond a look, randomness is a stand-in, and
;; prints are lost. Everywhere else all is WASI 0.2: prints reach the log, clocks tell the time.
;;
;; No folders, no arguments, no environment, no input. It has no memory of its own: what the host
;; writes for it goes where the main module starts, and what was there is put back.
(module
  (import "wasi:cli/stdout@0.2.0" "get-stdout" (func $get_stdout (result i32)))
  (import "wasi:cli/stderr@0.2.0" "get-stderr" (func $get_stderr (result i32)))
  (import "wasi:cli/exit@0.2.0" "exit" (func $exit (param i32)))
  (import "wasi:io/streams@0.2.0" "[method]output-stream.blocking-write-and-flush"
    (func $write (param i32 i32 i32 i32)))
  (import "wasi:io/poll@0.2.0" "[method]pollable.block" (func $block (param i32)))
  (import "wasi:io/poll@0.2.0" "[resource-drop]pollable" (func $drop_pollable (param i32)))
  (import "wasi:clocks/wall-clock@0.2.0" "now" (func $wall_now (param i32)))
  (import "wasi:clocks/monotonic-clock@0.2.0" "now" (func $monotonic_now (result i64)))
  (import "wasi:clocks/monotonic-clock@0.2.0" "subscribe-instant"
    (func $subscribe_instant (param i64) (result i32)))
  (import "wasi:clocks/monotonic-clock@0.2.0" "subscribe-duration"
    (func $subscribe_duration (param i64) (result i32)))
  (import "wasi:random/random@0.2.0" "get-random-u64" (func $random (result i64)))
  (import "env" "memory" (memory 0))

  ;; How deep the guest is in `cabi_realloc`.
  (global $inside (mut i32) (i32.const 0))
  ;; What the clocks last said, in nanoseconds.
  (global $wall (mut i64) (i64.const 0))
  (global $monotonic (mut i64) (i64.const 0))
  (global $seed (mut i64) (i64.const 0x9e3779b97f4a7c15))
  ;; Handles, once they are needed.
  (global $stdout (mut i32) (i32.const -1))
  (global $stderr (mut i32) (i32.const -1))

  ;; Called around `cabi_realloc`, which is wrapped when the module is made into a component.
  (func (export "bubbles_realloc_begins") (global.set $inside (i32.add (global.get $inside) (i32.const 1))))
  (func (export "bubbles_realloc_ends") (global.set $inside (i32.sub (global.get $inside) (i32.const 1))))

  (func $stream (param $fd i32) (result i32)
    (if (result i32) (i32.eq (local.get $fd) (i32.const 1))
      (then
        (if (i32.eq (global.get $stdout) (i32.const -1)) (then (global.set $stdout (call $get_stdout))))
        (global.get $stdout))
      (else
        (if (i32.eq (global.get $stderr) (i32.const -1)) (then (global.set $stderr (call $get_stderr))))
        (global.get $stderr))))

  ;; The host takes at most 4096 bytes in one call.
  (func $print (param $fd i32) (param $at i32) (param $size i32)
    (local $piece i32) (local $kept i64) (local $kept_too i64)
    (if (global.get $inside) (then (return)))
    (local.set $kept (i64.load (i32.const 16)))
    (local.set $kept_too (i64.load (i32.const 24)))
    (loop $more
      (if (i32.eqz (local.get $size)) (then (return)))
      (local.set $piece (select (local.get $size) (i32.const 4096) (i32.lt_u (local.get $size) (i32.const 4096))))
      (call $write (call $stream (local.get $fd)) (local.get $at) (local.get $piece) (i32.const 16))
      (i64.store (i32.const 16) (local.get $kept))
      (i64.store (i32.const 24) (local.get $kept_too))
      (local.set $at (i32.add (local.get $at) (local.get $piece)))
      (local.set $size (i32.sub (local.get $size) (local.get $piece)))
      (br $more)))

  (func (export "fd_write") (param $fd i32) (param $parts i32) (param $count i32) (param $written i32) (result i32)
    (local $size i32) (local $total i32)
    (if (i32.gt_u (i32.sub (local.get $fd) (i32.const 1)) (i32.const 1)) (then (return (i32.const 8))))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $count)))
        (local.set $size (i32.load offset=4 (local.get $parts)))
        (call $print (local.get $fd) (i32.load (local.get $parts)) (local.get $size))
        (local.set $total (i32.add (local.get $total) (local.get $size)))
        (local.set $parts (i32.add (local.get $parts) (i32.const 8)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $next)))
    (i32.store (local.get $written) (local.get $total))
    (i32.const 0))

  ;; Nothing to read.
  (func (export "fd_read") (param i32 i32 i32 i32) (result i32)
    (i32.store (local.get 3) (i32.const 0))
    (i32.const 0))

  (func $look_at_wall
    (local $kept i64) (local $kept_too i64)
    (local.set $kept (i64.load (i32.const 16)))
    (local.set $kept_too (i64.load (i32.const 24)))
    (call $wall_now (i32.const 16))
    (global.set $wall
      (i64.add
        (i64.mul (i64.load (i32.const 16)) (i64.const 1000000000))
        (i64.load32_u (i32.const 24))))
    (i64.store (i32.const 16) (local.get $kept))
    (i64.store (i32.const 24) (local.get $kept_too)))

  (func (export "clock_time_get") (param $clock i32) (param $precision i64) (param $time i32) (result i32)
    (if (global.get $inside)
      (then
        (global.set $wall (i64.add (global.get $wall) (i64.const 1000)))
        (global.set $monotonic (i64.add (global.get $monotonic) (i64.const 1000))))
      (else
        (if (local.get $clock)
          (then (global.set $monotonic (call $later (call $monotonic_now))))
          (else (call $look_at_wall)))))
    (i64.store (local.get $time)
      (select (global.get $monotonic) (global.get $wall) (local.get $clock)))
    (i32.const 0))

  ;; The stand-in may have gone ahead of the clock, which must not go back.
  (func $later (param $now i64) (result i64)
    (select (local.get $now) (global.get $monotonic) (i64.gt_u (local.get $now) (global.get $monotonic))))

  (func (export "clock_res_get") (param i32 i32) (result i32)
    (i64.store (local.get 1) (i64.const 1000))
    (i32.const 0))

  (func $random_or_like_it (result i64)
    (if (i32.eqz (global.get $inside)) (then (return (call $random))))
    ;; xorshift64, of Marsaglia.
    (global.set $seed (i64.xor (global.get $seed) (i64.shl (global.get $seed) (i64.const 13))))
    (global.set $seed (i64.xor (global.get $seed) (i64.shr_u (global.get $seed) (i64.const 7))))
    (global.set $seed (i64.xor (global.get $seed) (i64.shl (global.get $seed) (i64.const 17))))
    (global.get $seed))

  (func (export "random_get") (param $at i32) (param $size i32) (result i32)
    (local $bits i64) (local $left i32)
    (loop $next
      (if (i32.eqz (local.get $size)) (then (return (i32.const 0))))
      (if (i32.eqz (local.get $left))
        (then
          (local.set $bits (call $random_or_like_it))
          (local.set $left (i32.const 8))))
      (i64.store8 (local.get $at) (local.get $bits))
      (local.set $bits (i64.shr_u (local.get $bits) (i64.const 8)))
      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (local.set $size (i32.sub (local.get $size) (i32.const 1)))
      (br $next))
    (unreachable))

  ;; Waits for the first clock among the subscriptions, which is all that there is to wait for.
  (func (export "poll_oneoff") (param $in i32) (param $out i32) (param $count i32) (param $events i32) (result i32)
    (local $pollable i32) (local $time i64)
    (block $found
      (loop $next
        (if (i32.eqz (local.get $count)) (then (return (i32.const 52))))
        (br_if $found (i32.eqz (i32.load8_u offset=8 (local.get $in))))
        (local.set $in (i32.add (local.get $in) (i32.const 48)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $next)))
    (local.set $time (i64.load offset=24 (local.get $in)))
    (if (i32.eqz (global.get $inside))
      (then
        (if (i32.load16_u offset=40 (local.get $in))
          (then (local.set $pollable (call $subscribe_instant (local.get $time))))
          (else (local.set $pollable (call $subscribe_duration (local.get $time)))))
        (call $block (local.get $pollable))
        (call $drop_pollable (local.get $pollable))))
    (i64.store (local.get $out) (i64.load (local.get $in)))
    (i64.store offset=8 (local.get $out) (i64.const 0))
    (i64.store offset=16 (local.get $out) (i64.const 0))
    (i64.store offset=24 (local.get $out) (i64.const 0))
    (i32.store (local.get $events) (i32.const 1))
    (i32.const 0))

  (func (export "proc_exit") (param $code i32)
    (if (i32.eqz (global.get $inside)) (then (call $exit (i32.ne (local.get $code) (i32.const 0)))))
    (unreachable))
  (func (export "proc_raise") (param i32) (result i32) (unreachable))
  (func (export "sched_yield") (result i32) (i32.const 0))

  (func $none (param i32 i32) (result i32)
    (i32.store (local.get 0) (i32.const 0))
    (i32.store (local.get 1) (i32.const 0))
    (i32.const 0))
  (export "args_sizes_get" (func $none))
  (export "environ_sizes_get" (func $none))
  (func (export "args_get") (param i32 i32) (result i32) (i32.const 0))
  (func (export "environ_get") (param i32 i32) (result i32) (i32.const 0))

  ;; The three streams are terminals, as far as anybody asks; there is nothing else.
  (func (export "fd_fdstat_get") (param $fd i32) (param $stat i32) (result i32)
    (if (i32.gt_u (local.get $fd) (i32.const 2)) (then (return (i32.const 8))))
    (i64.store (local.get $stat) (i64.const 2))
    (i64.store offset=8 (local.get $stat) (i64.const -1))
    (i64.store offset=16 (local.get $stat) (i64.const -1))
    (i32.const 0))
  (func (export "fd_fdstat_set_flags") (param i32 i32) (result i32) (i32.const 0))

  ;; `badf`: no such file, folder or socket.
  (func (export "fd_advise") (param i32 i64 i64 i32) (result i32) (i32.const 8))
  (func (export "fd_allocate") (param i32 i64 i64) (result i32) (i32.const 8))
  (func (export "fd_close") (param i32) (result i32) (i32.const 8))
  (func (export "fd_datasync") (param i32) (result i32) (i32.const 8))
  (func (export "fd_fdstat_set_rights") (param i32 i64 i64) (result i32) (i32.const 8))
  (func (export "fd_filestat_get") (param i32 i32) (result i32) (i32.const 8))
  (func (export "fd_filestat_set_size") (param i32 i64) (result i32) (i32.const 8))
  (func (export "fd_filestat_set_times") (param i32 i64 i64 i32) (result i32) (i32.const 8))
  (func (export "fd_pread") (param i32 i32 i32 i64 i32) (result i32) (i32.const 8))
  (func (export "fd_prestat_get") (param i32 i32) (result i32) (i32.const 8))
  (func (export "fd_prestat_dir_name") (param i32 i32 i32) (result i32) (i32.const 8))
  (func (export "fd_pwrite") (param i32 i32 i32 i64 i32) (result i32) (i32.const 8))
  (func (export "fd_readdir") (param i32 i32 i32 i64 i32) (result i32) (i32.const 8))
  (func (export "fd_renumber") (param i32 i32) (result i32) (i32.const 8))
  (func (export "fd_seek") (param i32 i64 i32 i32) (result i32) (i32.const 8))
  (func (export "fd_sync") (param i32) (result i32) (i32.const 8))
  (func (export "fd_tell") (param i32 i32) (result i32) (i32.const 8))
  (func (export "path_create_directory") (param i32 i32 i32) (result i32) (i32.const 8))
  (func (export "path_filestat_get") (param i32 i32 i32 i32 i32) (result i32) (i32.const 8))
  (func (export "path_filestat_set_times") (param i32 i32 i32 i32 i64 i64 i32) (result i32) (i32.const 8))
  (func (export "path_link") (param i32 i32 i32 i32 i32 i32 i32) (result i32) (i32.const 8))
  (func (export "path_open") (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32) (i32.const 8))
  (func (export "path_readlink") (param i32 i32 i32 i32 i32 i32) (result i32) (i32.const 8))
  (func (export "path_remove_directory") (param i32 i32 i32) (result i32) (i32.const 8))
  (func (export "path_rename") (param i32 i32 i32 i32 i32 i32) (result i32) (i32.const 8))
  (func (export "path_symlink") (param i32 i32 i32 i32 i32) (result i32) (i32.const 8))
  (func (export "path_unlink_file") (param i32 i32 i32) (result i32) (i32.const 8))
  (func (export "sock_accept") (param i32 i32 i32) (result i32) (i32.const 8))
  (func (export "sock_recv") (param i32 i32 i32 i32 i32 i32) (result i32) (i32.const 8))
  (func (export "sock_send") (param i32 i32 i32 i32 i32) (result i32) (i32.const 8))
  (func (export "sock_shutdown") (param i32 i32) (result i32) (i32.const 8))
)
