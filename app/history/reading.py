"""A file of another system read row by row: cases, and for each row that is not one of them, why.

Nothing is dropped in silence and nothing is mended: a row is taken as it stands, or refused for one reason.
"""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Literal

from app.dispatch.model import Institution, Level
from app.reports.intervals import INTERVALS, Outcome, observe
from app.reports.points import TimePoint

from .case import NO_NAME, Case, Served, told
from .map import OF_THE_CASE, Codes, HistoryMap
from .refused import HistoryRefused, Noted, Reason, Remark
from .stamps import stamp

NAME_MAX = 60
"""Characters of an id, a zone or a unit."""
ROWS_MAX = 1_000_000
"""Rows of one file: it is held in memory, and a quarter of a millisecond is spent on each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What a file held. `rows` were read, those `refused` are in no case; `digest` names file and map together."""

    digest: str
    rows: int
    cases: tuple[Case, ...]
    noted: tuple[Noted, ...]

    @property
    def refused(self) -> Mapping[str, int]:
        """Refused rows by reason."""
        return Counter(one.reason.value for one in self.noted if isinstance(one.reason, Reason))

    @property
    def remarked(self) -> Mapping[str, Mapping[str, int]]:
        """What is said of rows that were taken: by remark, then by time point or interval."""
        found: dict[str, Counter[str]] = {}
        for one in self.noted:
            if isinstance(one.reason, Remark):
                found.setdefault(one.reason.value, Counter())[one.where] += 1
        return found

    @property
    def since(self) -> float:
        """When its first case began; 0 for no case at all."""
        return min((case.began for case in self.cases), default=0.0)

    @property
    def until(self) -> float:
        """The last moment it knows of; 0 for no case at all."""
        return max((at for case in self.cases for at in case.every_stamp), default=0.0)

    def counts(self) -> dict[str, object]:
        """Everything that can be counted of it, fit for JSON."""
        return {
            "rows": self.rows,
            "taken": self.rows - sum(self.refused.values()),
            "cases": len(self.cases),
            "refused": dict(sorted(self.refused.items())),
            "remarked": {remark: dict(sorted(of.items())) for remark, of in sorted(self.remarked.items())},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """One row that can be taken."""

    number: int
    id: str
    unit: str
    zone: str
    level: Level
    institution: Institution
    stamps: Mapping[TimePoint, float]
    ended: Literal["cancelled", "duplicate"] | None


@dataclass(slots=True)
class _Reader:
    by: HistoryMap
    header: Sequence[str]
    now: float
    noted: list[Noted] = field(default_factory=list)
    taken: dict[str, list[_Row]] = field(default_factory=dict)
    seen: dict[tuple[str, str], bytes] = field(default_factory=dict)

    def add(self, number: int, cells: list[str]) -> None:
        """One row: taken, or noted as refused."""
        found = self._row(number, cells)
        if isinstance(found, Noted):
            self.noted.append(found)
            return
        self.taken.setdefault(found.id, []).append(found)
        self.seen[self._key(found)] = _digest(cells)
        for point in self.by.points:
            if point not in found.stamps:
                self.noted.append(Noted(row=number, reason=Remark.MISSING_STAMP, where=point.value))
        self.noted += _remarks(number, found.stamps)

    def _key(self, row: _Row) -> tuple[str, str]:
        return row.id, row.unit if self.by.rows == "unit" else ""

    def _row(self, number: int, cells: list[str]) -> _Row | Noted:
        def refused(reason: Reason, where: str = "") -> Noted:
            return Noted(row=number, reason=reason, where=where)

        if len(cells) != len(self.header):
            return refused(Reason.BAD_ROW)
        if self.by.rows == "total":
            return refused(Reason.TOTAL)
        row = dict(zip(self.header, cells, strict=True))
        case, unit, zone = (self._cell(row, column) for column in (self.by.id, self.by.unit, self.by.zone))
        if not case or (self.by.rows == "unit" and not unit):
            return refused(Reason.NO_ID)
        before = self.seen.get((case, unit if self.by.rows == "unit" else ""))
        if before is not None:
            return refused(Reason.DUPLICATE_ROW if before == _digest(cells) else Reason.DUPLICATE_ID)
        stamps: dict[TimePoint, float] = {}
        for point, at in self._stamps(row):
            if isinstance(at, Reason):
                return refused(at, point.value)
            stamps[point] = at
        if not stamps:
            return refused(Reason.NO_STAMP)
        level, institution = self._code(row, self.by.level), self._code(row, self.by.institution)
        if level is None or institution is None:
            return refused(Reason.UNKNOWN_CODE, "level" if level is None else "institution")
        if max(len(case), len(unit), len(zone)) > NAME_MAX:
            return refused(Reason.TOO_LONG)
        return _Row(
            number=number,
            id=case,
            unit=unit or NO_NAME,
            zone=zone,
            level=level,
            institution=institution,
            stamps=stamps,
            ended=self._ended(row),
        )

    def _cell(self, row: Mapping[str, str], column: str | None) -> str:
        text = row[column].strip() if column is not None else ""
        return "" if text in self.by.missing else text

    def _stamps(self, row: Mapping[str, str]) -> Iterator[tuple[TimePoint, float | Reason]]:
        clock = self.by.clock
        if clock is None:
            return
        for point in TimePoint:
            where = self.by.points.get(point)
            parts = [self._cell(row, column) for column in where.columns] if where else []
            if where and parts and all(parts):
                yield point, stamp(" ".join(parts), clock, where.formats or clock.formats, self.now)

    def _code[Value](self, row: Mapping[str, str], by: Codes[Value]) -> Value | None:
        return by.codes.get(self._cell(row, by.column), by.otherwise)

    def _ended(self, row: Mapping[str, str]) -> Literal["cancelled", "duplicate"] | None:
        if self.by.disposition is None:
            return None
        code = self._cell(row, self.by.disposition.column)
        if code in self.by.disposition.duplicate:
            return "duplicate"
        return "cancelled" if code in self.by.disposition.cancelled else None


def read_history(path: Path, by: HistoryMap, now: float) -> History:
    """The cases of the file, imported at `now`, seconds since 1970 UTC; stamps later than that are in the future.

    Raises HistoryRefused for a file that cannot be read as the map says.
    """
    try:
        with path.open(encoding=by.encoding, newline="") as text:
            lines = csv.reader(text, delimiter=by.delimiter, strict=True)
            header = [name.strip() for name in next(lines, [])]
            by.check(header)
            reader = _Reader(by, header, now)
            rows = 0
            for rows, cells in enumerate((cells for cells in lines if cells), start=1):
                if rows > ROWS_MAX:
                    raise HistoryRefused(
                        "too_many_rows", f"A file has {ROWS_MAX:,} rows at most; import it in parts."
                    )
                reader.add(rows + 1, cells)
        digest = sha256(path.read_bytes() + by.model_dump_json().encode()).hexdigest()
    except OSError as problem:
        raise HistoryRefused("bad_file", f"The file cannot be read ({type(problem).__name__}).") from problem
    except UnicodeError as problem:
        raise HistoryRefused("bad_encoding", f"The file is not {by.encoding}, as its map says.") from problem
    except csv.Error as problem:
        raise HistoryRefused("bad_file", "The file is no CSV with this delimiter.") from problem
    cases = tuple(_case(rows) for rows in reader.taken.values())
    noted = [*reader.noted, *_data_errors(cases, reader.taken, by)]
    noted.sort(key=lambda one: one.row)
    return History(digest=digest, rows=rows, cases=cases, noted=tuple(noted))


def _case(rows: Sequence[_Row]) -> Case:
    """The rows of one case put together: the earliest of its own stamps, but its last T15; the highest level."""
    stamps: dict[TimePoint, float] = {}
    for point in OF_THE_CASE:
        found = [row.stamps[point] for row in rows if point in row.stamps]
        if found:
            stamps[point] = max(found) if point is TimePoint.CLOSED else min(found)
    served = [
        Served(unit=row.unit, institution=row.institution, stamps=own)
        for row in rows
        if (own := {point: at for point, at in row.stamps.items() if point not in OF_THE_CASE})
    ]
    ends = {row.ended for row in rows}
    return Case(
        id=rows[0].id,
        zone=rows[0].zone,
        level=max((row.level for row in rows), key=lambda level: level.rank),
        institutions=tuple(dict.fromkeys(row.institution for row in rows)),
        stamps=stamps,
        served=tuple(served),
        ended=next(iter(ends)) if len(ends) == 1 else None,
    )


def _remarks(number: int, stamps: Mapping[TimePoint, float]) -> Iterator[Noted]:
    """Of each point that is no later than the ones before it: that it is the same, or reversed."""
    latest: float | None = None
    for point in TimePoint:
        at = stamps.get(point)
        if at is None:
            continue
        if latest is not None and at <= latest:
            remark = Remark.SAME_STAMP if at == latest else Remark.REVERSED_STAMP
            yield Noted(row=number, reason=remark, where=point.value)
        latest = at if latest is None else max(at, latest)


def _data_errors(cases: Iterable[Case], rows: Mapping[str, Sequence[_Row]], by: HistoryMap) -> Iterator[Noted]:
    """What the reports will count as wrong, by the first row of its case."""
    wrong = {Outcome.NEGATIVE: Remark.NEGATIVE_INTERVAL, Outcome.ABSURD: Remark.ABSURD_INTERVAL}
    for case in cases:
        timeline = told(case, by)
        for name, interval in INTERVALS.items():
            for seen in observe(timeline, interval, timeline.until):
                if seen.outcome in wrong:
                    yield Noted(row=rows[case.id][0].number, reason=wrong[seen.outcome], where=name)


def _digest(cells: Sequence[str]) -> bytes:
    return sha256("\x1f".join(cells).encode()).digest()[:16]
