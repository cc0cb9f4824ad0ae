"""What an attested object has to be, signatures in other forms, signers and nonces that are left out."""

from __future__ import annotations

import datetime
import hashlib
from typing import Any

import pytest

import tpm_quote
from conftest import DATA, facts

WEBAUTHN = DATA / "webauthn"
CERTIFICATES = DATA / "certificates"
CERTIFY = DATA / "attest" / "006-certify-ak-p256-by-rsa"
NV = DATA / "attest" / "021-nvcertify-plain-64-0-by-rsa"
SIGNED = (WEBAUTHN / "att-to-be-signed").read_bytes()
RULES: dict[str, Any] = {
    "object_has": ["fixedTPM", "fixedParent", "sensitiveDataOrigin"],
    "object_lacks": "restricted",
    "object_strong_key": True,
}


def statement(name: str = "es256", **options: Any) -> tpm_quote.Attest:
    """A statement of WebAuthn: its key is the one in the certificate, its signature plain."""
    folder = WEBAUTHN / name
    is_rsa = name == "rs1"
    given: dict[str, Any] = {
        "attest": folder / "certInfo",
        "signature": folder / "sig",
        "object": folder / "pubArea",
        "nonce": hashlib.new("sha1" if is_rsa else "sha256", SIGNED).digest(),
        "ak_cert": CERTIFICATES / ("ak-rsa.der" if is_rsa else "ak-p256.der"),
        "ca": CERTIFICATES / "root.der",
        "at": datetime.datetime(2030, 1, 1, tzinfo=datetime.timezone.utc),
        **RULES,
    }
    given = {name: value for name, value in {**given, **options}.items() if value is not None}
    return tpm_quote.verify_attest("certify", **given)


def refused(name: str = "es256", **options: Any) -> tpm_quote.VerifyError:
    with pytest.raises(tpm_quote.VerifyError) as caught:
        statement(name, **options)
    return caught.value


def test_a_statement_is_verified_by_the_key_in_its_certificate() -> None:
    for options in ({}, {"signature_form": "plain"}, {"hash_algorithm": "sha256"}, {"hash_algorithm": "0x000b"}):
        attest = statement(**options)
        assert (attest.verdict, attest.key.trust) == ("verified", "certificate-key")
    trust: dict[str, Any] = {"trust": "maker ak-ca root.der", "trust_files": {"root.der": CERTIFICATES / "root.der"}}
    by_line = statement(ca=None, **trust)
    assert by_line.key.vouched_by == {"file": "-", "line": 1, "name": "maker"}
    assert refused(signature_form="tpmt").check == "signature-scheme"
    assert refused(hash_algorithm="sha384").check == "signature"
    assert refused(nonce="00").check == "nonce"
    wrong = bytearray((WEBAUTHN / "es256" / "sig").read_bytes())
    wrong[-1] ^= 1
    assert refused(signature=wrong).check == "signature"
    assert refused(ak_cert=CERTIFICATES / "ak-rsa.der").check == "signature-scheme"
    with pytest.raises(TypeError, match="needs the keyword argument 'key'"):
        statement(ak_cert=None, ca=None, at=None)


def test_rules_for_the_object_are_the_callers() -> None:
    assert (refused("es256-free").check, refused("es256-free").problem) == ("object", "object-attributes")
    assert statement("es256-free", object_has=None).verdict == "verified"
    assert (refused("es256-restricted").check, refused("es256-restricted").problem) == ("object", "object-attributes")
    assert statement("es256-restricted", object_lacks=None).verdict == "verified"
    assert statement(object_has="fixedtpm").verdict == "verified"
    with pytest.raises(ValueError, match="object_has: expected one of fixedTPM, .*, not \"x\""):
        statement(object_has=["fixedTPM", "x"])
    with pytest.raises(ValueError, match="object_lacks: expected one of"):
        statement(object_lacks="fixedTPM,restricted")
    with pytest.raises(TypeError, match="object_has: expected str"):
        statement(object_has=5)
    # Of what is no object nothing is required.
    with pytest.raises(TypeError, match="unexpected keyword argument 'object_strong_key'"):
        tpm_quote.verify_attest("time", key=b"", attest=b"", signature=b"", nonce="00", object_strong_key=True)


def test_a_signer_is_left_out_only_if_the_caller_says_so() -> None:
    assert refused("es256-no-signer").check == "signer"
    attest = statement("es256-no-signer", allow_empty_signer=True)
    assert attest.verdict == "verified" and attest.warnings
    assert attest.qualified_signer == b""


def test_a_plain_rsa_signature_needs_what_it_does_not_tell() -> None:
    plain: dict[str, Any] = {"hash_algorithm": "sha1", "scheme": "rsassa", "dangerous_allow_sha1_signatures": True}
    assert statement("rs1", **plain).verdict == "verified"
    assert statement("rs1", **{**plain, "scheme": None}).verdict == "verified"
    assert refused("rs1", **{**plain, "dangerous_allow_sha1_signatures": False}).problem == "signature-sha1"
    assert refused("rs1", **{**plain, "scheme": "rsapss"}).check == "signature"
    assert refused("rs1", **{**plain, "hash_algorithm": None}).check == "signature"
    with pytest.raises(ValueError, match="scheme: expected 'rsassa' or 'rsapss'"):
        statement(scheme="ecdsa")
    with pytest.raises(ValueError, match="signature_form: expected 'tpmt' or 'plain'"):
        statement(signature_form="der")
    with pytest.raises(ValueError, match="hash_algorithm: expected a hash"):
        statement(hash_algorithm="sha-256")


def test_a_plain_signature_of_a_quote_is_told_by_its_bytes() -> None:
    case = DATA / "cases" / "004-main-rsa2048-rsassa-sha256"
    structure = (case / "quote.sig").read_bytes()
    given: dict[str, Any] = {
        "attest": case / "quote.attest",
        "pcrs": case / "pcrs.serialized",
        "nonce": (case / "nonce.bin").read_bytes(),
    }
    # TPMT_SIGNATURE: scheme, hash, size, and then the signature.
    for key in (case / "ak.pub", case / "ak.pem"):
        for signature in (structure, structure[6:]):
            assert tpm_quote.verify_quote(key=key, signature=signature, **given).key.scheme == "rsassa-sha256"
    with pytest.raises(tpm_quote.VerifyError):
        tpm_quote.verify_quote(key=case / "ak.pub", signature=structure[6:], signature_form="tpmt", **given)
    useless: list[dict[str, Any]] = [{"scheme": "rsassa"}, {"hash_algorithm": "sha384"}]
    for options in useless:
        with pytest.raises(TypeError, match="public area has its scheme and hash"):
            tpm_quote.verify_quote(key=case / "ak.pub", signature=structure[6:], **options, **given)
    assert tpm_quote.verify_quote(key=case / "ak.pub", signature=structure, hash_algorithm="sha256", **given).verdict


def test_an_index_is_known_by_its_name() -> None:
    told = facts(f"attest/{NV.name}")["attest"]
    given: dict[str, Any] = {
        "key": NV / "ak.pub",
        "attest": NV / "attest",
        "signature": NV / "sig",
        "nonce": told["extraData"],
        "contents": bytes.fromhex(told["nvContents"]),
    }
    for name in (told["indexName"], tpm_quote.Name(told["indexName"]), bytes.fromhex(told["indexName"])):
        assert tpm_quote.verify_attest("nv", nv_name=name, **given).attested["index_name"] == told["indexName"]
    with pytest.raises(tpm_quote.Rejected) as caught:
        tpm_quote.verify_attest("nv", nv_name="000b" + "11" * 32, **given)
    assert caught.value.check == "object"
    with pytest.raises(TypeError, match="'nv_public' or 'nv_name', not both"):
        tpm_quote.verify_attest("nv", nv_name=told["indexName"], nv_public=NV / "nv.public", **given)
    with pytest.raises(TypeError, match="needs the keyword argument 'nv_public' or 'nv_name'"):
        tpm_quote.verify_attest("nv", **given)


def test_no_nonce_is_asked_for_only_by_its_dangerous_option() -> None:
    given: dict[str, Any] = {
        "key": CERTIFY / "ak.pub",
        "attest": CERTIFY / "attest",
        "signature": CERTIFY / "sig",
        "object": CERTIFY / "certified.pub",
    }
    # It has a nonce, which is not the one that was not asked for.
    with pytest.raises(tpm_quote.Rejected) as caught:
        tpm_quote.verify_attest("certify", dangerous_no_nonce=True, **given)
    assert (caught.value.check, caught.value.expected, caught.value.found) == ("nonce", "", "00ff55aa")
    others: list[dict[str, Any]] = [{"nonce": "00ff55aa"}, {"payload_id": "x"}]
    for option in others:
        with pytest.raises(TypeError, match="'dangerous_no_nonce' or '.*', not both"):
            tpm_quote.verify_attest("certify", dangerous_no_nonce=True, **option, **given)
    quote: Any = tpm_quote.verify_quote
    with pytest.raises(TypeError, match="needs the keyword argument 'payload_id' or 'nonce'"):
        quote(key=b"", attest=b"", signature=b"", pcrs={}, dangerous_no_nonce=True)

