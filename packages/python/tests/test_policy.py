"""Policies: what the options say, in a file of the command, and rules for a boot."""

from __future__ import annotations

import datetime
import hashlib
import json
import pathlib
import re
from typing import Any

import pytest

import tpm_quote
from conftest import DATA, PAYLOAD_ID, ROOT, RSA
from test_anchors import AT, CASE, CERTIFICATES, MACHINE, SEPARATED, machine, verify

LOG = MACHINE / "eventlog.bin"


def documented() -> dict[str, Any]:
    """The example of docs/policy.md, which is about this machine."""
    text = (ROOT / "docs" / "policy.md").read_text()
    block = re.search(r"```json\n(.*?)```", text, re.DOTALL)
    assert block is not None
    policy: dict[str, Any] = json.loads(block.group(1))
    return policy


def boot(**rules: Any) -> tpm_quote.Quote:
    return machine(MACHINE, boot_log=LOG, policy={"boot": rules})


def test_the_documented_policy_holds_for_its_machine(tmp_path: pathlib.Path) -> None:
    policy = documented()
    told = json.loads((MACHINE / "case.json").read_bytes())
    quoted = next(q for q in told["quotes"] if q["dir"] == "quotes/rsa-sha256-0to14")
    values = {str(index): told["eventlog"]["replay"]["sha256"][str(index)] for index in (0, 7)}
    (tmp_path / policy["baseline"]).write_text(json.dumps({"sha256": values}))
    file = tmp_path / "policy.json"
    file.write_text(json.dumps(policy))
    given = {
        "boot_log": LOG,
        "ak_names": told["aks"]["rsa"]["name"],
        # The values alone do not say what they are values of.
        "pcrs": {
            "sha256": dict(
                zip(
                    (index for bank in quoted["select"] for index in bank["pcrs"]),
                    (
                        (MACHINE / quoted["dir"] / "pcrs.values").read_bytes()[at : at + 32]
                        for at in range(0, 32 * 15, 32)
                    ),
                )
            )
        },
        "require_pcrs": None,
    }
    quote = machine(MACHINE, policy=file, **given)
    assert (quote.verdict, quote.baseline_matched) == ("verified", 2)
    with pytest.raises(tpm_quote.Rejected) as caught:
        machine(MACHINE, policy=file, **{**given, "ak_names": None})
    assert (caught.value.check, caught.value.problem) == ("key-anchor", "key-not-anchored")
    values["7"] = "00" * 32
    (tmp_path / policy["baseline"]).write_text(json.dumps({"sha256": values}))
    with pytest.raises(tpm_quote.Rejected) as caught:
        machine(MACHINE, policy=file, **given)
    assert caught.value.check == "baseline"


def test_rules_for_a_boot_are_judged() -> None:
    rules = documented()["boot"]
    for policy in ({"boot": rules}, json.dumps({"boot": rules}), json.dumps({"boot": rules}).encode()):
        quote = machine(MACHINE, boot_log=LOG, policy=policy)
        assert quote.boot is not None and quote.boot["secure_boot"] == "on"
    for change, problem in [
        ({"allow_images": rules["allow_images"][1:]}, "image-not-allowed"),
        ({"allow_authorities": rules["require_authorities"]}, "authority-not-allowed"),
        ({"allow_command_lines": ["quiet"]}, "command-line-not-allowed"),
        ({"sbat_at_least": ["shim,9"]}, "sbat-too-old"),
        ({"dbx_has": ["11" * 32]}, "dbx-entry-missing"),
    ]:
        with pytest.raises(tpm_quote.Rejected) as caught:
            boot(**{**rules, **change})
        assert (caught.value.check, caught.value.problem) == ("boot-log", problem)
        # What was measured, so that it can be told from what is allowed, or added to it.
        if problem == "image-not-allowed":
            assert rules["allow_images"][0] == f"sha256:{caught.value.found}"
        if problem == "command-line-not-allowed":
            line = rules["allow_command_lines"][0]
            assert caught.value.found == hashlib.sha256(line.encode()).hexdigest()
    with pytest.raises(tpm_quote.Malformed) as refused:
        boot(require_images=rules["allow_images"])
    assert refused.value.help


def test_a_policy_says_what_the_options_say() -> None:
    name = json.loads((CASE / "case.json").read_bytes())["ak_name_hex"]
    assert verify(policy={"ak_name": [name], "require_anchor": True}).key.trust == "pinned"
    for policy, check in [
        ({"ak_name": ["000b" + "11" * 32]}, "key-anchor"),
        ({"require_anchor": True}, "key-anchor"),
        ({"require_pcrs": "sha256:0,23"}, "selection"),
        ({"min_firmware": "ffffffffffffffff"}, "clock"),
        ({"hierarchy": "platform"}, "signer"),
    ]:
        with pytest.raises(tpm_quote.VerifyError) as caught:
            verify(policy=policy)
        assert caught.value.check == check, policy
    assert tpm_quote.verify_response(
        '{"_metadata": {"tpm_attestation": {"is_available": false}}}',
        payload_id=PAYLOAD_ID,
        policy={"tier": "high"},
    ).verdict == "unavailable"
    suffixed = machine(
        SEPARATED, boot_log=SEPARATED / "eventlog.bin", policy={"allow_suffix": ["os-separator"]}
    )
    assert suffixed.boot is not None and suffixed.boot["suffixes"]
    padded = LOG.read_bytes() + b"\xff" * 32
    assert machine(MACHINE, boot_log=padded, policy={"allow_padding": True}).boot
    [report] = tpm_quote.verify_many([(PAYLOAD_ID, RSA)], policy={"require_anchor": True})
    assert report.check == "key-anchor"


def test_names_by_sha1_are_allowed_by_an_argument_or_a_policy() -> None:
    case = DATA / "cases" / "074-namealg-sha1"
    given: dict[str, Any] = {
        "key": case / "ak.pub",
        "attest": case / "quote.attest",
        "signature": case / "quote.sig",
        "pcrs": case / "pcrs.serialized",
        "nonce": (case / "nonce.bin").read_bytes(),
    }
    refused: list[dict[str, Any]] = [{}, {"dangerous_allow_sha1_signatures": True}]
    for options in refused:
        with pytest.raises(tpm_quote.Rejected) as caught:
            tpm_quote.verify_quote(**given, **options)
        assert (caught.value.check, caught.value.problem) == ("key-scheme", "name-alg-sha1")
    accepted: list[dict[str, Any]] = [{"dangerous_allow_sha1_names": True}, {"policy": {"dangerous_sha1": True}}]
    for options in accepted:
        quote = tpm_quote.verify_quote(**given, **options)
        assert "collisions can be made" in quote.warnings[-1]


def test_files_in_a_policy_are_relative_to_it(tmp_path: pathlib.Path) -> None:
    (tmp_path / "root.der").write_bytes((CERTIFICATES / "root.der").read_bytes())
    (tmp_path / "ak.der").write_bytes((CERTIFICATES / "ak-main-p256.der").read_bytes())
    policy = {"ak_cert": "ak.der", "ca": ["root.der"], "at": AT.isoformat()}
    file = tmp_path / "policy.json"
    file.write_text(json.dumps(policy))
    assert verify(policy=file).key.trust == "certificate"
    for given in (policy, json.dumps(policy)):
        with pytest.raises(ValueError, match="policy: ak_cert: names a file"):
            verify(policy=given)
    # The certificate begins in 2020.
    file.write_text(json.dumps({**policy, "at": "1999-12-31T23:59:59+01:00"}))
    with pytest.raises(tpm_quote.Rejected) as caught:
        verify(policy=file)
    assert caught.value.check == "key-anchor"
    file.write_text(json.dumps({**policy, "at": "0999999999"}))
    with pytest.raises(tpm_quote.Rejected):
        verify(policy=file)
    file.write_text(json.dumps({**policy, "ca": ["nowhere.der"]}))
    with pytest.raises(FileNotFoundError, match="nowhere.der"):
        verify(policy=file)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{}", "asks for nothing"),
        ("", "line 1, column 1"),
        ("[]", "line 1, column 1"),
        ('{"require_pcr": "sha256:0"}', 'line 1, column 2: .* "require_pcr"'),
        ('{"at": "1",\n "at": "2"}', "line 2, column 2"),
        ('{"ak_name": "00"}', "line 1"),
        ('{"ak_name": []}', "a list with an element"),
        ('{"require_anchor": "yes"}', "line 1"),
        ('{"at": "tomorrow"}', "line 1, column 8: at: expected a time"),
        ('{"google_instance": "x"}', "google_instance: expected a number"),
        ('{"boot": {"allow_images": ["x"]}}', "allow_images: expected a hash and a digest"),
        ('{"boot": {"allow_images": ["sha256:00"]}}', "allow_images: 1 bytes, expected 32"),
        ('{"boot": {"explained_pcrs": [24]}}', "explained_pcrs: not a PCR"),
        ('{"boot": {"dbx_has": ["0"]}}', "dbx_has: "),
        ('{"boot": {}}', "asks for nothing"),
    ],
)
def test_a_policy_that_makes_no_sense_is_an_error(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=f"policy: .*{said}"):
        tpm_quote.verify_response(RSA, payload_id=PAYLOAD_ID, boot_log=b"", policy=text)


def test_a_policy_without_effect_is_an_error() -> None:
    with pytest.raises(TypeError, match="'require_anchor', which the policy has as well"):
        verify(policy={"require_anchor": True}, require_anchor=True)
    assert verify(policy={"require_safe_clock": True}, require_anchor=False).verdict
    with pytest.raises(TypeError, match="needs 'boot_log' for the rules under 'boot' in the policy"):
        verify(policy={"boot": {"require_secure_boot": True}})
    time = DATA / "attest" / "017-gettime-p256"
    for key, value in [
        ("tier", "high"),
        ("require_pcrs", "sha256:0"),
        ("baseline", "x"),
        ("allow_padding", True),
        ("boot", {"require_secure_boot": True}),
    ]:
        with pytest.raises(ValueError, match="does not look at it"):
            tpm_quote.verify_attest(
                "time",
                key=time / "ak.pub",
                attest=time / "attest",
                signature=time / "sig",
                nonce="00ff55aa",
                policy={key: value},
            )
    for policy in ({"boot": {"require_secure_boot": True}}, {"allow_suffix": ["os-separator"]}):
        with pytest.raises(TypeError, match="(only together with|needs) 'boot_log'"):
            tpm_quote.verify_many([], policy=policy)
    with pytest.raises(TypeError, match="policy: expected"):
        verify(policy=5)


def test_times_are_those_of_the_calendar() -> None:
    """An `at` is refused where Python's calendar has no such day."""
    certificate = {"ak_cert": CERTIFICATES / "ak-main-p256.der", "ca": CERTIFICATES / "root.der"}
    start = datetime.datetime(2000, 2, 28, tzinfo=datetime.timezone.utc)
    for text in ("2000-02-30T00:00:00Z", "2100-02-29T00:00:00Z", "2000-01-01T24:00:00Z", "2000-01-01"):
        with pytest.raises(ValueError, match="at: expected a time"):
            verify(**certificate, policy={"at": text})
    for days in (0, 1, 2, 366, 36_525, 40_000):
        time = start + datetime.timedelta(days=days)
        texts: list[str] = []
        for policy in ({"at": time.isoformat()}, {"at": str(int(time.timestamp()))}):
            try:
                texts.append(verify(**certificate, policy=policy).verdict)
            except tpm_quote.Rejected as error:
                texts.append(error.message)
        assert texts[0] == texts[1]
