"""The rows of a report as JSON, as CSV and as a table for the terminal, each with its definitions and period."""

import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any

from app.clock import rfc3339

from .intervals import VERSION
from .response_times import PERCENTILES, Period, Row

_COUNTS = ("n", "missing", "unattended", "cancelled", "negative", "excluded")
_SECONDS = ("p50_s", "p90_s", "mean_s")


def as_dict(rows: Sequence[Row], period: Period, at: float) -> dict[str, Any]:
    """The whole report, fit for JSON; times go out as RFC 3339. `at`: when it was made, seconds since 1970 UTC."""
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
                "definition": interval.definition,
            }
            for _, interval in sorted(used.items())
        ],
        "rows": [_row(row) for row in rows],
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "interval": row.interval.name,
        "definition": row.interval.number,
        "group": dict(row.group),
        **{name: getattr(row, name) for name in _COUNTS},
        "waited_longest_s": _rounded(row.waited_longest_s),
        **{name: _rounded(getattr(row, name)) for name in _SECONDS},
        "negative_alerts": list(row.negative_alerts),
    }


def as_csv(rows: Sequence[Row], period: Period, at: float) -> str:
    """The rows as CSV (RFC 4180: header line, CRLF, quotes where needed); every line says version and period.

    Seconds to the millisecond; empty where there is nothing to say; several alert ids are parted by spaces.
    """
    keys = _keys(rows)
    every_line = {
        "definitions_version": VERSION,
        "period_from": rfc3339(period.start),
        "period_to": rfc3339(period.end),
        "at": rfc3339(at),
    }
    columns = [*every_line, "definition", "interval", "formula", *keys]
    columns += [*_COUNTS, "waited_longest_s", *_SECONDS, "negative_alerts"]
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, extrasaction="ignore")
    writer.writeheader()
    for row in rows:
        own = {"formula": row.interval.formula, "negative_alerts": " ".join(row.negative_alerts)}
        writer.writerow(every_line | _row(row) | dict(row.group) | own)
    return text.getvalue()


def as_text(rows: Sequence[Row], period: Period, at: float, time_zone: tzinfo = UTC) -> str:
    """The rows as an aligned table in minutes:seconds for a terminal; the period in `time_zone`."""
    keys = _keys(rows)
    head = ["interval", *keys, *_COUNTS, "waited", "p50", "p90", "mean"]
    lines = [head]
    for row in rows:
        group = dict(row.group)
        lines.append(
            [f"{row.interval.number} {row.interval.name}"]
            + [group[key] for key in keys]
            + [str(getattr(row, name)) for name in _COUNTS]
            + [_minutes(row.waited_longest_s), *(_minutes(getattr(row, name)) for name in _SECONDS)]
        )
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    words = 1 + len(keys)
    table = [
        "  ".join(
            cell.ljust(width) if column < words else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    ]
    definitions = {row.interval.number: row.interval for row in rows}
    wrong = sorted({alert for row in rows for alert in row.negative_alerts})
    return "\n".join(
        [
            f"Response times, definitions version {VERSION}, minutes:seconds",
            f"Calls from {_local(period.start, time_zone)} to {_local(period.end, time_zone)},"
            f" seen at {_local(at, time_zone)}",
            "",
            *table,
            "",
            *(f"{number} {i.name} = {i.formula}. {i.definition}" for number, i in sorted(definitions.items())),
            f"Percentiles: {PERCENTILES}, of the n measured.",
            *([f"Wrong data (ends before it starts): {' '.join(wrong)}"] if wrong else []),
            "",
        ]
    )


def _keys(rows: Sequence[Row]) -> tuple[str, ...]:
    return tuple(key for key, _ in rows[0].group) if rows else ()


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)


def _minutes(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"


def _local(at: float, time_zone: tzinfo) -> str:
    return datetime.fromtimestamp(at, time_zone).isoformat(sep=" ", timespec="minutes")
