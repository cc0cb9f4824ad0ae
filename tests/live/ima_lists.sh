#!/usr/bin/env bash
# evmctl (ima-evm-utils) on every IMA list of our machines: where it comes to the value of PCR 10,
# this crate does as well (tests/logs/ima.rs), by the same rule.
#
# usage: tests/live/ima_lists.sh [FOLDER..]
#
#   FOLDER   folders of machines, each with a case.json: tests/data/ima and tests/data/boot, and
#            boot in the folder of TPM_QUOTE_CORPUS if that is set
#
# Needs evmctl 1.4 or later (Debian: ima-evm-utils) and python3.
set -euo pipefail
cd "$(dirname "$0")/../.."
for tool in evmctl python3; do
    command -v "$tool" > /dev/null || { echo "$tool is missing" >&2; exit 1; }
done
folders=("$@")
if [ ${#folders[@]} = 0 ]; then
    folders=(tests/data/ima tests/data/boot)
    [ -z "${TPM_QUOTE_CORPUS-}" ] || folders+=("$TPM_QUOTE_CORPUS/boot")
fi
python3 - "${folders[@]}" << 'PYTHON'
import json, os, pathlib, re, subprocess, sys, tempfile

# What evmctl 1.4 has no answer to.
UNKNOWN_BANK = "evmctl computes the banks SHA-1 and SHA-256 alone"

def evmctl(path, bank, value):
    """Whether evmctl comes to the value, and by which rule."""
    with tempfile.NamedTemporaryFile("w") as pcrs:
        for index in range(24):
            digits = value if index == 10 else "0" * len(value)
            pairs = " ".join(re.findall("..", digits))
            pcrs.write(f"PCR-{index:02}: {pairs}\n")
        pcrs.flush()
        ran = subprocess.run(
            ["evmctl", "ima_measurement", "--ignore-violations", "--pcrs", f"{bank},{pcrs.name}", path],
            capture_output=True, text=True, errors="replace",
        )
    text = ran.stdout + ran.stderr
    if "Matched per TPM bank" in text:
        return "own"
    if "Matched SHA1 padded" in text:
        return "padded"
    return None

same, other, wrong = 0, [], []
scratch = tempfile.mkdtemp()
for folder in sys.argv[1:]:
    for case in sorted(pathlib.Path(folder).glob("*/case.json")):
        for of in json.loads(case.read_text()).get("ima") or []:
            path = case.parent / of["file"]
            before = case.parent / "ima-first-kernel.bin"
            if before.exists() and of["file"] == "ima.bin":
                # The list of the kernel before kexec was not carried over: the two are one.
                path = pathlib.Path(scratch) / "both.bin"
                path.write_bytes(before.read_bytes() + (case.parent / of["file"]).read_bytes())
            for bank, value in of["pcr10"].items():
                # SHA-1 is its own padded digest.
                rule = "own" if bank == "sha1" else of["extend_rule"][bank]
                found = evmctl(path, bank, value)
                if found == rule:
                    same += 1
                    continue
                name = f"{case.parent.name}/{of['file']} {bank}"
                if bank in ("sha384", "sha512") and found is None:
                    other.append(name)
                else:
                    wrong.append(f"{name}: {rule} expected, evmctl says {found}")
print(f"{same} values: evmctl comes to each, by the same rule")
print(f"{len(other)} are left out: {UNKNOWN_BANK}")
for line in wrong:
    print(f"WRONG: {line}")
sys.exit(1 if wrong or not same else 0)
PYTHON
