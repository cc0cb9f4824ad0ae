#!/usr/bin/env bash
# Quotes of a TPM in software, in every form that tpm2-tools write, through
# `tpm-quote check` and `tpm2_checkquote`: the verdicts are compared, and every
# difference has to stand in the table below.
#
# usage: tests/live/quotes.sh [KEY...]     as rsa2048:rsassa-sha256; all of them if none
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")/../.."
. tests/live/swtpm.sh

# Where the verdicts differ: who alone accepts, the case as `compare` names it, and
# why. A line that fits no case is an error too: the table does not outlive its reasons.
# What tpm2_checkquote cannot do is said of version 5.4.
differences='
ours|none *:rsapss-* *|tpm2_checkquote takes every RSA signature for RSASSA
ours|none * pub-der *|tpm2_checkquote does not read DER
ours|none * pcrs-values *:0,1,2,3,4,5,6,7* *|tpm2_checkquote reads no more than seven values
ours|none * pcrs-serialized * -l *|tpm2_checkquote -l is for files of values alone
theirs|no-pcrs *|without -f nothing is known of the machine
theirs|unrestricted *|such a key signs what the TPM did not make: a quote by it proves nothing
theirs|duplicable *|such a key may have left the TPM
theirs|rsa1024 *|such a key can be broken
theirs|sha1-signature *|what SHA-1 signs can be forged
'

keys=("$@")
[ ${#keys[@]} != 0 ] || keys=(
    rsa2048:{rsassa,rsapss}-sha{256,384,512}
    rsa3072:rsassa-sha384 rsa3072:rsapss-sha256
    ecc256:ecdsa-sha{256,384,512} ecc384:ecdsa-sha384 ecc521:ecdsa-sha512
)
banks=(sha1 sha256 sha384 sha512)
selections=(0 0,7,10 0,1,2,3,4,5,6,7 "$(seq -s, 0 23)")
several=(sha256:0,7+sha384:0 sha1:0,1+sha256:7,10+sha512:23)
nonce=c0ffee00c0ffee00
declare -A other_hash=([sha256]=sha384 [sha384]=sha512 [sha512]=sha256)

cargo build --quiet --release --features cli
tpm_quote=$(realpath "${CARGO_TARGET_DIR:-target}")/release/tpm-quote
work=$(mktemp -d)
trap 'stop_tpm; rm -rf "$work"' EXIT
fail() {
    echo "FAILED: $*" >&2
    exit 1
}
quietly() {
    said=$("$@" 2>&1) || fail "$*: $said"
}
flush() { quietly tpm2 flushcontext -t; }

# compare CHANGE PUB SIG PCRS [OPTION...]: a quote in these forms by both programs.
# Without a change it has to be accepted here, and with one it has to be refused.
compare() {
    local change=$1 pub=$2 sig=$3 pcrs=$4 ours=0 theirs=0 own=() values=()
    shift 4
    local name="$change $key pub-$pub sig-$sig pcrs-$pcrs $selection $*"
    [[ $pub-$sig-$key != @(pem|der)-plain-*rsapss* ]] || own=(--scheme rsapss)
    [ "$pcrs" = none ] || values=(-f "$pcrs" -F "$pcrs")
    local options=(-u "ak.$pub" -m "$sig.msg" -s "$sig.sig" "${values[@]}" "$@")
    said=$("$tpm_quote" check "${options[@]}" "${own[@]}" 2>&1) || ours=$?
    case $change-$ours in
        none-0) ;;
        none-* | *-0) fail "exit status $ours: $name: $said" ;;
        *-[12]) ;;
        *) fail "exit status $ours: $name: $said" ;;
    esac
    compared=$((compared + 1))
    tpm2 checkquote "${options[@]}" >/dev/null 2>&1 || theirs=1
    [ $((ours == 0)) != $((theirs == 0)) ] || return 0

    local who=ours accepts pattern reason
    [ $ours = 0 ] || who=theirs
    while IFS='|' read -r accepts pattern reason; do
        # shellcheck disable=SC2053
        if [ "$accepts" = "$who" ] && [[ $name == $pattern ]]; then
            used[$pattern]=$((${used[$pattern]-0} + 1))
            return
        fi
    done <<<"$differences"
    echo "accepted by $who alone, and no reason is listed: $name" >&2
    unlisted=$((unlisted + 1))
}

# make KEY: a primary key, restricted and signing, and its public area in all forms.
make() {
    flush
    quietly tpm2 createprimary -C e -G "$1:null" -c ak.ctx \
        -a 'fixedtpm|fixedparent|sensitivedataorigin|userwithauth|restricted|sign'
    flush
    for form in tss tpmt pem der; do
        quietly tpm2 readpublic -c ak.ctx -f "$form" -o "ak.$form"
        flush
    done
}

# quote SELECTION: twice, since one call writes each file in one form. The values are
# the same.
quote() {
    quietly tpm2 quote -c ak.ctx -l "$1" -q $nonce -g "$hash" --scheme "$scheme" \
        -m tss.msg -s tss.sig -f tss -o serialized -F serialized
    flush
    quietly tpm2 quote -c ak.ctx -l "$1" -q $nonce -g "$hash" --scheme "$scheme" \
        -m plain.msg -s plain.sig -f plain -o values -F values
    flush
}

# The last byte of a file, one bit of it changed.
flip() {
    local size byte
    size=$(stat -c %s "$1")
    byte=$(od -An -tu1 -j $((size - 1)) "$1")
    printf '%b' "\\x$(printf %02x $((byte ^ 1)))" |
        dd of="$1" bs=1 seek=$((size - 1)) conv=notrunc status=none
}

# changed CHANGE FILE [OPTION...]: with a copy of the file, changed and put back.
changed() {
    local change=$1 file=$2
    shift 2
    cp "$file" kept
    flip "$file"
    compare "$change" tss tss serialized "$@"
    mv kept "$file"
}

start_tpm
cd "$work"
declare -A used=()
compared=0 unlisted=0 quotes=0
for pcr in 0 1 7 10 16 23; do
    echo "measured into $pcr" >event
    quietly tpm2 pcrevent $pcr event
done

for key in "${keys[@]}"; do
    hash=${key##*-} scheme=${key#*:} scheme=${scheme%-*}
    make "$key"
    lists=("${several[@]}")
    for bank in "${banks[@]}"; do
        lists+=("${selections[@]/#/$bank:}")
    done
    for selection in "${lists[@]}"; do
        quote "$selection"
        quotes=$((quotes + 2))
        for pub in tss pem; do
            compare none $pub tss serialized -q $nonce -g "$hash"
            compare none $pub plain values -q $nonce -l "$selection" -g "$hash"
        done
    done

    selection=sha256:0,7,10
    quote $selection
    all=(-q $nonce -g "$hash")
    for pub in tss tpmt pem der; do
        compare none $pub tss serialized "${all[@]}" -l $selection
        compare none $pub plain serialized "${all[@]}"
        compare none $pub tss values "${all[@]}" -l $selection
    done
    compare none tss tss serialized -q $nonce
    compare nonce tss tss serialized -q 00 -g "$hash"
    compare no-nonce tss tss serialized -g "$hash"
    compare no-pcrs tss tss none "${all[@]}"
    compare list tss tss serialized -q $nonce -l sha256:0,7 -g "$hash"
    compare list tss plain values -q $nonce -l sha256:0,7 -g "$hash"
    compare bank tss plain values -q $nonce -l sha3_256:0,7,10 -g "$hash"
    compare hash pem plain values -q $nonce -l $selection -g "${other_hash[$hash]}"
    changed signature tss.sig "${all[@]}"
    changed message tss.msg "${all[@]}"
    changed public ak.tss "${all[@]}"
    # The third digest, in the first list; behind it the file has room for more.
    cp serialized kept
    head -c 306 kept >serialized
    flip serialized
    tail -c +307 kept >>serialized
    compare values tss tss serialized "${all[@]}"
    mv kept serialized
    cp values kept
    flip values
    compare values tss plain values "${all[@]}"
    head -c 64 kept >values
    compare values tss plain values "${all[@]}"
    mv kept values
    printf '%s: %s comparisons so far\n' "$key" $compared
done

# Keys that tpm2_checkquote takes and that are refused here.
weak() {
    key=$1 selection=sha256:0,7,10 hash=$2
    flush
    quietly tpm2 createprimary -C e -G "$3" -c ak.ctx -a "$4"
    flush
    quietly tpm2 readpublic -c ak.ctx -f tss -o ak.tss
    flush
    quietly tpm2 quote -c ak.ctx -l $selection -q $nonce -g "$hash" --scheme rsassa \
        -m tss.msg -s tss.sig -f tss -o serialized -F serialized
    compare "$key" tss tss serialized -q $nonce -g "$hash"
}
if [ $# = 0 ]; then
    usual='fixedtpm|fixedparent|sensitivedataorigin|userwithauth'
    weak unrestricted sha256 rsa2048 "$usual|sign|decrypt"
    weak sha1-signature sha1 rsa2048:rsassa-sha1:null "$usual|restricted|sign"
    weak rsa1024 sha256 rsa1024:rsassa-sha256:null "$usual|restricted|sign"
    weak duplicable sha256 rsa2048:rsassa-sha256:null 'sensitivedataorigin|userwithauth|restricted|sign'
fi

printf '\n%s quotes, %s comparisons. Accepted by one alone:\n' $quotes $compared
while IFS='|' read -r accepts pattern reason; do
    [ -n "$accepts" ] || continue
    printf '%6s  %-6s  %-28s  %s\n' "${used[$pattern]-0}" "$accepts" "$pattern" "$reason"
    [ $# != 0 ] || [ -n "${used[$pattern]-}" ] || fail "no case any more: $pattern"
done <<<"$differences"
[ $unlisted = 0 ] || fail "$unlisted differences without a reason"
