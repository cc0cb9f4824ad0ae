"""The verdicts of tests/data/expectations.json, which all faces of the library share."""

from __future__ import annotations

import json
from typing import Any

import pytest

import tpm_quote
from conftest import DATA, facts

TABLE = json.loads((DATA / "expectations.json").read_bytes())


def response(entry: dict[str, Any]) -> str:
    """The response of a row: a text, or a file in which members of the block are changed."""
    if "text" in entry:
        text: str = entry["text"]
        return text
    whole = json.loads((DATA / entry["response"]).read_bytes())
    block = whole["_metadata"]["tpm_attestation"]
    for path in entry.get("remove", []):
        member, name = place(block, path)
        del member[name]
    for path, value in entry.get("set", {}).items():
        member, name = place(block, path)
        member[name] = value
    return json.dumps(whole)


def place(block: Any, path: str) -> tuple[Any, str]:
    *parents, name = path.split("/")
    for parent in parents:
        block = block[parent]
    return block, name


def options(entry: dict[str, Any]) -> dict[str, Any]:
    given = dict(entry["options"])
    if "payload_id" in entry:
        given["payload_id"] = entry["payload_id"]
    if "certified_by" in given:
        given["certified_by"] = DATA / given["certified_by"]
    return given


def verdict(call: Any, **arguments: Any) -> dict[str, Any]:
    """What a call comes to; the exception or the result agrees with its report."""
    try:
        result = call(**arguments)
    except tpm_quote.VerifyError as error:
        report = error.report()
        assert (error.check, error.problem) == (report["check"], report["problem"])
        said = str(error)
        check, message = error.check, report["message"]
        if said != f"{check}: {message}":
            # An argument is named that the library refuses, or that looks like something else.
            said, _, note = said.partition(". Note: ")
            said = said.removeprefix(f"{check}: ").removesuffix(message)
            assert not said or said.split(":")[0] in arguments
            assert not note or note in report["notes"] or note.split(" ")[0] in arguments
        assert error.help == report["help"]
        assert type(error).__name__.lower() == report["verdict"]
    else:
        report = result.report()
        assert result.verdict == report["verdict"]
    return {key: report[key] for key in ("verdict", "check", "problem")}


@pytest.mark.parametrize("entry", TABLE["responses"], ids=lambda entry: entry["name"])
def test_response(entry: dict[str, Any]) -> None:
    text = response(entry)
    found = verdict(tpm_quote.verify_response, response=text, **options(entry))
    assert found == entry["expect"]
    found = verdict(tpm_quote.verify_response, response=text.encode(), **options(entry))
    assert found == entry["expect"]


@pytest.mark.parametrize("entry", TABLE["responses"], ids=lambda entry: entry["name"])
def test_response_of_many(entry: dict[str, Any]) -> None:
    given = options(entry)
    payload_id = given.pop("payload_id", None)
    given.pop("nonce", None)
    if payload_id is None:
        return
    try:
        reports = list(tpm_quote.verify_many([(payload_id, response(entry))] * 3, **given))
    except tpm_quote.Malformed as error:
        # A setting is refused before any response is read.
        assert error.problem == entry["expect"]["problem"]
        assert {"require_pcrs", "baseline"} & set(given)
        return
    for number, report in enumerate(reports, 1):
        said = report.report()
        assert {key: said[key] for key in entry["expect"]} == entry["expect"]
        assert (report.verdict, report.check, report.problem) == tuple(entry["expect"].values())
        assert (said["line"], said["payload_id"]) == (number, payload_id)


@pytest.mark.parametrize("entry", TABLE["quotes"], ids=lambda entry: entry["case"])
def test_quote(entry: dict[str, Any]) -> None:
    case = DATA / "cases" / entry["case"]
    told = facts(f"cases/{entry['case']}")
    given = {
        "key": case / "ak.pub",
        "signature": (case / "quote.sig").read_bytes(),
        "pcrs": told["pcr_values"],
        "nonce": (case / "nonce.bin").read_bytes(),
        "require_pcrs": entry["require_pcrs"],
    }
    selected = {(bank["bank"], pcr) for bank in told["pcr_selection_list"] for pcr in bank["pcrs"]}
    given["pcrs"] = {
        bank: {index: value for index, value in pcrs.items() if (bank, int(index)) in selected}
        for bank, pcrs in told["pcr_values"].items()
        if any(bank == selected_bank for selected_bank, _ in selected)
    }
    for form in ("quote.attest", "quote.attest2b"):
        found = verdict(tpm_quote.verify_quote, attest=case / form, **given)
        assert found == entry["expect"]
    if entry["expect"]["verdict"] == "verified-self-asserted":
        quote = tpm_quote.verify_quote(attest=case / "quote.attest", **given)
        assert str(quote.key.name) == told["ak_name_hex"]
        assert quote.nonce.hex() == told["nonce_hex"]
        assert quote.pcr_digest.hex() == told["pcr_digest_hex"]
        assert f"{quote.firmware_version:016x}" == told["firmware_version"]
        clock = told["clock_info"]
        assert quote.clock.clock == clock["clock"]
        assert quote.clock.reset_count == clock["reset_count"]
        assert quote.clock.restart_count == clock["restart_count"]
        assert quote.clock.safe is clock["safe"]
        assert set(quote.selection) == selected
        for bank, index in selected:
            value = quote.pcr(bank, index)
            assert value is not None
            assert value.hex() == told["pcr_values"][bank][str(index)]


@pytest.mark.parametrize(
    "entry", TABLE["attests"], ids=lambda entry: f"{entry['case']} as {entry['kind']}"
)
def test_attest(entry: dict[str, Any]) -> None:
    case = DATA / "attest" / entry["case"]
    attest = facts(f"attest/{entry['case']}")["attest"]
    given: dict[str, Any] = {
        "kind": entry["kind"],
        "key": case / "ak.pub",
        "signature": case / "sig",
        "nonce": attest["extraData"],
    }
    if entry["kind"] == "certify":
        given["object"] = case / "certified.pub"
    elif entry["kind"] == "creation":
        given |= {"object": case / "created.pub", "creation_data": case / "creation.data"}
    elif entry["kind"] == "nv":
        given["nv_public"] = case / "nv.public"
    for form in ("attest", "attest2b"):
        assert verdict(tpm_quote.verify_attest, attest=case / form, **given) == entry["expect"]
    if entry["expect"]["check"] is None:
        result = tpm_quote.verify_attest(attest=case / "attest", **given)
        assert result.type == f"TPM_ST_{attest['type_name']}"
        assert result.nonce.hex() == attest["extraData"]
        assert result.qualified_signer.hex() == attest["qualifiedSigner"]
        assert isinstance(result.attested, dict)


def value(given: Any) -> Any:
    """A value of a row of calls: files and what is in them, digests, or what it says itself."""
    if isinstance(given, list):
        return [value(one) for one in given]
    if not isinstance(given, dict):
        return given
    if "take" in given:
        return (DATA / given["file"]).read_bytes()[: given["take"]]
    if "file" in given:
        return DATA / given["file"]
    if "files" in given:
        return b"".join((DATA / file).read_bytes() for file in given["files"])
    if "hex" in given:
        return bytes.fromhex(given["hex"])
    if "digests" in given:
        lines = [line.split(" ") for line in (DATA / given["digests"]).read_text().splitlines()[1:]]
        return [line[3] for line in lines if line[4] not in given.get("but", [])]
    return {name: value(one) for name, one in given.items()}


@pytest.mark.parametrize("entry", TABLE["calls"], ids=lambda entry: entry["name"])
def test_call(entry: dict[str, Any]) -> None:
    call = getattr(tpm_quote, f"verify_{entry['call']}")
    assert verdict(call, **value(entry["options"])) == entry["expect"]
