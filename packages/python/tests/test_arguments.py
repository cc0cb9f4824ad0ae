"""What goes in: forms of content, settings, and wrong usage."""

from __future__ import annotations

import inspect
import base64
import collections
import json
import os
import pathlib
import pickle
from typing import Any

import pytest

import tpm_quote
from conftest import DATA, PAYLOAD_ID, RSA, facts

ECC_CASE = DATA / "cases" / "005-main-p256-ecdsa-sha256"
CERTIFY = DATA / "attest" / "006-certify-ak-p256-by-rsa"
VERDICT = "verified-self-asserted"


def verify(response: Any, **options: Any) -> Any:
    options.setdefault("payload_id", PAYLOAD_ID)
    return tpm_quote.verify_response(response, **options)


def verify_case(case: pathlib.Path = ECC_CASE, **options: Any) -> tpm_quote.Quote:
    given: dict[str, Any] = {
        "key": case / "ak.pub",
        "attest": case / "quote.attest",
        "signature": case / "quote.sig",
        "pcrs": case / "pcrs.serialized",
        "nonce": (case / "nonce.bin").read_bytes(),
    }
    return tpm_quote.verify_quote(**{**given, **options})


def test_text_and_bytes_are_content_a_path_is_a_file_a_dict_is_parsed() -> None:
    content = RSA.read_bytes()
    parsed = json.loads(content)
    block = parsed["_metadata"]["tpm_attestation"]
    for given in (
        content,
        content.decode(),
        bytearray(content),
        memoryview(content),
        RSA,
        parsed,
        parsed["_metadata"],
        block,
        json.dumps(block),
    ):
        assert verify(given).verdict == VERDICT


def test_name_of_a_file_is_no_file() -> None:
    with pytest.raises(tpm_quote.Malformed) as caught:
        verify(str(RSA))
    assert caught.value.problem == "json-expected"
    with pytest.raises(TypeError, match="give a pathlib.Path"):
        verify_case(key=str(ECC_CASE / "ak.pub"))


@pytest.mark.parametrize(
    "name", ["policy", "baseline", "ak_cert", "ca", "ima_list", "ima_allow", "userspace_log"]
)
def test_name_of_a_file_as_text_is_noted(name: str) -> None:
    options: dict[str, Any] = {
        "ca": {"ak_cert": DATA / "certificates" / "ak-main-p256.der"},
        "ak_cert": {"ca": DATA / "certificates" / "root.der"},
        "ima_allow": {"ima_list": DATA / "ima" / "08-ima-sig" / "ima.bin"},
    }.get(name, {})
    options[name] = "folder/some.file"
    with pytest.raises((tpm_quote.Malformed, ValueError)) as caught:
        verify_case(**options)
    note = f'Note: {name} looks like the name of a file, and a str is content: for the file give pathlib.Path("folder/some.file")'
    assert str(caught.value).endswith(note)
    if name in ("ca", "ima_allow"):
        options[name] = ["folder/some.file"]
        with pytest.raises((tpm_quote.Malformed, ValueError)) as caught:
            verify_case(**options)
        assert str(caught.value).endswith(note)
    # What can be content has no such note.
    options[name] = "not. a {file}"
    with pytest.raises((tpm_quote.Malformed, ValueError)) as caught:
        verify_case(**options)
    assert "Note: " not in str(caught.value)


def test_name_of_a_file_is_noted_wherever_it_stands() -> None:
    said = r"looks like the name of a file.* give pathlib\.Path\(\"some/response\.json\"\)"
    with pytest.raises(tpm_quote.Malformed, match=f"response {said}"):
        verify("some/response.json")
    with pytest.raises(tpm_quote.Malformed, match=f"data {said}"):
        tpm_quote.parse("some/response.json")
    with pytest.raises(ValueError, match=f"pcrs {said}"):
        verify_case(pcrs="some/response.json")
    [report] = tpm_quote.verify_many([(PAYLOAD_ID, "some/response.json")])
    with pytest.raises(tpm_quote.Malformed, match=f"response 1 {said}"):
        report.verified()


def test_what_looks_like_something_else_is_named() -> None:
    attest, signature = ((ECC_CASE / name).read_bytes() for name in ("quote.attest", "quote.sig"))
    with pytest.raises(tpm_quote.VerifyError) as caught:
        verify_case(attest=signature, signature=attest)
    assert "attest looks like a signature (TPMT_SIGNATURE)" in str(caught.value)
    assert "signature looks like an attestation (TPMS_ATTEST): are they swapped?" in str(caught.value)
    with pytest.raises(tpm_quote.VerifyError, match="are they swapped?"):
        verify_case(attest=ECC_CASE / "quote.sig", signature=ECC_CASE / "quote.attest")
    with pytest.raises(tpm_quote.VerifyError, match="Note: attest is empty"):
        verify_case(attest=b"")
    for form, encoded in (("hexadecimal", attest.hex().encode()), ("base64", base64.b64encode(attest))):
        with pytest.raises(tpm_quote.VerifyError, match=f"attest looks like {form} text: decode it first"):
            verify_case(attest=encoded)
    nonce = (ECC_CASE / "nonce.bin").read_bytes().hex().encode()
    with pytest.raises(tpm_quote.Rejected, match="nonce looks like hexadecimal text"):
        verify_case(nonce=nonce)
    with pytest.raises(tpm_quote.VerifyError) as caught:
        verify_case(signature=bytes(len(signature)))
    assert "Note: " not in str(caught.value)


def block_with(**fields: bytes) -> str:
    """The response with other structures in its block."""
    response = json.loads(RSA.read_text())
    block = response["_metadata"]["tpm_attestation"]
    for name, content in fields.items():
        assert f"{name}_b64" in block
        block[f"{name}_b64"] = base64.b64encode(content).decode()
    return json.dumps(response)


def test_wrong_structure_in_a_response_is_named() -> None:
    block = json.loads(RSA.read_text())["_metadata"]["tpm_attestation"]
    key, quote, signature = (
        base64.b64decode(block[f"{name}_b64"]) for name in ("aik_pubkey", "quote", "signature")
    )
    pem = b"-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n"
    for name, content, kind in (
        ("aik_pubkey", pem, "PEM (a public key)"),
        ("aik_pubkey", key[2:], "a TPMT_PUBLIC"),
        ("quote", quote[2:], "a TPMS_ATTEST"),
        ("quote", signature, "a TPMT_SIGNATURE"),
        ("signature", quote, "a TPM2B_ATTEST"),
        ("signature", b"", "an empty file"),
    ):
        text = block_with(**{name: content})
        note = f"{name}_b64 looks like {kind}"
        with pytest.raises(tpm_quote.VerifyError) as caught:
            verify(text)
        assert str(caught.value).endswith(f". Note: {note}"), str(caught.value)
        report = caught.value.report()
        assert (report["field"], report["notes"]) == (f"{name}_b64", [note])
        [of_many] = tpm_quote.verify_many([(PAYLOAD_ID, text)])
        with pytest.raises(tpm_quote.VerifyError) as again:
            of_many.verified()
        assert str(again.value) == str(caught.value)
    # One that is damaged looks like what it is.
    with pytest.raises(tpm_quote.Malformed) as caught:
        verify(block_with(aik_pubkey=key[:-1]))
    assert "Note" not in str(caught.value)
    assert (caught.value.report()["field"], caught.value.report()["notes"]) == ("aik_pubkey_b64", [])


@pytest.mark.parametrize(
    ("nonce", "advice"),
    [
        ("0xab0d726c", "leave out the 0x in front"),
        ("0Xab0d726c", "leave out the 0x in front"),
        ("ab0d726c\n", "leave out the white space around it"),
        ("ab:0d:72:6c", "leave out what stands between the digits"),
        ("qw1ybBbZXF3VX1sS9+/3gQ==", "it looks like base64: decode it first, and give the bytes"),
        (PAYLOAD_ID, "it looks like a payload id, which is no nonce"),
        ("xyz", None),
        ("ab0d726", None),
    ],
)
def test_what_is_not_hexadecimal_is_shown_with_advice(nonce: str, advice: str | None) -> None:
    with pytest.raises(ValueError) as caught:
        tpm_quote.verify_response(RSA, nonce=nonce)
    said = str(caught.value)
    assert said.startswith(f"nonce: expected bytes or hexadecimal, not {json.dumps(nonce)}: "), said
    assert said.endswith(f": {advice}") if advice else ": leave" not in said and "base64" not in said
    if advice and len(nonce) < 20:
        with pytest.raises(ValueError, match=f"baseline: sha256:0: .*{advice}$"):
            verify(RSA, baseline={"sha256": {"0": nonce}})
        with pytest.raises(tpm_quote.Malformed, match=f"ak_names: .* Note: {advice}"):
            verify(RSA, ak_names=nonce)


def test_payload_id_with_white_space_is_noted() -> None:
    for payload_id in (f"{PAYLOAD_ID}\n", f" {PAYLOAD_ID}"):
        with pytest.raises(tpm_quote.Rejected, match="Note: payload_id has white space around it") as caught:
            verify(RSA, payload_id=payload_id)
        assert caught.value.check == "nonce"
    with pytest.raises(tpm_quote.Rejected) as caught:
        verify(RSA, payload_id="another")
    assert "Note" not in str(caught.value)


def test_value_that_cannot_be_is_shown() -> None:
    certificate = {
        "ak_cert": DATA / "certificates" / "ak-main-p256.der",
        "ca": DATA / "certificates" / "root.der",
    }
    for options, said in (
        ({**certificate, "at": -5}, "at: expected a datetime or seconds since 1970, not -5"),
        ({**certificate, "profile": "gcp"}, "profile: expected 'tcg', .*, not \"gcp\""),
        ({"minimum_firmware": "1.2"}, "minimum_firmware: expected an int, or 16 .*, not \"1.2\""),
        ({"nonce": "z" * 1000, "payload_id": None}, "nonce: .* not \"z{40}\"\\.\\.\\.: "),
        ({"boot_log": "Response"}, "boot_log: for the log .* give 'response', not \"Response\""),
        ({"ima_list": " response"}, "ima_list: for the log .* give 'response', not \" response\""),
    ):
        with pytest.raises(ValueError, match=said):
            verify(RSA, **options)
    with pytest.raises(TypeError, match="boot_log: expected bytes, os.PathLike or 'response' .* not \"/sys/kernel/log\"; for a file give a pathlib.Path"):
        verify(RSA, boot_log="/sys/kernel/log")
    for kind in (None, "PUBLIC"):
        with pytest.raises(ValueError, match="type.* TPM2B_PUBLIC, TPMT_PUBLIC, .*TPMS_TIME_INFO"):
            tpm_quote.parse(b"\x99", type=kind)


def test_required_set_that_is_empty_says_which_pcrs_count() -> None:
    empty: list[dict[str, Any]] = [{"require_pcrs": {}}, {"pcrs": {"sha256": {16: bytes(32)}}}]
    for options in empty:
        with pytest.raises(tpm_quote.Rejected, match="the set of required PCRs is empty") as caught:
            verify_case(**options)
        assert "PCRs 16 to 23 and the SHA-1 bank count only if" in caught.value.help


def test_exceptions_have_the_verdict_of_their_report() -> None:
    verdicts = set()
    for given, options in (
        (RSA, {"payload_id": "another"}),
        ("{", {}),
        (block_with(signature=b"\x00\x99\x00\x0b\x00\x00"), {}),
    ):
        with pytest.raises(tpm_quote.VerifyError) as caught:
            verify(given, **options)
        assert caught.value.verdict == caught.value.report()["verdict"]
        assert caught.value.verdict == type(caught.value).__name__.lower()
        verdicts.add(caught.value.verdict)
    assert verdicts == {"rejected", "unsupported", "malformed"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("require_pcrs", "sha256:x"),
        ("require_pcrs", {"sha256": [24]}),
        ("baseline", {"sha256": {"0": "00"}}),
        ("baseline", {"sha256": {"24": "00" * 32}}),
        ("ak_names", "00"),
        ("nonce", b"x" * 67),
        ("ima_allow", "no digest"),
        ("ima_state", b"no state"),
        ("ca", "-----BEGIN nothing"),
        ("parents", [b"none"]),
        ("certify_creation", b"none"),
    ],
)
def test_argument_that_the_library_refuses_is_named(name: str, value: Any) -> None:
    key = (ECC_CASE / "ak.pub").read_bytes()
    others: dict[str, dict[str, Any]] = {
        "ca": {"ak_cert": DATA / "certificates" / "ak-main-p256.der"},
        "ima_allow": {"ima_list": DATA / "ima" / "08-ima-sig" / "ima.bin"},
        "ima_state": {"ima_list": DATA / "ima" / "08-ima-sig" / "ima.bin"},
        "parents": {"hierarchy": "owner"},
        "certify_creation": {"certified_by": key, "certify_attest": b"", "certify_signature": b""},
    }
    options = others.get(name, {})
    with pytest.raises(ValueError, match=f"^input: {name}: ") as caught:
        verify_case(**options, **{name: value})
    assert isinstance(caught.value, tpm_quote.Malformed)


@pytest.mark.parametrize(
    ("parsed", "verdict"),
    [
        ({"_metadata": {}, "text": "\"\\\n\x00é\U0001f600", "more": [1, -2, True, None, [], {}]}, "unavailable"),
        ({"_metadata": {}, "float": 0.5, "tuple": (1,), "large": 2**70}, "unavailable"),
        (collections.OrderedDict({"_metadata": {}}), "unavailable"),
        ({"_metadata": {}, "deep": [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}, None),
    ],
)
def test_dict_is_written_as_json_writes_it(parsed: dict[str, Any], verdict: str | None) -> None:
    def told(given: Any) -> Any:
        try:
            return verify(given, tier="high").verdict
        except tpm_quote.VerifyError as error:
            return error.problem

    assert told(parsed) == told(json.dumps(parsed)) == (verdict or told(parsed))


def test_dict_that_is_no_json_is_refused_as_json_does() -> None:
    with pytest.raises(TypeError, match="not JSON serializable"):
        verify({"_metadata": {1, 2}})
    circle: dict[str, Any] = {}
    circle["circle"] = circle
    with pytest.raises(ValueError, match="Circular"):
        verify(circle)
    with pytest.raises(tpm_quote.Malformed):
        verify({"\ud800": 1})


def test_dict_has_lost_a_repeated_key_that_text_is_refused_for() -> None:
    text = '{"_metadata": {}, "_metadata": {}}'
    with pytest.raises(tpm_quote.Malformed) as caught:
        verify(text, tier="high")
    assert caught.value.problem == "field-repeated"
    assert verify(json.loads(text), tier="high").verdict == "unavailable"


def test_text_with_a_lone_surrogate_is_malformed() -> None:
    with pytest.raises(tpm_quote.Malformed) as caught:
        verify('{"\ud800": 1}')
    assert caught.value.problem == "json-utf8"


def test_missing_file_is_an_os_error_with_its_name() -> None:
    with pytest.raises(FileNotFoundError, match="nowhere.json"):
        verify(pathlib.Path("nowhere.json"))
    with pytest.raises(IsADirectoryError):
        verify(DATA)


class Bytes:
    """A path that is bytes."""

    def __fspath__(self) -> bytes:
        return os.fsencode(RSA)


def test_any_path_will_do() -> None:
    assert verify(Bytes()).report()["source"] == str(RSA)


@pytest.mark.parametrize("given", [None, 5, 1.5, [], object(), {1, 2}, Exception("x")])
def test_content_of_another_type_is_a_type_error(given: Any) -> None:
    with pytest.raises(TypeError, match="expected str, bytes, dict or os.PathLike"):
        verify(given)
    with pytest.raises(TypeError, match="expected bytes or os.PathLike"):
        verify_case(attest=given) if given is not None else verify_case(attest=1)


def test_nonce_cannot_be_forgotten() -> None:
    wanting: list[dict[str, Any]] = [{}, {"payload_id": None}, {"nonce": None, "payload_id": None}]
    for options in wanting:
        with pytest.raises(TypeError, match="'payload_id' or 'nonce'"):
            tpm_quote.verify_response(RSA, **options)
    with pytest.raises(TypeError, match="not both"):
        verify(RSA, nonce="00")
    with pytest.raises(TypeError):
        verify(RSA, payload_id=PAYLOAD_ID.encode())
    for nonce in ("", b"", "0", "zz", bytes(67)):
        with pytest.raises(ValueError):
            tpm_quote.verify_response(RSA, nonce=nonce)


def test_everything_else_is_by_keyword_and_known() -> None:
    call: Any = tpm_quote.verify_response
    with pytest.raises(TypeError):
        call(RSA, PAYLOAD_ID)
    with pytest.raises(TypeError, match="unexpected keyword argument 'require_anchors'"):
        verify(RSA, require_anchors=True)
    for wrong, meant in (("ak_name", "ak_names"), ("requirePcrs", "require_pcrs"), ("polcy", "policy")):
        with pytest.raises(TypeError, match=f"'{wrong}': did you mean '{meant}'"):
            verify(RSA, **{wrong: 1})
    with pytest.raises(TypeError, match="'color'$"):
        verify(RSA, color=1)
    with pytest.raises(TypeError, match="unexpected keyword argument 'tiers'"):
        verify(RSA, tiers=None)
    with pytest.raises(TypeError, match="needs the keyword argument 'key'"):
        tpm_quote.verify_quote(attest=b"", signature=b"", pcrs={}, nonce="00")


@pytest.mark.parametrize(
    "function", ["verify_response", "verify_quote", "verify_attest", "verify_many"]
)
def test_every_argument_of_a_signature_is_known(function: str) -> None:
    """The shown signature and the arguments that are taken are the same."""
    call = getattr(tpm_quote, function)
    given: dict[str, Any] = {
        "payload_id": "x",
        "key": b"",
        "attest": b"",
        "signature": b"",
        "pcrs": {},
        "object": b"",
    }
    # Each of these is taken by one kind alone.
    kinds = {
        "creation_data": "creation",
        "outside_info": "creation",
        "nv_public": "nv",
        "nv_name": "nv",
        "contents": "nv",
        "offset": "nv",
        "audit_digest": "audit",
        "audit_commands": "audit",
        "exclusive": "audit",
    }
    parameters = inspect.signature(call).parameters
    assert len(parameters) >= 17
    for name, parameter in parameters.items():
        if parameter.kind is not inspect.Parameter.KEYWORD_ONLY or name in given:
            continue
        known = {other: value for other, value in given.items() if other in parameters}
        kind = kinds.get(name, "certify")
        if function == "verify_attest":
            if kind != "certify":
                del known["object"]
            if kind == "creation":
                known |= {"object": b"", "creation_data": b""}
            if kind == "nv" and name != "nv_name":
                known["nv_public"] = b""
        firsts: dict[str, list[Any]] = {
            "verify_response": [b""],
            "verify_quote": [],
            "verify_attest": [kind],
            "verify_many": [[]],
        }
        first = firsts[function]
        if parameter.default is not False:
            with pytest.raises((TypeError, ValueError)) as caught:
                call(*first, **known, **{name: object()})
            assert "unexpected" not in str(caught.value), name
        else:
            with pytest.raises(TypeError, match=f"{name}: expected bool"):
                call(*first, **known, **{name: 1})


@pytest.mark.parametrize("value", [1, "yes", "false", 0])
def test_flags_are_true_or_false(value: Any) -> None:
    with pytest.raises(TypeError, match="require_anchor: expected bool"):
        verify(RSA, require_anchor=value)


def test_setting_without_effect_is_an_error() -> None:
    lonely: list[dict[str, Any]] = [
        {"certify_attest": b""},
        {"certify_signature": b""},
        {"certify_nonce": "00"},
        {"certify_creation": b""},
        {"allow_reboots": True},
        {"parents": []},
    ]
    for options in lonely:
        with pytest.raises(TypeError, match="together with"):
            verify(RSA, **options)
    with pytest.raises(TypeError, match="needs 'certify_attest'"):
        verify_case(certified_by=CERTIFY / "ak.pub")
    with pytest.raises(tpm_quote.Rejected) as caught:
        verify(RSA, ak_names=[])
    assert caught.value.problem == "no-pinned-names"
    for tier in ("", "Maximum", "low"):
        with pytest.raises(ValueError, match="tier: expected"):
            verify(RSA, tier=tier)
    with pytest.raises(TypeError, match="tier: expected"):
        verify(RSA, tier=3)
    with pytest.raises(TypeError, match="unexpected keyword argument 'tier'"):
        verify_case(tier="high")


def test_baseline_is_a_dict_or_json_or_a_file(tmp_path: pathlib.Path) -> None:
    values = facts("cases/004-main-rsa2048-rsassa-sha256")["pcr_values"]["sha256"]
    file = tmp_path / "good.json"
    file.write_text(json.dumps({"sha256": values}))
    seven = bytes.fromhex(values["7"])
    for baseline, count in (
        ({"sha256": values}, 3),
        (json.dumps({"sha256": values}), 3),
        (json.dumps({"sha256": values}).encode(), 3),
        (file, 3),
        ({"sha256": {0: values["0"], 7: [bytes(32), seven]}}, 2),
        ({"sha256": {"7": seven}}, 1),
    ):
        assert verify(RSA, baseline=baseline).baseline_matched == count


@pytest.mark.parametrize(
    "baseline",
    [
        {},
        "{}",
        {"sha256": {}},
        {"sha256": {"7": []}},
        {"sha256": {"7": ""}},
        {"sha256": {"07": "00" * 32}},
        {"sha256": {"+7": "00" * 32}},
        {"sha256": {24: "00" * 32}},
        {"sha256": {True: "00" * 32}},
        {"sha256": {7: "00" * 32, "7": "00" * 32}},
        {"sha257": {"7": "00" * 32}},
        {"sha256": {"7": "zz" * 32}},
        '{"sha256": {"7": "00", "7": "00"}}',
        '{"sha256": {}, "sha256": {}}',
        "[]",
        "not JSON",
    ],
)
def test_baseline_that_makes_no_sense_is_refused(baseline: Any) -> None:
    with pytest.raises(ValueError):
        verify(RSA, baseline=baseline)


def test_baseline_of_other_types_is_a_type_error() -> None:
    baselines: list[Any] = [5, [], {"sha256": []}, {"sha256": {"7": 5}}, {"sha256": {"7": [5]}}]
    for baseline in baselines:
        with pytest.raises(TypeError):
            verify(RSA, baseline=baseline)


def test_pcr_set_is_read_and_compared() -> None:
    boot = tpm_quote.PcrSet("sha256:0,7+sha1:0")
    same = tpm_quote.PcrSet({"sha1": [0], "sha256": [7, 0]})
    assert boot == same and hash(boot) == hash(same) and boot != tpm_quote.PcrSet("sha1:0")
    assert list(boot) == [("sha256", 0), ("sha256", 7), ("sha1", 0)]
    assert ("sha1", 0) in boot and ("sha1", 1) not in boot and ("none", 0) not in boot
    assert str(tpm_quote.PcrSet(boot)) == "sha256:0,7+sha1:0"
    assert pickle.loads(pickle.dumps(boot)) == boot
    for text in ("", "sha256", "sha256:", "sha256:07", "sha256:7,7", "sha256:24", "x:0"):
        with pytest.raises(tpm_quote.Malformed) as caught:
            tpm_quote.PcrSet(text)
        assert caught.value.problem == "pcr-set"
    with pytest.raises(tpm_quote.Rejected) as rejected:
        verify(RSA, require_pcrs={})
    assert rejected.value.problem == "nothing-required"


def test_name_is_read_and_compared() -> None:
    file = ECC_CASE / "ak.name"
    name = tpm_quote.Name(file.read_bytes())
    assert name == tpm_quote.Name(str(name).upper()) == tpm_quote.Name(name)
    assert name == tpm_quote.Name.of_public(ECC_CASE / "ak.pub")
    assert len({name, tpm_quote.Name(bytes(name))}) == 1
    assert pickle.loads(pickle.dumps(name)) == name
    public = (ECC_CASE / "ak.pub").read_bytes()
    assert tpm_quote.Name.of_public(public[2:]) == name
    for wrong in ("", "000b", "zz", b"", bytes(34)):
        with pytest.raises(tpm_quote.Malformed):
            tpm_quote.Name(wrong)
    with pytest.raises(TypeError):
        tpm_quote.Name(5)  # type: ignore[arg-type]


def test_pinned_names_vouch_for_the_key() -> None:
    name = tpm_quote.Name.of_public(ECC_CASE / "ak.pub")
    for names in (name, str(name), bytes(name), [name], (str(name), "000b" + "11" * 32)):
        quote = verify_case(ak_names=names, require_anchor=True)
        assert (quote.verdict, quote.key.trust, quote.warnings) == ("verified", "pinned", ())


def test_certification_vouches_for_the_key() -> None:
    options: dict[str, Any] = {
        "certified_by": CERTIFY / "ak.pub",
        "certify_attest": CERTIFY / "attest2b",
        "certify_signature": CERTIFY / "sig",
        "certify_nonce": "00ff55aa",
        "require_anchor": True,
    }
    quote = verify_case(**options)
    assert (quote.verdict, quote.key.trust, quote.key.is_anchored) == ("verified", "certified", True)
    block = DATA / "blocks" / "ecc-main-aik-tpm2b.json"
    payload_id = json.loads(block.read_bytes())["_metadata"]["payload_id"]
    assert verify(block, payload_id=payload_id, **options).key.trust == "certified"
    with pytest.raises(tpm_quote.Rejected) as caught:
        verify_case(**{**options, "certify_nonce": "00"})
    assert caught.value.check == "key-anchor"
    with pytest.raises(ValueError, match="certified_by: no key to trust"):
        verify_case(**{**options, "certified_by": CERTIFY / "certified.name"})
    with pytest.raises(ValueError, match="certified_by: no key to trust"):
        verify_case(**{**options, "certified_by": DATA / "cases/040-ak-hmac-sha384/ak.pub"})


def test_pcrs_are_a_dict_or_a_file_of_tpm2_tools() -> None:
    values = facts("cases/005-main-p256-ecdsa-sha256")["pcr_values"]
    as_bytes = {"sha256": {int(i): bytes.fromhex(v) for i, v in values["sha256"].items()}}
    for pcrs in (
        values,
        as_bytes,
        json.dumps(values),
        ECC_CASE / "pcrs.serialized",
        (ECC_CASE / "pcrs.serialized").read_bytes(),
    ):
        assert verify_case(pcrs=pcrs).verdict == VERDICT
    plain = ECC_CASE / "pcrs.values"
    assert verify_case(pcrs=plain, require_pcrs="sha256:0,7,10").verdict == VERDICT
    with pytest.raises(ValueError, match="require_pcrs"):
        verify_case(pcrs=plain)


def test_pcrs_that_count_only_by_name_are_refused_without_it() -> None:
    case = DATA / "cases" / "106-sel-17-22"
    selection = "sha256:17,18,19,20,21,22"
    without: list[dict[str, Any]] = [{}, {"require_pcrs": "sha256:17"}]
    for options in without:
        with pytest.raises(tpm_quote.Rejected) as caught:
            verify_case(case, **options)
        assert caught.value.check == "selection"
    assert verify_case(case, require_pcrs=selection).verdict == VERDICT
    with pytest.raises(tpm_quote.Rejected) as caught:
        verify_case(DATA / "cases" / "092-sel-sha1")
    assert caught.value.check == "selection"


def test_clock_is_compared_with_earlier_evidence() -> None:
    def case(number: str) -> pathlib.Path:
        return next((DATA / "cases").glob(f"{number}-*"))

    earlier = verify_case(case("145"))
    assert verify_case(case("148"), since=earlier).verdict == VERDICT
    assert verify_case(case("148"), since=earlier.report()).verdict == VERDICT
    with pytest.raises(tpm_quote.Rejected) as caught:
        verify_case(case("145"), since=verify_case(case("148")))
    assert (caught.value.check, caught.value.problem) == ("clock", "clock-went-back")
    with pytest.raises(tpm_quote.Rejected) as caught:
        verify_case(case("149"), since=earlier)
    assert caught.value.problem == "rebooted"
    for since in ({}, {"verdict": "rejected"}, {"verdict": "verified", "key": None}):
        with pytest.raises(ValueError, match="since: not the report"):
            verify_case(case("148"), since=since)
    with pytest.raises(TypeError):
        verify_case(case("148"), since=next(tpm_quote.verify_many([(PAYLOAD_ID, RSA)])))


def test_hierarchy_and_firmware_are_compared() -> None:
    case = DATA / "cases" / "044-primary-endorsement-rsa"
    hierarchy = facts("cases/044-primary-endorsement-rsa")["ak_hierarchy"]
    quote = verify_case(case, hierarchy=hierarchy)
    version = quote.report()["quote"]["firmware_version"]
    for minimum in (version, int(version, 16)):
        assert verify_case(case, hierarchy=hierarchy, minimum_firmware=minimum).verdict == VERDICT
    with pytest.raises(tpm_quote.Rejected) as caught:
        verify_case(case, hierarchy=hierarchy, minimum_firmware=int(version, 16) + 1)
    assert caught.value.problem == "firmware-too-old"
    with pytest.raises(tpm_quote.Rejected) as caught:
        verify_case(case, hierarchy="owner")
    assert caught.value.problem == "qualified-signer"
    for wrong in ("12", "+000000000000001", -1, 1 << 64):
        with pytest.raises((ValueError, OverflowError)):
            verify_case(case, minimum_firmware=wrong)


def test_sha1_signatures_need_their_opt_in() -> None:
    case = DATA / "cases" / "008-ak-rsa2048-rsassa-sha1"
    with pytest.raises(tpm_quote.Rejected) as caught:
        verify_case(case)
    assert caught.value.problem == "signature-sha1"
    assert verify_case(case, dangerous_allow_sha1_signatures=True).verdict == VERDICT


def test_parse_shows_structures_and_responses() -> None:
    public = (ECC_CASE / "ak.pub").read_bytes()
    told = facts("cases/005-main-p256-ecdsa-sha256")
    for given, kind in ((public, "TPM2B_PUBLIC"), (public[2:], "TPMT_PUBLIC")):
        shown = tpm_quote.parse(given)
        assert (shown["type"], shown["name"]) == (kind, told["ak_name_hex"])
        assert shown["value"]["unique"]["x"] == told["ak_public"]["x"]
    assert tpm_quote.parse(ECC_CASE / "quote.sig")["type"] == "TPMT_SIGNATURE"
    assert tpm_quote.parse(ECC_CASE / "quote.attest2b")["type"] == "TPM2B_ATTEST"
    assert tpm_quote.parse(b"\x00\x01x", type="tpm2b_digest")["value"] == "78"
    response = json.loads(RSA.read_bytes())
    for whole in (response, RSA, RSA.read_bytes(), RSA.read_text()):
        block = tpm_quote.parse(whole)["tpm_attestation"]
        claimed = response["_metadata"]["tpm_attestation"]["pcr_values"]
        assert block["pcr_values"] == claimed
        assert block["quote_b64"]["value"]["magic"] == "TPM_GENERATED_VALUE"
    with pytest.raises(ValueError, match="type: expected one of TPM2B_PUBLIC"):
        tpm_quote.parse(public, type="TPM2B_PUBLIK")
    with pytest.raises(ValueError, match="say with type"):
        tpm_quote.parse(b"\xff\xff\xff")
    with pytest.raises(tpm_quote.Malformed):
        tpm_quote.parse(public + b"\0", type="TPM2B_PUBLIC")


@pytest.mark.parametrize("case", sorted(path.name for path in (DATA / "attest").iterdir()))
def test_parse_says_what_another_program_says(case: str) -> None:
    shown = tpm_quote.parse(DATA / "attest" / case / "attest")["value"]
    told = facts(f"attest/{case}")["attest"]
    assert shown["type"] == f"TPM_ST_{told['type_name']}"
    assert shown["extraData"] == told["extraData"]
    assert shown["qualifiedSigner"] == told["qualifiedSigner"]


@pytest.mark.parametrize("indices", ["10", "7", b"\x07", 7, None])
def test_indices_of_pcrs_are_a_list(indices: Any) -> None:
    """The digits of a str, one by one, would be other PCRs: fewer would be required."""
    message = "sha256: expected list of indices, not"
    with pytest.raises(TypeError, match=f"^PcrSet: {message}"):
        tpm_quote.PcrSet({"sha256": indices})
    with pytest.raises(TypeError, match=f"^require_pcrs: {message}"):
        verify(RSA, require_pcrs={"sha256": indices})


def test_names_that_are_no_list_are_a_type_error_that_says_so() -> None:
    with pytest.raises(TypeError, match="^ak_names: expected Name, str, bytes or a list of them, not"):
        verify(RSA, ak_names=ECC_CASE / "ak.name")
