"""Trust files, and certificates that are signed with SHA-1."""

from __future__ import annotations

import base64
import datetime
import json
import pathlib
from typing import Any

import pytest

import tpm_quote
from conftest import DATA, PAYLOAD_ID, RSA, facts

CASE = DATA / "cases" / "005-main-p256-ecdsa-sha256"
CERTIFY = DATA / "attest" / "006-certify-ak-p256-by-rsa"
CERTIFICATES = DATA / "certificates"
SNP = DATA / "snp"
SNP_KEY = DATA / "cases" / "004-main-rsa2048-rsassa-sha256" / "ak.pem"
AT = datetime.datetime(2030, 1, 1, tzinfo=datetime.timezone.utc)
# Of the RSA key of the blocks and of the key of the case, from the facts beside them.
NAME = "000b4611c66b0daff40ebbe980b0c5ee42463e495debd13536864ab51a47916248e0"
NAME_P256 = facts("cases/005-main-p256-ecdsa-sha256")["ak_name_hex"]


def verify(**options: Any) -> tpm_quote.Quote:
    given: dict[str, Any] = {
        "key": CASE / "ak.pub",
        "attest": CASE / "quote.attest",
        "signature": CASE / "quote.sig",
        "pcrs": CASE / "pcrs.serialized",
        "nonce": (CASE / "nonce.bin").read_bytes(),
        "at": AT,
    }
    return tpm_quote.verify_quote(**{**given, **options})


def refused(**options: Any) -> tpm_quote.Rejected:
    with pytest.raises(tpm_quote.Rejected) as caught:
        verify(**options)
    assert caught.value.check == "key-anchor"
    return caught.value


@pytest.fixture
def fleet(tmp_path: pathlib.Path) -> pathlib.Path:
    """The trust file of an operator with several machines, and the files that it names."""
    (tmp_path / "ca.der").write_bytes((CERTIFICATES / "root.der").read_bytes())
    (tmp_path / "lasting.pub").write_bytes((CERTIFY / "ak.pub").read_bytes())
    (tmp_path / "p256 key.pem").write_bytes((CASE / "ak.pem").read_bytes())
    file = tmp_path / "fleet.trust"
    file.write_text(
        "# The machines.\n"
        f"web-01 ak-name {NAME}\n"
        "fleet ak-ca ca.der valid-before=20310101\n"
        "\n"
        "lab certified-by lasting.pub\n"
        'web-02 ak-key "p256 key.pem"\n'
    )
    return file


CERTIFICATION: dict[str, Any] = {
    "certify_attest": CERTIFY / "attest2b",
    "certify_signature": CERTIFY / "sig",
    "certify_nonce": "00ff55aa",
}


@pytest.mark.parametrize(
    ("options", "trust", "line", "name"),
    [
        ({}, "pinned-key", 6, "web-02"),
        ({"machine": "web-02", "key": CASE / "ak.pem"}, "pinned-key", 6, "web-02"),
        ({"ak_cert": CERTIFICATES / "ak-main-p256.der"}, "certificate", 3, "fleet"),
        ({"machine": "lab", **CERTIFICATION}, "certified", 5, "lab"),
    ],
)
def test_the_first_line_that_holds_vouches(
    fleet: pathlib.Path, options: dict[str, Any], trust: str, line: int, name: str
) -> None:
    quote = verify(trust=fleet, require_anchor=True, **options)
    assert (quote.verdict, quote.key.trust, quote.key.is_anchored) == ("verified", trust, True)
    by = {"file": str(fleet), "line": line, "name": name}
    assert quote.key.vouched_by == by == quote.report()["key"]["vouched_by"]
    if "ak_cert" in options:
        assert quote.report()["key"]["certificate"]["issuer"] == "CN=Root"


def test_responses_of_many_machines_are_judged_by_one_file(fleet: pathlib.Path) -> None:
    quote = tpm_quote.verify_response(RSA, payload_id=PAYLOAD_ID, trust=fleet, machine="web-01")
    assert isinstance(quote, tpm_quote.Quote)
    assert quote.key.trust == "pinned" and quote.key.vouched_by
    assert quote.key.vouched_by["line"] == 2
    [report] = tpm_quote.verify_many([(PAYLOAD_ID, RSA)], trust=fleet)
    assert report.verified().key.vouched_by == quote.key.vouched_by
    [report] = tpm_quote.verify_many([(PAYLOAD_ID, RSA)], trust=fleet, machine="fleet")
    assert (report.check, report.problem) == ("key-anchor", "certificate-missing")
    assert "vouched_by" not in report.report()["key"]
    # By a policy, which names the file relative to itself.
    policy = fleet.parent / "policy.json"
    policy.write_text(json.dumps({"trust": "fleet.trust", "machine": "web-01"}))
    assert tpm_quote.verify_response(RSA, payload_id=PAYLOAD_ID, policy=policy).verdict == "verified"
    # Nothing self-asserted is verified without one.
    alone = tpm_quote.verify_response(RSA, payload_id=PAYLOAD_ID)
    assert isinstance(alone, tpm_quote.Quote) and alone.key.vouched_by is None


def test_one_machine_does_not_answer_for_another(fleet: pathlib.Path) -> None:
    assert refused(trust=fleet, machine="web-01").problem == "key-name-not-pinned"
    assert refused(trust=fleet, machine="lab").problem == "certification-missing"
    assert refused(trust=f"other ak-name {NAME}").problem == "key-name-not-pinned"
    certificate = {"ak_cert": CERTIFICATES / "ak-main-p256.der"}
    late = datetime.datetime(2031, 1, 1, tzinfo=datetime.timezone.utc)
    assert "expired" in refused(trust=fleet, machine="fleet", **{**certificate, "at": late}).problem
    for name in ("WEB-01", "web", ""):
        with pytest.raises(ValueError, match="machine: the trust file has no line for"):
            verify(trust=fleet, machine=name)


def test_a_trust_file_comes_in_any_form(fleet: pathlib.Path) -> None:
    text = f"one ak-name {NAME_P256}\n"
    for given in (text, text.encode(), bytearray(text.encode())):
        quote = verify(trust=given)
        assert quote.key.trust == "pinned"
        assert quote.key.vouched_by == {"file": "-", "line": 1, "name": "one"}
    pem = (CASE / "ak.pem").read_text()
    root = CERTIFICATES / "root.der"
    for keys in ({"a.pem": pem}, {"a.pem": pem.encode()}, {"a.pem": CASE / "ak.pem"}):
        assert verify(trust="one ak-key a.pem", trust_files=keys).key.trust == "pinned-key"
    # What is given goes before what lies beside the file.
    other = {"p256 key.pem": (CERTIFY / "ak.pub")}
    assert refused(trust=fleet, machine="web-02", trust_files=other).problem == "key-name-not-pinned"
    for wrong in ({"b.pem": pem}, {"a.pem": pem, "ca.der": root}):
        with pytest.raises(ValueError, match="trust(_files)?: (names the file 'a.pem'|no line .* names)".replace("'", '"')):
            verify(trust="one ak-key a.pem", trust_files=wrong)
    with pytest.raises(ValueError, match="relative to the trust file"):
        verify(trust=fleet.read_text())
    with pytest.raises(OSError):
        verify(trust=fleet.parent / "none.trust")
    (fleet.parent / "ca.der").unlink()
    with pytest.raises(OSError):
        verify(trust=fleet)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no line in it"),
        ("web ak-keys a", "line 1, column 5: .*expected ak-name"),
        (f"web ak-name {NAME}\nweb ak-name {NAME}", "line 2, column 1: the line stands in the file already"),
        ("web ak-ca a profile=google", "needs"),
        ("web ak-key a", "ak-key: a: "),
        ("web ak-ca a", "ak-ca: a: "),
        ("web certified-by a", "certified-by: a: no key to trust"),
        (f"web hardware-root a measurement={'11' * 48}", "hardware-root: a: "),
        ("fleet.trust", "a name alone"),
    ],
)
def test_a_trust_file_that_is_wrong_is_an_error(text: str, says: str) -> None:
    files = {"a": "-----BEGIN nothing"} if " a" in text else {}
    with pytest.raises(ValueError, match=says) as caught:
        verify(trust=text, trust_files=files)
    assert str(caught.value).startswith("trust: line ")
    assert ("pathlib.Path" in str(caught.value)) == (text == "fleet.trust")


def test_a_setting_beside_a_trust_file_is_an_error() -> None:
    trust = f"one ak-name {NAME_P256}"
    others: list[dict[str, Any]] = [
        {"ak_names": NAME_P256},
        {"certified_by": CERTIFY / "ak.pub", **CERTIFICATION},
        {"ca": b""},
        {"profile": "tcg"},
        {"google_project": "x"},
        {"google_instance": 5},
        {"azure_vm": "x"},
        {"dangerous_allow_sha1_certificates": True},
    ]
    for other in others:
        with pytest.raises(TypeError, match="'trust' or .* not both"):
            verify(trust=trust, **other)
    with pytest.raises(TypeError, match="not both"):
        verify(trust=trust, policy={"ak_name": [NAME_P256]})
    alone: list[dict[str, Any]] = [{"machine": "x"}, {"trust_files": {}}]
    for lonely in alone:
        with pytest.raises(TypeError, match="only together with 'trust'"):
            verify(**lonely)
    for wrong in ({"trust": 5}, {"trust": trust, "machine": 5}, {"trust": trust, "trust_files": []}):
        with pytest.raises(TypeError, match="expected"):
            verify(**wrong)


def test_a_line_vouches_for_the_key_of_another_attestation() -> None:
    given: dict[str, Any] = {
        "key": CERTIFY / "ak.pub",
        "attest": CERTIFY / "attest",
        "signature": CERTIFY / "sig",
        "object": CERTIFY / "certified.pub",
        "nonce": "00ff55aa",
    }
    name = tpm_quote.Name.of_public(CERTIFY / "ak.pub")
    attest = tpm_quote.verify_attest("certify", trust=f"one ak-name {name}", **given)
    assert attest.verdict == "verified"
    assert attest.key.vouched_by == {"file": "-", "line": 1, "name": "one"}
    with pytest.raises(tpm_quote.Rejected) as caught:
        tpm_quote.verify_attest("certify", trust=f"one ak-name {NAME_P256}", **given)
    assert caught.value.check == "key-anchor"


def test_a_line_names_a_processor() -> None:
    roots = (SNP / "ask.der").read_bytes() + (SNP / "ark.der").read_bytes()
    line = "vm hardware-root amd.der measurement={} tcb={}"
    given: dict[str, Any] = {
        "evidence": SNP / "azure.json",
        "nonce": "ab0d726c16d95c5dd55f5b12f7eff781",
        "trust_files": {"amd.der": roots},
        "at": AT,
    }
    quote = tpm_quote.verify_quote(trust=line.format("6a" * 48, "4.0.24.219"), **given)
    assert (quote.verdict, quote.key.trust) == ("verified", "bound-to-hardware")
    assert quote.key.vouched_by == {"file": "-", "line": 1, "name": "vm"}
    for name in ("ak.pub", "ak.pem"):
        named = tpm_quote.verify_quote(key=SNP_KEY.parent / name, trust=line.format("6a" * 48, "4.0.24.219"), **given)
        assert named.key.vouched_by == quote.key.vouched_by
    assert quote.report()["key"]["hardware"]["measurement"] == "6a" * 48
    for measurement, tcb, problem in (("11" * 48, "4.0.24.219", "snp-measurement"), ("6a" * 48, "4.0.25.0", "snp-tcb-too-old")):
        with pytest.raises(tpm_quote.Rejected) as caught:
            tpm_quote.verify_quote(trust=line.format(measurement, tcb), **given)
        assert caught.value.problem == problem
    del given["trust_files"]
    pinned = tpm_quote.verify_quote(trust="one ak-key ak.pem", trust_files={"ak.pem": SNP_KEY}, **given)
    assert pinned.key.trust == "pinned-key"
    with pytest.raises(TypeError, match="'hardware_root' or 'trust', not both"):
        tpm_quote.verify_quote(trust="one ak-key a", hardware_root=roots, hardware_measurement="6a" * 48, **given)


def test_sha1_signs_certificates_only_by_its_own_option() -> None:
    given: dict[str, Any] = {"ak_cert": CERTIFICATES / "ak-main-p256-sha1.der", "ca": CERTIFICATES / "issuing.der"}
    line = "fleet ak-ca issuing.der"
    trust: dict[str, Any] = {"trust_files": {"issuing.der": given["ca"]}, "ak_cert": given["ak_cert"]}
    assert refused(trust=line, **trust).problem == "certificate-signature-sha1"
    assert verify(trust=f"{line} dangerous-sha1-certificates", **trust).key.trust == "certificate"
    for options in ({}, {"dangerous_allow_sha1_signatures": True}, {"policy": {"dangerous_sha1": True}}):
        assert refused(**given, **options).problem == "certificate-signature-sha1"
    accepted: list[dict[str, Any]] = [
        {"dangerous_allow_sha1_certificates": True},
        {"policy": {"dangerous_sha1_certificates": True}},
    ]
    for options in accepted:
        for key in (CASE / "ak.pub", CASE / "ak.pem"):
            quote = verify(**given, **options, key=key)
            assert quote.verdict == "verified"
    assert any("signed with SHA-1" in warning for warning in verify(**given, **accepted[0]).warnings)
    with pytest.raises(TypeError, match="only together with 'ak_cert'"):
        verify(at=None, dangerous_allow_sha1_certificates=True)
