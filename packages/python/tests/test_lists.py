"""Lists of IMA, and the evidence of other projects with the hardware that vouches for its key."""

from __future__ import annotations

import base64
import datetime
import json
import pathlib
import ssl
from typing import Any

import pytest

import tpm_quote
from conftest import DATA, facts

IMA = DATA / "ima"
SNP = DATA / "snp"
CASE = "cases/004-main-rsa2048-rsassa-sha256"
AT = datetime.datetime(2030, 1, 1, tzinfo=datetime.timezone.utc)
MEASUREMENT, ID_KEY = "6a" * 48, "94" * 48


def listed(name: str, **options: Any) -> tpm_quote.Quote:
    """A machine's quote that covers PCR 10, with its list."""
    folder = IMA / name
    case = json.loads((folder / "case.json").read_bytes())
    quote = next(q for q in case["quotes"] if q["dir"] == "quotes/ecc-sha256-few")
    part = folder / quote["dir"]
    given: dict[str, Any] = {
        "key": folder / quote["ak"],
        "attest": part / "quote.attest",
        "signature": part / "quote.sig",
        "pcrs": part / "pcrs.values",
        "require_pcrs": "sha256:0,7,10",
        "nonce": quote["nonce"],
        "ima_list": folder / "ima.bin",
    }
    return tpm_quote.verify_quote(**{**given, **options})


def digests(name: str) -> list[str]:
    """The digests of the kernel's own text, but for the violations and the boot aggregate."""
    lines = (IMA / name / "ima.ascii").read_bytes().splitlines()
    found = [line.split(b" ")[3].decode() for line in lines if line.startswith(b"10 ")]
    found = [digest.removeprefix("ima:") for digest in found[1:]]
    named = [digest if ":" in digest else f"sha1:{digest}" for digest in found]
    return [digest for digest in named if set(digest.split(":")[-1]) != {"0"}]


def refused(name: str = "08-ima-sig", **options: Any) -> tpm_quote.VerifyError:
    with pytest.raises(tpm_quote.VerifyError) as caught:
        listed(name, **options)
    return caught.value


@pytest.mark.parametrize("name", ["07-ima-sha1", "08-ima-sig", "10-ima-ngv2-verity"])
def test_a_list_is_replayed_and_judged(name: str) -> None:
    [told] = json.loads((IMA / name / "case.json").read_bytes())["ima"]
    for given in (IMA / name / "ima.bin", IMA / name / "ima.ascii", (IMA / name / "ima.ascii").read_text()):
        ima = listed(name, ima_list=given).ima
        assert ima is not None
        assert (ima["entries"], ima["proven"]) == (told["entries"], told["entries"])
    good = digests(name)
    ima = listed(name, ima_allow=good, ima_require=good[:3], require_anchor=False).ima
    assert ima is not None and ima["unknown"] == 0
    error = refused(name, ima_allow=good[1:])
    assert (error.check, error.problem) == ("ima", "ima-not-allowed")
    error = refused(name, ima_allow=good, ima_require="sha256:" + "11" * 32)
    assert (error.check, error.problem) == ("ima", "ima-required")
    assert listed(name, ima_list=None).ima is None


@pytest.mark.parametrize("name", ["07-ima-sha1", "08-ima-sig", "10-ima-ngv2-verity"])
def test_all_proven_entries_are_listed_with_their_verdicts(name: str) -> None:
    assert listed(name).ima_entries is None
    entries = listed(name, ima_entries=True).ima_entries
    lines = [line.split(b" ") for line in (IMA / name / "ima.ascii").read_bytes().splitlines()]
    assert entries is not None and len(entries) == len(lines)
    for number, (entry, (pcr, _, template, digest, *rest)) in enumerate(zip(entries, lines)):
        assert (entry["entry"], entry["pcr"], entry["template"]) == (number, int(pcr), template.decode())
        given = digest.decode().removeprefix("ima:")
        assert (entry["digest"] or "").split(":")[-1] == given.split(":")[-1]
        assert entry["name"] == rest[0].decode() and entry["verdict"] is None
    good = digests(name)
    entries = listed(name, ima_entries=True, ima_allow=good).ima_entries
    assert entries and {entry["verdict"] for entry in entries} == {"allowed", "boot-aggregate"}
    # Of a list that is refused, the entries say which of them is not allowed.
    entries = refused(name, ima_entries=True, ima_allow=good[1:]).ima_entries
    unknown = [entry["digest"] for entry in entries or [] if entry["verdict"] == "unknown"]
    assert unknown and {(digest or "").split(":")[-1] for digest in unknown} == {good[0].split(":")[-1]}
    # Nothing is proven, so nothing is listed.
    assert refused(name, ima_entries=True, nonce="00").ima_entries is None
    assert refused(name, nonce="00").ima_entries is None
    with pytest.raises(TypeError, match="'ima_entries' only together with 'ima_list'"):
        listed(name, ima_entries=True, ima_list=None)


def test_list_goes_on_from_a_state() -> None:
    name = "08-ima-sig"
    good = digests(name)
    assert listed(name).ima_state is None
    whole = listed(name, ima_keep_state=True, ima_allow=good)
    state = whole.ima_state
    assert state and whole.ima == listed(name, ima_allow=good).ima
    # Nothing is new, and what was found before counts.
    again = listed(name, ima_list=b"", ima_state=state, ima_allow=good)
    assert (again.ima, again.ima_state) == (whole.ima, state)
    # What follows the quote is counted.
    assert whole.ima
    more = listed(name, ima_state=state, ima_allow=good).ima
    assert more and more["tail_entries"] == whole.ima["proven"]
    other = {"ima_allow": good, "ima_require": good[0]}
    assert refused(name, ima_list=b"", ima_state=state, **other).problem == "ima-state-policy"
    assert refused("07-ima-sha1", ima_list=b"", ima_state=state).problem == "ima-state-key"
    assert refused(name, ima_state=state[:-1] + b"x").problem == "ima-state-form"
    # No state is kept of a list that is not accepted.
    refused(name, ima_keep_state=True, ima_allow=good[1:])
    for more_options in ({"ima_state": state}, {"ima_keep_state": True}):
        with pytest.raises(TypeError, match="only together with 'ima_list'"):
            listed(name, ima_list=None, **more_options)
        with pytest.raises(ValueError, match="ima_entries: "):
            listed(name, ima_entries=True, **more_options)
    with pytest.raises(TypeError, match="ima_state"):
        tpm_quote.verify_many([], ima_list="response", ima_keep_state=True)  # type: ignore[call-arg]


def test_whole_list_with_a_state_is_noted() -> None:
    server = DATA / "server"
    first, later = (
        "b7154f895a4c4ce055494a2b023571a520caecc36ff541d534d0e25657eaa907",
        "4b53dbd5e363657c4d5b52937b39b3e515856de87f078868e2711a95eecc8484",
    )
    quote = tpm_quote.verify_response(
        server / "response.json", nonce=first, ima_list="response", ima_keep_state=True
    )
    before = (server / "ima.bin").read_bytes()
    whole = (server / "ima-later.bin").read_bytes()
    assert isinstance(quote, tpm_quote.Quote) and whole.startswith(before)
    options: dict[str, Any] = {"nonce": later, "ima_state": quote.ima_state}
    new = whole[len(before) :]
    went_on = tpm_quote.verify_response(server / "later.json", **options, ima_list=new)
    assert went_on.ima and went_on.ima["tail_entries"] == 0
    with pytest.raises(tpm_quote.Rejected, match="Note: with ima_state, ima_list has only what is new") as caught:
        tpm_quote.verify_response(server / "later.json", **options, ima_list=whole)
    assert caught.value.problem == "ima-mismatch"
    with pytest.raises(tpm_quote.Rejected) as caught:
        tpm_quote.verify_response(server / "later.json", nonce=later, ima_list=before)
    assert caught.value.problem == "ima-mismatch" and "Note: with ima_state" not in str(caught.value)


def test_names_of_entries_are_text_whatever_bytes_they_have() -> None:
    entries = listed("11-ima-odd-names", ima_entries=True).ima_entries
    [told] = facts("ima/11-ima-odd-names")["ima"]
    assert entries is not None and len(entries) == told["entries"]
    violations = [entry["entry"] for entry in entries if entry["template"] is None]
    assert len(violations) == len(told["violations"])


def test_allow_lists_come_in_any_form(tmp_path: pathlib.Path) -> None:
    good = digests("08-ima-sig")
    lines = "".join(f"{digest.split(':')[1]}  /some/file\n" for digest in good)
    file = tmp_path / "allow"
    file.write_text(lines)
    own = json.dumps({"ima_allow": good})
    for given in (good, tuple(good), set(good), frozenset(good), lines, lines.encode(), file, own):
        ima = listed("08-ima-sig", ima_allow=given).ima
        assert ima is not None and ima["unknown"] == 0
    assert listed("08-ima-sig", ima_allow=[good[0], lines]).ima
    for wrong in ("allow.txt", "", [], ["sha256:00"], b"\xff"):
        with pytest.raises(tpm_quote.Malformed):
            listed("08-ima-sig", ima_allow=wrong)


def test_a_policy_says_what_a_list_has_to_be(tmp_path: pathlib.Path) -> None:
    good = digests("08-ima-sig")
    (tmp_path / "more").write_text("".join(f"{digest}\n" for digest in good[3:]))
    file = tmp_path / "policy.json"
    file.write_text(json.dumps({"ima_allow": [*good[:3], "more"], "ima_require": [good[4]]}))
    ima = listed("08-ima-sig", policy=file).ima
    assert ima is not None and ima["unknown"] == 0
    (tmp_path / "more").write_text(good[4])
    assert refused("08-ima-sig", policy=file).problem == "ima-not-allowed"
    with pytest.raises(TypeError, match="only together with 'ima_list'"):
        listed("08-ima-sig", policy=file, ima_list=None)
    with pytest.raises(TypeError, match="only together with 'ima_list'"):
        tpm_quote.verify_many([], policy={"ima_allow": good})
    violated = {"ima_allow": digests("11-ima-odd-names"), "dangerous_ima_violations": True}
    assert listed("11-ima-odd-names", policy=violated).ima


def test_violations_are_refused_unless_they_are_allowed() -> None:
    # Names with line breaks forge lines of the text: the binary list alone has them right.
    good = set(digests("11-ima-odd-names"))
    error = refused("11-ima-odd-names", ima_allow=good)
    assert error.problem == "ima-violation"
    ima = listed("11-ima-odd-names", ima_allow=good, dangerous_ima_violations=True).ima
    assert ima is not None
    [told] = facts("ima/11-ima-odd-names")["ima"]
    assert ima["violations"] == len(told["violations"])


def test_a_list_that_does_not_fit_is_refused() -> None:
    error = refused(ima_list=IMA / "07-ima-sha1" / "ima.bin")
    assert (error.check, error.problem) == ("ima", "ima-mismatch")
    for wrong in (b"\xff" * 9, b"", IMA / "08-ima-sig" / "case.json", "/sys/kernel/security/ima"):
        error = refused(ima_list=wrong)
        assert isinstance(error, tpm_quote.Malformed) and error.help
    assert refused(nonce="00").check == "nonce"


def test_a_setting_of_lists_without_effect_is_an_error() -> None:
    lonely: list[tuple[dict[str, Any], str]] = [
        ({"ima_list": None, "ima_allow": "x"}, "ima_list"),
        ({"ima_require": "sha256:00"}, "ima_allow"),
        ({"dangerous_ima_violations": True}, "ima_allow"),
    ]
    for options, needed in lonely:
        with pytest.raises(TypeError, match=f"only together with '{needed}'"):
            listed("08-ima-sig", **options)
    with pytest.raises(ValueError, match="ima_require: .* expected a digest"):
        listed("08-ima-sig", ima_allow=digests("08-ima-sig"), ima_require=["66f7"])
    with pytest.raises(TypeError, match="ima_require: expected str"):
        listed("08-ima-sig", ima_allow=digests("08-ima-sig"), ima_require=[5])
    with pytest.raises(TypeError, match="ima_list: expected"):
        listed("08-ima-sig", ima_list=5)


SERVER = DATA / "server"
NONCES = {
    # As README.md of the folder has them.
    "response.json": "b7154f895a4c4ce055494a2b023571a520caecc36ff541d534d0e25657eaa907",
    "later.json": "4b53dbd5e363657c4d5b52937b39b3e515856de87f078868e2711a95eecc8484",
}


def carrying(name: str, ima_list: str, **changes: Any) -> dict[str, Any]:
    """A response that carries its logs."""
    response: dict[str, Any] = json.loads((SERVER / name).read_bytes())
    log, ima = (base64.b64encode((SERVER / file).read_bytes()).decode() for file in ("eventlog.bin", ima_list))
    response["_metadata"] |= {"event_log_b64": log, "ima_log_b64": ima, **changes}
    return response


def test_a_machine_is_judged_by_its_logs_and_a_policy() -> None:
    given: dict[str, Any] = {"boot_log": SERVER / "eventlog.bin", "policy": SERVER / "policy.json"}
    quote = tpm_quote.verify_response(
        SERVER / "response.json",
        nonce=NONCES["response.json"],
        ima_list=SERVER / "ima.bin",
        **given,
    )
    assert isinstance(quote, tpm_quote.Quote) and quote.key.trust == "pinned"
    with pytest.raises(tpm_quote.Rejected) as caught:
        tpm_quote.verify_response(
            SERVER / "later.json",
            nonce=NONCES["later.json"],
            ima_list=SERVER / "ima-later.bin",
            **given,
        )
    assert (caught.value.check, caught.value.problem) == ("ima", "ima-not-allowed")


def test_a_response_carries_its_logs() -> None:
    asked: dict[str, Any] = {
        "boot_log": "response",
        "ima_list": "response",
        "policy": SERVER / "policy.json",
    }
    good = carrying("response.json", "ima.bin")
    nonce = NONCES["response.json"]
    for given in (good, json.dumps(good), good["_metadata"]):
        quote = tpm_quote.verify_response(given, nonce=nonce, **asked)
        assert isinstance(quote, tpm_quote.Quote)
        assert quote.verdict == "verified" and quote.boot and quote.ima
    with pytest.raises(tpm_quote.Rejected) as caught:
        tpm_quote.verify_response(carrying("later.json", "ima-later.bin"), nonce=NONCES["later.json"], **asked)
    assert caught.value.problem == "ima-not-allowed"
    # A server cannot leave out what speaks against it.
    for missing in ("event_log_b64", "ima_log_b64"):
        less = json.loads(json.dumps(good))
        del less["_metadata"][missing]
        with pytest.raises(tpm_quote.Malformed) as malformed:
            tpm_quote.verify_response(less, nonce=nonce, **asked)
        assert malformed.value.problem == "log-not-carried"
    for wrong in ("?", "", "AAAA"):
        with pytest.raises(tpm_quote.VerifyError):
            tpm_quote.verify_response(
                carrying("response.json", "ima.bin", event_log_b64=wrong), nonce=nonce, **asked
            )
    # What the client does not ask for is not looked at.
    assert tpm_quote.verify_response(carrying("response.json", "ima.bin", event_log_b64="?"), nonce=nonce).boot is None


def test_of_many_each_response_has_its_own_logs() -> None:
    asked: dict[str, Any] = {"boot_log": "response", "ima_list": "response"}
    # Nonces that no payload id comes to: the logs are read all the same, and refused in their order.
    records: list[tuple[str, Any]] = [("x", carrying("response.json", "ima.bin")), ("y", (SERVER / "response.json").read_bytes())]
    found = [(report.check, report.problem) for report in tpm_quote.verify_many(records, **asked)]
    assert found == [("nonce", "nonce"), ("nonce", "nonce")]
    states = {check["name"]: check["state"] for check in next(tpm_quote.verify_many(records, **asked)).report()["checks"]}
    assert (states["boot-log"], states["ima"]) == ("not-reached", "not-reached")
    wrong: list[dict[str, Any]] = [{"boot_log": b""}, {"ima_list": b""}, {"userspace_log": ""}]
    for options in wrong:
        with pytest.raises(TypeError, match="only as 'response'"):
            tpm_quote.verify_many([], **options)
    with pytest.raises(TypeError, match="no response that could carry"):
        listed("08-ima-sig", ima_list="response")
    with pytest.raises(TypeError, match="no response that could carry"):
        listed("08-ima-sig", ima_list=None, boot_log="response")


def azure(evidence: Any = SNP / "azure.json", **options: Any) -> tpm_quote.Quote:
    given: dict[str, Any] = {
        "nonce": facts(CASE)["nonce_hex"],
        "hardware_root": (SNP / "ask.der").read_bytes() + (SNP / "ark.der").read_bytes(),
        "hardware_measurement": MEASUREMENT,
        "at": AT,
    }
    return tpm_quote.verify_quote(evidence=evidence, **{**given, **options})


def test_the_processor_vouches_for_the_key_in_azure() -> None:
    text = (SNP / "azure.json").read_text()
    for given in (SNP / "azure.json", text, text.encode(), json.loads(text)):
        quote = azure(given, require_anchor=True, require_pcrs="sha256:0,7")
        assert (quote.verdict, quote.key.trust) == ("verified", "bound-to-hardware")
        hardware = quote.report()["key"]["hardware"]
        assert (hardware["measurement"], hardware["id_key"]) == (MEASUREMENT, ID_KEY)
        assert hardware["tcb"] == "4.0.24.219"
    assert azure().selection == tpm_quote.PcrSet("sha256:0,7,10")
    assert azure(hardware_measurement=["11" * 48, bytes.fromhex(MEASUREMENT)]).key.is_anchored
    assert azure(hardware_measurement=None, hardware_id_key=ID_KEY).key.is_anchored
    assert azure(hardware_tcb="4.0.24.219").key.is_anchored
    assert azure(key=DATA / CASE / "ak.pub").key.trust == "bound-to-hardware"
    assert azure(key=DATA / CASE / "ak.pem").key.trust == "bound-to-hardware"


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"hardware_measurement": "11" * 48}, "snp-measurement"),
        ({"hardware_id_key": "11" * 48}, "snp-id-key"),
        ({"hardware_tcb": "4.0.25.0"}, "snp-tcb-too-old"),
        ({"key": DATA / "cases/005-main-p256-ecdsa-sha256" / "ak.pub"}, "key-differs"),
        ({"at": datetime.datetime(1999, 1, 1)}, None),
        (
            {"hardware_root": (SNP / "ask-stranger.der").read_bytes() + (SNP / "ark.der").read_bytes()},
            None,
        ),
    ],
)
def test_a_processor_that_does_not_fit_is_refused(options: dict[str, Any], problem: str | None) -> None:
    with pytest.raises(tpm_quote.Rejected) as caught:
        azure(**options)
    assert caught.value.check == "key-anchor"
    assert problem in (None, caught.value.problem)


def attested(*cases: str) -> dict[str, Any]:
    """The evidence of go-attestation, with a quote of each of these cases by one key."""

    def encoded(case: str, name: str) -> str:
        return base64.b64encode((DATA / "cases" / case / name).read_bytes()).decode()

    public = (DATA / "cases" / cases[0] / "ak.pub").read_bytes()[2:]
    pcrs = [
        {"Index": int(index), "Digest": base64.b64encode(bytes.fromhex(value)).decode(), "DigestAlg": 5}
        for case in cases
        for index, value in facts(f"cases/{case}")["pcr_values"]["sha256"].items()
    ]
    return {
        "Public": base64.b64encode(public).decode(),
        "Quotes": [
            {"Quote": encoded(case, "quote.attest"), "Signature": encoded(case, "quote.sig")} for case in cases
        ],
        "PCRs": pcrs,
        "EventLog": None,
    }


def test_what_evidence_lacks_is_rejected() -> None:
    case = "005-main-p256-ecdsa-sha256"
    one = attested(case)
    given: dict[str, Any] = {"key": DATA / "cases" / case / "ak.pub", "nonce": facts(f"cases/{case}")["nonce_hex"]}
    assert tpm_quote.verify_quote(evidence=one, **given).verdict == "verified-self-asserted"
    with pytest.raises(tpm_quote.Rejected) as caught:
        azure(one)
    assert (caught.value.check, caught.value.problem) == ("key-anchor", "hardware-missing")
    two = {**one, "Quotes": one["Quotes"] * 2}
    with pytest.raises(tpm_quote.Rejected) as caught:
        tpm_quote.verify_quote(evidence=two, require_pcrs="sha256:1", **given)
    assert (caught.value.check, caught.value.problem) == ("selection", "pcr-not-covered")
    # Which of several is meant is the caller's to say.
    for require in (None, "sha256:0"):
        with pytest.raises(ValueError, match="evidence: .*2 quotes"):
            tpm_quote.verify_quote(evidence=two, require_pcrs=require, **given)


def test_a_policy_may_have_several_measurements() -> None:
    for key, good in (("hardware_measurement", MEASUREMENT), ("hardware_id_key", ID_KEY)):
        for several, is_known in ((["11" * 48, good], True), (["11" * 48, "22" * 48], False)):
            policy = {key: several}
            try:
                quote = azure(policy=policy, hardware_measurement=None)
                assert is_known and quote.key.trust == "bound-to-hardware"
            except tpm_quote.Rejected as error:
                assert not is_known and error.check == "key-anchor"


def test_evidence_that_was_changed_is_refused() -> None:
    evidence = json.loads((SNP / "azure.json").read_bytes())
    with pytest.raises(tpm_quote.Rejected) as caught:
        azure(nonce="00")
    assert caught.value.check == "nonce"
    evidence["tpm_quote"]["pcrs"][7] = "11" * 32
    with pytest.raises(tpm_quote.Rejected) as caught:
        azure(evidence)
    assert caught.value.check == "pcr-digest"
    with pytest.raises(tpm_quote.Malformed) as malformed:
        azure({**evidence, "hcl_report": "?"})
    assert malformed.value.report()["field"] == "hcl_report"
    with pytest.raises(tpm_quote.Malformed):
        azure("azure.json")


def test_the_key_of_evidence_can_be_named() -> None:
    given: dict[str, Any] = {"hardware_root": None, "hardware_measurement": None, "at": None}
    quote = azure(key=DATA / CASE / "ak.pub", **given)
    assert (quote.verdict, quote.key.trust) == ("verified-self-asserted", "self-asserted")
    name = facts(CASE)["ak_name_hex"]
    assert azure(key=DATA / CASE / "ak.pub", ak_names=name, **given).key.trust == "pinned"
    with pytest.raises(TypeError, match="nothing in the evidence vouches for its key"):
        azure(**given)
    with pytest.raises(tpm_quote.VerifyError) as caught:
        azure(
            **{**given, "at": AT},
            ak_cert=DATA / "certificates" / "ak-main-p256.der",
            ca=DATA / "certificates" / "root.der",
        )
    assert caught.value.check == "key-anchor"


def test_a_setting_of_hardware_without_effect_is_an_error() -> None:
    lonely: list[tuple[dict[str, Any], str]] = [
        ({"hardware_root": None}, "'hardware_measurement' only together with 'hardware_root'"),
        ({"hardware_measurement": None}, "needs 'hardware_measurement' or 'hardware_id_key'"),
        ({"ak_names": "00"}, "'hardware_root' or 'ak_names', not both"),
        ({"pcrs": {}}, "'evidence' or 'pcrs', not both"),
    ]
    for options, said in lonely:
        with pytest.raises(TypeError, match=said):
            azure(**options)
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"hardware_measurement": "6a"}, "hardware_measurement: 1 bytes, expected 48"),
        ({"hardware_id_key": "00" * 48}, "zeros"),
        ({"hardware_tcb": "4.0.24"}, "hardware_tcb: expected four numbers"),
        ({"hardware_root": SNP / "ask.der"}, "hardware_root: lacks the certificate"),
    ]
    for options, said in wrong:
        with pytest.raises(ValueError, match=said):
            azure(**options)
    case = DATA / CASE
    with pytest.raises(TypeError, match="'hardware_root' only together with 'evidence'"):
        tpm_quote.verify_quote(  # type: ignore[call-overload]
            key=case / "ak.pub",
            attest=case / "quote.attest",
            signature=case / "quote.sig",
            pcrs=case / "pcrs.serialized",
            nonce=facts(CASE)["nonce_hex"],
            hardware_root=SNP / "ark.der",
            hardware_measurement=MEASUREMENT,
        )
    report = {"tpm_quote": {"signature": "00", "message": "00", "pcrs": []}}
    with pytest.raises(tpm_quote.Malformed):
        azure({"version": 2, **report})


SIGNED_BY_RSA = ("/disk/bin/portable.sh", "/disk/bin/rsa.sh", "/disk/etc/signed.conf")
KEYS = [IMA / "08-ima-sig" / "ima-rsa.der", IMA / "08-ima-sig" / "ima-ec.der"]


def unsigned(*signed: str) -> list[str]:
    """The digests of the files but these, as the kernel's own text has them."""
    lines = [line.split(b" ") for line in (IMA / "08-ima-sig" / "ima.ascii").read_bytes().splitlines()]
    return [line[3].decode() for line in lines[1:] if line[4].decode() not in signed]


def test_files_are_allowed_by_the_keys_that_signed_them(tmp_path: pathlib.Path) -> None:
    rest = unsigned(*SIGNED_BY_RSA, "/disk/bin/ec.sh")
    ima = listed("08-ima-sig", ima_allow=rest, ima_key=KEYS).ima
    assert ima is not None and (ima["signed"], ima["unknown"]) == (4, 0)
    pem = ssl.DER_cert_to_PEM_cert(KEYS[0].read_bytes())
    for key in (KEYS[0], KEYS[0].read_bytes(), pem):
        ima = listed("08-ima-sig", ima_allow=unsigned(*SIGNED_BY_RSA), ima_key=key).ima
        assert ima is not None and ima["signed"] == 3
    # A key alone allows what it signed, and nothing else does.
    assert refused("08-ima-sig", ima_key=KEYS[0]).problem == "ima-not-allowed"
    assert refused("08-ima-sig", ima_allow=rest, ima_key=KEYS[1]).problem == "ima-not-allowed"
    policy = tmp_path / "policy.json"
    policy.write_text(json.dumps({"ima_key": [str(KEYS[0])], "ima_allow": unsigned(*SIGNED_BY_RSA)}))
    ima = listed("08-ima-sig", policy=policy).ima
    assert ima is not None and ima["signed"] == 3
    with pytest.raises(ValueError, match="ima_key: "):
        listed("08-ima-sig", ima_key=b"no key")
    with pytest.raises(TypeError, match="'ima_key' only together with 'ima_list'"):
        listed("08-ima-sig", ima_list=None, ima_key=KEYS)


def test_policy_of_ima_has_to_have_been_in_force() -> None:
    machine = DATA / "boot" / "15-trixie-secureboot"
    quotes = {quote["dir"]: quote for quote in facts("boot/15-trixie-secureboot")["quotes"]}
    lines = [line.split(b" ") for line in (machine / "ima.ascii").read_bytes().splitlines()]

    def judged(name: str, **options: Any) -> tpm_quote.Quote:
        quote = quotes[f"quotes/{name}"]
        part = machine / quote["dir"]
        given: dict[str, Any] = {
            "key": machine / quote["ak"],
            "attest": part / "quote.attest",
            "signature": part / "quote.sig",
            "pcrs": part / "pcrs.values",
            "require_pcrs": {bank["bank"]: bank["pcrs"] for bank in quote["select"]},
            "nonce": quote["nonce"],
            "ima_list": machine / "ima.bin",
            "ima_allow": [line[3].decode() for line in lines[1:]],
            "boot_log": machine / "eventlog.bin",
        }
        return tpm_quote.verify_quote(**{**given, **options})

    # quiet ima_policy=tcb ima_hash=sha256 ..
    every, few = "rsa-sha256-0to14", "ecc-sha256-few"
    for options in ({"ima_require_policy": "tcb"}, {"ima_require_policy": ["tcb"]}, {"policy": {"ima_require_policy": ["tcb"]}}):
        assert judged(every, **options).ima
    for name, policy, problem in ((every, "secure_boot", "ima-policy-missing"), (few, "tcb", "ima-policy-unknown")):
        with pytest.raises(tpm_quote.Rejected) as caught:
            judged(name, ima_require_policy=policy)
        assert (caught.value.check, caught.value.problem) == ("ima", problem)
    with pytest.raises(TypeError, match="'ima_require_policy' only together with 'boot_log'"):
        judged(every, ima_require_policy="tcb", boot_log=None)
    with pytest.raises(TypeError, match="only together with 'ima_allow' or 'ima_key'"):
        judged(every, ima_require_policy="tcb", ima_allow=None)
