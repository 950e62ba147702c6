"""The page of promises names tests that exist."""

import ast
import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs/pages.md"


def _tests(file: str) -> set[str]:
    tree = ast.parse((Path(__file__).parent / file).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_promise_of_the_pages_is_shown_by_a_test_that_exists() -> None:
    text = PAGE.read_text(encoding="utf-8")
    named = re.findall(r"`(test_\w+\.py)::(test_\w+)`", text)
    assert [f"{file}::{test}" for file, test in named if test not in _tests(file)] == []
    rows = re.findall(r"^\| (\d+) \|.*$", text, re.MULTILINE)
    assert rows == [str(number) for number in range(1, 13)]
    assert all("::" in row for row in text.splitlines() if re.match(r"\| \d+ \|", row))
