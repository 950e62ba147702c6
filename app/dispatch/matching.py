"""Finding somebody: after every command, no need rests with nobody unless a human has been called."""

from uuid import NAMESPACE_OID, UUID, uuid5

from . import commands as c
from . import events as e
from .model import Alert, NeedState, Unit, Why, WhyNot
from .policy import choose
from .run import Run


def match(run: Run) -> None:
    """Find somebody for every need that rests with nobody.

    1. A need that has just been left (searching) is tried; nobody there, it is stuck and a human is alarmed.
    2. A stuck need is tried again as soon as a unit of its institution has a free slot.
    3. Highest level first, then the longest raised, then by id. Each is tried once a command: an offer only
       takes slots away, so a second try could not find more.
    """
    waiting = [(run.board.alerts[alert], key) for alert, key in run.board.waiting]
    waiting.sort(key=lambda item: (-item[0].level.rank, item[0].raised_at, item[0].id, item[1]))
    for alert, key in waiting:
        need = alert.need(key)
        if need is None or (need.state is NeedState.STUCK and not run.board.idle.get(need.institution)):
            continue
        if need.state is NeedState.STUCK and not run.events:
            continue
        found = choose(run.board, alert, need, run.rules, run.ground, run.at)
        if not isinstance(found, WhyNot):
            offer(run, alert, key, found.unit, found.why)
        elif need.state is NeedState.SEARCHING:
            stuck(run, alert.id, key, found)


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
