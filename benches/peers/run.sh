#!/usr/bin/env bash
# What the same evidence costs here and in other libraries: parsing, signatures,
# a whole quote. All of them run in one process, in turn, pinned to one core.
#
# usage: benches/peers/run.sh [--only PART] [--rounds N] [--minimum] [--docs]
#
# Measures tpm-quote three times, where the processor has all of it: with the feature
# simd, RSA by AVX-512 IFMA; with no wider units than AVX2, RSA by these; without the
# feature, by plain words. The others use what the processor has, each time.
#
#   --only PART   only rows whose name contains PART, in any case: "ecdsa", "parse"
#   --rounds N    rounds (201); a round takes a quarter of a millisecond a candidate
#   --minimum     the least times instead of the medians, for a machine that is busy
#   --docs        also writes the tables of docs/performance.md, by all rows
#   --help        this
#
# Prints Markdown for each: the tables, the goals, and what the times include.
# Needs Rust 1.95 and (Debian) gcc, pkg-config, libtss2-dev and libssl-dev. They are
# not installed here, but named if they are missing. The first build takes minutes.
set -euo pipefail
cd "$(dirname "$0")"

usage() { sed -n '2,/^set -/{/^set -/d; s/^# \{0,1\}//; p}' run.sh; }
die() { printf '%s\n' "$1" >&2; exit 1; }

args=() docs=
while [ $# -gt 0 ]; do
    case $1 in
        --help | -h) usage; exit ;;
        --only | --rounds) args+=("$1" "${2:?$1 wants a value}"); shift ;;
        --minimum) args+=("$1") ;;
        --docs) docs=1; args+=("$1" ../../docs/performance.md) ;;
        *) usage >&2; die "unknown option $1" ;;
    esac
    shift
done

command -v cargo >/dev/null || die "cargo is missing: install Rust with rustup"
missing=()
command -v cc >/dev/null || missing+=(gcc)
if command -v pkg-config >/dev/null; then
    # tss-esapi links all of these, though only tss2-mu is called.
    pkg-config --exists tss2-mu tss2-sys tss2-esys tss2-tctildr || missing+=(libtss2-dev)
    pkg-config --exists 'openssl >= 3' || missing+=(libssl-dev)
else
    missing+=(pkg-config libtss2-dev libssl-dev)
fi
[ ${#missing[@]} = 0 ] || die "missing (Debian): apt-get install ${missing[*]}"

# Everybody gets what users get: no target-cpu, no limits on what OpenSSL may use of
# the processor, and libtss2's log as it is by default.
unset RUSTFLAGS CARGO_ENCODED_RUSTFLAGS OPENSSL_ia32cap TSS2_LOG TSS2_LOGFILE
has() { grep -qw "$1" /proc/cpuinfo 2>/dev/null; }
programs=()
# build NAME FEATURES [FLAGS]
build() {
    RUSTFLAGS=${3:-} cargo build --release --locked --features "$2"
    programs+=("target/release/$1")
    cp target/release/tpm-quote-peers "${programs[-1]}"
}
if has avx512ifma; then
    build ifma simd
else
    echo "NOT measured: RSA by AVX-512 IFMA, which this processor does not have." >&2
fi
if has avx2 && has bmi2; then
    build avx2 simd '--cfg tpm_quote_level="avx2"'
else
    echo "NOT measured: RSA by AVX2, which this processor does not have." >&2
fi
build plain ""

machine=$(sed -n 's/^model name[[:space:]]*: *//p' /proc/cpuinfo | head -n 1)
commit=$(git rev-parse --short HEAD 2>/dev/null || echo unknown)
git diff --quiet HEAD -- ../.. ':!../../docs/performance.md' 2>/dev/null || commit+=" with changes"
circumstances="$(date -u +%F), ${machine:-unknown processor} ($(uname -m)), rustc $(rustc --version | cut -d ' ' -f 2)"
circumstances+=", commit $commit; libtss2-mu $(pkg-config --modversion tss2-mu)"

pin=()
if command -v taskset >/dev/null; then
    # The last of the cores that this process may use.
    pin=(taskset -c "$(taskset -cp $$ | grep -o '[0-9]*$')")
else
    echo "taskset is missing: not pinned to one core" >&2
fi
for program in "${programs[@]}"; do
    "${pin[@]}" "$program" --circumstances "$circumstances" "${args[@]}"
done
[ -z "$docs" ] || echo "docs/performance.md is written." >&2
