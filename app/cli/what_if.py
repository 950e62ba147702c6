"""What if: the alerts of a period out of the log, played as it was and with what is changed."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from app.chronicle import Chronicle
from app.clock import SystemClock, instant
from app.dispatch.rules import Rules
from app.geo.files import RegionError
from app.geo.unit_files import UnitRow, read_units
from app.geo.zones import Zones
from app.region import listed_units
from app.reports.findings import Findings, find
from app.reports.response_times import Period
from app.reports.seeds import Sample, sample
from app.reports.table import Table
from app.reports.timeline import Timeline
from app.reports.trial_tables import About, Moved, Taken
from app.reports.validation import validation_table
from app.reports.words import say
from app.settings import Settings
from app.store import region, rules
from app.store.rules import RulesRefused
from simulator.demand import Demand
from simulator.nights import Night
from simulator.region import Region
from simulator.roads import invented_net, street_net
from simulator.told import OURS, taken
from simulator.trial import Plan
from simulator.what_if import Alert, ChangeRefused, alerts_of, calls_of, days_of, read_changes, staffed

from .center import database, desk, fail

WAS, IF = "as_it_was", "if"
"""The two sides, by their words."""
Run = Callable[[Plan, Sequence[Night], str], list[Sample]]
"""Plays these nights of a plan, under a heading."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What is asked for; None stays as it was. `streets` are those of both sides."""

    patrols: str | None = None
    units: Path | None = None
    rules: Path | None = None
    streets: Path | None = None

    @property
    def said(self) -> str:
        """What is changed, in words that need no language."""
        files = (self.units.name if self.units else None, self.rules.name if self.rules else None)
        return ", ".join(filter(None, (self.patrols, *files)))


@dataclass(frozen=True, slots=True, kw_only=True)
class AsItWas:
    """The center over a period; nothing in it is personal."""

    timelines: tuple[Timeline, ...]
    zones: Zones
    patrols: tuple[UnitRow, ...]
    rules: Rules


def what_if(
    changes: Changes,
    start: datetime | None,
    end: datetime | None,
    seeds: Sequence[int],
    language: str,
    run: Run,
) -> tuple[Findings, list[Taken], list[Moved], About, tuple[Table, ...]]:
    """The center's alerts of the days from `start` to `end` (default: last month), both ways on the same calls.

    Beside the difference it tells how near "as it was" comes to what the log measured. Ends the command where
    nothing is changed, or there is nothing to play.
    """
    if not changes.said:
        fail("no_change", "Name a change: --patrols, --units or --rules.")
    settings = Settings()
    zone, now = ZoneInfo(settings.time_zone), SystemClock().now()
    first, last = last_month(datetime.fromtimestamp(now, zone).date())
    first, last = (start.date() if start else first), (end.date() if end else last)
    midnights = [datetime.combine(day, time(), zone) for day in (first, last + timedelta(days=1))]
    period = Period(start=instant(midnights[0]), end=instant(midnights[1]))
    was = as_it_was(settings, period)
    alerts = alerts_of(was.timelines, now)
    if len(alerts) < settings.small_cell_min:
        fail("too_few", f"Fewer than {settings.small_cell_min} alerts of this period asked for police.")
    region = _region(settings.center_name, was, changes.streets)
    plan = Plan(
        region=region,
        demand=Demand(),
        days=days_of(period.start, period.end),
        rules=was.rules,
        first_day=first,
        time_zone=zone,
    )
    changed = replace(plan, region=replace(region, patrols=_patrols(changes, was, alerts, region)))
    if changes.rules is not None:
        changed = replace(changed, rules=other_rules(changes.rules))
    wanted = [Night(policy=OURS, seed=seed, calls=calls_of(alerts, region, seed)) for seed in seeds]
    found = find(
        {name: run(one, wanted, say(f"policy.{name}", language)) for name, one in ((WAS, plan), (IF, changed))}, IF
    )
    measured = sample(0, was.timelines, now)
    validation = validation_table(measured, found.of(WAS), language, settings.small_cell_min)
    told = About(
        language=language,
        title=say("title.what_if", language, period=f"{first} – {last}"),
        these=IF,
        those=WAS,
        facts={
            "change": changes.said,
            "period": f"{first} – {last}",
            "alerts": str(len(alerts)),
            "patrols": f"{len(region.patrols)} → {len(changed.region.patrols)}",
            "seeds": str(len(seeds)),
            "roads": region.roads,
        },
        remarks=(validation.sentence, say("note.what_if", language)),
    )
    return found, taken(plan.assumptions), [], told, (validation,)


def _region(name: str, was: AsItWas, streets: Path | None) -> Region:
    try:
        net = street_net(streets) if streets else invented_net(list(was.zones))
    except ValueError as problem:
        fail("streets_wrong", str(problem))
    return Region(
        name=name,
        zones=was.zones,
        places=net.places,
        zone_of=[was.zones.find(place).zone for place in net.places],
        seconds=net.seconds,
        patrols=was.patrols,
        population={},
        roads=net.said,
    )


def _patrols(changes: Changes, was: AsItWas, alerts: Sequence[Alert], region: Region) -> Sequence[UnitRow]:
    found: Sequence[UnitRow] = other_patrols(changes.units, was.zones) if changes.units else region.patrols
    if not found:
        fail("no_patrols", "The units file holds no patrol.")
    if changes.patrols is None:
        return found
    try:
        return staffed(found, read_changes(changes.patrols), alerts, [zone.id for zone in was.zones])
    except ChangeRefused as problem:
        fail("change_refused", str(problem))


def as_it_was(settings: Settings, period: Period) -> AsItWas:
    """Read it from the center's database. Ends the command where there is nothing to play again."""
    found = asyncio.run(_read(settings, period))
    if not found.timelines:
        fail("no_alerts", "The log holds no alert of this period.")
    if not found.patrols or not list(found.zones):
        fail("no_region", "This center has no zones or no patrols: import a region first.")
    return found


async def _read(settings: Settings, period: Period) -> AsItWas:
    async with database(settings) as found:
        async with found.transaction() as connection:
            zones = await region.load_zones(connection, settings.center)
            book = await rules.book(connection, settings.center)
        async with desk(settings, found) as opened:
            units = await listed_units(settings, found, opened)
        told = await Chronicle(found, [settings.center], ZoneInfo(settings.time_zone)).since(period.start)
    return AsItWas(
        timelines=tuple(period.of(told.timelines)),
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
        return rules.rules_of(differences)
    except (msgspec.DecodeError, RulesRefused) as problem:
        fail(RulesRefused.code, f"{path.name}: {problem}")
