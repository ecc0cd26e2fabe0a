#!/bin/sh
# Compiles one file to a plugin: `sdk/build.sh late.c late.wasm`. Which language it is, its name tells.
# What is needed for each is in sdk/README.md; CLANG, CLANGXX, ZIG, GO, ASC and NODE name other programs.
set -eu
sdk=$(cd "$(dirname "$0")" && pwd)
source=$1
out=$(cd "$(dirname "$2")" && pwd)/$(basename "$2")
c="-Wno-tautological-pointer-compare"
compile="--target=wasm32-wasi -O2 $c"
link="-s -mexec-model=reactor"

# The SDK in C, for what C++ and Zig are linked with.
objects() {
    for file in "$sdk"/c/src/*.c; do
        # shellcheck disable=SC2086
        ${CLANG:-clang-19} $compile -c -I "$sdk/c/include" "$file" -o "$1/$(basename "$file" .c).o"
    done
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
case $source in
*.c)
    # shellcheck disable=SC2086
    ${CLANG:-clang-19} $compile $link -I "$sdk/c/include" "$source" "$sdk"/c/src/*.c -o "$out"
    ;;
*.cc | *.cpp)
    objects "$work"
    # shellcheck disable=SC2086
    ${CLANGXX:-clang++-19} $compile $link -std=c++23 -fno-exceptions -I "$sdk/c/include" -I "$sdk/cpp/include" \
        "$source" "$work"/*.o -o "$out"
    ;;
*.go)
    cp "$source" "$work/main.go"
    printf 'module task\ngo 1.24\nrequire bubbles v0.0.0\nreplace bubbles => %s/go\n' "$sdk" >"$work/go.mod"
    cd "$work"
    GOPROXY=off GOFLAGS=-mod=mod GOTOOLCHAIN=local GOOS=wasip1 GOARCH=wasm \
        ${GO:-go} build -trimpath -buildmode=c-shared -ldflags="-s -w" -o "$out" .
    ;;
*.zig)
    # shellcheck disable=SC2086
    ${ZIG:-python-zig} build-exe -fno-entry -rdynamic -mexec-model=reactor -lc --stack 262144 -femit-bin="$out" \
        -target wasm32-wasi -O ReleaseFast -fstrip -I "$sdk/c/include" -cflags -O2 $c -- "$sdk"/c/src/*.c \
        --dep bubbles -Mroot="$source" -Mbubbles="$sdk/zig/bubbles.zig"
    ;;
*.as.ts)
    mkdir -p "$work/node_modules"
    cp -R "$sdk/assemblyscript" "$work/node_modules/bubbles"
    cp "$source" "$work/plugin.ts"
    asc=$(cd "$(dirname "$(command -v "${ASC:-asc}")")" && pwd)/$(basename "${ASC:-asc}")
    cd "$work"
    "$asc" plugin.ts -O3 --noAssert --runtime incremental --exportStart _initialize --initialMemory 2 \
        --use abort=~lib/bubbles/assembly/crash/crash -o "$out"
    ;;
*.js | *.mjs | *.ts)
    ${NODE:-node} "$sdk/javascript/build.mjs" "$source" "$out"
    ;;
*)
    echo "no language is known by the name of $source" >&2
    exit 2
    ;;
esac
