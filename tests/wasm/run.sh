#!/usr/bin/env bash
# Verifies real quotes and responses in WebAssembly, by modules that import
# nothing, and holds the sizes of the modules to budget.txt. See src/lib.rs.
#
# usage: tests/wasm/run.sh
#
# With CARGO_PROFILE_RELEASE_STRIP=none the modules in target/modules keep the names
# of their functions, for tools that tell what takes the room.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")"
source ../firmware/budget.sh

# The hashes as loops, a third of the size.
export RUSTFLAGS='--cfg sha2_backend="soft" --cfg sha2_backend_soft="compact"'

target=wasm32-unknown-unknown
need_target "$target"
need_command node nodejs
node -e 'process.exit(parseInt(process.versions.node) >= 18 ? 0 : 1)' ||
    fail "Node $(node --version) is too old: 18 or newer is needed"

modules=${CARGO_TARGET_DIR:-target}/modules
measured=$modules/measured.txt
mkdir -p "$modules"
: >"$measured"

# measure BUILD FEATURES LEVEL: that of the optimization at which the library is
# smallest with these features.
measure() {
    local module=$modules/$1.wasm
    cargo build --quiet --locked --release --target "$target" --features "$2" \
        --config "profile.release.package.tpm-quote.opt-level = '$3'" ||
        fail "$1 does not build"
    cp "${CARGO_TARGET_DIR:-target}/$target/release/tpm_quote_wasm.wasm" "$module"
    node run.mjs "$module" "$1" | sed "s|^|$1 |" || fail "$1 is not as expected"
    echo "$1 $(wc -c <"$module")" >>"$measured"
}

measure rsa rsa z
measure rsa-ecdsa rsa,ecdsa z
measure response rsa,ecdsa,response z
compare "$measured" budget.txt
