#!/bin/bash
# Makes the keys and the signatures of this folder: version 2 with evmctl (ima-evm-utils 1.4),
# version 3, which it does not have, with openssl. The private keys are not kept.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

key() { # name, options of openssl
    openssl req -x509 -nodes -keyout "$work/$1.key" -out "$1.der" -outform DER \
        -subj "/CN=tpm-quote file signatures $1" -days 36500 "${@:2}" 2> /dev/null
    openssl x509 -inform DER -in "$1.der" -noout -ext subjectKeyIdentifier |
        tail -1 | tr -d ' :\n' | tail -c 8 > "$work/$1.id"
}
key rsa -newkey rsa:2048
key other -newkey rsa:2048
key p256 -newkey ec -pkeyopt ec_paramgen_curve:P-256
key p384 -newkey ec -pkeyopt ec_paramgen_curve:P-384
# Its certificate has another identifier than that of the key.
key more -newkey rsa:3072 -addext subjectKeyIdentifier=00112233445566778899aabbccddeeff0badcafe

# Too weak to be trusted.
key weak -newkey rsa:1024

printf 'contents of /usr/bin/app' > "$work/app"
v2() { # name, key, hash, options
    evmctl ima_sign --sigfile -k "$work/$2.key" -a "$3" "${@:4}" "$work/app" > /dev/null 2>&1
    mv "$work/app.sig" "$1.sig"
}
v2 v2-rsa rsa sha256
v2 v2-rsa-sha512 rsa sha512
v2 v2-rsa-sha1 rsa sha1
v2 v2-p256 p256 sha256
v2 v2-p384-sha384 p384 sha384
# By another key, which says that it is the first.
v2 v2-other-with-id-of-rsa other sha256 --keyid="0x$(tr a-f A-F < "$work/rsa.id")"

# struct ima_file_id: the type, the hash, the digest.
v3() { # name, key, type of the extended attribute, hash and its number in the kernel
    local hash=${4:-sha256} number=${5:-04}
    { printf "\x$3\x$number"; openssl dgst "-$hash" -binary "$work/app"; } |
        openssl dgst "-$hash" -binary > "$work/digest"
    openssl pkeyutl -sign -inkey "$work/$2.key" -pkeyopt "digest:$hash" \
        -in "$work/digest" -out "$work/value"
    {
        printf "\x$3\x03\x$number"
        xxd -r -p "$work/$2.id"
        printf '%04x' "$(stat -c %s "$work/value")" | xxd -r -p
        cat "$work/value"
    } > "$1.sig"
}
v3 v3-rsa rsa 03
v3 v3-p256 p256 03
v3 v3-rsa-verity rsa 06
v3 v3-p256-verity p256 06
v3 v3-more-sha384 more 03 sha384 05
# By the identifier that the kernel makes of the key itself.
openssl x509 -inform DER -in more.der -noout -pubkey | openssl rsa -pubin -RSAPublicKey_out -outform DER 2> /dev/null |
    openssl dgst -sha1 -binary | tail -c 4 | xxd -p > "$work/more.id"
v3 v3-more-sha512 more 03 sha512 06
openssl x509 -inform DER -in rsa.der -noout -pubkey > rsa.pem
for name in rsa p256 p384 other more; do
    openssl x509 -inform DER -in "$name.der" -noout -pubkey |
        openssl pkey -pubin -outform DER | sha256sum | cut -d' ' -f1 | sed "s/\$/ $name/"
done > fingerprints
