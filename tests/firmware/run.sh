#!/usr/bin/env bash
# Verifies real quotes on a Cortex-M4 and a RISC-V core in QEMU, without an
# allocator, and holds what that takes to budget.txt: bytes of flash, bytes of
# stack, thousands of instructions. See src/lib.rs.
#
# usage: tests/firmware/run.sh
#
# The images stay in target/images: what takes the room is told by
# `nm -S --size-sort --demangle` of those without `-run`.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")"
source budget.sh

# A line a build: what it is called, its features, the function to measure, and
# the level of optimization at which the library is smallest then.
builds='parse       -          parse   z
parse-names names      parse   z
rsa         rsa        verify  z
rsa-ecdsa   rsa,ecdsa  verify  z
boot        boot       boot    z'

# What docs/firmware.md shows: machine, build, evidence.
documented='cortex-m4 parse rsa-2048
cortex-m4 parse-names rsa-2048
cortex-m4 rsa rsa-2048
cortex-m4 rsa rsa-3072
cortex-m4 rsa rsa-4096
cortex-m4 rsa-ecdsa p256
cortex-m4 rsa-ecdsa p384
cortex-m4 rsa-ecdsa p521
riscv32 parse rsa-2048
riscv32 rsa rsa-2048
riscv32 rsa-ecdsa p256
cortex-m4 boot log-20-kb
riscv32 boot log-20-kb'

# The hashes as loops, a third of the size.
export RUSTFLAGS='--cfg sha2_backend="soft" --cfg sha2_backend_soft="compact"'

sysroot=$(rustc --print sysroot)
host=$(rustc -vV | sed -n 's/^host: //p')
lld=$sysroot/lib/rustlib/$host/bin/rust-lld
[ -x "$lld" ] || fail "the toolchain has no linker at $lld"

# link MACHINE ENTRY OUT [ARGUMENT...]
link() {
    local flash=0x80000000 ram=0x80400000
    [ "$1" != cortex-m4 ] || flash=0 ram=0x20000000
    "$lld" -flavor gnu --gc-sections -T link.ld --defsym=FLASH="$flash" --defsym=RAM="$ram" \
        -e "$2" -o "$3" "${@:4}" "$library" || fail "$1: $2 does not link"
}

# execute MACHINE IMAGE: virtual time goes on by a nanosecond an instruction.
execute() {
    local machine=(qemu-system-riscv32 -machine virt -bios none)
    [ "$1" != cortex-m4 ] || machine=(qemu-system-arm -machine mps2-an386)
    timeout 300 "${machine[@]}" -nographic -monitor none -serial none -icount shift=0 \
        -chardev stdio,id=console \
        -semihosting-config enable=on,target=native,chardev=console \
        -kernel "$2" </dev/null
}

images=${CARGO_TARGET_DIR:-target}/images
measured=$images/measured.txt
mkdir -p "$images"
: >"$measured"

# measure MACHINE TARGET
measure() {
    local build features entry level image log
    while read -r build features entry level; do
        cargo build --quiet --locked --release --target "$2" --features "${features#-}" \
            --config "profile.release.package.tpm-quote.opt-level = '$level'" ||
            fail "$1: $build does not build"
        library=${CARGO_TARGET_DIR:-target}/$2/release/libtpm_quote_firmware.a
        image=$images/$1-$build
        link "$1" "$entry" "$image"
        link "$1" "$entry" "$image.bin" --oformat binary
        link "$1" start "$image-run"
        echo "$1/$build/flash $(wc -c <"$image.bin")" >>"$measured"

        log=$image-run.log
        execute "$1" "$image-run" >"$log" 2>&1 || { cat "$log"; fail "$1: $build is not as expected"; }
        sed "s|^|$1 $build |" "$log"
        sed -nE "s|^(.*): .*, stack (.*), kilo-instructions (.*)$|\1 \2 \3|p" "$log" |
            while read -r case stack instructions; do
                echo "$1/$build/$case/stack $stack"
                echo "$1/$build/$case/kilo-instructions $instructions"
            done >>"$measured"
    done <<<"$builds"
}

need_target thumbv7em-none-eabihf
need_target riscv32imac-unknown-none-elf
need_command qemu-system-arm qemu-system-arm
need_command qemu-system-riscv32 qemu-system-misc

measure cortex-m4 thumbv7em-none-eabihf
measure riscv32 riscv32imac-unknown-none-elf
compare "$measured" budget.txt

# The rows of docs/firmware.md are the budgets.
budget() { awk -v name="$1" '$1 == name { print $2 }' budget.txt; }
while read -r machine build case; do
    row="| $machine | $build, $case | $(budget "$machine/$build/flash") | $(budget "$machine/$build/$case/stack") | $(budget "$machine/$build/$case/kilo-instructions") |"
    grep -qxF "$row" ../../docs/firmware.md || fail "docs/firmware.md lacks the row: $row"
done <<<"$documented"
