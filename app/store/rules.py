"""The center's book of rules as it is stored: what differs from the defaults of `Rules`, and from when."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.dispatch.rules import RuleBook, Rules

from .tables import centers

Page = tuple[float, Mapping[str, Any]]
"""From when (seconds since 1970 UTC), and what differs from the defaults."""

AGAIN_AND_AGAIN = (
    "alarm_again_s",
    "frozen_after_s",
    "neighbour_silent_s",
    "shortlist",
    "stuck_retry_s",
    "wait_doubles_s",
    "welfare_s",
)
"""What repeats itself must not do so every nought seconds, and nobody is found among nought units."""


class RulesRefused(Exception):
    """These are not rules: a name nobody knows, a number that is none."""

    code = "rules_refused"

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


async def pages(connection: AsyncConnection, center: str) -> list[Page]:
    """Every page of the center's book, oldest first; none where the defaults always counted."""
    found = (await connection.execute(select(centers.c.rules).where(centers.c.id == center))).scalar_one()
    return [(float(page["from"]), page["rules"]) for page in found]


async def set_pages(connection: AsyncConnection, center: str, book: Sequence[Page]) -> None:
    """This is the center's book now; a running service reads it when the bell of the region rings."""
    written = [{"from": begins, "rules": dict(differences)} for begins, differences in sorted(book, key=_begins)]
    await connection.execute(update(centers).where(centers.c.id == center).values(rules=written))


async def book(connection: AsyncConnection, center: str) -> RuleBook:
    """The center's book. Raises RulesRefused where somebody has written into it what is none."""
    return book_of(await pages(connection, center))


def book_of(written: Sequence[Page]) -> RuleBook:
    """The book of these pages. Before its first page the defaults count. Raises RulesRefused."""
    return RuleBook(pages=((-math.inf, Rules()), *((begins, rules_of(page)) for begins, page in written)))


def rules_of(differences: Mapping[str, Any]) -> Rules:
    """The rules that differ so from the defaults, down to one clock of one level.

    Raises RulesRefused for names nobody knows, numbers below nought, and what is no number at all.
    """
    usual = msgspec.to_builtins(Rules(), str_keys=True)
    try:
        rules = msgspec.convert(_merged(usual, differences), Rules, strict=True)
    except msgspec.ValidationError as problem:
        raise RulesRefused(f"{problem}.") from None
    unknown = list(_unknown(differences, msgspec.to_builtins(rules, str_keys=True), ""))
    if unknown:
        raise RulesRefused(f"There is no rule {', '.join(unknown)}; docs/rules.md names them all.")
    wrong = [name for name, number in _numbers(msgspec.to_builtins(rules), "") if not 0 <= number < math.inf]
    wrong += [name for name in AGAIN_AND_AGAIN if getattr(rules, name) <= 0 and name not in wrong]
    wrong += ["offers_at_once (1 or 2)"] if rules.offers_at_once not in {1, 2} else []
    if wrong:
        raise RulesRefused(f"This number cannot be: {', '.join(wrong)}.")
    return rules


def _begins(page: Page) -> float:
    return page[0]


def _merged(usual: Any, said: Any) -> Any:
    if isinstance(usual, Mapping) and isinstance(said, Mapping):
        return {**usual, **{name: _merged(usual.get(name), value) for name, value in said.items()}}
    return said


def _unknown(said: Any, known: Any, path: str) -> list[str]:
    """The names that were said and have come to nothing."""
    if isinstance(said, Mapping) and isinstance(known, Mapping):
        return [
            found
            for name, value in said.items()
            for found in (_unknown(value, known[name], f"{path}{name}.") if name in known else [f"{path}{name}"])
        ]
    if isinstance(said, list | tuple) and isinstance(known, list | tuple):
        pairs = zip(said, known, strict=True)
        return [found for at, (one, other) in enumerate(pairs) for found in _unknown(one, other, f"{path}{at}.")]
    return []


def _numbers(value: Any, path: str) -> list[tuple[str, float]]:
    if isinstance(value, Mapping):
        return [found for name, each in value.items() for found in _numbers(each, f"{path}{name} ")]
    if isinstance(value, list | tuple):
        return [found for each in value for found in _numbers(each, path)]
    return [(path.strip(), value)] if isinstance(value, int | float) else []
