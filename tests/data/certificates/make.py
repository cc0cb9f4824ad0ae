#!/usr/bin/env python3
"""Makes the certificates in this folder, by Python's `cryptography` 48.

All keys are public: never trust anything here. The same bytes come out each time, but for
the salt of PSS.
"""

import datetime
import json
import pathlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_public_key
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID, ObjectIdentifier

HERE = pathlib.Path(__file__).parent
EK, AK, ANY = "2.23.133.8.1", "2.23.133.8.3", "2.5.29.37.0"
MANUFACTURER, MODEL, VERSION = (ObjectIdentifier(f"2.23.133.2.{n}") for n in (1, 2, 3))


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


P256_KEY = ec_key(0x42, ec.SECP256R1(), 32)  # the one of the tests that forge quotes
RSA_KEY = rsa_key(2048)
ROOT_KEY = ec_key(0x51, ec.SECP384R1(), 48)
OTHER_KEY = ec_key(0x52, ec.SECP384R1(), 48)
P521_KEY = ec.derive_private_key(int.from_bytes(b"\0" + b"\x53" * 65, "big"), ec.SECP521R1())
ISSUING_KEY = rsa_key(3072)
BELOW_KEY = ec_key(0x54, ec.SECP256R1(), 32)


def name(text):
    if isinstance(text, list):
        return x509.Name(text)
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)] if text else [])


def day(year):
    return datetime.datetime(year, 1, 1, tzinfo=datetime.timezone.utc)


serial = 0


def make(file, subject, key, issuer, signer, extensions, hash=hashes.SHA256(), years=(2026, 2036), pss=False):
    global serial
    serial += 1
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer))
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(day(years[0]))
        .not_valid_after(day(years[1]))
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    options = {}
    if isinstance(signer, ec.EllipticCurvePrivateKey):
        options["ecdsa_deterministic"] = True
    if pss:
        options["rsa_padding"] = padding.PSS(padding.MGF1(hash), padding.PSS.DIGEST_LENGTH)
    certificate = builder.sign(signer, hash, **options)
    (HERE / f"{file}.der").write_bytes(certificate.public_bytes(Encoding.DER))


def usage(*uses):
    names = (
        "digital_signature content_commitment key_encipherment data_encipherment key_agreement "
        "key_cert_sign crl_sign encipher_only decipher_only"
    )
    return x509.KeyUsage(**{name: name in uses for name in names.split()}), True


def authority(length=None, uses=("key_cert_sign", "crl_sign")):
    return [(x509.BasicConstraints(True, length), True), usage(*uses)]


def text(oid, value, kind=None):
    return x509.NameAttribute(oid, value, _type=kind) if kind else x509.NameAttribute(oid, value)


TPM = [text(MANUFACTURER, "id:53544D20"), text(MODEL, "ST33"), text(VERSION, "id:00010002")]


def san(sets, critical=False):
    names = x509.Name([x509.RelativeDistinguishedName(attributes) for attributes in sets])
    return x509.SubjectAlternativeName([x509.DirectoryName(names)]), critical


def each(attributes):
    return [[attribute] for attribute in attributes]


def purposes(*oids):
    return x509.ExtendedKeyUsage([ObjectIdentifier(oid) for oid in oids]), False


LEAF = (x509.BasicConstraints(False, None), True)
SIGNS = usage("digital_signature")
SAN = san(each(TPM))


def ak(file, key=P256_KEY, issuer="Root", signer=ROOT_KEY, subject="AK", leaf=LEAF, use=SIGNS, purpose=purposes(AK), alt=SAN, more=(), **options):
    extensions = [e for e in (leaf, use, purpose, alt) if e] + list(more)
    make(file, subject, key, issuer, signer, extensions, **options)


# Authorities. Of the roots, one has the name of another but not its key.
make("root", "Root", ROOT_KEY, "Root", ROOT_KEY, authority(), hashes.SHA384(), (2020, 2060))
make("root-same-name", "Root", OTHER_KEY, "Root", OTHER_KEY, authority(), hashes.SHA384(), (2020, 2060))
make("root-stranger", "Stranger", OTHER_KEY, "Stranger", OTHER_KEY, authority(), hashes.SHA384(), (2020, 2060))
make("root-p521", "Root 521", P521_KEY, "Root 521", P521_KEY, authority(), hashes.SHA512(), (2020, 2060))
make("issuing", "Issuing", ISSUING_KEY, "Root", ROOT_KEY, authority(0), hashes.SHA384())
make("issuing-expired", "Issuing", ISSUING_KEY, "Root", ROOT_KEY, authority(0), hashes.SHA384(), (2020, 2028))
make("issuing-for-ek", "Issuing", ISSUING_KEY, "Root", ROOT_KEY, authority(0) + [purposes(EK)], hashes.SHA384())
make("issuing-for-ak", "Issuing", ISSUING_KEY, "Root", ROOT_KEY, authority(0) + [purposes(AK)], hashes.SHA384())
make("issuing-for-any", "Issuing", ISSUING_KEY, "Root", ROOT_KEY, authority(0) + [purposes(ANY)], hashes.SHA384())
make("issuing-no-ca", "Issuing", ISSUING_KEY, "Root", ROOT_KEY, [LEAF, SIGNS], hashes.SHA384())
make("issuing-no-sign", "Issuing", ISSUING_KEY, "Root", ROOT_KEY, authority(0, ("crl_sign",)), hashes.SHA384())
below = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Elsewhere")])
constraint = x509.NameConstraints([x509.DirectoryName(below)], None), True
make("issuing-constrained", "Issuing", ISSUING_KEY, "Root", ROOT_KEY, authority(0) + [constraint], hashes.SHA384())
make("below", "Below", BELOW_KEY, "Issuing", ISSUING_KEY, authority())

# Attestation keys that are as they have to be.
ISSUED = {"issuer": "Issuing", "signer": ISSUING_KEY}
ak("ak-p256")
ak("ak-rsa", RSA_KEY)
ak("ak-p256-issued", **ISSUED)
ak("ak-p256-issued-pss", hash=hashes.SHA384(), pss=True, **ISSUED)
ak("ak-p256-by-p521", issuer="Root 521", signer=P521_KEY, hash=hashes.SHA512())
ak("ak-no-usage", use=None)
ak("ak-one-set", alt=san([TPM[::-1]], True), subject=None)
printable = [text(a.oid, a.value, _ASN1Type.PrintableString) for a in TPM]
extra = text(NameOID.COMMON_NAME, "more")
ak("ak-printable", alt=san([[extra], [printable[2]], [printable[0], printable[1]]]))
ak("ak-several-names", alt=(x509.SubjectAlternativeName([x509.DNSName("a.example"), SAN[0]._general_names[0]]), False))
ak("ak-unknown-maker", alt=san(each([text(MANUFACTURER, "id:5a5a5a5a"), *TPM[1:]])))



def public(path):
    """The key in a PEM file, as something that has it."""
    key = load_pem_public_key((HERE.parent / path).read_bytes())
    return type("Key", (), {"public_key": lambda self: key})()


# For keys of swtpm.
ak("ak-main-p256", public("cases/005-main-p256-ecdsa-sha256/ak.pem"))
ak("ak-main-rsa", public("cases/004-main-rsa2048-rsassa-sha256/ak.pem"))

# Each with one thing wrong.
ak("ak-for-ek", purpose=purposes(EK))
ak("ak-for-any", purpose=purposes(ANY))
ak("ak-no-purpose", purpose=None)
ak("ak-enciphers", use=usage("key_encipherment"))
ak("ak-is-ca", leaf=(x509.BasicConstraints(True, None), True), use=usage("digital_signature", "key_cert_sign"))
ak("ak-no-san", alt=None)
ak("ak-san-dns", alt=(x509.SubjectAlternativeName([x509.DNSName("a.example")]), False))
ak("ak-san-no-model", alt=san(each([TPM[0], TPM[2]])))
ak("ak-san-twice", alt=san(each([*TPM, text(MODEL, "other")])))
ak("ak-san-not-critical", alt=san(each(TPM)), subject=None)
ak("ak-san-no-text", alt=san(each([text(VERSION, "id:1", _ASN1Type.IA5String), *TPM[:2]])))
ak("ak-san-maker-no-id", alt=san(each([text(MANUFACTURER, "STM"), *TPM[1:]])))
ak("ak-san-maker-sign", alt=san(each([text(MANUFACTURER, "id:+3544D20"), *TPM[1:]])))
SAN_OID = x509.oid.ExtensionOID.SUBJECT_ALTERNATIVE_NAME
whole = SAN[0].public_bytes()
ak("ak-san-cut", alt=(x509.UnrecognizedExtension(SAN_OID, whole[:-1]), False))
ak("ak-san-left-over", alt=(x509.UnrecognizedExtension(SAN_OID, whole + b"\0"), False))
unknown = x509.UnrecognizedExtension(ObjectIdentifier("1.3.6.1.4.1.32473.1"), b"\x05\x00")
ak("ak-critical", more=[(unknown, True)])
ak("ak-not-critical", more=[(unknown, False)])
ak("ak-sha1", **ISSUED)


def with_sha1(name):
    """Signs the certificate again, with SHA-1."""
    path = HERE / f"{name}.der"
    algorithm = [bytes.fromhex(f"2a864886f70d0101{last}") for last in ("0b", "05")]
    der = path.read_bytes().replace(*algorithm)
    signed = x509.load_der_x509_certificate(der).tbs_certificate_bytes
    path.write_bytes(der[:-384] + ISSUING_KEY.sign(signed, padding.PKCS1v15(), hashes.SHA1()))


with_sha1("ak-sha1")
ak("ak-ed25519", ed25519.Ed25519PrivateKey.from_private_bytes(b"\x42" * 32))
ak("ak-below", issuer="Below", signer=BELOW_KEY)
ak("ak-p224-root", issuer="Root 224", signer=ec_key(0x55, ec.SECP224R1(), 28))
make("root-p224", "Root 224", ec_key(0x55, ec.SECP224R1(), 28), "Root 224", ec_key(0x55, ec.SECP224R1(), 28), authority(), years=(2020, 2060))

three = rsa.RSAPublicNumbers(3, RSA_KEY.private_numbers().public_numbers.n).public_key()
ak("ak-rsa-exponent-3", type("Key", (), {"public_key": lambda self: three})())

# An endorsement certificate for the key that signs the forged quotes.
ak("ek-signs", purpose=purposes(EK))
ak("ek-rsa-signs", RSA_KEY, purpose=purposes(EK))
ak("ek-p256", purpose=purposes(EK), use=usage("key_agreement"))

# What real makers and clouds issue, and forgeries of the same shapes. These parts of what is
# signed are exchanged, and it is signed again.


def tlv(tag, contents):
    size = len(contents)
    length = bytes([size]) if size < 0x80 else bytes([0x81, size]) if size < 0x100 else bytes([0x82]) + size.to_bytes(2, "big")
    return bytes([tag]) + length + contents


def inside(der):
    return der[2:] if der[1] < 0x80 else der[2 + der[1] - 0x80 :]


def signed_again(file, old, new, signer=ROOT_KEY, hash=hashes.SHA256()):
    path = HERE / f"{file}.der"
    certificate = x509.load_der_x509_certificate(path.read_bytes())
    tbs = inside(certificate.tbs_certificate_bytes)
    algorithm = tbs[tbs.index(bytes.fromhex("300a06082a8648ce3d0403")) :][:12]
    assert tbs.count(old) == 1, file
    at = tbs.index(old)
    if b"\xa3" in tbs[:at] and len(old) != len(new):
        # In the extensions, whose two lengths change as well.
        start = tbs.rindex(b"\xa3", 0, at)
        tbs = tbs[:start] + tlv(0xA3, tlv(0x30, inside(inside(tbs[start:])).replace(old, new)))
    else:
        tbs = tbs.replace(old, new)
    tbs = tlv(0x30, tbs)
    signature = signer.sign(tbs, ec.ECDSA(hash, deterministic_signing=True))
    path.write_bytes(tlv(0x30, tbs + algorithm + tlv(0x03, b"\0" + signature)))


POLICIES = (x509.CertificatePolicies([x509.PolicyInformation(ObjectIdentifier("2.5.29.32.0"), None)]), True)
make("issuing-policies", "Issuing", ISSUING_KEY, "Root", ROOT_KEY, authority(0) + [POLICIES], hashes.SHA384())
explicit = (x509.PolicyConstraints(0, None), True)
make("issuing-explicit", "Issuing", ISSUING_KEY, "Root", ROOT_KEY, authority(0) + [explicit], hashes.SHA384())
inhibits = (x509.PolicyConstraints(None, 0), True)
make("issuing-inhibits", "Issuing", ISSUING_KEY, "Root", ROOT_KEY, authority(0) + [inhibits], hashes.SHA384())
no_any = (x509.InhibitAnyPolicy(0), True)
make("issuing-no-any-policy", "Issuing", ISSUING_KEY, "Root", ROOT_KEY, authority(0) + [no_any], hashes.SHA384())
dns = (x509.NameConstraints([x509.DNSName("example")], None), True)
make("issuing-dns", "Issuing", ISSUING_KEY, "Root", ROOT_KEY, authority(0) + [dns], hashes.SHA384())
ak("ak-dns", alt=(x509.SubjectAlternativeName([x509.DNSName("a.example"), SAN[0]._general_names[0]]), False), **ISSUED)
ak("ak-policies", more=[POLICIES])
# critical FALSE is written out, as by Intel and AMD.
ak("ak-false")
signed_again("ak-false", bytes.fromhex("30100603551d250409"), bytes.fromhex("30130603551d250101000409"))
ak("ek-rsa-oaep", RSA_KEY, purpose=purposes(EK), use=usage("key_encipherment"))
RSA_OID, OAEP_OID = (bytes.fromhex(f"06092a864886f70d0101{last}") for last in ("01", "07"))
signed_again("ek-rsa-oaep", RSA_OID, OAEP_OID)
ak("ak-rsa-oaep", RSA_KEY)
signed_again("ak-rsa-oaep", RSA_OID, OAEP_OID)
ak("ek-p256-enciphers", purpose=purposes(EK), use=usage("key_encipherment"))
# keyCertSign among the bits that are not used, which some readers see.
odd_usage = (x509.UnrecognizedExtension(x509.oid.ExtensionOID.KEY_USAGE, bytes.fromhex("03020704")), True)
make("issuing-unused-bits", "Issuing", ISSUING_KEY, "Root", ROOT_KEY, [authority(0)[0], odd_usage], hashes.SHA384())
# Its own root, without a word on whether it is an authority.
ak("ak-own-root", issuer="AK", signer=P256_KEY, leaf=None, use=None)
# An authority of 1024 bits: what it signed can be forged.
WEAK_KEY = rsa_key(1024)
make("root-weak", "Weak", WEAK_KEY, "Weak", WEAK_KEY, authority(), years=(2020, 2060))
ak("ak-by-weak", issuer="Weak", signer=WEAK_KEY)
# Version 1, as some old roots have.
make("root-v1", "Root", ROOT_KEY, "Root", ROOT_KEY, authority(), hashes.SHA256(), (2020, 2060))
signed_again("root-v1", bytes.fromhex("a003020102"), b"")
# Two authorities between the root and the key, and one of them may not have the other's name.
make("issuing-long", "Issuing", ISSUING_KEY, "Root", ROOT_KEY, authority(), hashes.SHA384())
the_one_below = x509.DirectoryName(name("Below"))
excludes = (x509.NameConstraints(None, [the_one_below]), True)
make("issuing-excludes", "Issuing", ISSUING_KEY, "Root", ROOT_KEY, authority() + [excludes], hashes.SHA384())
# A subtree with a minimum, which RFC 5280 does not allow.
base = tlv(0xA4, name("Elsewhere").public_bytes())
minimum = tlv(0x30, tlv(0xA1, tlv(0x30, base + bytes.fromhex("800101"))))
minimum = (x509.UnrecognizedExtension(x509.oid.ExtensionOID.NAME_CONSTRAINTS, minimum), True)
make("issuing-minimum", "Issuing", ISSUING_KEY, "Root", ROOT_KEY, authority() + [minimum], hashes.SHA384())
# Each by the other.
make("issuing-by-below", "Issuing", ISSUING_KEY, "Below", BELOW_KEY, authority())

# What clouds issue: each for a key of swtpm, and with one thing wrong.
SWTPM = public("cases/005-main-p256-ecdsa-sha256/ak.pem")
MICROSOFT = "1.3.6.1.4.1.311.10.3.12"
VM = "a1b2c3d4e5f6.ConfidentialVM.Azure.windows.net"
AZURE = {"issuer": "Global Virtual TPM CA - 03", "signer": ISSUING_KEY, "leaf": None, "alt": None, "purpose": purposes(MICROSOFT, AK)}
make("azure-issuing", "Global Virtual TPM CA - 03", ISSUING_KEY, "Root", ROOT_KEY, authority(0, ("key_cert_sign",)) + [purposes(EK, AK)], hashes.SHA384())
ak("azure-ak", SWTPM, subject=VM, **AZURE)
ak("azure-ak-san", SWTPM, subject=VM, **(AZURE | {"alt": SAN}))
ak("azure-ak-no-purpose", SWTPM, subject=VM, **(AZURE | {"purpose": purposes(AK)}))
ak("azure-ak-no-aik", SWTPM, subject=VM, **(AZURE | {"purpose": purposes(MICROSOFT)}))
ak("azure-ak-no-vm", SWTPM, subject="a1b2c3d4e5f6.Azure.windows.net", **AZURE)
ak("azure-ak-no-name", SWTPM, subject=VM[12:], **AZURE)


def instance(properties=True, project="acme-fleet", number=21934000000, id=6800000000000000001, production=b"\xff"):
    """The extension by which Google names an instance."""

    def integer(number):
        return tlv(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))

    all = b"".join([tlv(0x0C, b"us-central1-a"), integer(number), tlv(0x0C, project.encode()), integer(id), tlv(0x0C, b"web-01")])
    if properties is not None:
        inner = tlv(0x30, tlv(0xA0, b"\x02\x01\x00") + tlv(0xA1, tlv(0x01, production)) + tlv(0xA2, b"\x01\x01\x00"))
        all += tlv(0xA0, inner) if properties else inner
    return tlv(0x30, all)


def named(contents):
    return x509.UnrecognizedExtension(ObjectIdentifier("1.3.6.1.4.1.11129.2.1.21"), contents), False


GOOGLE_NAME = [
    text(NameOID.LOCALITY_NAME, "us-central1-a"),
    text(NameOID.ORGANIZATION_NAME, "Google Compute Engine"),
    text(NameOID.ORGANIZATIONAL_UNIT_NAME, "acme-fleet"),
    text(NameOID.COMMON_NAME, "6800000000000000001"),
]
GOOGLE_SAN = san(each([text(MANUFACTURER, "id:474F4F47"), text(MODEL, "vTPM"), text(VERSION, "id:20160511")]), True)
GOOGLE = {"issuer": "EK/AK CA Intermediate", "signer": ISSUING_KEY, "subject": GOOGLE_NAME, "purpose": None, "alt": None, "more": [named(instance())]}
OLD = GOOGLE | {"subject": None, "purpose": purposes(EK), "alt": GOOGLE_SAN}
make("google-issuing", "EK/AK CA Intermediate", ISSUING_KEY, "Root", ROOT_KEY, authority(0) + [purposes(EK)], hashes.SHA384())
ak("google-ak", SWTPM, **GOOGLE)
ak("google-ak-old", SWTPM, **OLD)
ak("google-ak-untagged", SWTPM, **(GOOGLE | {"more": [named(instance(False))]}))
ak("google-ak-short", SWTPM, **(GOOGLE | {"more": [named(instance(None))]}))
ak("google-ak-no-instance", SWTPM, **(GOOGLE | {"more": []}))
ak("google-ak-cut", SWTPM, **(GOOGLE | {"more": [named(instance()[:-1])]}))
ak("google-ak-left-over", SWTPM, **(GOOGLE | {"more": [named(instance() + b"\0")]}))
ak("google-ak-test", SWTPM, **(GOOGLE | {"more": [named(instance(production=b"\0"))]}))
ak("google-ak-large", SWTPM, **(GOOGLE | {"more": [named(instance(id=2**64))]}))
ak("google-ak-enciphers", SWTPM, **(OLD | {"use": usage("key_encipherment")}))
ak("google-ak-no-usage", SWTPM, **(GOOGLE | {"use": None}))
ak("google-ak-other-maker", SWTPM, **(OLD | {"alt": san(each(TPM), True)}))
ak("google-ak-other-purpose", SWTPM, **(GOOGLE | {"purpose": purposes(MICROSOFT)}))

# As STMicroelectronics signed those of endorsement keys, for the one of swtpm.
SWTPM_EK = x509.load_der_x509_certificate((HERE.parent / "ek/ek-rsa2048.crt.der").read_bytes())
ak("ek-sha1", SWTPM_EK, purpose=purposes(EK), use=usage("key_encipherment"), **ISSUED)
with_sha1("ek-sha1")

# The same for the key of a case.
ak("ak-main-p256-sha1", public("cases/005-main-p256-ecdsa-sha256/ak.pem"), **ISSUED)
with_sha1("ak-main-p256-sha1")
