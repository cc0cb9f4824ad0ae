#!/usr/bin/env bash
# What a boot log costs here and elsewhere: one made log of 34 KB, each reader a process of its own,
# in turn, pinned to one core. What counts is CPU time.
#
# usage: benches/peers/boot/run.sh [--times N] [--rounds N]
#
#   --times N    how often a reader reads the log in a round (5000)
#   --rounds N   rounds, of which the median counts (9)
#
# Prints Markdown. Needs Rust, OpenSSL's headers (Debian: libssl-dev) and tpm2_eventlog (tpm2-tools):
# without it, its row is missing. tpm2_eventlog reads one log a process, which is started 50 times a
# round: that it is started is in its time.
set -euo pipefail
cd "$(dirname "$0")"

times=5000 rounds=9
while [ $# -gt 0 ]; do
    case $1 in
        --times) times=$2; shift ;;
        --rounds) rounds=$2; shift ;;
        *) sed -n '2,/^set -/{/^set -/d; s/^# \{0,1\}//; p}' run.sh >&2; exit 1 ;;
    esac
    shift
done
unset RUSTFLAGS CARGO_ENCODED_RUSTFLAGS
cargo build --release --locked
tool=${CARGO_TARGET_DIR:-target}/release/tpm-quote-boot-peers
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
log=$folder/log
"$tool" make "$log"
pin=()
if command -v taskset > /dev/null; then
    pin=(taskset -c "$(taskset -cp $$ | grep -o '[0-9]*$')")
fi
readers=(facts replay parse uefi-eventlog)
command -v tpm2_eventlog > /dev/null && readers+=(tpm2_eventlog)

# As many processes as one round of tpm2_eventlog has.
processes() {
    for ((n = 0; n < 50; n++)); do
        "${pin[@]}" tpm2_eventlog "$log" 2> /dev/null
    done
}
# Microseconds of CPU time a log, so that other programs on the machine count for little.
measure() {
    local TIMEFORMAT='%U %S' used count=$times
    case $1 in
        tpm2_eventlog)
            count=50
            used=$({ time processes > "$folder/out"; } 2>&1)
            [ "$(grep -c '^pcrs:' "$folder/out")" = "$count" ] || { tail "$folder/out" >&2; exit 1; }
            ;;
        *) used=$({ time "${pin[@]}" "$tool" "$1" "$log" "$times" > "$folder/out"; } 2>&1) ;;
    esac
    awk -v count="$count" '{ printf "%.2f\n", ($1 + $2) * 1e6 / count }' <<< "$used"
}
for ((round = 0; round < rounds; round++)); do
    for reader in "${readers[@]}"; do
        measure "$reader" >> "$folder/$reader.times"
    done
done
median() { sort -n "$folder/$1.times" | sed -n "$(((rounds + 1) / 2))p"; }
name() {
    case $1 in
        facts) echo 'this crate, parse, replay against a quote, all facts' ;;
        replay) echo 'this crate, parse and replay' ;;
        parse) echo 'this crate, parse' ;;
        uefi-eventlog) echo 'the crate `uefi-eventlog`, parse, four banks' ;;
        tpm2_eventlog) echo "tpm2_eventlog $(tpm2_eventlog --version | grep -o 'version="[^"]*"' | cut -d '"' -f 2), a process, parse, all banks, YAML" ;;
    esac
}
ours=$(median facts)
machine=$(sed -n 's/^model name[[:space:]]*: *//p' /proc/cpuinfo | head -n 1)
commit=$(git rev-parse --short HEAD 2> /dev/null || echo unknown)
echo "$(date -u +%F), ${machine:-unknown processor}, rustc $(rustc --version | cut -d ' ' -f 2), commit $commit; a log of $(stat -c %s "$log") bytes, $rounds rounds"
echo
echo "| reader | µs a log | ratio |"
echo "|---|---:|---:|"
for reader in "${readers[@]}"; do
    awk -v name="$(name "$reader")" -v us="$(median "$reader")" -v ours="$ours" \
        'BEGIN { printf "| %s | %.1f | %.2f |\n", name, us, us / ours }'
done
