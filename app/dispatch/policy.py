"""Whom to ask next, and why: filter, then rank. Numbers have names in `Rules`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from app.geo.near import Near
from app.geo.travel import Travel

from .model import Alert, Board, Institution, Need, Unit, UnitState, Why, WhyNot


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The named numbers of one center. Seconds unless the name says otherwise.

    Attributes:
        seen_within_s: an offer nobody has looked at goes on to the next unit after this.
        answer_within_s: an offer nobody has answered goes on after this, counted from the offer.
        ask_again_after_s: a unit that declined or let an offer pass is not asked for that need before this.
        stuck_retry_s: a stuck need is tried again at least this often, whatever happens on the board.
        fix_age_max_s: an older position is not believed; the station stands for it.
        shortlist: how many of the nearest by distance are compared by road (of 20, the best by road is
            among them in more than 99.5 % of calls in cities).
        station_penalty_s: added to the travel of a unit whose position is not known.
        other_zone_penalty_s: added to the travel of a unit of another zone.
        explain_max: how many nearer units are looked at to say why they were passed over.
    """

    seen_within_s: float = 20.0
    answer_within_s: float = 45.0
    ask_again_after_s: float = 300.0
    stuck_retry_s: float = 300.0
    fix_age_max_s: float = 120.0
    shortlist: int = 20
    station_penalty_s: float = 30.0
    other_zone_penalty_s: float = 0.0
    explain_max: int = 100


class Ground(Protocol):
    """What the core may ask about the world: who is near, and how many seconds by road."""

    def near(self, alert: str, among: Mapping[str, object], fix_after: float) -> Iterator[Near]:
        """Members of `among` by distance to the alert; a fix from before `fix_after` yields the station."""
        ...

    def travel(self, alert: str, units: Sequence[str], institution: str, at: float) -> list[Travel]:
        """Travel to the alert from each of the units just named by `near`, in their order."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The unit to ask, and why."""

    unit: Unit
    why: Why


def reason_against(alert: Alert, need: Need, unit: Unit, rules: Rules, at: float) -> str | None:
    """None if the unit may be asked for the need now, else the first reason against it.

    Reasons: `away`, `busy`, `kept_out`, `lacking`, `asked`.
    """
    if unit.free_slot is None:
        return "away" if unit.state is UnitState.UNREACHABLE else "busy"
    if alert.keep_out.bars(unit):
        return "kept_out"
    if not unit.capabilities.issuperset(need.requires):
        return "lacking"
    asked_at = need.asked.get(unit.code)
    if asked_at is not None and at < asked_at + rules.ask_again_after_s:
        return "asked"
    return None


def choose(board: Board, alert: Alert, need: Need, rules: Rules, ground: Ground, at: float) -> Choice | WhyNot:
    """The best unit that may be asked, or the count of reasons why there is none.

    1. Walk the units with a free slot by distance and keep the first `rules.shortlist` that may be asked.
    2. Rank them by road seconds plus named penalties; ties go to the lower unit code.
    3. Say which nearer units were passed over.
    """
    fix_after = at - rules.fix_age_max_s
    idle = board.idle.get(need.institution, _NOBODY)
    may_be_asked = (
        near
        for near in ground.near(alert.id, idle, fix_after)
        if reason_against(alert, need, board.units[near.unit], rules, at) is None
    )
    shortlist = list(islice(may_be_asked, rules.shortlist))
    if not shortlist:
        return _why_not(board, alert, need, rules, at)
    travels = ground.travel(alert.id, [near.unit for near in shortlist], need.institution, at)

    def cost(candidate: tuple[Near, Travel]) -> tuple[float, str]:
        near, travel = candidate
        seconds = travel.seconds
        if near.fix_at is None and need.institution is not Institution.SHELTER:
            seconds += rules.station_penalty_s
        if board.units[near.unit].zone != alert.zone:
            seconds += rules.other_zone_penalty_s
        return seconds, near.unit

    best, travel = min(zip(shortlist, travels, strict=True), key=cost)
    passed_over = _passed_over(board, alert, need, rules, ground, at, best)
    why = Why(
        rule="nearest",
        travel_s=round(travel.seconds, 1),
        how=travel.how,
        distance_m=round(best.distance_m),
        from_station=best.fix_at is None,
        nearer_busy=passed_over.get("busy", 0),
        nearer_asked=passed_over.get("asked", 0),
        nearer_away=passed_over.get("away", 0),
        considered=len(shortlist),
    )
    return Choice(unit=board.units[best.unit], why=why)


def _passed_over(
    board: Board, alert: Alert, need: Need, rules: Rules, ground: Ground, at: float, best: Near
) -> dict[str, int]:
    """How many units on duty are nearer than `best`, by the reason they were not asked."""
    counts: dict[str, int] = {}
    duty = board.duty.get(need.institution, _NOBODY)
    walk = ground.near(alert.id, duty, at - rules.fix_age_max_s)
    for near in islice(walk, rules.explain_max):
        if near.unit == best.unit:
            break
        reason = reason_against(alert, need, board.units[near.unit], rules, at)
        if reason is not None:
            counts[reason] = counts.get(reason, 0) + 1
    return counts


def _why_not(board: Board, alert: Alert, need: Need, rules: Rules, at: float) -> WhyNot:
    counts: dict[str, int] = {}
    duty = board.duty.get(need.institution, _NOBODY)
    for code in duty:
        reason = reason_against(alert, need, board.units[code], rules, at) or "away"
        counts[reason] = counts.get(reason, 0) + 1
    return WhyNot(
        on_duty=len(duty),
        busy=counts.get("busy", 0),
        asked=counts.get("asked", 0),
        away=counts.get("away", 0),
        lacking=counts.get("lacking", 0) + counts.get("kept_out", 0),
    )


_NOBODY: Mapping[str, None] = {}
