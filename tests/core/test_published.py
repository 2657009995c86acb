"""Published values are made by the gate alone, and a frozen release that was touched is refused."""

import ast
import dataclasses
from pathlib import Path

import pytest

from app.core.results.published import Cell, from_json
from tests.core.test_disclosure import publish, wave_of


def test_published_values_are_made_here_only() -> None:
    with pytest.raises(TypeError):
        Cell("5", 10, 100, 70, 100, None)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="makes published values"):
        Cell("5", 10, 100, 70, 100, None, seal=object())
    with pytest.raises((TypeError, ValueError), match="must be specified"):
        dataclasses.replace(publish(wave_of("family-1", ["5"] * 60)), n=65)  # type: ignore[call-arg]


def test_only_this_gate_holds_the_seal() -> None:
    root = Path(__file__).parents[2] / "app"
    users = {
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if (isinstance(node, ast.alias) and node.name == "SEAL")
        or (isinstance(node, ast.Attribute) and node.attr == "SEAL")
    }
    assert users == {"core/results/disclosure.py"}


def test_a_release_that_was_touched_is_refused() -> None:
    body = publish(wave_of("family-1", ["5"] * 60)).to_json()
    for broken in ({}, {**body, "format": 3}, {**body, "n": 61}, {**body, "level": "all"}, {"format": 1}):
        with pytest.raises(ValueError):  # noqa: PT011
            from_json(broken)
    question = body["questions"][0]
    for wrong in ({**question, "more": 1}, {**question, "base": 61}, {"variable": "listened"}, "listened", None):
        with pytest.raises(ValueError):  # noqa: PT011
            from_json({**body, "questions": [wrong]})
