#!/usr/bin/env bash
# Credentials of `tpm-quote makecredential` are activated by a TPM in software through
# tpm2-tools, and `tpm-quote activate --check` takes its answers; a TPM refuses to answer
# for a key that it does not have.
#
# usage: tests/live/activate.sh
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")/../.."
. tests/live/swtpm.sh

cargo build --quiet --features cli
tpm_quote=$(realpath "${CARGO_TARGET_DIR:-target}")/debug/tpm-quote
foreign=$(pwd -P)/tests/data/cases/102-sel-one-pcr0/ak.pub

work=$(mktemp -d)
trap 'stop_tpm; rm -rf "$work"' EXIT
fail() {
    echo "FAILED: $*" >&2
    exit 1
}

# Runs a command; what it says is then in $said, and shown if it fails.
quietly() {
    said=$("$@" 2>&1) || fail "$*: $said"
}

# Runs a command that has to exit with this status and say this.
refuses() {
    local status=$1 expected=$2 found=0
    shift 2
    said=$("$@" 2>&1) || found=$?
    [ "$found" = "$status" ] && grep -q "$expected" <<<"$said" ||
        fail "$*: exit status $found, expected $status and \"$expected\": $said"
}

# Without a resource manager, what the tools load stays.
flush() { quietly tpm2 flushcontext -t; }

# activate KEY CREDENTIAL ANSWER: by the endorsement key. Those of the low range want
# their policy, PolicySecret with the endorsement hierarchy; the others take a password.
activate() {
    local status=0
    flush
    if [ "$ek" = ecc384 ]; then
        tpm2 activatecredential -c "$1" -C ek.ctx -i "$2" -o "$3"
        return
    fi
    quietly tpm2 startauthsession --policy-session -S session
    quietly tpm2 policysecret -S session -c e
    tpm2 activatecredential -c "$1" -C ek.ctx -P session:session -i "$2" -o "$3" || status=$?
    quietly tpm2 flushcontext session
    return "$status"
}

check() {
    "$tpm_quote" activate --check --challenge challenge --answer answer "$@"
}

start_tpm
cd "$work"
# The endorsement key, the attestation key with its scheme, and another one.
for kinds in "rsa rsa rsassa ecc ecdsa" "ecc ecc ecdsa rsa rsapss" "ecc384 ecc ecdsa ecc ecdsa"; do
    read -r ek ak scheme other other_scheme <<<"$kinds"
    rm -f challenge
    quietly tpm2 createek -c ek.ctx -G "$ek" -u ek.pub
    flush
    quietly tpm2 createak -C ek.ctx -c ak.ctx -G "$ak" -g sha256 -s "$scheme" -u ak.pub -n ak.name
    flush
    quietly tpm2 createak -C ek.ctx -c other.ctx -G "$other" -g sha256 -s "$other_scheme" -u other.pub
    name=$("$tpm_quote" name ak.pub 2>/dev/null)
    ek_name=$("$tpm_quote" name ek.pub 2>/dev/null)
    [ "$name" = "$(od -An -v -tx1 ak.name | tr -d ' \n')" ] || fail "$ek: the name is $name"

    # A fresh challenge, by the public area and by the name.
    quietly "$tpm_quote" makecredential -u ek.pub --ak ak.pub --fresh challenge -o credential
    quietly activate ak.ctx credential answer
    quietly check -u ak.pub --ek ek.pub --ek-name "$ek_name"
    grep -q '^key: .*, activated$' <<<"$said" || fail "$ek: the key is not activated"
    refuses 1 'key-anchor: the answer is not' check -u other.pub --ek ek.pub --ek-name "$ek_name"
    refuses 1 'key-anchor: the endorsement key.s name' check -u ak.pub --ek ek.pub --ek-name "$name"

    # A plain secret, as tpm2_makecredential has it.
    printf 'a secret of 31 bytes, not of 32' >secret
    quietly "$tpm_quote" makecredential -u ek.pub -n "$name" -s secret -o credential
    quietly activate ak.ctx credential answer
    cmp -s secret answer || fail "$ek: the secret came out as another"

    # For another key, and for one of which only the public area can be loaded.
    refuses 1 'integrity check failed' activate other.ctx credential answer
    rm challenge
    quietly "$tpm_quote" makecredential -u ek.pub --ak "$foreign" --fresh challenge -o credential
    refuses 1 'integrity check failed' activate ak.ctx credential answer
    flush
    quietly tpm2 loadexternal -C e -u "$foreign" -c foreign.ctx
    refuses 1 'authValue or authPolicy is not available' activate foreign.ctx credential answer
    flush
    echo "$ek: activated, and refused for other keys"
done
