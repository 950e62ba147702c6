"""One report as a value: what the screen, CSV, XLSX and PDF all show, worded once in the reader's language.

Seconds are whole, percent are whole; what a cell shows is `text_of` wherever it is shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

HIDDEN = "*"
"""In place of a figure that is not told, because the cell is small or would give a small one away."""
NOTHING = "—"
"""In place of a figure there is none of."""

Cell = str | int | None


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    COUNT = "count"
    SECONDS = "seconds"
    CHANGE = "change"
    """Seconds, more or less than before."""
    PERCENT = "percent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """`key` is its name for programs, `label` for people."""

    key: str
    label: str
    kind: Kind = Kind.COUNT


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What holds for the whole table, such as its period."""

    key: str
    label: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One report. `sentence` says aloud what it shows; `notes` are what has to be known to read it."""

    name: str
    language: str
    title: str
    sentence: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    facts: tuple[Fact, ...] = ()
    notes: tuple[str, ...] = ()

    def shown(self) -> list[list[str]]:
        """Every cell as people see it."""
        return [
            [text_of(cell, column.kind) for cell, column in zip(row, self.columns, strict=True)]
            for row in self.rows
        ]


def text_of(cell: Cell, kind: Kind) -> str:
    """A cell as people see it: `4:10`, `1:02:03`, `−0:45`, `83 %`; words as they are."""
    if cell is None:
        return NOTHING
    if isinstance(cell, str) or kind in {Kind.TEXT, Kind.COUNT}:
        return str(cell)
    if kind is Kind.PERCENT:
        return f"{cell} %"
    sign = "−" if cell < 0 else "+" if kind is Kind.CHANGE and cell > 0 else ""
    return sign + clock(abs(cell))


def clock(seconds: int) -> str:
    """Minutes and seconds, with hours where there are any."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def whole(seconds: float | None, step: int = 1) -> int | None:
    """Seconds as they are told: to the nearest `step`, halves to the even one."""
    return None if seconds is None else round(seconds / step) * step


def percent(share: float | None) -> int | None:
    """A share from 0 to 1 in whole percent."""
    return None if share is None else round(100 * share)


def every(columns: Sequence[Column], cell: Cell) -> tuple[Cell, ...]:
    """As many such cells as there are columns."""
    return tuple(cell for _ in columns)
