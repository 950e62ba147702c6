"""Whom to ask next, and why: filter, then rank. Its numbers are in `Rules`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import attrgetter
from typing import NamedTuple, Protocol

from app.geo.near import Near
from app.geo.travel import Travel

from .model import Alert, Board, Institution, Need, Unit, UnitState, Why, WhyNot
from .rules import Rules


class Ground(Protocol):
    """What the core may ask about the world. It answers at once; the event keeps the answer that was used."""

    def near(self, alert: str, among: Mapping[str, object], fix_after: float) -> Iterator[Near]:
        """Members of `among` by distance to the alert; a fix from before `fix_after` yields the station."""
        ...

    def travel(self, alert: str, units: Sequence[str], institution: str, at: float) -> list[Travel]:
        """Travel between the alert and each of these units, in their order."""
        ...

    def zone_step(self, zone: str, other: str) -> int:
        """0 the same zone, 1 neighbours, 2 farther apart or not known."""
        ...

    def avoided_m(self, alert: str, unit: str) -> float | None:
        """Metres between the unit's known place and the nearest known place of the aggressor; None without one."""
        ...

    def moved_at(self, unit: str) -> float | None:
        """When the unit was last seen to move, seconds since 1970 UTC; None where it was not."""
        ...

    def quiet(self, before: float) -> Sequence[tuple[float, str]]:
        """(since when, unit) of every unit whose line has been dead since `before` or longer, longest first."""
        ...


class Candidate(NamedTuple):
    """A unit that may be asked, and what speaks for and against it.

    Attributes:
        cost_s: its travel with the penalties of the rules.
        among: how many were compared with it, itself included.
    """

    unit: str
    near: Near
    travel: Travel
    cost_s: float
    among: int
    zone_step: int
    lacks: tuple[str, ...]
    resting: bool
    shift_ends: bool


_BY_COST = attrgetter("cost_s", "unit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The unit to ask, and why."""

    unit: Unit
    why: Why
    cost_s: float


def asked_at(alert: Alert, institution: Institution, code: str) -> float | None:
    """When the unit was last asked for, or left, anything of this alert: a no to one need is a no to all."""
    latest = None
    for need in alert.needs:
        if need.institution is institution and code in need.asked:
            latest = need.asked[code] if latest is None else max(latest, need.asked[code])
    return latest


def too_close(alert: Alert, unit: Unit, rules: Rules, ground: Ground) -> bool:
    """Whether the aggressor may be near a shelter: he has a place in its zone, or within a distance of it."""
    if unit.institution is not Institution.SHELTER:
        return False
    if unit.zone in alert.avoid_zones:
        return True
    metres = ground.avoided_m(alert.id, unit.code)
    return metres is not None and metres < rules.aggressor_distance_min_m


def reason_against(
    alert: Alert, need: Need, unit: Unit, rules: Rules, ground: Ground, at: float, *, held: bool = False
) -> str | None:
    """None if the unit may be asked for the need now, else the first reason against it.

    Reasons: `away`, `busy`, `lacking` (a required capability, or room for the children), `kept_out`, `too_close`,
    `asked`. With `held` a unit that is asked or has accepted elsewhere counts as if it were free.
    """
    if UnitState.FREE not in unit.slots and not held:
        return "away" if unit.state is UnitState.UNREACHABLE else "busy"
    if need.requires and not all(unit.has(capability) for capability in need.requires):
        return "lacking"
    if unit.children_max is not None and need.children > unit.children_max:
        return "lacking"
    if alert.keep_out.bars(unit):
        return "kept_out"
    if too_close(alert, unit, rules, ground):
        return "too_close"
    asked = asked_at(alert, unit.institution, unit.code)
    if asked is not None and at < asked + rules.ask_again_after_s:
        return "asked"
    if need.live and any(live in unit.held for live in need.live):
        return "asked"
    return None


def choose(board: Board, alert: Alert, need: Need, rules: Rules, ground: Ground, at: float) -> Choice | WhyNot:
    """The best unit that may be asked, or the count of reasons why there is none; ties go by unit code."""
    found = candidates(board, alert, need, rules, ground, at)
    if not found:
        return _why_not(board, alert, need, rules, ground, at)
    return chosen(board, alert, need, rules, ground, at, found[0])


def candidates(board: Board, alert: Alert, need: Need, rules: Rules, ground: Ground, at: float) -> list[Candidate]:
    """The nearest `rules.shortlist` by distance that may be asked, cheapest first."""
    may_be_asked = (
        near
        for near in ground.near(alert.id, _fit(board, need), at - rules.fix_age_max_s)
        if reason_against(alert, need, board.units[near.unit], rules, ground, at) is None
    )
    return weighed(board, alert, need, rules, ground, at, islice(may_be_asked, rules.shortlist))


def weighed(
    board: Board, alert: Alert, need: Need, rules: Rules, ground: Ground, at: float, nears: Iterable[Near]
) -> list[Candidate]:
    """These units with what they cost, cheapest first: travel and the named penalties, ties by unit code."""
    nears = list(nears)
    travels = ground.travel(alert.id, [near.unit for near in nears], need.institution, at) if nears else []
    moves = need.institution is not Institution.SHELTER
    steps: dict[str, int] = {}
    by_zone = (0.0, rules.other_zone_penalty_s, rules.far_zone_penalty_s)
    found = []
    for near, travel in zip(nears, travels, strict=True):
        unit = board.units[near.unit]
        step = steps.get(unit.zone)
        if step is None:
            step = steps[unit.zone] = min(ground.zone_step(alert.zone, unit.zone), 2)
        lacks = tuple(sorted(name for name in need.prefers if not unit.has(name))) if need.prefers else ()
        resting = moves and unit.free_since is not None and at < unit.free_since + rules.rest_s
        shift_ends = moves and unit.until is not None and at > unit.until - rules.shift_margin_s
        penalty_s = by_zone[step] + rules.preference_penalty_s * len(lacks)
        if moves and near.fix_at is None:
            penalty_s += rules.station_penalty_s
        if resting:
            penalty_s += rules.rest_penalty_s
        if shift_ends:
            penalty_s += rules.shift_penalty_s
        cost_s = travel.seconds + penalty_s
        found.append(Candidate(unit.code, near, travel, cost_s, len(nears), step, lacks, resting, shift_ends))
    return sorted(found, key=_BY_COST)


def chosen(
    board: Board,
    alert: Alert,
    need: Need,
    rules: Rules,
    ground: Ground,
    at: float,
    best: Candidate,
    *,
    rule: str = "nearest",
    gain_s: float | None = None,
) -> Choice:
    """The candidate as the unit to ask by that rule, with the reason as people are shown it."""
    passed_over = _passed_over(board, alert, need, rules, ground, at, best)
    why = Why(
        rule=rule,
        travel_s=round(best.travel.seconds, 1),
        how=best.travel.how,
        distance_m=round(best.near.distance_m),
        from_station=best.near.fix_at is None,
        nearer_busy=passed_over.get("busy", 0),
        nearer_asked=passed_over.get("asked", 0),
        nearer_away=passed_over.get("away", 0),
        considered=best.among,
        zone_step=best.zone_step,
        lacks=best.lacks,
        resting=best.resting,
        shift_ends=best.shift_ends,
        gain_s=None if gain_s is None else round(gain_s, 1),
    )
    return Choice(unit=board.units[best.unit], why=why, cost_s=best.cost_s)


def _fit(board: Board, need: Need) -> Mapping[str, None]:
    """Units with a free slot, only those with a required capability where one is: the rarest of them."""
    if not need.requires:
        return _idle(board, need)
    rows = (board.able.get((need.institution, capability), _NOBODY) for capability in need.requires)
    return min(rows, key=len)


def _passed_over(
    board: Board, alert: Alert, need: Need, rules: Rules, ground: Ground, at: float, best: Candidate
) -> dict[str, int]:
    """How many units on duty are nearer than `best`, by the reason they were not asked."""
    counts: dict[str, int] = {}
    duty = board.duty.get(need.institution, _NOBODY)
    walk = ground.near(alert.id, duty, at - rules.fix_age_max_s)
    for near in islice(walk, rules.explain_max):
        if near.unit == best.unit:
            break
        reason = reason_against(alert, need, board.units[near.unit], rules, ground, at)
        if reason is not None:
            counts[reason] = counts.get(reason, 0) + 1
    return counts


def _why_not(board: Board, alert: Alert, need: Need, rules: Rules, ground: Ground, at: float) -> WhyNot:
    """Count why nobody may be asked.

    Who has no free slot is counted by the size of an index. Of the others only those are looked at that have the
    required capability: the search has looked at each of them before.
    """
    duty, idle, fit = board.duty.get(need.institution, _NOBODY), _idle(board, need), _fit(board, need)
    away = len(board.away.get(need.institution, _NOBODY))
    counts = {"busy": len(duty) - len(idle) - away, "away": away, "lacking": len(idle) - len(fit)}
    for code in fit:
        reason = reason_against(alert, need, board.units[code], rules, ground, at) or "away"
        counts[reason] = counts.get(reason, 0) + 1
    return WhyNot(
        on_duty=len(duty),
        busy=counts["busy"],
        asked=counts.get("asked", 0),
        away=counts["away"],
        lacking=counts["lacking"],
        kept_out=counts.get("kept_out", 0),
        too_close=counts.get("too_close", 0),
    )


def _idle(board: Board, need: Need) -> Mapping[str, None]:
    return board.idle.get(need.institution, _NOBODY)


_NOBODY: Mapping[str, None] = {}
