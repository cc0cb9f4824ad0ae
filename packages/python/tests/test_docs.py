"""The examples: of the docstrings and of README.md."""

from __future__ import annotations

import doctest
import inspect
import re
from typing import Any

import pytest

import tpm_quote
from conftest import ROOT

README = (ROOT / "packages" / "python" / "README.md").read_text()
EXAMPLES = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def documented() -> list[tuple[str, Any]]:
    return [(name, getattr(tpm_quote, name)) for name in tpm_quote.__all__]


@pytest.mark.parametrize(("name", "what"), documented())
def test_everything_is_documented(name: str, what: Any) -> None:
    assert inspect.getdoc(what), name
    if inspect.isclass(what):
        for member, value in vars(what).items():
            if not member.startswith("_") and not isinstance(value, (str, type(None))):
                assert inspect.getdoc(value), f"{name}.{member}"


@pytest.mark.parametrize(
    ("name", "what"), [(n, w) for n, w in documented() if ">>>" in (inspect.getdoc(w) or "")]
)
def test_examples_of_docstrings(name: str, what: Any) -> None:
    test = doctest.DocTestParser().get_doctest(inspect.getdoc(what) or "", {}, name, None, 0)
    assert test.examples
    result = doctest.DocTestRunner().run(test)
    assert result.failed == 0, name


def test_functions_have_examples() -> None:
    functions = [what for name, what in documented() if not inspect.isclass(what)]
    assert len(functions) == 5
    assert all(">>>" in (function.__doc__ or "") for function in functions)


def test_examples_of_the_readme(capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {}
    for example in EXAMPLES:
        exec(compile(example, "README.md", "exec"), names)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("verified-self-asserted 2cf0398a94e1b950")
    assert lines[1] == "self-asserted"
    assert len(names["quotes"]) == 1000


def test_first_example_has_eight_lines() -> None:
    assert len(EXAMPLES[0].splitlines()) == 8
