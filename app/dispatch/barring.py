"""Who is kept out, or too close to the aggressor, loses what they hold at once; the need goes on."""

from collections.abc import Iterator

from . import commands as c
from . import events as e
from .lifecycle import NEED, allows
from .model import Alert, AlertState, Assignment, Board, KeepOut, Need, NeedState, folded
from .of_needs import add_need
from .policy import too_close
from .run import Run, about
from .telling import add_missing, only_transport


def matched(run: Run, wanted: KeepOut) -> KeepOut:
    """Who is meant, as it is written down. What the center does not have is counted: somebody has to look.

    A unit that is not listed now may be tomorrow, so its code stays. An agency nobody belongs to is left out: it
    keeps nobody out, and its name is free text. Crew members cannot be checked: the center lists no people.
    """
    units = run.board.units.values()
    agencies = frozenset(map(folded, wanted.agencies))
    known = agencies & frozenset(folded(unit.agency) for unit in units) if agencies else agencies
    run.unmatched = len(agencies - known) + sum(code not in run.board.units for code in wanted.units)
    return KeepOut(units=wanted.units, crew=wanted.crew, agencies=known)


def keep_out(run: Run, alert_id: str, kept: KeepOut) -> None:
    """Keep them out from now on, and take the alert back from whoever of them has it, without saying why."""
    known = run.board.alerts[alert_id].keep_out
    if known | kept == known:
        return
    run.state(e.KeptOut(alert=alert_id, keep_out=kept))
    for assignment in _working_on(run, alert_id):
        if _barred(run, assignment):
            take_back(run, assignment, "recalled")


def recall_barred(run: Run, unit_code: str) -> None:
    """Take back from this unit, as crewed now, everything it must not have. It is not told why."""
    for live in sorted(run.board.units[unit_code].held):
        assignment = run.board.assignments[live]
        if _barred(run, assignment):
            take_back(run, assignment, "recalled")


def _barred(run: Run, assignment: Assignment) -> bool:
    alert = run.board.alerts[assignment.alert]
    into = stands_for(run, alert)
    barred = alert.keep_out if into is None else alert.keep_out | into.keep_out
    return barred.bars(run.board.units[assignment.unit])


def avoid(run: Run, alert_id: str, zones: frozenset[str]) -> None:
    """Known places of the aggressor: a shelter that is too close to one gives her place back.

    Where she is there already, nobody moves her by a rule: a human is called.
    """
    if not zones:
        return
    run.state(e.AvoidTold(alert=alert_id, zones=zones))
    told = run.board.alerts[alert_id]
    for assignment in _working_on(run, alert_id):
        unit = run.board.units[assignment.unit]
        if not too_close(told, unit, run.rules, run.ground):
            continue
        need = _need_of(run, assignment)
        if "safe" not in assignment.stamps and need.state is not NeedState.ON_SCENE:
            take_back(run, assignment, "too_close")
        elif need.alarm is None or need.alarm.cause != "too_close":
            run.state(e.AlarmRaised(alert=assignment.alert, need=need.key, cause="too_close"))


def take_back(run: Run, assignment: Assignment, reason: str) -> None:
    """End this assignment and look on. From a scene nobody is recalled: the need is asked for anew."""
    alert, need = run.board.alerts[assignment.alert], _need_of(run, assignment)
    if alert.state is AlertState.OPEN and allows(NEED, need.state, e.Recalled):
        run.state(e.Recalled(**about(assignment), reason=reason))
        return
    run.state(e.CalledOff(**about(assignment), reason=reason))
    # Who is only there for the way to a shelter is replaced, if still needed, where transport is arranged.
    if alert.state is AlertState.OPEN and not only_transport(need):
        add_need(run, alert.id, *wanted_again(need))


def inherit(run: Run, before: Board) -> None:
    """What a unit of a merged alert does not do after all goes on where the alert was merged into.

    Not what a person called off: that is not needed any more.
    """
    if isinstance(run.command, c.CallOffNeed | c.CancelAlert):
        return
    for event in [event for event in run.events if isinstance(event, e.CalledOff)]:
        alert = before.alerts.get(event.alert)
        need = alert.need(event.need) if alert else None
        if alert is not None and need is not None:
            passes_on(run, alert, need)


def passes_on(run: Run, alert: Alert, need: Need) -> None:
    """If the alert was merged into one that is open, that asks for the need, unless it has an open one for it."""
    into = stands_for(run, alert)
    if into is not None and into.id != alert.id and not only_transport(need):
        add_missing(run, into.id, [wanted_again(need)])


def stands_for(run: Run, alert: Alert) -> Alert | None:
    """The open alert that goes on for this one: itself, or what it was merged into. None if that is over."""
    if alert.state is AlertState.OPEN:
        return alert
    into = run.board.alerts.get(alert.merged_into) if alert.merged_into is not None else None
    return into if into is not None and into.state is AlertState.OPEN else None


def wanted_again(need: Need) -> tuple[c.NeedWanted, str | None]:
    """The same need once more, with its party."""
    wanted = c.NeedWanted(
        institution=need.institution, requires=need.requires, prefers=need.prefers, children=need.children
    )
    return wanted, need.party


def _working_on(run: Run, alert_id: str) -> Iterator[Assignment]:
    """Every assignment of the alert, and of those merged into it, that is live when its turn comes."""
    first = run.board.alerts[alert_id]
    for alert in (first, *run.board.merged_here(first)):
        for need in alert.needs:
            for live in need.live:
                if live in run.board.assignments:
                    yield run.board.assignments[live]


def _need_of(run: Run, assignment: Assignment) -> Need:
    need = run.board.alerts[assignment.alert].need(assignment.need)
    if need is None:
        raise c.BrokenRule(f"assignment {assignment.id} is of a need {assignment.need} there is not")
    return need
