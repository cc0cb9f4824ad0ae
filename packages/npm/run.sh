#!/usr/bin/env bash
# Builds the package, and tests it as it will be installed: types, verdicts, hostile input, in
# Node and in headless Chromium. The tarball is left in target.
set -euo pipefail
cd "$(dirname "$0")"
here=$PWD
die() { printf 'FAILED: %s\n' "$1" >&2; exit 1; }
install() {
    local sudo
    sudo=$([ "$(id -u)" = 0 ] || echo sudo)
    { $sudo apt-get update && $sudo apt-get install -y --no-install-recommends "$1"; } >/dev/null 2>&1
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export CARGO_TARGET_DIR=$here/target
target=wasm32-unknown-unknown
rustup target add "$target" >/dev/null 2>&1 || die "cannot install the target $target"
command -v node >/dev/null || die "cannot find node: install Node 20 or newer"
command -v chromium >/dev/null || install chromium || die "cannot install chromium"

for crate in ../shared .; do
    (
        cd "$crate"
        cargo fmt --check || die "run cargo fmt in packages/$(basename "$PWD")"
        cargo clippy --quiet --locked --release --target "$target" -- -D warnings
    )
done

version=$(sed -n 's/^version = "\(.*\)"/\1/p' ../../Cargo.toml | head -n 1)
for file in Cargo.toml ../shared/Cargo.toml; do
    [ "$(sed -n 's/^version = "\(.*\)"/\1/p' "$file" | head -n 1)" = "$version" ] ||
        die "the version in $file is not that of the crate, $version"
done
grep -q "^  \"version\": \"$version\",$" package.json || die "package.json is not of version $version"
for entry in lib/node.js lib/web.js; do
    grep -q "^export const version = '$version';$" "$entry" || die "$entry is not of version $version"
done
diff <(sed -n '/^export const {/,$p' lib/node.js) <(sed -n '/^export const {/,$p' lib/web.js) ||
    die "the entry points have other functions"

cargo build --quiet --locked --release --target "$target"
cp "target/$target/release/tpm_quote_npm.wasm" lib/tpm_quote.wasm
printf 'module: %s bytes, %s gzipped\n' "$(wc -c <lib/tpm_quote.wasm)" "$(gzip -9c lib/tpm_quote.wasm | wc -c)"

node --expose-gc --test tests/

# The tarball, and the package as it comes out of it.
mkdir "$work/package" "$work/user"
cp -r package.json README.md lib ../../docs ../../LICENSE-* "$work/package"
for page in $(grep -o 'docs/[a-z-]*\.md' README.md lib/*.d.ts -h | sort -u); do
    [ -e "$work/package/$page" ] || die "the package has no $page"
done
(cd "$work/package" && npm pack --silent --pack-destination "$here/target" >/dev/null)
tarball=$here/target/tpm-quote-$version.tgz
(
    cd "$work/user"
    npm init --yes >/dev/null
    npm install --silent --no-audit --no-fund --offline "$tarball"
) || die "the tarball cannot be installed"

# The examples of the README, one after another, where nothing else is installed.
awk '/^```js$/ { code = 1; next } /^```$/ { code = 0 } code' README.md >"$work/user/example.mjs"
ln -s "$here/../../tests" "$work/user/tests"
(cd "$work/user" && node example.mjs) | tee "$work/said"
for line in 'verified-self-asserted 2cf0398a' 'self-asserted$' 'verified pinned$' 'web-01$' 'on$' \
    'verified bound-to-hardware$' 'nonce: the nonce is ab0d' \
    'verified-self-asserted null$' 'rejected nonce$'; do
    grep -q "^$line" "$work/said" || die "the examples of the README do not say: $line"
done
[ "$(awk '/^```js$/ { code = 1; next } /^```$/ { exit } code' README.md | wc -l)" = 8 ] ||
    die "the first example of the README has not eight lines"

npm install --silent --no-audit --no-fund --prefix "$work/types" typescript@5.9.3 @types/node@22 ||
    die "cannot install typescript"
cp tests/types.ts "$work/user"
cp "$work/user/example.mjs" "$work/user/example.mts"
mkdir "$work/none"
for resolution in nodenext bundler; do
    module=$([ "$resolution" = bundler ] && echo esnext || echo nodenext)
    compile() {
        (cd "$work/user" && node "$work/types/node_modules/typescript/bin/tsc" --noEmit --strict --exactOptionalPropertyTypes \
            --target es2022 --lib es2022 --module "$module" --moduleResolution "$resolution" "$@")
    }
    compile --typeRoots "$work/none" types.ts || die "the types are wrong with moduleResolution $resolution"
    # The examples of the README, as they stand there.
    compile --typeRoots "$work/types/node_modules/@types" --types node example.mts ||
        die "the examples of the README are wrong with moduleResolution $resolution"
done

node tests/browser.js "$work/user"
