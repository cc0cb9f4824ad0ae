# For run.sh here and in ../wasm: what is measured, against what is allowed.
#
# A budget is a file with a name and a figure on each line. Figures depend on the
# compiler, which the first line names.

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

need_target() {
    [ -d "$(rustc --print sysroot)/lib/rustlib/$1/lib" ] || rustup target add "$1" ||
        fail "the target $1 is not installed; run: rustup target add $1"
}

# need_command COMMAND PACKAGE: Debian 12 has the command in that package.
need_command() {
    local sudo
    command -v "$1" >/dev/null && return
    sudo=$([ "$(id -u)" = 0 ] || echo sudo)
    { $sudo apt-get update && $sudo apt-get install -y --no-install-recommends "$2"; } >/dev/null 2>&1 &&
        command -v "$1" >/dev/null ||
        fail "$1 is missing and cannot be installed (Debian 12: $2)"
}

# compare MEASURED BUDGET: prints both, and fails if a figure is larger than its
# budget, or is on one side alone.
compare() {
    echo "measured with $(rustc --version); $(sed -n '1s/^# //p' "$2")"
    awk '
        /^#/ || NF == 0 { next }
        FNR == NR { budget[$1] = $2; next }
        { printf "%-44s %6d", $1, $2; seen[$1] = 1 }
        !($1 in budget) { print "  is not in the budget"; bad = 1; next }
        { printf " of %6d", budget[$1] }
        $2 > budget[$1] { print "  is over it"; bad = 1; next }
        $2 < 0.95 * budget[$1] { print "  is more than 5 % below: lower the budget"; next }
        { print "" }
        END {
            for (name in budget) if (!(name in seen)) {
                print name " is in the budget and was not measured"
                bad = 1
            }
            exit bad
        }' "$2" "$1" || fail "the budget $2 does not hold"
}
