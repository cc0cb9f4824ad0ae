#!/usr/bin/env python3
"""How much of a call is Python: run it where the wheel is installed, from the repository.

Says how long `import tpm_quote` takes, and what a call takes beside the library itself, which
`packages/shared/examples/time.rs` measures on the same response.
"""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
import time
from collections.abc import Callable

import tpm_quote

ROOT = pathlib.Path(__file__).resolve().parents[2]
RESPONSE = ROOT / "tests" / "data" / "blocks" / "rsa-main-aik-tpm2b.json"
PAYLOAD_ID = "22c4a258-d445-5bdd-885d-40980abcee2d"


def import_time() -> tuple[float, float]:
    """Milliseconds that the import takes, of its own and with all that it imports: the least of many."""
    least = [float("inf"), float("inf")]
    for _ in range(40):
        command = [sys.executable, "-I", "-X", "importtime", "-c", "import tpm_quote"]
        text = subprocess.run(command, check=True, capture_output=True, text=True).stderr
        own = 0
        for line in text.splitlines():
            alone, whole, name = line.removeprefix("import time:").split("|")
            if name.strip().startswith("tpm_quote"):
                own += int(alone)
            if name.strip() == "tpm_quote":
                least = [min(least[0], own / 1000), min(least[1], int(whole) / 1000)]
    return least[0], least[1]


def best(call: Callable[[], object]) -> int:
    """The shortest time of a call in nanoseconds, over many rounds."""
    rounds = []
    for _ in range(1000):
        start = time.perf_counter_ns()
        for _ in range(20):
            call()
        rounds.append(time.perf_counter_ns() - start)
    return min(rounds) // 20


def library() -> dict[str, int]:
    environment = {**os.environ, "CARGO_PROFILE_RELEASE_LTO": "true", "CARGO_PROFILE_RELEASE_CODEGEN_UNITS": "1"}
    # With AVX-512 IFMA where the processor has it, as the wheel.
    command = ["cargo", "run", "--quiet", "--locked", "--release", "--features", "tpm-quote/simd", "--example", "time"]
    command += ["--", str(RESPONSE), PAYLOAD_ID]
    run = subprocess.run(
        command, check=True, capture_output=True, text=True, cwd=ROOT / "packages/shared", env=environment
    )
    return {what: int(took) for what, took in (line.split() for line in run.stdout.splitlines())}


def main() -> None:
    own, whole = import_time()
    print(f"import tpm_quote: {own:.2f} ms, {whole:.2f} ms with what it imports")
    content = RESPONSE.read_bytes()
    text = content.decode()
    parsed = json.loads(content)
    calls: dict[str, Callable[[], object]] = {
        "verify_response(bytes)": lambda: tpm_quote.verify_response(content, payload_id=PAYLOAD_ID),
        "verify_response(str)": lambda: tpm_quote.verify_response(text, payload_id=PAYLOAD_ID),
        "verify_response(dict)": lambda: tpm_quote.verify_response(parsed, payload_id=PAYLOAD_ID),
        "the same and .report()": lambda: tpm_quote.verify_response(content, payload_id=PAYLOAD_ID).report(),
    }
    native = library()
    print(f"the library: {native['verify'] / 1000:.1f} µs; with its report {native['report'] / 1000:.1f} µs")
    for name, call in calls.items():
        took = best(call)
        print(
            f"{name}: {took / 1000:.1f} µs, {took / native['verify']:.2f} of the library's time,"
            f" {took / native['report']:.2f} of that with the report"
        )


if __name__ == "__main__":
    main()
