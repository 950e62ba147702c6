"""docs/rules.md says of every rule its default and the test that shows it, and nothing that is not so."""

import ast
import re
from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

from app.dispatch.rules import Clock, Rules

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(\w+)` \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
TEST = re.compile(r"\b(stories|core)/(test_\w+)::(\w+)")


def shown(value: Any) -> str:
    """A default as the page writes it."""
    if isinstance(value, Mapping):
        if not value:
            return "none"
        if isinstance(next(iter(value.values())), Mapping):
            return ". ".join(f"{institution}: {clocks(by_level)}" for institution, by_level in value.items())
        return ", ".join(f"{key} {shown(one)}" for key, one in value.items())
    if isinstance(value, tuple):
        return ", ".join(str(getattr(one, "code", one)) for one in value)
    return (
        f"{value:g}"
        if isinstance(value, float) and value < 1e6
        else f"{value:.0f}"
        if isinstance(value, float)
        else str(value)
    )


def clocks(by_level: Mapping[str, Clock]) -> str:
    usual, extreme = by_level["standard"], by_level["extreme"]
    assert usual == by_level["high"]
    return (
        f"seen {usual.seen_within_s:g}, answered {usual.answer_within_s:g}; "
        f"extreme {extreme.seen_within_s:g}, {extreme.answer_within_s:g}"
    )


@cache
def functions(folder: str, module: str) -> frozenset[str]:
    source = ROOT / "tests" / folder / f"{module}.py"
    tree = ast.parse(source.read_text(encoding="utf-8")) if source.exists() else ast.Module([], [])
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def test_every_rule_stands_on_the_page_once_with_its_default() -> None:
    on_page = {name: default for name, default, _, _ in ROW.findall(PAGE)}
    rules = Rules()
    assert on_page == {field.name: shown(getattr(rules, field.name)) for field in fields(Rules)}
    assert len(ROW.findall(PAGE)) == len(on_page)


def test_every_rule_has_a_source_and_a_test_that_exists() -> None:
    for name, _, source, test in ROW.findall(PAGE):
        assert source.strip(), name
        assert TEST.fullmatch(test), f"{name} is shown by nothing"
    named = TEST.findall(PAGE)
    assert [f"{module}::{test}" for folder, module, test in named if test not in functions(folder, module)] == []
