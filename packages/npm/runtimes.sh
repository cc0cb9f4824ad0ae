#!/usr/bin/env bash
# The examples of the README in Deno and in Bun, with the tarball that run.sh leaves in target.
set -euo pipefail
cd "$(dirname "$0")"
here=$PWD
die() { printf 'FAILED: %s\n' "$1" >&2; exit 1; }

tarball=$(ls "$here"/target/tpm-quote-*.tgz) || die "run run.sh first: there is no tarball"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/user"
npm install --silent --no-audit --no-fund --prefix "$work/runtimes" deno@2 bun@1 ||
    die "cannot install deno and bun"
bin=$work/runtimes/node_modules/.bin

cd "$work/user"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --offline "$tarball" || die "the tarball cannot be installed"
awk '/^```js$/ { code = 1; next } /^```$/ { code = 0 } code' "$here/README.md" >example.mjs
ln -s "$here/../../tests" tests
node example.mjs >node.txt

"$bin/deno" --version | head -n 1
# It may read files, and nothing else: no network, no environment, no native code.
"$bin/deno" run --quiet --allow-read example.mjs >deno.txt || die "the examples do not run in Deno"
printf 'bun %s\n' "$("$bin/bun" --version)"
"$bin/bun" example.mjs >bun.txt || die "the examples do not run in Bun"
for runtime in deno bun; do
    diff node.txt $runtime.txt || die "the examples say something else in $runtime"
done
wc -l <node.txt | xargs printf '%s lines, the same in Node, Deno and Bun\n'
