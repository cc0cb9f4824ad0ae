#!/usr/bin/env bash
# What signatures take at each level of optimization and with each kind of LTO, beside
# a plain release build.
#
# usage: benches/levels/run.sh [--instructions]
#
# Without an option it times opt-level 1, 2, 3, s and z, each with LTO off, false, thin
# and fat: twenty builds, of which RSA-2048 and P-256 may take at most 1.5 of the plain
# release build (opt-level 3, LTO false), by plain words and with the feature `simd`.
# Times are the least of many rounds, in which all builds take turns.
#
# --instructions counts the instructions of two builds instead, which are the same in
# each run: the plain one, and z with fat LTO. Needs valgrind.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")"

LIMIT=1.5
ROUNDS=5
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }
usage() { sed -n '2,/^set -/{/^set -/d; s/^# \{0,1\}//; p}' run.sh; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# build LEVEL LTO FEATURES: the program is then $work/LEVEL-LTO.
build() {
    local level="'$1'" lto="'$2'"
    [[ $1 == [sz] ]] || level=$1
    [ "$2" != false ] || lto=false
    env -u RUSTFLAGS cargo build --quiet --release --locked --features "$3" \
        --config "profile.release.opt-level=$level" --config "profile.release.lto=$lto" ||
        fail "it does not build at opt-level $1 with LTO $2"
    cp "${CARGO_TARGET_DIR:-target}/release/tpm-quote-levels" "$work/$1-$2"
}

# judge: lines of build, figure and operation, the plain build among them; the least
# figure of each counts.
judge() {
    awk -v limit="$LIMIT" '
        { build = $1; figure = $2; sub(/^[^ ]+ [0-9]+ /, ""); operation = $0 }
        !(build in builds) { builds[build] = ++count; names[count] = build }
        !(operation in operations) { operations[operation] = ++kinds; of[kinds] = operation }
        !((build, operation) in least) || figure < least[build, operation] { least[build, operation] = figure }
        END {
            printf "%-10s", "build"
            for (o = 1; o <= kinds; o++) printf " %20s", of[o]
            print ""
            for (b = 1; b <= count; b++) {
                printf "%-10s", names[b]
                for (o = 1; o <= kinds; o++) {
                    ratio = least[names[b], of[o]] / least["3-false", of[o]]
                    judged = of[o] == "rsa-2048" || of[o] == "p256" || of[o] == "p256 prepared"
                    bad += over = judged && ratio > limit
                    printf " %11d %6.2f%s", least[names[b], of[o]], ratio, over ? " !" : "  "
                }
                print ""
            }
            exit bad > 0 || count < 2 || kinds < 7
        }' "$1" || fail "more than $LIMIT of the plain release build, or nothing was measured"
}

case ${1:-} in
    "")
        for features in "" simd; do
            builds=()
            # The plain one first: it is what the others are compared with.
            for build in 3-false {1,2,3,s,z}-{off,false,thin,fat}; do
                [[ $build == 3-false && ${#builds[@]} -gt 0 ]] && continue
                build "${build%-*}" "${build#*-}" "$features"
                builds+=("$build")
            done
            for _ in $(seq $ROUNDS); do
                for build in "${builds[@]}"; do "$work/$build" | sed "s/^/$build /"; done
            done >"$work/times"
            printf '\nnanoseconds, and the ratio to the plain build; features: %s\n' "rsa ecdsa $features"
            judge "$work/times"
        done
        ;;
    --instructions)
        command -v valgrind >/dev/null || fail "valgrind is missing; on Debian: apt-get install valgrind"
        measured=tpm_quote_levels::measured
        for build in 3-false z-fat; do
            build "${build%-*}" "${build#*-}" ""
            env -i valgrind --tool=callgrind --toggle-collect=$measured --dump-after=$measured \
                --combine-dumps=yes --callgrind-out-file="$work/counts" "$work/$build" count \
                >"$work/names" 2>"$work/log" || { cat "$work/log" >&2; fail "$build does not run"; }
            # One part for each call, and an empty one from the program's end.
            sed -n 's/^totals: //p' "$work/counts" | sed '$d' | paste -d ' ' - "$work/names" |
                sed "s/^/$build /"
        done >"$work/instructions"
        echo "instructions, and the ratio to the plain build"
        judge "$work/instructions"
        ;;
    --help | -h) usage ;;
    *) usage >&2; exit 2 ;;
esac
