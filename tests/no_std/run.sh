#!/usr/bin/env bash
# Proves that no panic can be reached in the library and that it needs no
# allocator, by linking it where neither exists: see src/lib.rs.
#
# usage: tests/no_std/run.sh [TARGET...]
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")"

root=$(cd ../.. && pwd -P)
targets=("$@")
if [ $# = 0 ]; then
    # The last has words of 64 bits, for which there is arithmetic of its own.
    targets=(thumbv6m-none-eabi thumbv7em-none-eabihf riscv32imac-unknown-none-elf wasm32-unknown-unknown
        x86_64-unknown-none)
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

sysroot=$(rustc --print sysroot)
host=$(rustc -vV | sed -n 's/^host: //p')
lld=$sysroot/lib/rustlib/$host/bin/rust-lld
[ -x "$lld" ] || fail "the toolchain has no linker at $lld"

need_target() {
    [ -d "$sysroot/lib/rustlib/$1/lib" ] || rustup target add "$1" ||
        fail "the target $1 is not installed; run: rustup target add $1"
}

# build TARGET [OPTION...]: the static library is then $library.
build() {
    local target=$1 log=$work/build.log
    if ! cargo build --quiet --release --target "$@" >"$log" 2>&1; then
        cat "$log" >&2
        fail "$target: the library does not build without an allocator"
    fi
    library=${CARGO_TARGET_DIR:-target}/$target/release/libtpm_quote_no_std_proof.a
}

# link TARGET ROOT OUT: what ROOT needs. What is not defined stays open.
link() {
    case $1 in
        wasm32-*)
            "$lld" -flavor wasm --strip-all --gc-sections --no-entry --export="$2" \
                --import-undefined -o "$3" "$library"
            ;;
        *)
            "$lld" -flavor gnu --strip-all --gc-sections -e "$2" \
                --unresolved-symbols=ignore-all -o "$3" "$library"
            ;;
    esac
}

byte() { od -An -tu1 -j "$2" -N 1 "$1" | tr -d ' \n'; }

# Whether a WebAssembly module has an import section: its sections have an id
# and a length in LEB128; 2 is that of the imports.
has_imports() {
    local at=8 size id length shift b
    size=$(wc -c <"$1")
    while [ "$at" -lt "$size" ]; do
        id=$(byte "$1" "$at") at=$((at + 1)) length=0 shift=0
        while :; do
            b=$(byte "$1" "$at") at=$((at + 1))
            length=$((length | (b & 127) << shift)) shift=$((shift + 7))
            [ "$b" -ge 128 ] || break
        done
        [ "$id" != 2 ] || return 0
        at=$((at + length))
    done
    return 1
}

# is_whole TARGET ROOT: whether ROOT links with nothing left open. For ELF the
# linker has to say so; it has to name the function of the panic handler and
# nothing else when it refuses. A module says so by importing nothing.
is_whole() {
    local out=$work/whole log=$work/link.log
    case $1 in
        wasm32-*)
            link "$1" "$2" "$out" || fail "$1: $2 does not link"
            ! has_imports "$out"
            ;;
        *)
            "$lld" -flavor gnu --strip-all --gc-sections -e "$2" -o "$out" "$library" \
                2>"$log" && return 0
            grep 'error:' "$log" | grep -qv 'undefined symbol: panic_is_reachable$' &&
                cat "$log" >&2 && fail "$1: $2 does not link, for another reason than a panic"
            return 1
            ;;
    esac
}

# The source files that the panics in a linked program come from: crate and path.
panics_in() {
    tr '\0' '\n' <"$1" | sed -nE 's/^.*[^[:print:]]//; s/([[:print:]]+\.rs)$/\1/p' | sed -E \
        -e "s|^$root/|tpm-quote/|" \
        -e 's|^/rustc/[^/]*/library/||' \
        -e 's|^.*/registry/src/[^/]*/||' \
        -e 's|^([A-Za-z0-9_-]+)-[0-9]+\.[0-9]+[^/]*/|\1/|' | sort -u
}

prove() {
    local target=$1 name
    build "$target"
    is_whole "$target" control && fail "$target: the control links, so the proof proves nothing"
    if ! is_whole "$target" entry; then
        for name in $(sed -n 's/^pub extern "C" fn \([a-z0-9_]*\)(.*/\1/p' src/*.rs); do
            [ "$name" != control ] || continue
            is_whole "$target" "$name" && continue
            echo "$target: a panic can be reached from \`$name\` in src; it comes from" >&2
            link "$target" "$name" "$work/open"
            panics_in "$work/open" | sed 's/^/    /' >&2
        done
        fail "$target: a panic can be reached"
    fi
    echo "$target: no panic, no allocator ($(wc -c <"$work/whole") bytes; the control is refused)"
}

# Overflows panic in builds that check for them, such as debug builds. No such
# check is left in src/. Some are in dependencies and in core, where counting
# iterators have theirs, whoever uses them: this says nothing of those.
prove_overflow() {
    local target=$1
    CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS=true build "$target"
    link "$target" entry "$work/overflow"
    panics_in "$work/overflow" >"$work/overflow.txt"
    grep '^tpm-quote/' "$work/overflow.txt" >&2 &&
        fail "$target: arithmetic can overflow in these files"
    echo "$target: with overflow checks, none is left in src/"
}

# What is not proved: the crates whose panics a program with credentials has, as far as
# the compiler can tell. None may come, and one that is gone has to go from the list;
# nothing of src/ may be among them, and there is no allocator all the same.
hold_credential() {
    local target=$1
    build "$target" --features credential
    is_whole "$target" credential && fail "$target: credentials are proved: they belong to \`entry\`"
    link "$target" credential "$work/open"
    panics_in "$work/open" | sed 's|/.*||' | sort -u | diff -u credential.txt - ||
        fail "$target: panics come from other crates than those in credential.txt"
    echo "$target: with credentials, no allocator; panics in the crates of credential.txt alone"
}

first=${targets[0]} last=${targets[-1]} folder=${CARGO_TARGET_DIR:-target}
each=()
for target in "${targets[@]}"; do
    need_target "$target"
    each+=(--target "$target")
done
# Most of a build is one thread: what can be built side by side is. What fails here is told below.
cargo build --quiet --release "${each[@]}" >"$work/ahead.log" 2>&1 || true
for target in "${targets[@]}"; do
    prove "$target"
done

# aside NAME COMMAND...: runs it with folders of its own.
aside() (
    work=$work/$1 CARGO_TARGET_DIR=$folder/$1
    export CARGO_TARGET_DIR
    mkdir "$work"
    shift
    "$@"
)
aside credential hold_credential "$first" &
credential=$!
aside overflow prove_overflow "$first" &
overflow=$!
wait "$credential"
wait "$overflow"
[ "$last" = "$first" ] || aside overflow-last prove_overflow "$last"
