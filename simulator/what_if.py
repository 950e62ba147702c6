"""What if the same calls met other staffing: real alerts as calls of a trial, and a list of patrols changed.

Where an alert was is sealed and stays so. Its zone is in the log, and a place is drawn in that zone, anew for
every seed, so that what is not known is part of the interval.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil

from app.geo.staffing import by_largest_remainder
from app.geo.unit_files import UnitRow
from app.reports.intervals import INTERVALS, Outcome, observe
from app.reports.seeds import INTERVAL
from app.reports.timeline import Timeline
from simulator.calls import Call
from simulator.randomness import stream
from simulator.region import Region

EVERYWHERE = "police"
"""In place of a zone: shared out over the zones by their calls."""
CHANGE = r"(?:zone )?(.+?)\s*=\s*([+-][0-9]{1,4})"
DAY_S = 86_400.0


class ChangeRefused(Exception):
    """A change of staffing that cannot be made; the sentence says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """What of one real alert may be played again: `at` is its T0, seconds since 1970 UTC."""

    id: str
    at: float
    zone: str


def alerts_of(timelines: Sequence[Timeline], at: float) -> list[Alert]:
    """Those that ask for police, in the order of their calls; not those that are in no figure of the report.

    `at` is when the report is made, seconds since 1970 UTC.
    """
    wanted = [
        Alert(id=one.alert, at=one.received_at, zone=one.zone)
        for one in timelines
        for seen in observe(one, INTERVALS[INTERVAL], at)
        if seen.outcome is not Outcome.EXCLUDED
    ]
    return sorted(wanted, key=lambda alert: (alert.at, alert.id))


def calls_of(alerts: Sequence[Alert], region: Region, seed: int) -> tuple[Call, ...]:
    """These alerts as calls of one seed, each from a place in its zone; of an unknown zone, from anywhere."""
    everywhere = range(len(region.places))
    return tuple(
        Call(
            id=alert.id,
            at=alert.at,
            place=region.places[
                stream(seed, f"what-if/{alert.id}").choice(region.in_zone.get(alert.zone, everywhere))
            ],
        )
        for alert in alerts
    )


def days_of(start: float, end: float) -> float:
    """Whole days of a plan that hold a period; where the clocks change, one more."""
    return float(ceil((end - start) / DAY_S))


def read_changes(text: str) -> dict[str, int]:
    """`police=+2,zone north=-1` -> how many patrols more or less, by zone. Raises ChangeRefused."""
    changes: dict[str, int] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        found = re.fullmatch(CHANGE, part)
        if found is None:
            raise ChangeRefused(f"“{part}” is not like police=+2 or zone north=-1.")
        zone, count = found[1], int(found[2])
        if zone in changes:
            raise ChangeRefused(f"{zone} is named twice.")
        changes[zone] = count
    if not changes:
        raise ChangeRefused("No change is named; write it like police=+2,zone north=-1.")
    return changes


def staffed(
    patrols: Sequence[UnitRow], changes: Mapping[str, int], alerts: Sequence[Alert], zones: Sequence[str]
) -> list[UnitRow]:
    """The patrols after these changes: new ones at a station of their zone in turn, fewer from the last code on.

    A new patrol of a zone without one stands where the first patrol of all does, and belongs to the zone.
    Raises ChangeRefused for zones nobody knows, and where more go than there are.
    """
    unknown = [zone for zone in changes if zone not in {*zones, EVERYWHERE}]
    if unknown:
        raise ChangeRefused(f"There is no zone {', '.join(unknown)}; there are {', '.join(zones)}.")
    calls = Counter(alert.zone for alert in alerts)
    everywhere = changes.get(EVERYWHERE, 0)
    by_calls = {zone: float(calls.get(zone, 0)) for zone in zones}
    shared = by_largest_remainder(
        by_calls if any(by_calls.values()) else dict.fromkeys(zones, 1.0), abs(everywhere)
    )
    found = list(patrols)
    for zone in zones:
        count = changes.get(zone, 0) + (shared[zone] if everywhere >= 0 else -shared[zone])
        own = [unit for unit in patrols if unit.zone == zone]
        if count < 0:
            if -count > len(own):
                raise ChangeRefused(f"{-count} patrols are to leave zone {zone}, which has {len(own)}.")
            gone = {unit.code for unit in own[count:]}
            found = [unit for unit in found if unit.code not in gone]
        models = own or [replace(patrols[0], zone=zone)]
        found += [replace(models[one % len(models)], code=f"new-{zone}-{one + 1}") for one in range(max(0, count))]
    if not found:
        raise ChangeRefused("No patrol would be left.")
    return sorted(found, key=lambda unit: unit.code)
