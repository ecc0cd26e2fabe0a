#!/bin/sh
# Builds the plugins of the cases in every language, runs them, and compares what they give with what is
# expected: `tests/languages/run.sh`. A language whose file or compiler is missing prints as "not yet".
# BUBBLES names the program; COMPONENTIZE, if set, one that turns a core module into a component.
set -u
here=$(cd "$(dirname "$0")" && pwd)
bubbles=${BUBBLES:-bubbles}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
languages="c cpp go js zig as.ts"
failed=0

# build CASE FILE LANGUAGE: leaves $work/plugin.wasm.
build() {
    [ -f "$here/$1/$2.$3" ] || return 1
    rm -f "$work/plugin.wasm" "$work/core.wasm"
    "$here/../../sdk/build.sh" "$here/$1/$2.$3" "$work/plugin.wasm" >"$work/build.log" 2>&1 || return 1
    if [ -n "${COMPONENTIZE:-}" ] && [ "$(od -An -tx1 -j4 -N1 "$work/plugin.wasm" | tr -d ' ')" = 01 ]; then
        mv "$work/plugin.wasm" "$work/core.wasm"
        "$COMPONENTIZE" "$work/core.wasm" "$work/plugin.wasm" >/dev/null 2>&1
    fi
}

# check CASE FILE OUTPUT EXPECTED: one line of the table.
check() {
    printf '%-18s' "$1"
    for language in $languages; do
        rm -rf "$work/out"
        if ! build "$1" "$2" "$language"; then
            printf ' %-8s' "not yet"
            continue
        fi
        # A name of its own, as a bookmark belongs to a pipeline's name.
        sed "s#^name = \"#&$(echo "$language" | tr . -)-$$-#; s#PLUGIN#$work/plugin.wasm#; s#OUT/#$work/out/#g; s#\"\(\.\./[^\"]*\|data/[^\"]*\)\"#\"$here/$1/\1\"#g" \
            "$here/$1/pipeline.toml" >"$work/pipeline.toml"
        if timeout 120 "$bubbles" run "$work/pipeline.toml" >"$work/run.log" 2>&1 && diff -r "$work/out$3" "$4" >/dev/null; then
            printf ' %-8s' same
        else
            printf ' %-8s' DIFFERS
            failed=1
        fi
    done
    echo
}

printf '%-18s' case
for language in $languages; do printf ' %-8s' "$language"; done
echo
python3 "$here/filter-and-derive/expected.py" >"$work/late.jsonl"
check filter-and-derive late /late.jsonl "$work/late.jsonl"
check read-and-write copy "" "$here/read-and-write/expected"
exit $failed
