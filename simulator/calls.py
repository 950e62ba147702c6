"""Calls for help: what one is, and reading real ones from a CSV for a replay.

A row's alert id is made from its words, so a second run raises nothing twice. No reason given for a refused row
quotes a place.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from app.clock import instant
from app.geo.point import Point

RUN = UUID("6b0d1f52-6c0b-5f0a-9f2e-2f7a4e0c1d11")
"""The namespace of all ids made from rows."""

MOMENTS = (
    "time", "timestamp", "datetime", "date_time", "fecha_hora", "received_at", "call_time", "fecha_hecho", "fecha",
)  # fmt: skip
DAYS = ("fecha", "date", "day", "fecha_hecho", "dia", "día")
HOURS = ("hora", "hora_hecho", "hour", "time")
LATITUDES = ("lat", "latitude", "latitud", "y")
LONGITUDES = ("lon", "lng", "long", "longitude", "longitud", "x")
"""Names under which files keep a time in one column, a day and an hour in two, and a place."""

NOTE_MAX = 1000
"""Characters kept of everything else in a row."""

NO_TIME = "the time cannot be read"
NO_PLACE = "the place is not a latitude and a longitude"
NOBODY_FILLED_IN = "the place is 0, 0: nobody filled it in"

DAY_FORMATS = ("%Y-%m-%d", "%d/%m/%Y")
HOUR_FORMATS = ("%H:%M:%S", "%H:%M", "%H:%M:%S.%f")


class CallsError(Exception):
    """A file that cannot be used at all; the sentence says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call for help.

    Attributes:
        id: of the alert it becomes.
        at: when it comes, seconds since 1970 UTC of the service's clock.
        needs: institutions asked for; none: the service's own default.
        threat: risk questions answered with yes.
    """

    id: str
    at: float
    place: Point = field(repr=False)
    needs: tuple[str, ...] = ()
    threat: tuple[str, ...] = ()
    incident: str = "30503"
    note: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRow:
    """A row left out; the header is row 1, as a spreadsheet counts. `at`: its time, its day's or None."""

    row: int
    reason: str
    at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallsRead:
    """What a file held inside the window: `rows` of them, in the order of their times."""

    calls: tuple[Call, ...]
    refused: tuple[RefusedRow, ...]
    rows: int
    start: float
    end: float


def read_calls(
    path: Path,
    zone: ZoneInfo,
    first_day: date | None = None,
    days: int | None = None,
    needs: Sequence[str] = ("police", "prosecutor"),
) -> CallsRead:
    """Calls of `days` local days from `first_day` on; without a first day from the file's first, without days all.

    Times without an offset are local times of `zone`. A row whose day cannot be read counts as inside the window.
    Raises CallsError.
    """
    header, rows = _rows(path)
    when = _when(header)
    lat, lon = _column(header, LATITUDES, "latitude"), _column(header, LONGITUDES, "longitude")
    used = {*when, lat, lon}
    copies: Counter[tuple[str, ...]] = Counter()
    calls: list[Call] = []
    refused: list[RefusedRow] = []
    for number, cells in rows:
        copies[cells] += 1
        row = dict(zip(header, cells, strict=False))
        at = _day(row.get(when[0], ""), zone)
        try:
            at = _moment([row.get(name, "") for name in when], zone)
            place = _place(row.get(lat, ""), row.get(lon, ""))
        except ValueError as wrong:
            refused.append(RefusedRow(row=number, reason=str(wrong), at=at))
            continue
        note = "; ".join(f"{name}: {text}" for name, text in row.items() if name not in used and text)
        alert = str(uuid5(RUN, "\x1f".join((*cells, str(copies[cells])))))
        calls.append(Call(id=alert, at=at, place=place, needs=tuple(needs), note=note[:NOTE_MAX]))
    if not calls:
        raise CallsError(f"{path.name} holds no row with a time and a place")
    calls.sort(key=lambda call: (call.at, call.id))
    start, end = _window(calls, zone, first_day, days)
    inside = tuple(call for call in calls if start <= call.at < end)
    wrong_inside = tuple(wrong for wrong in refused if wrong.at is None or start <= wrong.at < end)
    rows_inside = len(inside) + len(wrong_inside)
    return CallsRead(calls=inside, refused=wrong_inside, rows=rows_inside, start=start, end=end)


def _window(
    calls: Sequence[Call], zone: ZoneInfo, first_day: date | None, days: int | None
) -> tuple[float, float]:
    first = first_day or datetime.fromtimestamp(calls[0].at, UTC).astimezone(zone).date()
    start = instant(datetime.combine(first, time(), zone))
    if days is None:
        return start, calls[-1].at + 1.0
    return start, instant(datetime.combine(first + timedelta(days=days), time(), zone))


def _rows(path: Path) -> tuple[list[str], Iterator[tuple[int, tuple[str, ...]]]]:
    """Column names in lower case, and every row that is not empty with its number."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError:
        raise CallsError(f"there is no file {path.name} that can be read") from None
    except UnicodeDecodeError:
        raise CallsError(f"{path.name} is not UTF-8; save it again as CSV UTF-8") from None
    first = text.partition("\n")[0]
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count))
    header = [name.strip().casefold() for name in next(rows, [])]
    return header, (
        (number, tuple(cell.strip() for cell in cells)) for number, cells in enumerate(rows, 2) if any(cells)
    )


def _when(header: Sequence[str]) -> tuple[str, ...]:
    """The columns of the time: a day and an hour, or one with both."""
    day = next((name for name in DAYS if name in header), None)
    hour = next((name for name in HOURS if name in header), None)
    if day is not None and hour is not None and day != hour:
        return day, hour
    return (_column(header, MOMENTS, "time"),)


def _column(header: Sequence[str], names: Sequence[str], what: str) -> str:
    for name in names:
        if name in header:
            return name
    raise CallsError(f"no column for the {what}: one of {', '.join(names)}")


def _moment(texts: Sequence[str], zone: ZoneInfo) -> float:
    """Raises ValueError. Of an hour that the clocks repeat, the first is meant."""
    if len(texts) == 2:
        day, hour = _parsed(texts[0][:10], DAY_FORMATS), _parsed(texts[1], HOUR_FORMATS)
        return instant(datetime.combine(day.date(), hour.time(), zone))
    try:
        moment = datetime.fromisoformat(texts[0])
    except ValueError:
        both = [f"{day} {hour}" for day in DAY_FORMATS for hour in HOUR_FORMATS]
        moment = _parsed(texts[0], both).replace(tzinfo=zone)
    return instant(moment if moment.tzinfo is not None else moment.replace(tzinfo=zone))


def _day(text: str, zone: ZoneInfo) -> float | None:
    """The beginning of the local day, where at least that can be read."""
    try:
        return instant(_parsed(text[:10], DAY_FORMATS).replace(tzinfo=zone))
    except ValueError:
        return None


def _parsed(text: str, formats: Sequence[str]) -> datetime:
    for shape in formats:
        try:
            return datetime.strptime(text, shape).replace(tzinfo=UTC)
        except ValueError:
            continue
    raise ValueError(NO_TIME)


def _place(lat: str, lon: str) -> Point:
    try:
        place = Point(float(lat), float(lon))
    except ValueError:
        raise ValueError(NO_PLACE) from None
    if place.lat == 0 and place.lon == 0:
        raise ValueError(NOBODY_FILLED_IN)
    return place
