"""The stubs: that they name what the functions take. What mypy's `stubtest` compares is the rest."""

from __future__ import annotations

import ast
import inspect

import pytest

import tpm_quote
from conftest import ROOT

STUBS = ast.parse((ROOT / "packages/python/python/tpm_quote/_native.pyi").read_text())
CLASSES = {node.name: node for node in STUBS.body if isinstance(node, ast.ClassDef)}


def members(name: str) -> set[str]:
    """The keys of a TypedDict, with those that it inherits."""
    keys = {node.target.id for node in CLASSES[name].body if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)}
    for base in CLASSES[name].bases:
        if isinstance(base, ast.Name) and base.id in CLASSES:
            keys |= members(base.id)
    return keys


@pytest.mark.parametrize("name", ["verify_response", "verify_quote", "verify_attest", "verify_many"])
def test_stubs_name_every_option(name: str) -> None:
    options: set[str] = set()
    overloads = [node for node in STUBS.body if isinstance(node, ast.FunctionDef) and node.name == name]
    for overload in overloads:
        assert overload.args.kwarg and isinstance(overload.args.kwarg.annotation, ast.Subscript)
        typed = overload.args.kwarg.annotation.slice
        assert isinstance(typed, ast.Name)
        options |= members(typed.id)
    parameters = inspect.signature(getattr(tpm_quote, name)).parameters.values()
    assert options == {one.name for one in parameters if one.kind is one.KEYWORD_ONLY}
