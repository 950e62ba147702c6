"""What of the log a what-if needs: the alerts of a period with their zones, the patrols, and the rules of then."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec

from app.clock import SystemClock
from app.dispatch.rules import Rules
from app.geo.files import RegionError
from app.geo.unit_files import UnitRow, read_units
from app.geo.zones import Zones
from app.region import listed_units
from app.reports.response_times import Period
from app.reports.timeline import Timeline, timelines
from app.settings import Settings
from app.store import queries, region, rules
from app.store.rules import RulesRefused

from .center import database, desk, fail


@dataclass(frozen=True, slots=True, kw_only=True)
class AsItWas:
    """The center over a period; nothing in it is personal."""

    timelines: tuple[Timeline, ...]
    zones: Zones
    patrols: tuple[UnitRow, ...]
    rules: Rules


def as_it_was(settings: Settings, period: Period) -> AsItWas:
    """Read it from the center's database. Ends the command where there is nothing to play again."""
    found = asyncio.run(_read(settings, period))
    if not found.timelines:
        fail("no_alerts", "The log holds no alert of this period.")
    if not found.patrols or not len(list(found.zones)):
        fail("no_region", "This center has no zones or no patrols: import a region first.")
    return found


async def _read(settings: Settings, period: Period) -> AsItWas:
    async with database(settings) as found:
        async with found.transaction() as connection:
            entries = await queries.stories(connection, settings.center, period.start, period.end)
            zones = await region.load_zones(connection, settings.center)
            book = await rules.book(connection, settings.center)
        async with desk(settings, found) as opened:
            units = await listed_units(settings, found, opened)
    return AsItWas(
        timelines=tuple(period.of(timelines(entries).values())),
        zones=zones,
        patrols=tuple(unit for unit in units if unit.institution == "police"),
        rules=book.at(period.start),
    )


def last_month(today: date) -> tuple[date, date]:
    """First and last day of the calendar month before this day's."""
    last = today.replace(day=1) - timedelta(days=1)
    return last.replace(day=1), last


def other_patrols(path: Path, zones: Zones) -> list[UnitRow]:
    """The patrols of a units CSV. Ends the command where it cannot be read whole."""
    try:
        read = read_units(path, zones)
    except RegionError as problem:
        fail(problem.code, str(problem))
    if read.refused:
        fail("rows_refused", f"{len(read.refused)} rows of {path.name} are refused; the first: {read.refused[0]}")
    return [unit for unit in read.units if unit.institution == "police"]


def other_rules(path: Path) -> Rules:
    """The rules of a JSON file as `naranja rules set` reads it. Ends the command where it is none."""
    try:
        differences = msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
        return rules.rules_of(_named(differences))
    except (msgspec.DecodeError, RulesRefused) as problem:
        fail(RulesRefused.code, f"{path.name}: {problem}")


def _named(differences: Mapping[str, Any]) -> Mapping[str, Any]:
    return differences


def today(settings: Settings) -> date:
    """The local day."""
    return date.fromtimestamp(SystemClock().now())
