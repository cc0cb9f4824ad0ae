#!/usr/bin/env bash
# What an entry of an IMA list costs here and elsewhere: one list of ima-ng, each reader a process
# of its own, in turn, pinned to one core. What counts is CPU time.
#
# usage: benches/peers/ima/run.sh [--entries N] [--rounds N] [--folder DIR]
#
#   --entries N   entries of the list (1000000)
#   --rounds N    rounds, of which the median counts (7)
#   --folder DIR  for the list, 400 bytes an entry (a temporary folder)
#
# Prints Markdown. Needs Rust, (Debian) ima-evm-utils, and keylime for Python: without one of the
# two, its row is missing.
set -euo pipefail
cd "$(dirname "$0")"

entries=1000000 rounds=7 folder=
while [ $# -gt 0 ]; do
    case $1 in
        --entries) entries=$2; shift ;;
        --rounds) rounds=$2; shift ;;
        --folder) folder=$2; shift ;;
        *) sed -n '2,/^set -/{/^set -/d; s/^# \{0,1\}//; p}' run.sh >&2; exit 1 ;;
    esac
    shift
done
unset RUSTFLAGS CARGO_ENCODED_RUSTFLAGS
cargo build --release --locked
tool=${CARGO_TARGET_DIR:-target}/release/tpm-quote-ima-peers
if [ -z "$folder" ]; then
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
fi
list=$folder/list
"$tool" make "$list" "$entries"
pin=()
if command -v taskset > /dev/null; then
    pin=(taskset -c "$(taskset -cp $$ | grep -o '[0-9]*$')")
fi
python=${PYTHON:-python3}
readers=(pieces slice ima-measurements)
command -v evmctl > /dev/null && readers+=(evmctl)
"$python" -c 'import sys, types; sys.modules["gpg"] = types.ModuleType("gpg"); import keylime.ima.ima' \
    2> /dev/null && readers+=(keylime)

# Nanoseconds of CPU time an entry, so that other programs on the machine count for little.
spent() {
    local TIMEFORMAT='%U %S' used
    used=$({ time "${pin[@]}" "$@" > "$folder/out" 2>&1; } 2>&1) || { cat "$folder/out" >&2; exit 1; }
    awk -v entries="$entries" '{ printf "%.1f", ($1 + $2) * 1e9 / entries }' <<< "$used"
}
measure() {
    case $1 in
        evmctl)
            spent evmctl ima_measurement --ignore-violations --pcrs "sha1,$list.sha1" \
                --pcrs "sha256,$list.sha256" "$list"
            grep -q 'Matched per TPM bank' "$folder/out" || { cat "$folder/out" >&2; exit 1; }
            ;;
        keylime) "${pin[@]}" "$python" keylime_list.py "$list" 1 2> /dev/null ;;
        *) spent "$tool" "$1" "$list" 1 ;;
    esac
}
for ((round = 0; round < rounds; round++)); do
    for reader in "${readers[@]}"; do
        echo "$(measure "$reader")" >> "$folder/$reader.times"
    done
done
median() { sort -n "$folder/$1.times" | sed -n "$(((rounds + 1) / 2))p"; }
ours=$(median pieces)
machine=$(sed -n 's/^model name[[:space:]]*: *//p' /proc/cpuinfo | head -n 1)
commit=$(git rev-parse --short HEAD 2> /dev/null || echo unknown)
echo "$(date -u +%F), ${machine:-unknown processor}, rustc $(rustc --version | cut -d ' ' -f 2), commit $commit; $entries entries of ima-ng, $rounds rounds"
echo
echo "| reader | ns an entry | entries a second | times ours |"
echo "|---|---:|---:|---:|"
for reader in "${readers[@]}"; do
    awk -v name="$reader" -v ns="$(median "$reader")" -v ours="$ours" \
        'BEGIN { printf "| %s | %.0f | %.0f | %.1f |\n", name, ns, 1e9 / ns, ns / ours }'
done
