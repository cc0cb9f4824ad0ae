#!/usr/bin/env python3
"""Makes the certificates in this folder, by Python's `cryptography` 48: AMD's of a processor
with SEV-SNP, as they would be.

All keys are public: never trust anything here. The salts of PSS differ each time.
"""

import datetime
import json
import pathlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID, ObjectIdentifier

HERE = pathlib.Path(__file__).parent


def rsa_key(bits):
    """One of the keys in tests/data/keys."""
    key = json.loads((HERE.parent / "keys" / f"rsa-{bits}.json").read_text())
    n, d = int(key["modulus"], 16), int(key["private_exponent"], 16)
    p, q = sorted(rsa.rsa_recover_prime_factors(n, 65537, d), reverse=True)
    public = rsa.RSAPublicNumbers(65537, n)
    return rsa.RSAPrivateNumbers(
        p, q, d, d % (p - 1), d % (q - 1), rsa.rsa_crt_iqmp(p, q), public
    ).private_key()


def ec_key(byte, curve, size):
    return ec.derive_private_key(int.from_bytes(bytes([byte]) * size, "big"), curve)


ARK_KEY, ASK_KEY, STRANGER = (rsa_key(bits) for bits in (4096, 3072, 2048))
VCEK_KEY = ec_key(0x61, ec.SECP384R1(), 48)  # the one of the tests that forge reports


def name(text):
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "Engineering"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Made By Tests"),
            x509.NameAttribute(NameOID.COMMON_NAME, text),
        ]
    )


def make(file, subject, key, issuer, signer, extensions, years=(2020, 2045)):
    day = lambda year: datetime.datetime(year, 1, 1, tzinfo=datetime.timezone.utc)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer))
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(day(years[0]))
        .not_valid_after(day(years[1]))
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    hash = hashes.SHA384()
    pss = padding.PSS(padding.MGF1(hash), padding.PSS.DIGEST_LENGTH)
    certificate = builder.sign(signer, hash, rsa_padding=pss)
    (HERE / f"{file}.der").write_bytes(certificate.public_bytes(Encoding.DER))


def authority(length):
    names = (
        "digital_signature content_commitment key_encipherment data_encipherment key_agreement "
        "key_cert_sign crl_sign encipher_only decipher_only"
    )
    usage = x509.KeyUsage(**{name: name == "key_cert_sign" for name in names.split()})
    return [(x509.BasicConstraints(True, length), True), (usage, True)]


make("ark", "ARK-Milan", ARK_KEY, "ARK-Milan", ARK_KEY, authority(None))
make("ask", "SEV-Milan", ASK_KEY, "ARK-Milan", ARK_KEY, authority(0))
make("ask-stranger", "SEV-Milan", STRANGER, "ARK-Milan", STRANGER, authority(0))

CHIP = bytes(range(64))


def vcek(file, product="Milan-B0", chip=CHIP, versions=(4, 0, 24, 219), key=VCEK_KEY, signer=ASK_KEY, less=None, **options):
    def integer(number):
        return bytes([2, 1, number]) if number < 128 else bytes([2, 2, 0, number])

    extensions = {"1": bytes([2, 1, 0]), "2": bytes([0x16, len(product)]) + product.encode()}
    for arc, version in zip((1, 2, 3, 8), versions):
        extensions[f"3.{arc}"] = integer(version)
    for arc in (4, 5, 6, 7):
        extensions[f"3.{arc}"] = integer(0)
    extensions["4"] = chip
    all = [
        (x509.UnrecognizedExtension(ObjectIdentifier(f"1.3.6.1.4.1.3704.1.{arc}"), value), False)
        for arc, value in extensions.items()
        if arc != less
    ]
    make(file, "SEV-VCEK", key, "SEV-Milan", signer, all, **options)


vcek("vcek")
vcek("vcek-genoa", product="Genoa-B1")
vcek("vcek-turin", product="Turin-B1")
vcek("vcek-other-chip", chip=CHIP[::-1])
for at, part in enumerate(("boot-loader", "tee", "snp", "microcode")):
    versions = [4, 0, 24, 219]
    versions[at] += 1
    vcek(f"vcek-other-{part}", versions=versions)
vcek("vcek-no-chip", less="4")
vcek("vcek-no-product", less="2")
vcek("vcek-no-microcode", less="3.8")
vcek("vcek-p256", key=ec_key(0x61, ec.SECP256R1(), 32))
vcek("vcek-stranger", signer=STRANGER)
vcek("vcek-expired", years=(2020, 2025))


def report():
    """An ATTESTATION_REPORT (AMD 56860, table 23) of this chip, signed by its key."""
    bytes_at = {
        0x00: (3).to_bytes(4, "little"),  # version
        0x04: (10).to_bytes(4, "little"),  # GUEST_SVN
        0x08: (0x3001F).to_bytes(8, "little"),  # policy
        0x34: (1).to_bytes(4, "little"),  # ECDSA on P-384 with SHA-384
        0x38: bytes([4, 0, 0, 0, 0, 0, 24, 219]),
        0x50: bytes([0xDA]) * 32,  # REPORT_DATA
        0x90: bytes([0x6A]) * 48,  # MEASUREMENT
        0xE0: bytes([0x94]) * 48,  # ID_KEY_DIGEST
        0x180: bytes([4, 0, 0, 0, 0, 0, 24, 219]),  # REPORTED_TCB
        0x188: bytes([0x19, 1, 1]),
        0x1A0: CHIP,
    }
    whole = bytearray(1184)
    for at, value in bytes_at.items():
        whole[at : at + len(value)] = value
    signature = VCEK_KEY.sign(bytes(whole[:0x2A0]), ec.ECDSA(hashes.SHA384(), deterministic_signing=True))
    for number, at in zip(decode_dss_signature(signature), (0x2A0, 0x2E8)):
        whole[at : at + 72] = number.to_bytes(72, "little")
    (HERE / "report.bin").write_bytes(whole)


report()
