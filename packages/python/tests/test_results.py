"""Results and exceptions as objects of Python."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest

import tpm_quote
from conftest import DATA, PAYLOAD_ID, RSA, facts

NAME = "000b4611c66b0daff40ebbe980b0c5ee42463e495debd13536864ab51a47916248e0"
UNAVAILABLE = '{"_metadata": {"tpm_attestation": {"is_available": false}}}'


def quote() -> tpm_quote.Quote:
    return tpm_quote.verify_response(RSA, payload_id=PAYLOAD_ID)


def attest() -> tpm_quote.Attest:
    case = DATA / "attest" / "016-gettime-rsa"
    nonce = facts("attest/016-gettime-rsa")["attest"]["extraData"]
    return tpm_quote.verify_attest(
        "time", key=case / "ak.pub", attest=case / "attest", signature=case / "sig", nonce=nonce
    )


def results() -> list[Any]:
    return [
        quote(),
        attest(),
        tpm_quote.verify_response(UNAVAILABLE, payload_id=PAYLOAD_ID, tier="high"),
        next(tpm_quote.verify_many([(PAYLOAD_ID, RSA)])),
        next(tpm_quote.verify_many([("another", RSA)])),
    ]


def test_no_result_has_a_truth_value() -> None:
    for result in [*results(), quote().key]:
        with pytest.raises(TypeError, match="neither true nor false"):
            bool(result)
        with pytest.raises(TypeError):
            assert not result


def test_results_are_frozen_and_made_by_verification_alone() -> None:
    for result in results():
        for name in ("verdict", "key", "anything"):
            with pytest.raises(AttributeError):
                setattr(result, name, "verified")
        with pytest.raises(TypeError):
            type(result)()
        with pytest.raises(TypeError):
            pickle.dumps(result)
    with pytest.raises(TypeError):
        type("Own", (tpm_quote.Quote,), {})


def test_values_that_are_handed_out_are_copies() -> None:
    one = quote()
    one.pcrs["sha256"][7] = bytes(32)
    one.report()["verdict"] = "verified"
    assert one.pcr("sha256", 7) != bytes(32)
    assert one.report()["verdict"] == "verified-self-asserted"


def test_representations_say_what_it_is() -> None:
    one = quote()
    name = one.key.name
    assert repr(one) == f"<Quote verified-self-asserted sha256:0,7,10 by rsa-2048 {name}>"
    assert repr(one.key) == f"<Key rsa-2048 rsassa-sha256 self-asserted {name}>"
    assert repr(one.clock) == "<Clock clock=791 reset_count=2 restart_count=0 safe=True>"
    assert repr(name) == f"Name('{name}')"
    assert repr(one.selection) == "PcrSet('sha256:0,7,10')"
    shown = [repr(result) for result in results()]
    assert shown[1].startswith("<Attest verified-self-asserted TPM_ST_ATTEST_TIME by rsa-2048 ")
    assert shown[2] == "<Unavailable: nothing is known of the machine>"
    assert shown[3] == "<Report verified-self-asserted>"
    assert shown[4].startswith("<Report rejected nonce: the nonce is ab0d")


def test_name_is_equal_to_its_text() -> None:
    name = quote().key.name
    assert name == NAME and NAME in {name} and hash(name) == hash(NAME)
    assert name not in ("ff" + NAME[2:], NAME[:-2], "", NAME.encode(), 0, None)
    assert name == tpm_quote.Name(NAME.upper())


def test_quote_says_what_another_program_says() -> None:
    one, told = quote(), facts("cases/004-main-rsa2048-rsassa-sha256")
    assert {bank: {str(i): v.hex() for i, v in pcrs.items()} for bank, pcrs in one.pcrs.items()} == told[
        "pcr_values"
    ]
    assert (one.pcr("sha256", 8), one.pcr("sha1", 0)) == (None, None)
    assert one.pcr("SHA256", 0) == one.pcr("sha256", 0)
    assert one.key.is_anchored is False
    assert one.baseline_matched == 0
    assert len(one.warnings) == 1 and "Anyone can make such a key" in one.warnings[0]
    assert one.report()["warnings"] == list(one.warnings)


def test_report_names_the_file_or_none() -> None:
    assert quote().report()["source"] == str(RSA)
    one = tpm_quote.verify_response(RSA.read_bytes(), payload_id=PAYLOAD_ID)
    assert one.report()["source"] == "-"


def test_rejection_tells_what_was_expected_and_what_came() -> None:
    with pytest.raises(tpm_quote.Rejected) as caught:
        tpm_quote.verify_response(RSA, payload_id="6c5a64a5-81bb-5788-8a7b-8361a95e1a5f")
    error = caught.value
    assert error.found == facts("cases/004-main-rsa2048-rsassa-sha256")["nonce_hex"]
    assert error.expected == facts("cases/005-main-p256-ecdsa-sha256")["nonce_hex"]
    with pytest.raises(tpm_quote.Rejected) as caught:
        tpm_quote.verify_response(RSA, payload_id=PAYLOAD_ID, require_pcrs="sha256:0,4")
    assert (caught.value.expected, caught.value.found) == ("sha256:0,4", "sha256:0,7,10")
    with pytest.raises(tpm_quote.Rejected) as caught:
        tpm_quote.verify_response(
            RSA, payload_id=PAYLOAD_ID, baseline={"sha256": {"1": "00" * 32}}
        )
    assert (caught.value.expected, caught.value.found) == ("00" * 32, None)


def test_changed_values_are_told_with_both_digests() -> None:
    response = json.loads(RSA.read_bytes())
    values = response["_metadata"]["tpm_attestation"]["pcr_values"]["sha256"]
    values["7"] = values["0"]
    with pytest.raises(tpm_quote.Rejected) as caught:
        tpm_quote.verify_response(response, payload_id=PAYLOAD_ID)
    # SHA-256 of PCR 0, 0 and 10 one after another, by another program.
    computed = "f7401306d6d0b9ecee2b1c143ee25d0b06bcc1a950173ebe4161193c593bea66"
    signed = facts("cases/004-main-rsa2048-rsassa-sha256")["pcr_digest_hex"]
    assert (caught.value.expected, caught.value.found) == (signed, computed)


def test_exceptions_have_one_family_and_survive_pickling() -> None:
    for name in ("Rejected", "Unsupported", "Malformed"):
        assert issubclass(getattr(tpm_quote, name), tpm_quote.VerifyError)
    assert issubclass(tpm_quote.Malformed, ValueError)
    with pytest.raises(tpm_quote.VerifyError) as caught:
        tpm_quote.verify_response(b"", payload_id=PAYLOAD_ID)
    error = pickle.loads(pickle.dumps(caught.value))
    assert type(error) is tpm_quote.Malformed
    assert str(error) == str(caught.value)
    assert (error.check, error.problem) == ("input", "json-end")
    assert error.report() == caught.value.report()


def test_help_is_a_note_below_the_traceback() -> None:
    with pytest.raises(tpm_quote.Rejected) as caught:
        tpm_quote.verify_response(RSA, payload_id="another")
    assert caught.value.__notes__ == [f"help: {caught.value.help}"]


def test_unavailable_is_no_quote() -> None:
    report = next(tpm_quote.verify_many([(PAYLOAD_ID, UNAVAILABLE)], tier="standard"))
    assert (report.verdict, report.check, report.problem) == ("unavailable", None, None)
    with pytest.raises(tpm_quote.Rejected) as caught:
        report.verified()
    assert (caught.value.check, caught.value.problem) == ("tier", "unavailable")
    with pytest.raises(tpm_quote.Rejected):
        tpm_quote.verify_response(UNAVAILABLE, payload_id=PAYLOAD_ID)


@pytest.mark.parametrize(
    ("bank", "index"), [("sha-256", 0), ("sha256:0", 0), ("", 0), ("sha256", 24), ("sha256", -1), ("sha256", 2**70)]
)
def test_pcr_that_does_not_exist_is_not_one_that_is_not_covered(bank: str, index: int) -> None:
    assert quote().pcr("sha256", 8) is None
    with pytest.raises(ValueError):
        quote().pcr(bank, index)


def test_key_given_by_its_numbers_has_no_name() -> None:
    case = DATA / "cases" / "005-main-p256-ecdsa-sha256"
    verified = tpm_quote.verify_quote(
        key=case / "ak.pem",
        attest=case / "quote.attest",
        signature=case / "quote.sig",
        pcrs=case / "pcrs.serialized",
        nonce=(case / "nonce.bin").read_bytes(),
    )
    assert verified.key.name is None
    assert repr(verified).endswith(" by ecc-p256>")
    assert repr(verified.key) == "<Key ecc-p256 ecdsa-sha256 self-asserted>"
    assert quote().key.name is not None
