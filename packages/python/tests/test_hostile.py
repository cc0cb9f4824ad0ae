"""Malformed input gives errors: no crash, and memory stays flat."""

from __future__ import annotations

import gc
import json
import os
import pathlib
import random
import resource
from collections.abc import Callable
from typing import Any

import pytest

import tpm_quote
from conftest import DATA, PAYLOAD_ID, RSA

CASE = DATA / "cases" / "005-main-p256-ecdsa-sha256"
FILES: dict[str, Any] = {
    name: (CASE / file).read_bytes()
    for name, file in {
        "key": "ak.pub",
        "attest": "quote.attest",
        "signature": "quote.sig",
        "pcrs": "pcrs.serialized",
    }.items()
}
NONCE = (CASE / "nonce.bin").read_bytes()
TIME = DATA / "attest" / "017-gettime-p256"


def changed(rng: random.Random, content: bytes) -> bytes:
    """The content, cut, with a byte changed, or with bytes put in."""
    at = rng.randrange(len(content))
    change = rng.randrange(4)
    if change == 0:
        return content[:at]
    if change == 1:
        return content[:at] + bytes([content[at] ^ 1 << rng.randrange(8)]) + content[at + 1 :]
    if change == 2:
        return content[:at] + rng.randbytes(rng.randrange(1, 9)) + content[at:]
    return rng.randbytes(rng.randrange(200))


def response(rng: random.Random) -> tpm_quote.Quote:
    content = changed(rng, RSA.read_bytes())
    form = rng.randrange(3)
    given: Any = content
    if form == 1:
        given = content.decode("utf-8", "surrogateescape")
    elif form == 2:
        try:
            given = json.loads(content)
        except ValueError:
            given = {"_metadata": {"tpm_attestation": rng.choice([None, [], {}, "x"])}}
        if not isinstance(given, dict):
            given = {}
    return tpm_quote.verify_response(given, payload_id=PAYLOAD_ID)


def quote(rng: random.Random) -> tpm_quote.Quote:
    name = rng.choice(list(FILES))
    given: dict[str, Any] = {**FILES, name: changed(rng, FILES[name])}
    return tpm_quote.verify_quote(nonce=NONCE, **given)


def attest(rng: random.Random) -> tpm_quote.Attest:
    files = {
        "key": (TIME / "ak.pub").read_bytes(),
        "attest": (TIME / "attest").read_bytes(),
        "signature": (TIME / "sig").read_bytes(),
    }
    name = rng.choice(list(files))
    given: dict[str, Any] = {**files, name: changed(rng, files[name])}
    return tpm_quote.verify_attest("time", nonce="00ff55aa", **given)


MACHINE = DATA / "boot" / "01-secureboot-grub"
BOOTED = MACHINE / "quotes" / "rsa-sha256-0to14"
LISTED = DATA / "ima" / "08-ima-sig"
POLICY = {"boot": {"require_secure_boot": True, "explained_pcrs": [7], "dbx_has": ["11" * 32]}}


def logs(rng: random.Random) -> tpm_quote.Quote:
    files: dict[str, Any] = {
        "boot_log": (MACHINE / "eventlog.bin").read_bytes(),
        "policy": json.dumps(POLICY).encode(),
        "ima_list": (LISTED / "ima.bin").read_bytes(),
        "ima_allow": b"SHA256 (a) = " + b"11" * 32,
        "userspace_log": b'{"pcr": 11}',
    }
    name = rng.choice(list(files))
    needed = {"policy": ["boot_log"], "ima_allow": ["ima_list"]}.get(name, [])
    given = {other: files[other] for other in needed}
    return tpm_quote.verify_quote(
        key=MACHINE / "ak-rsa.pub",
        attest=BOOTED / "quote.attest",
        signature=BOOTED / "quote.sig",
        pcrs=BOOTED / "pcrs.values",
        require_pcrs={"sha256": list(range(15))},
        nonce=(BOOTED / "nonce.bin").read_bytes(),
        **{**given, name: changed(rng, files[name])},
    )


def project(rng: random.Random) -> tpm_quote.Quote:
    roots = (DATA / "snp" / "ask.der").read_bytes() + (DATA / "snp" / "ark.der").read_bytes()
    evidence = (DATA / "snp" / "azure.json").read_bytes()
    if rng.randrange(3) == 0:
        roots = changed(rng, roots)
    else:
        evidence = changed(rng, evidence)
    return tpm_quote.verify_quote(
        evidence=evidence,
        nonce="ab0d726c16d95c5dd55f5b12f7eff781",
        hardware_root=roots,
        hardware_measurement="6a" * 48,
    )


def parse(rng: random.Random) -> dict[str, Any]:
    kind = rng.choice([None, "TPM2B_PUBLIC", "TPMT_SIGNATURE", "TPMS_ATTEST", "TPML_DIGEST"])
    return tpm_quote.parse(changed(rng, rng.choice(list(FILES.values()))), type=kind)


@pytest.mark.parametrize("call", [response, quote, attest, parse, logs, project])
def test_a_thousand_malformed_inputs_are_errors(call: Callable[[random.Random], Any]) -> None:
    rng = random.Random(17)
    refused = 0
    for _ in range(1000):
        try:
            call(rng)
        except ValueError:
            refused += 1
        except tpm_quote.VerifyError as error:
            assert error.check and error.problem and error.help and str(error)
            assert error.report()["verdict"] in ("rejected", "unsupported")
            refused += 1
    # A few changes are of no consequence: a space, a digit in upper case, bytes behind the
    # values of a PCR file.
    assert refused >= (500 if call is parse else 900)


def test_changed_bytes_never_verify_as_something_else() -> None:
    rng = random.Random(4)
    genuine = tpm_quote.verify_quote(nonce=NONCE, **FILES)
    for _ in range(1000):
        try:
            found = quote(rng)
        except (tpm_quote.VerifyError, ValueError):
            continue
        assert (found.pcrs, found.key.name) == (genuine.pcrs, genuine.key.name)


def resident() -> int:
    """Memory in bytes: what is used now, or the most that was, where Linux does not tell."""
    statm = pathlib.Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def test_memory_is_flat() -> None:
    """`TPM_QUOTE_CALLS` says how many times; a million takes a minute."""
    calls = int(os.environ.get("TPM_QUOTE_CALLS", "60000"))
    content, cut = RSA.read_bytes(), RSA.read_bytes()[:-300]
    failed: Any = {**FILES, "signature": b"\x00\x18"}
    booted: Any = {
        "key": MACHINE / "ak-rsa.pub",
        "attest": BOOTED / "quote.attest",
        "signature": BOOTED / "quote.sig",
        "pcrs": BOOTED / "pcrs.values",
        "require_pcrs": {"sha256": list(range(15))},
        "nonce": (BOOTED / "nonce.bin").read_bytes(),
    }
    listed: Any = {**booted, "ima_list": (LISTED / "ima.bin").read_bytes()}
    booted["boot_log"] = (MACHINE / "eventlog.bin").read_bytes()

    def round_of(count: int) -> None:
        for number in range(count):
            try:
                if number % 10 == 0:
                    tpm_quote.verify_response(content, payload_id=PAYLOAD_ID).report()
                elif number % 10 == 1:
                    tpm_quote.verify_quote(nonce=NONCE, **failed)
                elif number % 10 == 2:
                    tpm_quote.verify_response(content, payload_id="another")
                elif number % 10 == 3:
                    tpm_quote.parse(FILES["key"])
                elif number % 100 == 5:
                    tpm_quote.verify_quote(**listed, ima_allow="11" * 32 + "  x")
                elif number % 100 == 6:
                    tpm_quote.verify_quote(**booted, policy=POLICY)
                elif number % 100 == 7:
                    tpm_quote.verify_quote(**booted, policy='{"boot": {"dbx_has": ["0"]}}')
                elif number % 10 == 4:
                    next(tpm_quote.verify_many([(PAYLOAD_ID, cut)])).report()
                else:
                    tpm_quote.verify_response(cut, payload_id=PAYLOAD_ID)
            except tpm_quote.VerifyError as error:
                error.report()
            except ValueError:
                pass

    round_of(5000)
    gc.collect()
    before = resident()
    round_of(calls)
    gc.collect()
    assert resident() - before < 1 << 20
