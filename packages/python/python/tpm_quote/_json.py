"""JSON of which no key is lost."""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for key, value in pairs:
        if key in members:
            raise ValueError(f"the key {key!r} is there twice")
        members[key] = value
    return members


def lines(text: str) -> list[Any]:
    """Reads a value of JSON in each line."""
    return [json.loads(line) for line in text.split("\n") if line]


def loads(text: bytes) -> Any:
    """Reads JSON, and refuses a key that is there twice, of which a dict would keep one."""
    return json.loads(text, object_pairs_hook=_unique)
