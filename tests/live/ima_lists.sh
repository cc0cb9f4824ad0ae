#!/usr/bin/env bash
# evmctl (ima-evm-utils) on every IMA list of our machines, and on those that others collected:
# where it comes to the value of PCR 10, this crate does as well (tests/logs/ima.rs,
# tests/threats/pieces.rs), by the same rule. What it cannot read is listed with the reason; any
# other difference fails, and so does one of these that is gone.
#
# usage: tests/live/ima_lists.sh [FOLDER..]
#
#   FOLDER   folders of machines, each with a case.json: tests/data/ima and tests/data/boot, and
#            boot in the folder of TPM_QUOTE_CORPUS if that is set, then also its collected logs
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
    [ -z "${TPM_QUOTE_CORPUS-}" ] || folders+=("$TPM_QUOTE_CORPUS/boot" "$TPM_QUOTE_CORPUS/logs")
fi
python3 - "${folders[@]}" << 'PYTHON'
import collections, json, pathlib, re, subprocess, sys, tempfile

# What evmctl 1.4 has no answer to.
BANK = "evmctl computes the banks SHA-1 and SHA-256 alone"
ASCII = "evmctl reads binary lists alone"
OF_BANK = "evmctl reads template digests of SHA-1 alone"

def evmctl(path, bank, value):
    """The rule by which evmctl comes to the value, if it does."""
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

same, wrong, unread = 0, [], collections.Counter()

def compare(path, bank, value, rule, reason=None):
    global same
    if bank not in ("sha1", "sha256"):
        reason = BANK
    expected = None if reason else rule
    assert path.exists(), path
    found = evmctl(path, bank, value)
    if found != expected:
        wrong.append(f"{path} {bank}: {expected} expected, evmctl says {found}")
    elif reason:
        unread[reason] += 1
    else:
        same += 1

def machine(folder, scratch):
    for of in json.loads((folder / "case.json").read_text()).get("ima") or []:
        path = folder / of["file"]
        before = folder / "ima-first-kernel.bin"
        if before.exists() and of["file"] == "ima.bin":
            # The list of the kernel before kexec was not carried over: the two are one.
            both = pathlib.Path(scratch) / "both.bin"
            both.write_bytes(before.read_bytes() + path.read_bytes())
            path = both
        for bank, value in of["pcr10"].items():
            # SHA-1 is its own padded digest.
            rule = "own" if bank == "sha1" else of["extend_rule"][bank]
            compare(path, bank, value, rule)
            if of.get("ascii"):
                compare(folder / of["ascii"], bank, value, rule, ASCII)
            for other in set(of.get("per_algorithm_lists") or []) - {"sha1"}:
                stem = of["file"].removesuffix(".bin")
                compare(folder / f"{stem}_{other}.bin", bank, value, rule, OF_BANK)

def collected(folder):
    for log in json.loads((folder / "index.json").read_text()):
        for bank in ("sha1", "sha256"):
            expected = log.get("expected")
            of_tpm = expected.get(bank) if isinstance(expected, dict) else log.get(f"pcr10_{bank}")
            if log.get("entries") is not None and isinstance(of_tpm, str):
                reason = ASCII if "ascii" in log["format"] else None
                compare(folder / log["file"], bank, of_tpm, "own", reason)

with tempfile.TemporaryDirectory() as scratch:
    for folder in map(pathlib.Path, sys.argv[1:]):
        if (folder / "index.json").exists() and folder.name == "logs":
            collected(folder)
            continue
        for case in sorted(folder.glob("*/case.json")):
            machine(case.parent, scratch)
print(f"{same} values: evmctl comes to each, by the same rule")
for reason, count in unread.items():
    print(f"{count} are left out: {reason}")
for line in wrong:
    print(f"WRONG: {line}")
sys.exit(1 if wrong or not same else 0)
PYTHON
