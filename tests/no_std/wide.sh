#!/usr/bin/env bash
# No panic in RSA by the wide units of x86-64, at each level. It needs std to find what the processor
# has, so that the proof by linking in run.sh is closed to it: here the machine code of the library
# is read instead. The functions have to be there, and neither they nor what they call may name
# anything that panics. The loop for AVX2 has to multiply digits by one instruction each.
#
# usage: tests/no_std/wide.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
target=x86_64-unknown-linux-gnu
fail() { echo "FAILED: $*" >&2; exit 1; }
[ -d "$(rustc --print sysroot)/lib/rustlib/$target/lib" ] || rustup target add "$target" >/dev/null ||
    fail "the target $target is not installed"

out=${CARGO_TARGET_DIR:-target}/wide
CARGO_TARGET_DIR=$out cargo rustc --quiet --locked --release --lib --target "$target" \
    --no-default-features --features simd --config 'profile.release.codegen-units=1' -- \
    --emit=asm -C symbol-mangling-version=v0 || fail "the library does not build"
assembly=$(ls -t "$out/$target/release/deps/"tpm_quote-*.s | head -1)

# Each function, and what it calls or jumps to.
awk '
    /^[_A-Za-z][^ ]*:$/ { sub(/:$/, ""); name = $0 }
    /^\t(call|jmp)q?\t/ { target = $2; sub(/^\*/, "", target); sub(/@.*/, "", target); print name, target }
' "$assembly" >"$out/calls"
grep -q 'ifma.*power_65537' "$out/calls" || fail "the function for AVX-512 is not in the machine code"
grep -q 'avx2.*power_65537' "$out/calls" || fail "the function for AVX2 is not in the machine code"
# Where the compiler has lost that the digits have no upper halves, it multiplies by these as well,
# and shifts what it gets.
awk '
    /^[_A-Za-z][^ ]*:$/ { here = /avx2.*add_products/ }
    here && /^\tvpmuludq\t.*ymm/ { products++ }
    here && /^\tvpsllq\t\$32/ { halves++ }
    END {
        printf "x86-64, AVX2: add_products has %d VPMULUDQ and %d shifts by 32 bits\n", products, halves
        exit !products || halves > 0
    }' "$assembly" || fail "the loop for AVX2 does not multiply four digits by one instruction"
# What can be reached from it.
awk '
    { calls[$1] = calls[$1] " " $2 }
    $1 ~ /ifma|avx2|power_65537/ { todo[$1] = 1 }
    END {
        do {
            more = 0
            for (name in todo) if (!(name in done)) {
                done[name] = 1
                print name
                n = split(calls[name], called, " ")
                for (i = 1; i <= n; i++) if (called[i] ~ /^_/ && !(called[i] in done)) {
                    todo[called[i]] = 1
                    more = 1
                }
            }
        } while (more)
    }' "$out/calls" | sort -u >"$out/reached"
echo "x86-64, all levels: $(wc -l <"$out/reached") functions"
! grep -E 'panic|unwrap_failed|expect_failed|slice_.*fail|bounds' "$out/reached" || fail "it can panic"
