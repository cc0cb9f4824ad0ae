"""Verifies TPM 2.0 quotes offline.

`verify_response` verifies the quote in a response of an inference server, `verify_quote` one in
its parts, `verify_attest` the other kinds of attestation, `verify_many` many responses. Each
returns a verified value or raises `VerifyError`. `parse` shows any structure.
"""

from ._errors import Malformed, Rejected, Unsupported, VerifyError
from ._native import (
    Attest,
    Clock,
    Key,
    Name,
    PcrSet,
    Quote,
    Report,
    Reports,
    Unavailable,
    parse,
    verify_attest,
    verify_many,
    verify_quote,
    verify_response,
)

__version__ = "0.1.0"

__all__ = [
    "Attest",
    "Clock",
    "Key",
    "Malformed",
    "Name",
    "PcrSet",
    "Quote",
    "Rejected",
    "Report",
    "Reports",
    "Unavailable",
    "Unsupported",
    "VerifyError",
    "parse",
    "verify_attest",
    "verify_many",
    "verify_quote",
    "verify_response",
]
