"""What can be asked of an alert and of its needs."""

from typing import Any

from . import commands as c
from . import events as e
from .lifecycle import NEED, allows
from .matching import offer, stuck
from .model import UNACCEPTED, AlertState, Institution, KeepOut, Level, Need, NeedState, Why, WhyNot, folded
from .policy import choose
from .risk import ANSWERS, QUESTIONS, assess
from .run import Run, about, need_on_board, open_alert, open_need

EVERYTHING = (
    c.NeedWanted(institution=Institution.POLICE),
    c.NeedWanted(institution=Institution.PROSECUTOR),
    c.NeedWanted(institution=Institution.SHELTER),
)
"""What an alert needs when the caller could say no more than where."""

NEEDS_MAX = 12
"""Needs one alert can have."""


def raise_alert(run: Run, command: c.RaiseAlert) -> str:
    wanted = command.needs or EVERYTHING
    if len(wanted) > NEEDS_MAX:
        raise c.Refusal("too_many_needs", f"One alert can have {NEEDS_MAX} needs.")
    if command.id in run.board.alerts:
        raise c.Refusal("alert_exists", "An alert with this id is open already.")
    _check_threat(command.threat)
    keep_out = _matched(run, command.keep_out)
    run.state(
        e.AlertRaised(
            alert=command.id,
            folio=f"{run.board.prefix}-{run.board.folios + 1}",
            zone=command.zone,
            zone_how=command.zone_how,
            level=Level.STANDARD,
            incident=command.incident,
            received_at=min(command.received_at or run.at, run.at),
            answered_at=_by_now(command.answered_at, run),
            located_at=_by_now(command.located_at, run),
            keep_out=keep_out,
        )
    )
    for need in wanted:
        _add_need(run, command.id, need)
    _tell(run, command.id, command)
    return command.id


def _by_now(at: float | None, run: Run) -> float | None:
    return None if at is None else min(at, run.at)


def tell_more(run: Run, command: c.TellMore) -> str:
    alert = open_alert(run, command.alert)
    _check_threat(command.threat)
    if command.zone is not None:
        run.state(e.PlaceMoved(alert=alert.id, zone=command.zone, zone_how=command.zone_how))
    keep_out = _matched(run, command.keep_out)
    if keep_out != KeepOut():
        run.state(e.KeptOut(alert=alert.id, keep_out=keep_out))
        _recall_kept_out(run, alert.id)
    _tell(run, alert.id, command)
    if not run.events:
        # What was told is personal and in the details; the log says that there is more to know.
        run.state(e.NoteAdded(alert=alert.id, note=command.id))
    return alert.id


def _tell(run: Run, alert_id: str, command: c.RaiseAlert | c.TellMore) -> None:
    if not command.threat:
        return
    run.state(e.FactsTold(alert=alert_id, threat=dict(command.threat)))
    higher = assess(command.threat, run.board.alerts[alert_id].level)
    if higher is not None:
        run.state(e.LevelRaised(alert=alert_id, level=higher[0], reason=higher[1]))


def _matched(run: Run, wanted: KeepOut) -> KeepOut:
    """Who is meant, as it is written down. What the center does not have is counted: somebody has to look.

    A unit that is not listed now may be tomorrow, so its code stays. An agency nobody belongs to is left out: it
    keeps nobody out, and its name is free text. Crew members cannot be checked: the center lists no people.
    """
    units = run.board.units.values()
    agencies = frozenset(map(folded, wanted.agencies))
    known = agencies & frozenset(folded(unit.agency) for unit in units) if agencies else agencies
    run.unmatched = len(agencies - known) + sum(code not in run.board.units for code in wanted.units)
    return KeepOut(units=wanted.units, crew=wanted.crew, agencies=known)


def _recall_kept_out(run: Run, alert_id: str) -> None:
    """Take the alert back from whoever is kept out now, without saying why."""
    for need in run.board.alerts[alert_id].needs:
        for live in need.live:
            assignment = run.board.assignments[live]
            barred = run.board.alerts[alert_id].keep_out.bars(run.board.units[assignment.unit])
            if not barred:
                continue
            if need.state is NeedState.ON_SCENE:
                run.state(e.CalledOff(**about(assignment), reason="recalled"))
                _add_need(run, alert_id, c.NeedWanted(institution=need.institution, requires=need.requires))
            else:
                run.state(e.Recalled(**about(assignment), reason="recalled"))


def raise_level(run: Run, command: c.RaiseLevel) -> str:
    alert = open_alert(run, command.alert)
    if command.level.rank <= alert.level.rank:
        raise c.Refusal(
            "level_not_higher", f"The level is {alert.level} already; only a higher one can be set here."
        )
    run.state(e.LevelRaised(alert=alert.id, level=command.level, reason=command.reason))
    return alert.id


def add_need_command(run: Run, command: c.AddNeed) -> str:
    alert = open_alert(run, command.alert)
    if len(alert.needs) >= NEEDS_MAX:
        raise c.Refusal("too_many_needs", f"One alert can have {NEEDS_MAX} needs.")
    _add_need(run, alert.id, command.wanted)
    return alert.id


def _add_need(run: Run, alert_id: str, wanted: c.NeedWanted) -> None:
    alike = sum(need.institution is wanted.institution for need in run.board.alerts[alert_id].needs)
    key = wanted.institution.value if alike == 0 else f"{wanted.institution.value}-{alike + 1}"
    run.state(e.NeedAdded(alert=alert_id, need=key, institution=wanted.institution, requires=wanted.requires))


def add_note(run: Run, command: c.AddNote) -> str:
    alert = open_alert(run, command.alert)
    run.state(e.NoteAdded(alert=alert.id, note=command.id))
    return alert.id


def cancel(run: Run, command: c.CancelAlert) -> str:
    alert = open_alert(run, command.alert)
    for need in alert.needs:
        _call_off(run, alert.id, need, "alert cancelled")
    run.state(e.AlertCancelled(alert=alert.id, reason=command.reason))
    return alert.id


def close(run: Run, command: c.CloseAlert) -> str:
    alert = open_alert(run, command.alert)
    if command.safe not in ANSWERS:
        raise c.Refusal("safe_unanswered", "Say whether she is safe: yes, no or unknown.")
    unaccepted = [need.key for need in alert.needs if need.state in UNACCEPTED]
    if unaccepted:
        raise c.Refusal("need_unaccepted", f"Nobody has accepted yet: {', '.join(unaccepted)}.")
    run.state(e.AlertClosed(alert=alert.id, disposition=command.disposition, safe=command.safe))
    return alert.id


def acknowledge(run: Run, command: c.AcknowledgeAlarm) -> str:
    alert, need = open_need(run, command)
    if need.alarm is None or need.alarm.acknowledged_at is not None:
        raise c.Refusal("no_alarm", "There is no alarm to acknowledge here.")
    run.state(e.AlarmAcknowledged(alert=alert.id, need=need.key, by=command.by))
    return alert.id


def call_off_need(run: Run, command: c.CallOffNeed) -> str:
    alert, need = need_on_board(run, command)
    _call_off(run, alert.id, need, command.reason)
    return alert.id


def _call_off(run: Run, alert_id: str, need: Need, reason: str) -> None:
    if need.live:
        for live in need.live:
            run.state(e.CalledOff(**about(run.board.assignments[live]), reason=reason))
    elif need.state in UNACCEPTED:
        run.state(e.NeedDropped(alert=alert_id, need=need.key, reason=reason))


def assign_by_hand(run: Run, command: c.AssignByHand) -> str:
    alert, need = open_need(run, command)
    if need.state not in UNACCEPTED:
        raise c.Refusal("need_accepted", "Somebody has accepted this need; recall it first.")
    unit = run.board.units.get(command.unit)
    if unit is None or unit.institution is not need.institution or alert.keep_out.bars(unit):
        raise c.Refusal("unknown_unit", f"There is no unit {command.unit} for this need.")
    if unit.free_slot is None:
        raise c.Refusal("unit_not_free", f"{unit.code} is {unit.state.value.replace('_', ' ')}.")
    for live in need.live:
        run.state(e.Recalled(**about(run.board.assignments[live]), reason="assigned by hand"))
    offer(run, alert, need.key, unit, Why(rule="by_hand"))
    return alert.id


def recall(run: Run, command: c.Recall) -> str:
    alert, need = need_on_board(run, command)
    if alert.state is not AlertState.OPEN:
        # Nobody is looked for any more; the unit is only let go.
        _call_off(run, alert.id, need, command.reason)
        return alert.id
    if not need.live or not allows(NEED, need.state, e.Recalled):
        raise c.Refusal(
            "nothing_to_recall", f"This need is {need.state.value.replace('_', ' ')}; nobody can be recalled."
        )
    for live in need.live:
        run.state(e.Recalled(**about(run.board.assignments[live]), reason=command.reason))
    return alert.id


def try_again(run: Run, command: c.TryAgain) -> str | None:
    alert = run.board.alerts.get(command.alert)
    need = alert.need(command.need) if alert else None
    if alert is None or need is None or need.state is not NeedState.STUCK:
        raise c.Refusal("not_stuck", "This need is not stuck.")
    if need.retry_at is None or run.at < need.retry_at:
        raise c.Refusal("not_due", "Its time has not come.")
    found = choose(run.board, alert, need, run.rules, run.ground, run.at)
    if isinstance(found, WhyNot):
        stuck(run, alert.id, need.key, found)
    else:
        offer(run, alert, need.key, found.unit, found.why)
    return alert.id


def _check_threat(threat: Any) -> None:
    for question, answer in threat.items():
        if question not in QUESTIONS:
            raise c.Refusal("unknown_question", f"There is no such question; there are {', '.join(QUESTIONS)}.")
        if answer not in ANSWERS:
            raise c.Refusal("unknown_answer", "A question is answered yes, no or unknown.")
