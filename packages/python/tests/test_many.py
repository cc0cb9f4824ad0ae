"""Many responses."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

import tpm_quote
from conftest import DATA, PAYLOAD_ID, RSA

CONTENT = RSA.read_bytes()


def test_reports_come_in_order_whatever_the_number_of_threads() -> None:
    ids = [PAYLOAD_ID if number % 3 else f"other {number}" for number in range(500)]
    for threads in (1, 2, 7, None):
        reports = list(tpm_quote.verify_many(((i, CONTENT) for i in ids), threads=threads))
        assert [report.payload_id for report in reports] == ids
        assert [report.report()["line"] for report in reports] == list(range(1, 501))
        for report in reports:
            assert (report.check is None) == (report.payload_id == PAYLOAD_ID)


def test_responses_are_read_as_the_reports_are_asked_for() -> None:
    read = 0

    def endless() -> Iterator[tuple[str, bytes]]:
        nonlocal read
        while True:
            read += 1
            yield PAYLOAD_ID, CONTENT

    reports = tpm_quote.verify_many(endless(), threads=2)
    assert read == 0
    next(reports)
    assert read == 1
    for _ in itertools.islice(reports, 1000):
        pass
    assert read <= 1001 + 128


def test_what_the_iterable_raises_comes_after_the_reports_before_it() -> None:
    def failing() -> Iterator[tuple[str, bytes]]:
        for _ in range(5):
            yield PAYLOAD_ID, CONTENT
        raise KeyError("no more")

    reports = tpm_quote.verify_many(failing())
    assert [report.verdict for report in itertools.islice(reports, 5)] == ["verified-self-asserted"] * 5
    with pytest.raises(KeyError, match="no more"):
        next(reports)
    assert list(reports) == []


@pytest.mark.parametrize(
    "item", [CONTENT, (PAYLOAD_ID,), (1, CONTENT), [PAYLOAD_ID, CONTENT], (PAYLOAD_ID, None), None]
)
def test_item_that_is_no_pair_is_a_type_error_in_its_place(item: Any) -> None:
    reports = tpm_quote.verify_many([(PAYLOAD_ID, CONTENT), item, (PAYLOAD_ID, CONTENT)])
    assert next(reports).verified().verdict == "verified-self-asserted"
    with pytest.raises(TypeError):
        next(reports)


def test_settings_are_refused_before_anything_is_read() -> None:
    def unread() -> Iterator[tuple[str, bytes]]:
        raise AssertionError("read")
        yield

    wrong: list[dict[str, Any]] = [
        {"baseline": {}},
        {"tier": "low"},
        {"threads": 0},
        {"require_pcrs": "x"},
    ]
    for options in wrong:
        with pytest.raises(ValueError):
            tpm_quote.verify_many(unread(), **options)
    with pytest.raises(TypeError):
        tpm_quote.verify_many(5)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="unexpected"):
        tpm_quote.verify_many([], payload_id="x")  # type: ignore[call-arg]


def test_every_form_of_response_is_taken_and_every_failure_is_a_report() -> None:
    records: list[tuple[str, Any]] = [
        (PAYLOAD_ID, RSA),
        (PAYLOAD_ID, CONTENT.decode()),
        (PAYLOAD_ID, b"{"),
        ("", CONTENT),
        (PAYLOAD_ID, DATA / "blocks" / "ecc-main-aik-tpm2b.json"),
    ]
    found = [(report.verdict, report.problem) for report in tpm_quote.verify_many(records)]
    assert found == [
        ("verified-self-asserted", None),
        ("verified-self-asserted", None),
        ("malformed", "json-end"),
        ("malformed", "payload-id-empty"),
        ("rejected", "nonce"),
    ]


def test_other_threads_run_while_evidence_is_judged() -> None:
    large = b'{"a": "' + b"x" * (64 << 20) + b'"' + b"," + CONTENT[1:]
    span: list[float] = []

    def work() -> None:
        span.append(time.monotonic())
        tpm_quote.verify_response(large, payload_id=PAYLOAD_ID)
        span.append(time.monotonic())

    worker = threading.Thread(target=work)
    worker.start()
    ticks = []
    while worker.is_alive():
        ticks.append(time.monotonic())
        time.sleep(0.0005)
    worker.join()
    start, end = span
    middle = [tick for tick in ticks if start + 0.001 < tick < end - 0.001]
    assert len(middle) >= 3, (end - start, len(ticks))


def test_what_follows_a_file_that_is_missing_is_not_lost() -> None:
    missing = DATA / "no-such-file.json"
    reports = tpm_quote.verify_many([(PAYLOAD_ID, CONTENT), (PAYLOAD_ID, missing), (PAYLOAD_ID, CONTENT)])
    assert next(reports).verified().verdict == "verified-self-asserted"
    with pytest.raises(FileNotFoundError):
        next(reports)
    report = next(reports)
    assert report.verified().verdict == "verified-self-asserted"
    assert report.report()["line"] == 3
    assert list(reports) == []


def test_payload_id_of_another_type_is_named() -> None:
    reports = tpm_quote.verify_many([(1, CONTENT)])  # type: ignore[list-item]
    with pytest.raises(TypeError, match=r"^response 1: payload_id: expected str, or bytes as the nonce, not int$"):
        next(reports)


def test_nonce_may_stand_for_the_payload_id() -> None:
    nonce = bytes.fromhex("ab0d726c16d95c5dd55f5b12f7eff781")
    pairs: list[tuple[str | bytes, bytes]] = [(nonce, CONTENT), (b"another", CONTENT), (b"", CONTENT), (PAYLOAD_ID, CONTENT)]
    reports = list(tpm_quote.verify_many(pairs))
    assert [report.check for report in reports] == [None, "nonce", "input", None]
    assert [report.payload_id for report in reports] == [None, None, None, PAYLOAD_ID]
    assert reports[0].verified().nonce == nonce
    assert reports[2].problem == "nonce-length"


def test_pair_that_is_none_is_told_by_its_number() -> None:
    good = (PAYLOAD_ID, RSA)
    wrong: list[tuple[Any, str]] = [
        (5, r"response 2: expected a pair \(payload_id, response\)$"),
        ((PAYLOAD_ID, 5), "response 2: expected str, bytes, dict or os.PathLike, not int"),
        ((5, RSA), "response 2: payload_id: expected str, or bytes as the nonce, not int"),
        ((RSA, PAYLOAD_ID), "response 2: .* looks like a response: are they swapped"),
        ((RSA.read_text(), PAYLOAD_ID), "response 2: .* looks like a response: are they swapped"),
        (({}, PAYLOAD_ID), "response 2: .* looks like a response: are they swapped"),
    ]
    for pair, said in wrong:
        reports = tpm_quote.verify_many([good, pair, good])
        assert next(reports).problem is None
        with pytest.raises(TypeError, match=said):
            next(reports)
        assert next(reports).problem is None
