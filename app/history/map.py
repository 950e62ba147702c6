"""What the columns of another system's export mean: a file by whoever knows that system, checked before any row.

Coordinates have no place in it: where one woman was is not needed to measure how long help took.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

import yaml
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from app.dispatch.model import Institution, Level
from app.reports.points import TimePoint

from .refused import HistoryRefused

OF_THE_CASE = (
    TimePoint.RECEIVED,
    TimePoint.ANSWERED,
    TimePoint.LOCATED,
    TimePoint.RAISED,
    TimePoint.ORDER,
    TimePoint.CLOSED,
)
"""Time points that a case has once; all others are a unit's."""
EPOCH = "epoch"
"""In place of a format: whole or broken seconds since 1970 UTC."""
MAP_MAX = 100_000
"""Characters of a map."""

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,59}$")]
Choice = Literal["refuse", "earlier", "later"]
Code = Annotated[str, BeforeValidator(lambda value: str(value) if isinstance(value, int | float) else value)]
"""A cell's text; YAML takes `1` for a number."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Clock(_Part):
    """How stamps are read. `zone`: the IANA zone of stamps that bring none. `formats`: of `strptime`, or `epoch`.

    `repeated`, `skipped`: what a local time means that came twice, or never, when clocks were changed.
    """

    zone: str
    formats: tuple[Text, ...] = Field(min_length=1)
    repeated: Choice = "refuse"
    skipped: Choice = "refuse"

    @model_validator(mode="after")
    def _known(self) -> Self:
        try:
            ZoneInfo(self.zone)
        except (KeyError, ValueError, OSError) as unknown:
            raise ValueError(f"there is no time zone {self.zone}") from unknown
        return self


class Point(_Part):
    """The columns of one time point, joined by a space; `formats` instead of the clock's."""

    columns: tuple[Text, ...] = Field(min_length=1)
    formats: tuple[Text, ...] = ()


class Codes[Value](_Part):
    """One of our values for each cell of `column`; `otherwise` for all others, which are refused without it."""

    column: Text | None = None
    codes: Mapping[Code, Value] = Field(default_factory=dict)
    otherwise: Value | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.column is None and (self.codes or self.otherwise is None):
            raise ValueError("name a column with its codes, or only `otherwise` for every row")
        return self


class Disposition(_Part):
    """How a case ended: codes of `column` that say it was cancelled, or that it was another case once more."""

    column: Text
    cancelled: tuple[Code, ...] = ()
    duplicate: tuple[Code, ...] = ()


class HistoryMap(_Part):
    """One kind of export.

    Attributes:
        name: how reports call it; `system`: whose record it is, in words, printed with every figure.
        rows: `incident`: a row is a case; `unit`: a row is one unit of a case; `total`: a row adds up cases.
        missing: cells that mean "nothing", besides empty ones.
        points: the columns of each time point. A point without columns is one that this system does not record.
        instead: a point that stands in for one that is not recorded; printed with every figure.
        remarks: what a reader has to know of it; printed with every figure.
    """

    name: Name
    system: Text
    encoding: Literal["utf-8", "utf-8-sig", "latin-1", "cp1252", "utf-16"] = "utf-8-sig"
    delimiter: Annotated[str, StringConstraints(min_length=1, max_length=1)] = ","
    rows: Literal["incident", "unit", "total"] = "incident"
    id: Text | None = None
    clock: Clock | None = None
    points: Mapping[TimePoint, Point] = Field(default_factory=dict)
    instead: Mapping[TimePoint, TimePoint] = Field(default_factory=dict)
    missing: tuple[Code, ...] = ()
    zone: Text | None = None
    unit: Text | None = None
    institution: Codes[Institution] = Codes[Institution](otherwise=Institution.POLICE)
    level: Codes[Level] = Codes[Level](otherwise=Level.STANDARD)
    disposition: Disposition | None = None
    remarks: tuple[Text, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _one_column(cls, said: object) -> object:
        """`T3: created` is short for `T3: {columns: [created]}`."""
        if isinstance(said, dict) and isinstance(points := said.get("points"), dict):
            whole = {name: {"columns": [to]} if isinstance(to, str) else to for name, to in points.items()}
            return {**said, "points": whole}
        return said

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.rows != "total" and not (self.id and self.clock and self.points):
            raise ValueError("rows that are cases need `id`, `clock` and `points`")
        if self.rows == "unit" and self.unit is None:
            raise ValueError("rows of units need `unit`")
        for point, by in self.instead.items():
            if point not in OF_THE_CASE[:4] or by not in OF_THE_CASE[:4]:
                raise ValueError("only T0 to T3 can stand in for one another")
            if point in self.points or by not in self.points:
                raise ValueError(f"{by} stands in for {point} only where {by} has columns and {point} has none")
        return self

    @property
    def lacks(self) -> tuple[TimePoint, ...]:
        """The points that this system does not record, those that another stands in for among them."""
        return tuple(point for point in TimePoint if point not in self.points)

    def columns(self) -> Iterator[str]:
        """Every column it names."""
        for point in self.points.values():
            yield from point.columns
        parts = (self.institution, self.level, self.disposition)
        named = (self.id, self.zone, self.unit, *(part.column for part in parts if part is not None))
        yield from (column for column in named if column is not None)

    def check(self, header: list[str]) -> None:
        """Raise HistoryRefused where the file's header has not each named column once."""
        times = Counter(header)
        for column in self.columns():
            if times[column] != 1:
                how = "no column" if not times[column] else "more than one column"
                raise HistoryRefused("unknown_column", f"The file has {how} {column}, which the map names.")


def read_map(path: Path) -> HistoryMap:
    """The map in that file. Raises HistoryRefused, saying where it is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
        if len(text) > MAP_MAX:
            raise HistoryRefused("bad_map", "The map is too long.")
        return HistoryMap.model_validate(yaml.safe_load(text))
    except (OSError, UnicodeDecodeError) as problem:
        raise HistoryRefused("bad_map", f"The map cannot be read ({type(problem).__name__}).") from problem
    except yaml.YAMLError as problem:
        raise HistoryRefused("bad_map", "The map is not YAML.") from problem
    except ValidationError as problem:
        wrong = problem.errors(include_url=False, include_input=False)
        said = "; ".join(f"{'.'.join(map(str, one['loc'])) or 'map'}: {one['msg']}" for one in wrong[:5])
        raise HistoryRefused("bad_map", f"The map is wrong at {said}.") from problem
