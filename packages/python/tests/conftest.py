"""Where the evidence is."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
DATA = ROOT / "tests" / "data"
RSA = DATA / "blocks" / "rsa-main-aik-tpm2b.json"
PAYLOAD_ID = "22c4a258-d445-5bdd-885d-40980abcee2d"


def facts(path: str) -> dict[str, Any]:
    """What another program says of a case."""
    case: dict[str, Any] = json.loads((DATA / path / "case.json").read_bytes())
    return case


@pytest.fixture(autouse=True)
def _at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Examples name files as seen from the root of the repository."""
    monkeypatch.chdir(ROOT)
