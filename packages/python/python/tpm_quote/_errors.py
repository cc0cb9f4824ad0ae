"""The exceptions of a verification."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._native import _ImaEntry


class VerifyError(Exception):
    """Evidence was not accepted: a check failed, could not be done, or something cannot be read.

    The names of checks and problems are stable, the texts are not. `expected` and `found` are
    texts, where there are any: bytes in hexadecimal, sets of PCRs as in `sha256:0,7`.

    >>> import pathlib, tpm_quote
    >>> response = pathlib.Path("tests/data/blocks/rsa-main-aik-tpm2b.json")
    >>> try:
    ...     tpm_quote.verify_response(response, payload_id="another", require_pcrs="sha256:0")
    ... except tpm_quote.VerifyError as error:
    ...     error.check, error.problem, error.report()["verdict"]
    ('nonce', 'nonce', 'rejected')
    """

    verdict: str = "malformed"
    """`rejected`, `unsupported` or `malformed`, as in the report."""
    check: str = "input"
    """The check that failed."""
    problem: str = ""
    """The stable name of what is wrong."""
    message: str = ""
    """The same for a person."""
    help: str = ""
    """One sentence: what to do."""
    expected: str | None = None
    """What was expected."""
    found: str | None = None
    """What came instead."""
    _report: str = "{}"
    _ima_entries: str | None = None

    def report(self) -> dict[str, Any]:
        """The report of the command `tpm-quote`, as a dict: see docs/report.md."""
        import json

        report: dict[str, Any] = json.loads(self._report)
        return report

    @property
    def ima_entries(self) -> list[_ImaEntry] | None:
        """The entries of the list of IMA that the quote proves, as in `Quote.ima_entries`."""
        from ._json import lines

        if self._ima_entries is None:
            return None
        entries: list[Any] = lines(self._ima_entries)
        return entries


class Rejected(VerifyError):
    """The evidence was read, and a check failed."""

    verdict = "rejected"


class Unsupported(VerifyError):
    """The evidence uses something that this version does not support: it may be good or bad."""

    verdict = "unsupported"


class Malformed(VerifyError, ValueError):
    """The evidence, or a setting of the caller's own, cannot be read."""

    verdict = "malformed"


for _class in (VerifyError, Rejected, Unsupported, Malformed):
    _class.__module__ = "tpm_quote"
del _class
