"""Units from a CSV; nothing is written here, and a row that is wrong in anything is left out and counted."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from app.geo.files import Refused, RegionError, checked
from app.geo.point import Point
from app.geo.travel import INSTITUTIONS
from app.geo.zones import Zones

CAPACITY_MAX = 200
"""Places in the largest shelter."""

ELSEWHERE_M = 200_000.0
"""A unit farther than this from every zone is in the wrong file, or has its numbers swapped."""

UNIT_COLUMNS = ("code", "institution", "agency", "lat", "lon")
UNIT_COLUMNS_MORE = ("capacity", "capabilities", "sealed", "name", "children_max")

CHILDREN_MAX = 30
"""Children that one place of a shelter can take."""

CODE = r"[A-Za-z0-9._-]{1,40}"
"""What people type, say on the radio, and can name over the API."""

WORD = r"[a-z][a-z0-9_]{0,39}"

WORDS = {"true": True, "yes": True, "sí": True, "si": True, "1": True}
WORDS |= {"": False, "false": False, "no": False, "0": False}
"""What people write for yes and no."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRow:
    """A unit as its file gives it.

    For a sealed shelter `place` is the true one, for the sealed details only; whoever stores the row gives
    everybody else `zones.inner_point(zone)`. So that it stays out of logs, `place` is not in the row's repr.
    """

    code: str
    institution: str
    agency: str
    place: Point = field(repr=False)
    capacity: int
    capabilities: tuple[str, ...]
    sealed: bool
    zone: str
    name: str = ""
    children_max: int | None = None


@dataclass(frozen=True, slots=True)
class UnitsRead:
    """What a file of units held."""

    units: list[UnitRow]
    refused: list[Refused]


def read_units(path: Path, zones: Zones) -> UnitsRead:
    """Units from a CSV with columns `code, institution, agency, lat, lon` and, if wanted, `capacity` (1),
    `capabilities` (several divided by `;`), `sealed` (true or false, shelters only), `children_max` (how many
    children one place takes, shelters only; empty: nobody said) and `name`.

    Columns may come in any order and others are ignored. Commas, semicolons or tabs; UTF-8 with or without its
    mark, or what Excel writes on a Spanish Windows (cp1252, decimal commas between semicolons).

    A refused row's code is one of: `too_many_cells`, `empty`, `duplicate_code`, `unknown_institution`,
    `bad_number`, `off_earth`, `elsewhere`, `bad_capacity`, `patrol_capacity`, `bad_sealed`, `sealed_not_shelter`,
    `bad_children`, `children_not_shelter`.
    Raises RegionError: `no_file`, `too_large`, `encoding`, `broken`, `no_columns`, `twice_a_column`.
    """
    units: list[UnitRow] = []
    refused: list[Refused] = []
    codes: dict[str, int] = {}
    for row, cells in _csv_rows(path):
        try:
            unit = _unit(cells, zones)
            if unit.code in codes:
                raise _Wrong("duplicate_code", f"code is already in row {codes[unit.code]}")
        except _Wrong as wrong:
            refused.append(Refused(row, str(wrong), wrong.code))
        else:
            codes[unit.code] = row
            units.append(unit)
    return UnitsRead(units, refused)


class _Wrong(Exception):
    """What is wrong with one row."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


def _csv_rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows with their numbers, cells by lower-case column name; rows of empty cells only are skipped."""
    raw = checked(path).read_bytes()
    if b"\x00" in raw:
        raise RegionError("encoding", f"{path.name} is not text in UTF-8; save it again as CSV UTF-8")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", errors="replace")
    header = text.partition("\n")[0]
    divider = max(",;\t", key=header.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=divider, strict=True))
    except csv.Error as broken:
        raise RegionError("broken", f"{path.name} is not a whole CSV: {broken}") from None
    names = [cell.strip().casefold() for cell in rows[0]] if rows else []
    if missing := [name for name in UNIT_COLUMNS if name not in names]:
        raise RegionError("no_columns", f"{path.name} has no column {', '.join(missing)}")
    if twice := [name for name in UNIT_COLUMNS + UNIT_COLUMNS_MORE if names.count(name) > 1]:
        raise RegionError("twice_a_column", f"{path.name} has the column {', '.join(twice)} twice")
    for number, row in enumerate(rows[1:], start=2):
        cells = [cell.strip() for cell in row]
        if any(cells):
            found = dict(zip(names, cells, strict=False))
            if divider == ";":
                found |= {name: found[name].replace(",", ".") for name in ("lat", "lon") if name in found}
            found[""] = "".join(cells[len(names) :])
            yield number, found


def _unit(cells: dict[str, str], zones: Zones) -> UnitRow:
    """One row. Raises _Wrong."""
    if cells[""]:
        raise _Wrong("too_many_cells", "the row has more cells than the header")
    for name in UNIT_COLUMNS:
        if not cells.get(name):
            raise _Wrong("empty", f"{name} is empty")
    institution = cells["institution"].casefold()
    if institution not in INSTITUTIONS:
        raise _Wrong("unknown_institution", f"institution is one of {', '.join(INSTITUTIONS)}")
    place = _place(cells["lat"], cells["lon"])
    match = zones.find(place)
    if match.distance_m > ELSEWHERE_M:
        raise _Wrong("elsewhere", f"more than {ELSEWHERE_M / 1000:.0f} km from every zone")
    capacity = cells.get("capacity", "") or "1"
    if not re.fullmatch(r"[0-9]{1,9}", capacity) or not 1 <= int(capacity) <= CAPACITY_MAX:
        raise _Wrong("bad_capacity", f"capacity is a whole number from 1 to {CAPACITY_MAX}")
    if institution == "police" and int(capacity) != 1:
        raise _Wrong("patrol_capacity", "a patrol has capacity 1: it can be in one place only")
    sealed = WORDS.get(cells.get("sealed", "").casefold())
    if sealed is None:
        raise _Wrong("bad_sealed", "sealed is true or false")
    if sealed and institution != "shelter":
        raise _Wrong("sealed_not_shelter", "only a shelter can be sealed")
    if sealed and not match.zone:
        raise _Wrong("sealed_without_zone", "a sealed unit needs zones: one of them stands for its place")
    capabilities = {word.strip() for word in re.split(r"[;|,]", cells.get("capabilities", "")) if word.strip()}
    if not re.fullmatch(CODE, cells["code"]):
        raise _Wrong("bad_code", "a code has letters a to z, digits and . _ - only, at most 40")
    if not all(re.fullmatch(WORD, word) for word in capabilities):
        raise _Wrong("bad_capabilities", "capabilities are words of a to z, digits and _, at most 40 long")
    return UnitRow(
        code=cells["code"], institution=institution, agency=cells["agency"], place=place, capacity=int(capacity),
        capabilities=tuple(sorted(capabilities)), sealed=sealed, zone=match.zone, name=cells.get("name", ""),
        children_max=_children_max(cells.get("children_max", ""), institution),
    )  # fmt: skip


def _children_max(said: str, institution: str) -> int | None:
    if not said:
        return None
    if institution != "shelter":
        raise _Wrong("children_not_shelter", "only a shelter's place takes children")
    if not re.fullmatch(r"[0-9]{1,9}", said) or int(said) > CHILDREN_MAX:
        raise _Wrong("bad_children", f"children_max is a whole number from 0 to {CHILDREN_MAX}")
    return int(said)


def _place(lat: str, lon: str) -> Point:
    number = r"[+-]?[0-9]{1,9}(\.[0-9]*)?"
    for name, text in (("lat", lat), ("lon", lon)):
        if not re.fullmatch(number, text):
            raise _Wrong("bad_number", f"{name} is not a number of degrees")
    try:
        return Point(float(lat), float(lon))
    except ValueError as off:
        raise _Wrong("off_earth", str(off)) from None
