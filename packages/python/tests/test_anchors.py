"""Keys in other forms, certificates, and logs of a machine's boot."""

from __future__ import annotations

import base64
import datetime
import json
import pathlib
import ssl
from typing import Any

import pytest

import tpm_quote
from conftest import DATA, PAYLOAD_ID, RSA

CASE = DATA / "cases" / "005-main-p256-ecdsa-sha256"
CERTIFICATES = DATA / "certificates"
MACHINE = DATA / "boot" / "01-secureboot-grub"
SEPARATED = DATA / "boot" / "13-os-separator"
AT = datetime.datetime(2030, 1, 1, tzinfo=datetime.timezone.utc)


def verify(**options: Any) -> tpm_quote.Quote:
    given: dict[str, Any] = {
        "key": CASE / "ak.pub",
        "attest": CASE / "quote.attest",
        "signature": CASE / "quote.sig",
        "pcrs": CASE / "pcrs.serialized",
        "nonce": (CASE / "nonce.bin").read_bytes(),
    }
    return tpm_quote.verify_quote(**{**given, **options})


def jwk() -> str:
    """The key of the case, by what another program says of it."""
    told = json.loads((CASE / "case.json").read_bytes())["ak_public"]

    def number(name: str) -> str:
        return base64.urlsafe_b64encode(bytes.fromhex(told[name])).rstrip(b"=").decode()

    return json.dumps({"kty": "EC", "crv": "P-256", "x": number("x"), "y": number("y")})


def test_a_key_comes_in_any_form() -> None:
    pem = (CASE / "ak.pem").read_text()
    public = (CASE / "ak.pub").read_bytes()
    lines = [line for line in pem.splitlines() if not line.startswith("-")]
    der = base64.b64decode("".join(lines))
    for key in (CASE / "ak.pem", pem, pem.encode(), der, jwk(), jwk().encode()):
        quote = verify(key=key)
        assert (quote.verdict, quote.key.trust) == ("verified-self-asserted", "self-asserted")
        states = {check["name"]: check["state"] for check in quote.report()["checks"]}
        assert states["key-attributes"] == "not-asked-for"
        assert quote.key.name is None and len(quote.warnings) == 1
    assert verify(key=base64.b64encode(public)).key.algorithm == "ecc-p256"


def test_a_key_that_is_none_is_malformed() -> None:
    for key in (b"", b"\xff" * 9, b"no key", "-----BEGIN nothing", "{}", pathlib.Path(RSA)):
        with pytest.raises(tpm_quote.Malformed) as caught:
            verify(key=key)
        assert caught.value.check == "input"
    with pytest.raises(TypeError, match="give a pathlib.Path"):
        verify(key="ak.pem")
    with pytest.raises(tpm_quote.Malformed) as caught:
        verify(key="-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
    assert caught.value.problem


def test_a_key_by_its_numbers_has_no_name() -> None:
    settings: list[dict[str, Any]] = [
        {"ak_names": "000b" + "11" * 32},
        {"hierarchy": "owner"},
        {"since": verify()},
    ]
    for setting in settings:
        with pytest.raises(TypeError, match="needs the public area"):
            verify(key=CASE / "ak.pem", **setting)


def test_a_certificate_vouches_for_the_key() -> None:
    certificate, root = CERTIFICATES / "ak-main-p256.der", CERTIFICATES / "root.der"
    pem = ssl.DER_cert_to_PEM_cert(certificate.read_bytes())
    for given in (certificate, certificate.read_bytes(), pem, pem.encode()):
        for roots in (root, [root], [CERTIFICATES / "root-stranger.der", root.read_bytes()]):
            quote = verify(ak_cert=given, ca=roots, at=AT, require_anchor=True)
            assert (quote.verdict, quote.key.trust) == ("verified", "certificate")
            assert quote.report()["key"]["certificate"]["profile"] == "tcg"
    assert verify(ak_cert=certificate, ca=root, at=AT.timestamp()).key.is_anchored
    quote = verify(key=CASE / "ak.pem", ak_cert=certificate, ca=root, at=AT)
    assert (quote.verdict, quote.key.trust) == ("verified", "certificate-key")


@pytest.mark.parametrize(
    ("options", "check"),
    [
        ({"ca": CERTIFICATES / "root-stranger.der"}, "key-anchor"),
        ({"at": datetime.datetime(1999, 1, 1)}, "key-anchor"),
        ({"ak_cert": CERTIFICATES / "ak-p256.der"}, "key-anchor"),
        ({"ak_cert": CERTIFICATES / "ek-p256.der"}, "key-anchor"),
        ({"profile": "google", "google_project": "acme"}, "key-anchor"),
        ({"profile": "google", "google_instance": 5}, "key-anchor"),
        ({"profile": "azure", "azure_vm": "x"}, "key-anchor"),
    ],
)
@pytest.mark.parametrize("key", ["ak.pub", "ak.pem"])
def test_a_certificate_that_does_not_fit_is_refused(
    options: dict[str, Any], check: str, key: str
) -> None:
    given = {
        "ak_cert": CERTIFICATES / "ak-main-p256.der",
        "ca": CERTIFICATES / "root.der",
        "at": AT,
        "key": CASE / key,
    }
    with pytest.raises(tpm_quote.Rejected) as caught:
        verify(**{**given, **options})
    assert caught.value.check == check


def test_a_certificate_setting_without_effect_is_an_error() -> None:
    lonely: list[dict[str, Any]] = [
        {"ca": b""},
        {"at": 5},
        {"profile": "tcg"},
        {"google_project": "x"},
        {"google_instance": 5},
        {"azure_vm": "x"},
        {"ak_cert": b""},
    ]
    for options in lonely:
        with pytest.raises(TypeError, match="together with"):
            tpm_quote.verify_response(RSA, payload_id=PAYLOAD_ID, **options)
    both: dict[str, Any] = {"ak_cert": CERTIFICATES / "ak-main-p256.der", "ca": CERTIFICATES / "root.der"}
    for options in ({"azure_vm": "x"}, {"profile": "azure", "google_project": "x"}):
        with pytest.raises(TypeError, match="together with profile="):
            verify(**both, **options)
    for options in ({"profile": "azure"}, {"profile": "google"}):
        with pytest.raises(TypeError, match="its root vouches for the VMs of all customers"):
            verify(**both, **options)
    with pytest.raises(ValueError, match="profile: expected"):
        verify(**both, profile="aws")
    with pytest.raises(TypeError, match="at: expected"):
        verify(**both, at="now")
    with pytest.raises(ValueError):
        verify(**both, at=-1)
    with pytest.raises(tpm_quote.Malformed):
        verify(ak_cert="-----BEGIN CERTIFICATE-----\n", ca=CERTIFICATES / "root.der")


def machine(folder: pathlib.Path, **options: Any) -> tpm_quote.Quote:
    """A machine's quote, as another program describes it."""
    case = json.loads((folder / "case.json").read_bytes())
    quote = next(q for q in case["quotes"] if q["dir"] == "quotes/rsa-sha256-0to14")
    part = folder / quote["dir"]
    given: dict[str, Any] = {
        "key": folder / quote["ak"],
        "attest": part / "quote.attest",
        "signature": part / "quote.sig",
        "pcrs": part / "pcrs.values",
        "require_pcrs": {bank["bank"]: bank["pcrs"] for bank in quote["select"]},
        "nonce": quote["nonce"],
    }
    return tpm_quote.verify_quote(**{**given, **options})


def logged(folder: pathlib.Path) -> list[int]:
    replay = json.loads((folder / "case.json").read_bytes())["eventlog"]["replay"]["sha256"]
    return sorted(int(index) for index in replay)


def test_a_boot_log_is_replayed() -> None:
    assert machine(MACHINE).boot is None
    for log in (MACHINE / "eventlog.bin", (MACHINE / "eventlog.bin").read_bytes()):
        boot = machine(MACHINE, boot_log=log).boot
        assert boot is not None
        explained = [pcr["index"] for pcr in boot["explained_pcrs"]]
        assert [index for index in explained if index in logged(MACHINE)] == logged(MACHINE)
    padded = (MACHINE / "eventlog.bin").read_bytes() + b"\xff" * 32
    boot = machine(MACHINE, boot_log=padded, allow_padding=True).boot
    assert boot is not None and boot["tail_bytes"] == 32


def test_a_log_that_does_not_fit_is_refused() -> None:
    with pytest.raises(tpm_quote.Rejected) as caught:
        machine(MACHINE, boot_log=SEPARATED / "eventlog.bin", allow_suffix="os-separator")
    assert (caught.value.check, caught.value.problem) == ("boot-log", "log-mismatch")
    with pytest.raises(tpm_quote.VerifyError) as failed:
        machine(SEPARATED, boot_log=SEPARATED / "eventlog.bin")
    assert failed.value.check == "boot-log"
    allowed = machine(SEPARATED, boot_log=SEPARATED / "eventlog.bin", allow_suffix=["os-separator"])
    assert allowed.boot is not None
    assert [suffix["name"] for suffix in allowed.boot["suffixes"]] == ["os-separator"]
    for log in (b"\xff" * 9, MACHINE / "case.json", (MACHINE / "eventlog.bin").read_bytes()[:-3]):
        with pytest.raises(tpm_quote.Malformed) as malformed:
            machine(MACHINE, boot_log=log)
        assert malformed.value.check in ("boot-log", "input")
    with pytest.raises(tpm_quote.Malformed):
        machine(MACHINE, userspace_log="not a log")
    # The quote comes first: nothing is said of a log that it does not cover.
    with pytest.raises(tpm_quote.Rejected) as caught:
        machine(MACHINE, boot_log=b"", nonce="00")
    assert caught.value.check == "nonce"


def test_a_log_setting_without_effect_is_an_error() -> None:
    lonely: list[dict[str, Any]] = [{"allow_padding": True}, {"allow_suffix": "os-separator"}]
    for options in lonely:
        with pytest.raises(TypeError, match="together with 'boot_log'"):
            machine(MACHINE, **options)
    with pytest.raises(ValueError, match="allow_suffix: expected '"):
        machine(MACHINE, boot_log=MACHINE / "eventlog.bin", allow_suffix="separator")
    with pytest.raises(TypeError, match="boot_log: "):
        machine(MACHINE, boot_log="/sys/kernel/security/tpm0/binary_bios_measurements")
    with pytest.raises(TypeError, match="'boot_log' only as 'response'"):
        tpm_quote.verify_many([], boot_log=b"")  # type: ignore[arg-type]


def test_a_response_has_logs_and_certificates_as_well() -> None:
    with pytest.raises(tpm_quote.VerifyError) as caught:
        tpm_quote.verify_response(RSA, payload_id=PAYLOAD_ID, boot_log=MACHINE / "eventlog.bin")
    assert caught.value.check == "boot-log"
    block = DATA / "blocks" / "ecc-main-aik-tpm2b.json"
    payload_id = json.loads(block.read_bytes())["_metadata"]["payload_id"]
    quote = tpm_quote.verify_response(
        block,
        payload_id=payload_id,
        ak_cert=CERTIFICATES / "ak-main-p256.der",
        ca=CERTIFICATES / "root.der",
        at=AT,
    )
    assert quote.key.trust == "certificate"
