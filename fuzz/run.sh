#!/usr/bin/env bash
# Fuzzes each target for a while, two at a time, and says what came of it.
#
# usage: fuzz/run.sh SECONDS_PER_TARGET [TARGET...]
#
# Needs a nightly toolchain and cargo-fuzz. What is found goes to `work`, inputs
# that break a promise to `artifacts`; exits with 1 if there are any. SANITIZER is
# that of cargo-fuzz: none by default, since the library has no unsafe code.
# RUNS ends a target after so many executions, if the time does not end it before.
# PACKAGE is another folder with targets: theirs are `mu_` and the corpus's name.
set -euo pipefail
cd "$(dirname "$0")"
package=${PACKAGE:-.}
work=$package/work artifacts=$package/artifacts

seconds=${1:?usage: fuzz/run.sh SECONDS_PER_TARGET [TARGET...]}
shift
targets=("$@")
if [ ${#targets[@]} = 0 ]; then
    for file in "$package"/fuzz_targets/*.rs; do
        targets+=("$(basename "$file" .rs)")
    done
fi

cargo +nightly fuzz --version >/dev/null || {
    echo "cargo-fuzz is missing; run: cargo install cargo-fuzz --locked" >&2
    exit 1
}
build() {
    cargo +nightly fuzz build --fuzz-dir "$package" --sanitizer "${SANITIZER:-none}" "$@"
}
build
# Each carry is a comparison. To trace them is two thirds of the time, and adds
# nothing to the coverage, only words of numbers half done to the dictionary. A short
# run takes less time than to build them again.
for target in "${targets[@]}"; do
    [[ $target != *_arithmetic || $seconds -lt 60 ]] || build --no-trace-compares "$target"
done
host=$(rustc +nightly -vV | sed -n 's/^host: //p')
programs=${CARGO_TARGET_DIR:-$package/target}/$host/release

max_len() {
    case $1 in
        event_log | ima_list | userspace_log) echo 2048 ;;
        certificate_path) echo 14 ;;
        boot_facts) echo 256 ;;
        ima_judging) echo 512 ;;
        response | block) echo 8192 ;;
        quote | *signature | *public | pcr_file | certificate | hcl_report) echo 4096 ;;
        snp_report) echo 1184 ;;
        rsa_arithmetic) echo 385 ;;
        rsa_power) echo 1025 ;;
        ecdsa_arithmetic) echo 146 ;;
        *) echo 1024 ;;
    esac
}

one() {
    local target=$1
    mkdir -p "$work/$target" "$artifacts/$target"
    # Its slow inputs, inversions, would otherwise be most of what is run.
    local options=()
    [ "$target" != ecdsa_arithmetic ] || options=(-entropic_scale_per_exec_time=1)
    "$programs/$target" "$work/$target" "corpus/${target#mu_}" \
        -max_total_time="$seconds" -runs="${RUNS:--1}" -max_len="$(max_len "$target")" -dict=tpm.dict \
        -timeout=10 -print_final_stats=1 "${options[@]}" -artifact_prefix="$artifacts/$target/" \
        >"$work/$target.log" 2>&1 || true
}

running=0
for target in "${targets[@]}"; do
    one "$target" &
    running=$((running + 1))
    if [ "$running" = 2 ]; then
        wait -n
        running=1
    fi
done
wait

failed=0
printf '%-20s %12s %8s %8s %8s\n' target executions cov ft crashes
for target in "${targets[@]}"; do
    log=$work/$target.log
    # A program that did not start has no statistics, and is no success.
    executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log" | tail -1)
    coverage=$(sed -n 's/.* cov: \([0-9]*\) ft: \([0-9]*\) .*/\1 \2/p' "$log" | tail -1)
    crashes=$(grep -c 'Test unit written to' "$log" || true)
    # shellcheck disable=SC2086
    printf '%-20s %12s %8s %8s %8s\n' "$target" "${executions:-none}" ${coverage:-- -} "$crashes"
    if [ "$crashes" != 0 ] || [ -z "$executions" ]; then
        failed=1
        grep -E 'panicked at|Test unit written to|ERROR' -A 3 "$log" || tail -n 5 "$log"
    fi
done
exit "$failed"
