"""Finding somebody: after every command, no need rests with nobody unless a human has been called."""

from collections.abc import Sequence
from uuid import NAMESPACE_OID, UUID, uuid5

from . import commands as c
from . import events as e
from .lifecycle import UNIT
from .model import Alert, Need, NeedState, Unit, UnitState, Why, WhyNot
from .policy import choose, reason_against
from .run import Run

_FREE = UnitState.FREE

FREES = frozenset(
    event for state, ways in UNIT.items() for event, to in ways.items() if to is _FREE and state is not _FREE
)
"""The events after which a unit may have a slot free that it had not before."""


def match(run: Run) -> None:
    """Find somebody for every need that rests with nobody.

    1. A need that has just been left (searching) is tried; nobody there, it is stuck and a human is alarmed.
    2. A stuck need is tried again when a unit that may be asked for it has become free, or its alert is elsewhere
       than was known. Nothing else can have changed its answer but time, and for that it has its deadline.
    3. Highest level first, then the longest raised, then by id. Each is tried once a command: an offer only
       takes slots away, so a second try could not find more.
    """
    freed = [
        event.unit
        for event in run.events
        if isinstance(event, e.AssignmentEvent | e.UnitEvent) and type(event) in FREES
    ]
    moved = {event.alert for event in run.events if isinstance(event, e.PlaceMoved)}

    def may_go_on(alert: Alert, need: Need) -> bool:
        return need.state is NeedState.SEARCHING or alert.id in moved or _may_ask_one(run, alert, need, freed)

    waiting = [found for found in (_named(run, *ref) for ref in run.board.waiting) if may_go_on(*found)]
    waiting.sort(key=lambda item: (-item[0].level.rank, item[0].raised_at, item[0].id, item[1].key))
    for alert, need in waiting:
        if not may_go_on(alert, need):
            continue
        found = choose(run.board, alert, need, run.rules, run.ground, run.at)
        if not isinstance(found, WhyNot):
            offer(run, alert, need.key, found.unit, found.why)
        elif need.state is NeedState.SEARCHING:
            stuck(run, alert.id, need.key, found)


def _named(run: Run, alert_id: str, key: str) -> tuple[Alert, Need]:
    alert = run.board.alerts[alert_id]
    need = alert.need(key)
    if need is None:
        raise c.BrokenRule(f"alert {alert_id} waits for a need {key} it has not")
    return alert, need


def _may_ask_one(run: Run, alert: Alert, need: Need, codes: Sequence[str]) -> bool:
    """Whether one of these units may be asked for the need now."""
    units = (run.board.units[code] for code in codes)
    return any(
        unit.institution is need.institution and reason_against(alert, need, unit, run.rules, run.at) is None
        for unit in units
    )


def offer(run: Run, alert: Alert, key: str, unit: Unit, why: Why) -> None:
    need = run.board.alerts[alert.id].need(key)
    slot = unit.free_slot
    if need is None or slot is None:
        raise c.BrokenRule(f"{unit.code} has no free slot to offer for {key}")
    run.state(
        e.Offered(
            alert=alert.id,
            need=key,
            assignment=str(uuid5(_namespace(alert.id), f"{key}/{need.offers + 1}")),
            unit=unit.code,
            slot=slot,
            why=why,
            seen_by=run.at + run.rules.seen_within_s,
            answer_by=run.at + run.rules.answer_within_s,
        )
    )


def stuck(run: Run, alert_id: str, key: str, why_not: WhyNot) -> None:
    """State that nobody may be asked now, and call a human unless one is called already.

    What changes by itself is only that somebody asked before may be asked again: then, and after `stuck_retry_s`
    at the latest, it is tried again. Everything else that helps is an event, and `match` runs after each.
    """
    need = run.board.alerts[alert_id].need(key)
    latest = run.at + run.rules.stuck_retry_s
    again = [asked + run.rules.ask_again_after_s for asked in need.asked.values()] if need else []
    retry_at = min([moment for moment in again if moment > run.at], default=latest)
    run.state(e.NeedStuck(alert=alert_id, need=key, retry_at=min(retry_at, latest), why_not=why_not))
    need = run.board.alerts[alert_id].need(key)
    if need is not None and need.alarm is None:
        run.state(e.AlarmRaised(alert=alert_id, need=key, cause="nobody_to_ask"))


def _namespace(alert_id: str) -> UUID:
    try:
        return UUID(alert_id)
    except ValueError:
        return uuid5(NAMESPACE_OID, alert_id)
