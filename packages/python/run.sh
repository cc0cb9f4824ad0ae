#!/usr/bin/env bash
# Builds the package as a user does, from its sdist in a new virtual environment, and tests
# the wheel that comes out: types, stubs, examples, verdicts, hostile input.
set -euo pipefail
cd "$(dirname "$0")"
here=$PWD
die() { printf 'FAILED: %s\n' "$1" >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PYTHONDONTWRITEBYTECODE=1 CARGO_TARGET_DIR=$here/target

python3 -m venv "$work/venv" || die "cannot make a virtual environment: install python3 with venv"
bin=$work/venv/bin
"$bin/pip" install --quiet --disable-pip-version-check maturin==1.16.0 mypy==2.4.1 pytest==9.2.0 ||
    die "cannot install maturin, mypy and pytest"

cargo fmt --check || die "run cargo fmt in packages/python"
cargo clippy --locked --release -- -D warnings
version=$(sed -n 's/^version = "\(.*\)"/\1/p' ../../Cargo.toml | head -n 1)
[ "$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)" = "$version" ] &&
    grep -q "^__version__ = \"$version\"$" python/tpm_quote/__init__.py ||
    die "the version is not that of the crate, $version"

"$bin/maturin" sdist --out "$work/dist"
(
    cd "$work"
    PATH=$bin:$PATH "$bin/pip" wheel --quiet --disable-pip-version-check --no-deps --no-index \
        --no-build-isolation --wheel-dir "$work/dist" "$work"/dist/*.tar.gz
) || die "the sdist does not build"

# The first example of the README in an environment that has nothing else.
python3 -m venv "$work/empty"
"$work/empty/bin/pip" install --quiet --disable-pip-version-check --no-index "$work"/dist/*.whl
awk '/^```python$/ { code = 1; next } /^```$/ { exit } code' README.md > "$work/example.py"
(cd ../.. && "$work/empty/bin/python" "$work/example.py") | tee "$work/said"
grep -q '^verified-self-asserted 2cf0398a' "$work/said" || die "the first example of the README does not verify"

"$bin/pip" install --quiet --disable-pip-version-check --no-index "$work"/dist/*.whl
"$bin/mypy" --cache-dir "$work/mypy" --strict python/tpm_quote tests
# What they take by keyword is compared by tests/test_stubs.py: stubtest does not look into `Unpack`.
printf 'tpm_quote(\._native)?\.verify_(response|quote|attest|many)\n' >"$work/allowed"
(cd "$work" && "$bin/python" -m mypy.stubtest --allowlist "$work/allowed" tpm_quote)
"$bin/python" -m pytest -q -p no:cacheprovider tests
