"""Finding somebody: after every command, no need rests with nobody unless a human has been called."""

from collections.abc import Collection, Iterable, Sequence
from uuid import NAMESPACE_OID, UUID, uuid5

from . import commands as c
from . import events as e
from .better import Change, from_lower, nearer_unit
from .joint import Wanted, together
from .lifecycle import UNIT
from .model import Alert, Institution, Need, NeedRef, NeedState, Unit, UnitState, Why, WhyNot
from .policy import Candidate, Choice, asked_at, candidates, choose, chosen, reason_against
from .run import Run, about

_FREE = UnitState.FREE

FREES = frozenset(
    event for state, ways in UNIT.items() for event, to in ways.items() if to is _FREE and state is not _FREE
)
"""The events after which a unit may have a slot free that it had not before."""

_TAKES_OVER_NOTHING = (e.Declined, e.OfferExpired, e.Withdrawn, e.Reassigned)
"""Who is free by one of these takes over from nobody: it has just not wanted or not been able to; or it has given
way itself, and one change would go on through the whole town."""

_RESTS = (e.Declined, e.OfferExpired, e.Recalled, e.Withdrawn)
"""The events after which a unit is not asked for the same alert for a while."""

_OF_NEEDS = e.NeedEvent | e.NeedAdded


def match(run: Run) -> None:
    """Find somebody for every need that rests with nobody, and somebody better where that is worth it.

    1. Needs that rest with nobody and for which something has changed in this command (`_may_go_on`).
    2. A second offer for needs of `extreme` alerts that have only one.
    3. Units that have become free and are still free take over from others that are far.

    A higher level, and a nearer unit, may leave a need with nobody: then all of it again. Each such change is of a
    need that has not been changed in this command before, so there are no more rounds than needs.
    """
    seen = 0
    while True:
        since, seen = run.events[seen:], len(run.events)
        freed = _freed(run, since)
        _serve(run, since, freed)
        _ask_second(run, [*since, *run.events[seen:]], freed)
        _take_over(run, since)
        if not any(isinstance(event, e.Reassigned) for event in run.events[seen:]):
            _try_sooner(run)
            return


def offer(run: Run, alert: Alert, key: str, unit: Unit, why: Why) -> None:
    """Ask the unit. Raises BrokenRule if it has no free slot."""
    need = run.board.alerts[alert.id].need(key)
    slot = run.board.units[unit.code].free_slot
    if need is None or slot is None:
        raise c.BrokenRule(f"{unit.code} has no free slot to offer for {key}")
    clock = run.rules.clock(unit.institution, alert.level)
    run.state(
        e.Offered(
            alert=alert.id,
            need=key,
            assignment=str(uuid5(_namespace(alert.id), f"{key}/{need.offers + 1}")),
            unit=unit.code,
            slot=slot,
            why=why,
            seen_by=run.at + clock.seen_within_s,
            answer_by=run.at + clock.answer_within_s,
        )
    )


def stuck(run: Run, alert_id: str, key: str, why_not: WhyNot) -> None:
    """State that nobody may be asked now, and call a human unless one is called already.

    What changes by itself is only that somebody asked before may be asked again: then, and after `stuck_retry_s`
    at the latest, it is tried again. Everything else that helps is an event, and `match` runs after each.
    """
    alert, need = _named(run, alert_id, key)
    asked = [asked_at(alert, need.institution, code) for each in alert.needs for code in each.asked]
    again = [moment + run.rules.ask_again_after_s for moment in asked if moment is not None]
    latest = run.at + run.rules.stuck_retry_s
    retry_at = min([moment for moment in again if moment > run.at], default=latest)
    run.state(e.NeedStuck(alert=alert_id, need=key, retry_at=min(retry_at, latest), why_not=why_not))
    if need.alarm is None:
        # Nobody comes free who is only kept out: the neighbouring center is asked at once.
        waits = why_not.busy or why_not.asked or why_not.away
        cause = "kept_out" if why_not.kept_out and not waits else "nobody_to_ask"
        run.state(e.AlarmRaised(alert=alert_id, need=key, cause=cause))


def _try_sooner(run: Run) -> None:
    """Who said no to one need of an alert may be asked for its others after a rest: then those are tried too."""
    rested_at = run.at + run.rules.ask_again_after_s
    for event in [event for event in run.events if isinstance(event, _RESTS)]:
        alert = run.board.alerts.get(event.alert)
        institution = run.board.units[event.unit].institution
        for need in alert.needs if alert else ():
            stuck_long = need.state is NeedState.STUCK and need.retry_at is not None and need.retry_at > rested_at
            if stuck_long and need.institution is institution and need.why_not is not None:
                run.state(e.NeedStuck(alert=event.alert, need=need.key, retry_at=rested_at, why_not=need.why_not))


def seek(run: Run, alert_id: str, key: str) -> None:
    """Ask the best unit for a need that rests with nobody, or take one from a lower level, or say it is stuck."""
    alert, need = _named(run, alert_id, key)
    found = choose(run.board, alert, need, run.rules, run.ground, run.at)
    if not _settle(run, alert, need, found) and isinstance(found, WhyNot):
        stuck(run, alert_id, key, found)


# --- needs that rest with nobody


def _serve(run: Run, since: Sequence[e.Event], freed: Sequence[str]) -> None:
    """Highest level first, then who is first in line, then the longest raised, then by id.

    Needs of one institution are solved together; one alone is given the best there is for it.
    """
    waiting = _in_order(run, _may_go_on(run, since, freed))
    for institution in Institution:
        refs = [ref for ref in waiting if _named(run, *ref)[1].institution is institution]
        for ref in _serve_together(run, refs, freed, _told_otherwise(since)):
            alert, need = _named(run, *ref)
            if need.state is NeedState.SEARCHING:
                seek(run, *ref)
            else:
                # Of a need that stays stuck there is nothing new to say.
                _settle(run, alert, need, choose(run.board, alert, need, run.rules, run.ground, run.at))


def _may_go_on(run: Run, since: Sequence[e.Event], freed: Sequence[str]) -> set[NeedRef]:
    """Needs that rest with nobody and whose answer may be another one now.

    They have just been left; or a unit that may be asked has become free; or their alert is elsewhere than was
    known, or of a higher level. Nothing else changes the answer but time, and for that a need has its deadline.
    """
    left = {(event.alert, event.need) for event in since if isinstance(event, _OF_NEEDS)}
    left = {ref for ref in left if ref in run.board.waiting}
    found = {ref for ref in left if _named(run, *ref)[1].state is NeedState.SEARCHING}
    told = _told_otherwise(since)
    if freed or told:
        for ref in run.board.waiting:
            if ref[0] in told or _may_ask_one(run, *_named(run, *ref), freed):
                found.add(ref)
    return found


def _serve_together(run: Run, refs: list[NeedRef], freed: Sequence[str], told: Collection[str]) -> list[NeedRef]:
    """Solve these needs of one institution together, again and again while that helps. Returns who is left.

    A round looks only at the shortlists; who goes without in it looks farther in the next. Needs that stay stuck,
    and of which nothing new was told, leave with the last of the freed units that could be asked for them.
    """
    while len(refs) > 1:
        wanted = []
        for ref in refs:
            alert, need = _named(run, *ref)
            found = candidates(run.board, alert, need, run.rules, run.ground, run.at)
            wanted.append(Wanted(alert=alert, need=need, candidates=found))
        answer = together(run.board, wanted, run.rules, run.at)
        if not any(answer):
            break
        for ref, candidate in zip(refs, answer, strict=True):
            if candidate is not None:
                _settle(run, *_named(run, *ref), candidate)
        left = [ref for ref, candidate in zip(refs, answer, strict=True) if candidate is None]
        refs = [ref for ref in left if ref[0] in told or _still_hopes(run, *_named(run, *ref), freed)]
    return refs


def _still_hopes(run: Run, alert: Alert, need: Need, freed: Sequence[str]) -> bool:
    return need.state is NeedState.SEARCHING or _may_ask_one(run, alert, need, freed)


def _told_otherwise(since: Sequence[e.Event]) -> set[str]:
    """Alerts that are elsewhere than was known, or of a higher level."""
    return {event.alert for event in since if isinstance(event, e.PlaceMoved | e.LevelRaised)}


def _settle(run: Run, alert: Alert, need: Need, found: Choice | Candidate | WhyNot) -> bool:
    """Ask this unit; a higher level may find a better one at a lower. False: there is nobody."""
    cost_s = None if isinstance(found, WhyNot) else found.cost_s
    change = from_lower(run.board, alert, need, cost_s, run.rules, run.ground, run.at)
    if change is not None:
        _change(run, change)
    elif isinstance(found, WhyNot):
        return False
    elif isinstance(found, Candidate):
        choice = chosen(run.board, alert, need, run.rules, run.ground, run.at, found, rule="together")
        offer(run, alert, need.key, choice.unit, choice.why)
    else:
        offer(run, alert, need.key, found.unit, found.why)
    return True


# --- a second offer


def _ask_second(run: Run, since: Sequence[e.Event], freed: Sequence[str]) -> None:
    """Ask a second unit for each need of an `extreme` alert with one offer, if somebody is there.

    Never for a shelter: a place held for nothing is a place somebody else does not get. Never beside a unit that a
    person has named: that person has decided.
    """
    if run.rules.offers_at_once < 2:
        return
    touched = {(event.alert, event.need) for event in since if isinstance(event, _OF_NEEDS)}
    told = _told_otherwise(since)
    for ref in _in_order(run, run.board.thin):
        alert, need = _named(run, *ref)
        (live,) = need.live
        if need.institution is Institution.SHELTER or run.board.assignments[live].why.rule == "by_hand":
            continue
        if ref in touched or ref[0] in told or _may_ask_one(run, alert, need, freed):
            found = choose(run.board, alert, need, run.rules, run.ground, run.at)
            if not isinstance(found, WhyNot):
                offer(run, alert, need.key, found.unit, found.why)


# --- a better unit


def _take_over(run: Run, since: Sequence[e.Event]) -> None:
    """Let each unit that has become free, and that nobody waits for, take over where it is much nearer."""
    no = {event.unit for event in since if isinstance(event, _TAKES_OVER_NOTHING)}
    for code in _codes(since):
        if code not in no:
            change = nearer_unit(run.board, run.board.units[code], run.rules, run.ground, run.at)
            if change is not None:
                _change(run, change)


def _change(run: Run, change: Change) -> None:
    run.state(e.Reassigned(**about(change.gives_way), reason=change.reason))
    offer(run, change.alert, change.need.key, change.choice.unit, change.choice.why)


# --- looking up


def _freed(run: Run, since: Sequence[e.Event]) -> list[str]:
    """Units that have become free. Of one whose line is dead, what it lets go of is lost as well."""
    freed = []
    for code in _codes(since):
        slots = run.board.units[code].slots
        if _FREE in slots and UnitState.UNREACHABLE in slots:
            run.state(e.UnitLost(unit=code))
        elif _FREE in slots:
            freed.append(code)
    return freed


def _codes(since: Iterable[e.Event]) -> list[str]:
    of_units = (event for event in since if isinstance(event, e.AssignmentEvent | e.UnitEvent))
    return list(dict.fromkeys(event.unit for event in of_units if type(event) in FREES))


def _in_order(run: Run, refs: Iterable[NeedRef]) -> list[NeedRef]:
    def place(ref: NeedRef) -> tuple[int, bool, float, str, str]:
        alert, need = _named(run, *ref)
        return -alert.level.rank, not need.first, alert.raised_at, alert.id, need.key

    return sorted(refs, key=place)


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
        unit.institution is need.institution
        and reason_against(alert, need, unit, run.rules, run.ground, run.at) is None
        for unit in units
    )


def _namespace(alert_id: str) -> UUID:
    try:
        return UUID(alert_id)
    except ValueError:
        return uuid5(NAMESPACE_OID, alert_id)
