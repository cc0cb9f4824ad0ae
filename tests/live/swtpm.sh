# A TPM in software, for the scripts beside this one, which source it.
#
# start_tpm   starts swtpm in a folder of its own; tpm2-tools then talk to it
# stop_tpm    stops it and deletes the folder

# Installs what is missing, or fails.
need_tpm_tools() {
    local sudo
    command -v swtpm >/dev/null && command -v tpm2 >/dev/null && return
    sudo=$([ "$(id -u)" = 0 ] || echo sudo)
    { $sudo apt-get update && $sudo apt-get install -y --no-install-recommends \
        swtpm swtpm-tools tpm2-tools; } >/dev/null 2>&1 || true
    command -v swtpm >/dev/null && command -v tpm2 >/dev/null || {
        echo "FAILED: cannot install swtpm and tpm2-tools" >&2
        return 1
    }
}

# A socket of the file system, which nobody else can have: no port has to be free.
start_tpm() {
    need_tpm_tools || return 1
    tpm_dir=$(mktemp -d)
    swtpm socket --tpm2 --tpmstate dir="$tpm_dir" --flags not-need-init,startup-clear \
        --server type=unixio,path="$tpm_dir/tpm" --ctrl type=unixio,path="$tpm_dir/tpm.ctrl" \
        >"$tpm_dir/log" 2>&1 &
    tpm_pid=$!
    export TPM2TOOLS_TCTI=swtpm:path=$tpm_dir/tpm
    local try
    for try in {1..50}; do
        [ ! -S "$tpm_dir/tpm" ] || tpm2 getrandom 1 >/dev/null 2>&1 && return
        sleep 0.1
    done
    cat "$tpm_dir/log" >&2
    echo "FAILED: swtpm does not answer" >&2
    return 1
}

stop_tpm() {
    [ -n "${tpm_pid-}" ] || return 0
    kill "$tpm_pid" 2>/dev/null || true
    wait "$tpm_pid" 2>/dev/null || true
    rm -rf "$tpm_dir"
    tpm_pid=
}
