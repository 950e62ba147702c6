"""docs/insiders.md says of every rule what it flags, and of every number its default."""

import re
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from app.security.looks import InsiderRules, Rule

PAGE = (Path(__file__).parents[2] / "docs" / "insiders.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(\w+)` \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)


def shown(value: Any) -> str:
    """A default as the page writes it."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {one}" for key, one in value.items())
    return f"{value:g}"


def test_every_rule_and_every_number_stands_on_the_page_once() -> None:
    rows = [(name, default) for name, default, _ in ROW.findall(PAGE)]
    rules = [rule.value for rule in Rule]
    numbers = [(field.name, shown(getattr(InsiderRules(), field.name))) for field in fields(InsiderRules)]
    assert sorted(name for name, _ in rows if name in rules) == sorted(rules)
    assert [row for row in rows if row[0] not in rules] == numbers
