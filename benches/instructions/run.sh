#!/usr/bin/env bash
# Counts the instructions of each operation and compares them with baseline.txt.
#
# usage: benches/instructions/run.sh [--update]
#
# Fails if an operation needs over 5 % more than the baseline says, or is not in
# it; --update writes what was counted as the new baseline. Needs valgrind.
#
# The program is built as whoever depends on the crate builds it: release, and
# nothing else. Callgrind counts from the call of one function in it to its end,
# so that the figures are exact, and the same in each run. They depend on the
# compiler, which is named in the baseline. Callgrind's processor has none of the
# newest instructions, such as SHA-NI or ADX: hashes cost about twenty times as
# much here as where they have instructions of their own.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")"

baseline=baseline.txt
case ${1:-} in
    "" | --update) ;;
    *) sed -n 's/^# usage: /usage: /p' "$0" >&2; exit 2 ;;
esac
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }
command -v valgrind >/dev/null || fail "valgrind is missing; on Debian: apt-get install valgrind"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
env -u RUSTFLAGS cargo build --quiet --release --locked
program=$(realpath "${CARGO_TARGET_DIR:-target}/release/tpm-quote-instructions")

measured=tpm_quote_instructions::measured
env -i valgrind --tool=callgrind --toggle-collect=$measured --dump-after=$measured \
    --combine-dumps=yes --callgrind-out-file="$work/counts" "$program" \
    >"$work/names" 2>"$work/log" || { cat "$work/log" >&2; fail "the operations do not run"; }

# One part for each call of the function, and an empty one from the program's end.
sed -n 's/^totals: //p' "$work/counts" | sed '$d' >"$work/numbers"
[ "$(wc -l <"$work/numbers")" = "$(wc -l <"$work/names")" ] || fail "Callgrind did not count each operation"
compiler="$(rustc -V) for $(rustc -vV | sed -n 's/^host: //p')"
{
    echo "# Instructions of each operation: see run.sh, which writes this file."
    echo "# Compiler: $compiler"
    # Calling an operation that does nothing is taken off.
    paste "$work/numbers" "$work/names" |
        awk -F '\t' 'NR == 1 { nothing = $1; next } { printf "%9d %s\n", $1 - nothing, $2 }'
} >"$work/counted"

if [ "${1:-}" = --update ]; then
    cp "$work/counted" $baseline
    cat $baseline
    exit
fi
[ -f $baseline ] || fail "there is no baseline; run: $0 --update"
known=$(sed -n 's/^# Compiler: //p' $baseline)
awk '
    /^#/ { next }
    { count = $1; sub(/^ *[0-9]+ /, ""); name = $0 }
    FNR == NR { before[name] = count; next }
    !started++ { printf "%9s %9s %8s  %s\n", "now", "baseline", "change", "operation" }
    {
        if (!(name in before)) { printf "%9d %9s %8s  %s\n", count, "-", "NEW", name; bad++; next }
        change = (count - before[name]) * 100 / before[name]
        worse = count * 100 > before[name] * 105
        printf "%9d %9d %+7.1f%%  %s%s\n", count, before[name], change, name, worse ? "  <-- MORE" : ""
        bad += worse
        delete before[name]
    }
    END {
        for (name in before) { printf "%9s %9d %8s  %s\n", "-", before[name], "GONE", name; bad++ }
        exit bad > 0
    }
' $baseline "$work/counted" && status=0 || status=$?
if [ "$known" != "$compiler" ]; then
    printf 'The baseline is of another compiler: %s, not %s.\n' "$known" "$compiler" >&2
fi
[ "$status" = 0 ] || fail "more than 5 % over the baseline, or not the same operations; if it is meant: $0 --update"
