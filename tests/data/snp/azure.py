#!/usr/bin/env python3
"""Makes azure.json in this folder, by Python's `cryptography`: the evidence of Azure's virtual
TPM, version 2, around the quote of tests/data/cases/004-main-rsa2048-rsassa-sha256, with a
processor's report that vcek.der certifies.

The key is public: never trust it.
"""

import base64
import hashlib
import json
import pathlib
import struct

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

HERE = pathlib.Path(__file__).parent
CASE = HERE.parent / "cases" / "004-main-rsa2048-rsassa-sha256"
KEY = ec.derive_private_key(int.from_bytes(b"\x61" * 48, "big"), ec.SECP384R1())  # of vcek.der
CHIP = bytes(range(64))
MEASUREMENT, ID_KEY = b"\x6a" * 48, b"\x94" * 48
TCB = bytes([4, 0, 0, 0, 0, 0, 24, 219])


def url(data, padded=True):
    text = base64.urlsafe_b64encode(data).decode()
    return text if padded else text.rstrip("=")


def snp_report(data):
    """AMD's SEV-SNP ABI, table 23."""
    report = bytearray(1184)
    for at, part in {
        0x00: struct.pack("<II", 3, 10),
        0x08: struct.pack("<Q", 0x3001F),
        0x34: struct.pack("<I", 1),
        0x38: TCB,
        0x50: data,
        0x90: MEASUREMENT,
        0xE0: ID_KEY,
        0x180: TCB,
        0x188: bytes([0x19, 0x01, 0x01]),
        0x1A0: CHIP,
    }.items():
        report[at : at + len(part)] = part
    signature = KEY.sign(bytes(report[:0x2A0]), ec.ECDSA(hashes.SHA384()))
    for at, number in zip((0x2A0, 0x2E8), decode_dss_signature(signature)):
        report[at : at + 72] = number.to_bytes(72, "little")
    return bytes(report)


def hcl_report(processor, claims):
    """The report of Azure's host compatibility layer, as in the NV index 0x01400001."""
    head = b"HCLA" + struct.pack("<7I", 1, 1236 + len(claims), 2, 0, 0, 0, 0)
    request = struct.pack("<5I", 20 + len(claims), 1, 2, 1, len(claims))
    return ((head + processor).ljust(1216, b"\0") + request + claims).ljust(2600, b"\0")


told = json.loads((CASE / "case.json").read_bytes())
modulus = bytes.fromhex(told["ak_public"]["modulus"])
claims = json.dumps(
    {
        "keys": [
            {"kid": "HCLAkPub", "key_ops": ["sign"], "kty": "RSA", "e": "AQAB", "n": url(modulus, False)},
            {"kid": "HCLEkPub", "key_ops": ["encrypt"], "kty": "RSA", "e": "AQAB", "n": "xQEC"},
        ],
        "vm-configuration": {"secure-boot": True, "vmUniqueId": "x"},
        "user-data": "00",
    }
).encode()
processor = snp_report(hashlib.sha256(claims).digest().ljust(64, b"\0"))
signature = (CASE / "quote.sig").read_bytes()
assert signature[:4] == bytes.fromhex("0014000b")  # RSASSA with SHA-256, as Azure's
values = told["pcr_values"]["sha256"]
evidence = {
    "version": 2,
    "tpm_quote": {
        "signature": signature[6:].hex(),
        "message": (CASE / "quote.attest").read_bytes().hex(),
        "pcrs": [values.get(str(index), "00" * 32) for index in range(24)],
    },
    "hcl_report": url(hcl_report(processor, claims)),
    "vcek": url((HERE / "vcek.der").read_bytes()),
}
(HERE / "azure.json").write_text(json.dumps(evidence, indent=1) + "\n")
