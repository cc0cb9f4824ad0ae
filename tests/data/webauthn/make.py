#!/usr/bin/env python3
"""Makes the attestation statements in this folder, by Python's `cryptography` 48 and by the
TPM 2.0 Library, Part 2: nothing of this crate is used. All keys are public: never trust them.
"""

import hashlib
import json
import pathlib

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

HERE = pathlib.Path(__file__).parent


def ec_key(byte):
    return ec.derive_private_key(int.from_bytes(bytes([byte]) * 32, "big"), ec.SECP256R1())


def rsa_key():
    key = json.loads((HERE.parent / "keys/rsa-2048.json").read_text())
    n, d = int(key["modulus"], 16), int(key["private_exponent"], 16)
    p, q = sorted(rsa.rsa_recover_prime_factors(n, 65537, d), reverse=True)
    public = rsa.RSAPublicNumbers(65537, n)
    return rsa.RSAPrivateNumbers(
        p, q, d, d % (p - 1), d % (q - 1), rsa.rsa_crt_iqmp(p, q), public
    ).private_key()


def sized(data):
    return len(data).to_bytes(2, "big") + data


def named(data):
    return b"\x00\x0b" + hashlib.sha256(data).digest()


def pub_area(attributes):
    """TPMT_PUBLIC: the credential's key, on P-256, with a policy, of no fixed scheme."""
    point = ec_key(0x43).public_key().public_numbers()
    return b"".join([
        b"\x00\x23\x00\x0b",  # TPM_ALG_ECC, nameAlg SHA-256
        attributes.to_bytes(4, "big"),
        sized(hashlib.sha256(b"policy").digest()),
        b"\x00\x10\x00\x10\x00\x03\x00\x10",  # symmetric, scheme, curve, kdf
        sized(point.x.to_bytes(32, "big")),
        sized(point.y.to_bytes(32, "big")),
    ])


def cert_info(extra_data, area, signer=named(b"aik")):
    """TPMS_ATTEST of TPM2_Certify."""
    return b"".join([
        b"\xffTCG\x80\x17",
        sized(signer),
        sized(extra_data),
        (86_411_011_013).to_bytes(8, "big") + (7).to_bytes(4, "big") + (1).to_bytes(4, "big") + b"\x01",
        bytes.fromhex("0102030405060708"),
        sized(named(area)),
        sized(named(b"parent" + named(area))),
    ])


# authData (37 bytes of it are enough here) || SHA-256(clientDataJSON).
SIGNED = hashlib.sha256(b"example.org").digest() + b"\x45\0\0\0\0" + hashlib.sha256(b"{}").digest()
(HERE / "att-to-be-signed").write_bytes(SIGNED)

# fixedTPM, fixedParent, sensitiveDataOrigin, userWithAuth, sign.
AREA = pub_area(0x0004_0072)


def statement(name, info, sign, area=AREA):
    folder = HERE / name
    folder.mkdir(exist_ok=True)
    (folder / "certInfo").write_bytes(info)
    (folder / "pubArea").write_bytes(area)
    (folder / "sig").write_bytes(sign(info))


def es256(info):
    return ec_key(0x42).sign(info, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))


def rs1(info):
    return rsa_key().sign(info, padding.PKCS1v15(), hashes.SHA1())


SHA256 = hashlib.sha256(SIGNED).digest()
statement("es256", cert_info(SHA256, AREA), es256)
statement("es256-no-signer", cert_info(SHA256, AREA, b""), es256)
statement("rs1", cert_info(hashlib.sha1(SIGNED).digest(), AREA), rs1)
# A key that may sign only what a TPM made is of no use to WebAuthn; one that left the TPM is
# worth nothing.
RESTRICTED, FREE = pub_area(0x0005_0072), pub_area(0x0004_0060)
statement("es256-restricted", cert_info(SHA256, RESTRICTED), es256, RESTRICTED)
statement("es256-free", cert_info(SHA256, FREE), es256, FREE)
