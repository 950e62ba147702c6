"""Response times for programs, as JSON, and as an aligned table for the terminal."""

from collections.abc import Sequence
from typing import Any

from app.clock import rfc3339

from .figures import machine_rows
from .intervals import VERSION
from .response_times import PERCENTILES, Period, Row
from .table import Kind, Table


def as_dict(rows: Sequence[Row], period: Period, at: float, floor: int) -> dict[str, Any]:
    """The whole report, made `at`, fit for JSON; times go out as RFC 3339. Cells below `floor` are hidden."""
    used = {row.interval.number: row.interval for row in rows}
    return {
        "definitions_version": VERSION,
        "percentiles": PERCENTILES,
        "period": {"from": rfc3339(period.start), "to": rfc3339(period.end)},
        "at": rfc3339(at),
        "definitions": [
            {
                "number": interval.number,
                "interval": interval.name,
                "formula": interval.formula,
                "definition": dict(interval.definition),
            }
            for _, interval in sorted(used.items())
        ],
        "rows": machine_rows(rows, floor),
    }


def as_text(table: Table) -> str:
    """The table with aligned columns, under its title and above its notes."""
    lines = [[column.label for column in table.columns], *table.shown()]
    widths = [max(len(line[place]) for line in lines) for place in range(len(table.columns))]
    words = [column.kind is Kind.TEXT for column in table.columns]
    aligned = [
        "  ".join(
            cell.ljust(width) if word else cell.rjust(width)
            for cell, width, word in zip(line, widths, words, strict=True)
        ).rstrip()
        for line in lines
    ]
    facts = [f"{fact.label}: {fact.text}" for fact in table.facts]
    return "\n".join([table.title, *facts, "", table.sentence, "", *aligned, "", *table.notes, ""])
