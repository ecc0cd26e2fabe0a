#!/bin/sh
# Builds the interpreter plugin, once: `interpreter/build.sh javascript.wasm`. Needs what build.mjs needs.
here=$(cd "$(dirname "$0")" && pwd)
exec node "$here/../build.mjs" "$here/plugin.js" "${1:-javascript.wasm}" --interpreter
