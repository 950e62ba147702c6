"""What people ask of an alert as a whole: its level, a risk screen, the protection order, notes, its end."""

from collections.abc import Mapping
from dataclasses import replace

from . import commands as c
from . import events as e
from .barring import stands_for
from .lifecycle import NEED, allows
from .model import OVER, SERVED, UNACCEPTED, Alert, Assignment, Institution, Level, NeedState
from .of_needs import NEEDS_MAX, add_need, call_off
from .of_units import hear
from .refusals import refused
from .risk import ANSWERS, QUESTIONS
from .run import Run, about, open_alert, own
from .screens import Profile
from .telling import check_answers, open_needs, raise_to, tell


def raise_level(run: Run, command: c.RaiseLevel) -> str:
    alert = open_alert(run, command.alert)
    if command.level.rank <= alert.level.rank:
        raise refused("level_not_higher", level=alert.level)
    raise_to(run, alert.id, command.level, command.reason)
    return alert.id


def lower_level(run: Run, command: c.LowerLevel) -> str:
    """The only way a level falls: a person says so, with a reason."""
    _person_only(command)
    alert = open_alert(run, command.alert)
    if command.level.rank >= alert.level.rank:
        raise refused("level_not_lower", level=alert.level)
    run.state(e.LevelLowered(alert=alert.id, level=command.level, reason=command.reason))
    return alert.id


def _person_only(command: c.Command) -> None:
    if command.by == c.SERVICE:
        raise refused("service_may_not")


def answer_screen(run: Run, command: c.AnswerScreen) -> str:
    """A risk screen asked by who is with her. What she has answered before counts, so she is not asked twice."""
    alert = _of_own(run, command)
    profile = run.rules.screen(command.profile)
    if profile is None:
        raise refused("unknown_screen")
    if not {question.code for question in profile.questions}.issuperset(command.answers):
        raise refused("unknown_question:screen", screen=profile.code)
    check_answers(command.answers)
    hear(run, command.unit)
    answers = _with_known(profile, command.answers, alert)
    run.state(
        e.ScreenAnswered(
            alert=alert.id,
            profile=profile.code,
            version=profile.version,
            answers=answers,
            points=profile.points(answers),
        )
    )
    mark = profile.reached(answers)
    if mark is not None:
        raise_to(run, alert.id, mark.level, mark.reason)
    tell(run, alert.id, _same_facts(profile, command.answers))
    return alert.id


def _of_own(run: Run, command: c.AssignmentCommand) -> Alert:
    """The open alert that the unit serves: its own, or what that was merged into."""
    assignment = own(run, command)
    if assignment.state not in SERVED:
        raise refused("wrong_state:not_accepted")
    alert = stands_for(run, run.board.alerts[assignment.alert])
    if alert is None:
        raise refused("unknown_alert:closed")
    return alert


def _with_known(profile: Profile, answers: Mapping[str, str], alert: Alert) -> dict[str, str]:
    """These answers; where there is none, what the call said to the same question."""
    given = dict(answers)
    for question in profile.questions:
        known = alert.threat.get(question.same_as, "unknown") if question.same_as else "unknown"
        if given.get(question.code, "unknown") == "unknown" and known != "unknown":
            given[question.code] = known
    return given


def _same_facts(profile: Profile, answers: Mapping[str, str]) -> dict[str, str]:
    """The answers to questions that the call asks too. `unknown` says nothing new."""
    same = {q.same_as: answers.get(q.code, "unknown") for q in profile.questions if q.same_as is not None}
    return {question: said for question, said in same.items() if question in QUESTIONS and said != "unknown"}


def settle_order(run: Run, command: c.SettleOrder) -> str:
    alert = open_alert(run, command.alert)
    _settle(run, alert, command.outcome)
    return alert.id


def say_order(run: Run, command: c.SayOrder) -> str:
    """The prosecutor who serves the alert says what became of the protection order."""
    if run.board.units[own(run, command).unit].institution is not Institution.PROSECUTOR:
        raise refused("not_prosecutor")
    alert = _of_own(run, command)
    hear(run, command.unit)
    _settle(run, alert, command.outcome)
    return alert.id


def _settle(run: Run, alert: Alert, outcome: str) -> None:
    if outcome not in c.ORDER_OUTCOMES:
        raise refused("order_outcome_unknown", outcomes=c.ORDER_OUTCOMES)
    if alert.order is None:
        run.state(e.OrderSettled(alert=alert.id, outcome=outcome))
    elif alert.order != outcome:
        raise refused("order_settled", outcome=alert.order)


def call_for_help(run: Run, command: c.CallForHelp) -> str:
    """The crew that serves the need is in danger.

    1. A human is called, about the crew's own need, so also when its alert is closed or merged by now, and again
    with every call; it sounds until the crew says that it is well. 2. The alert is `extreme`. 3. Another patrol
    goes, unless one is looked for or under way.
    """
    assignment = own(run, command)
    if not allows(NEED, assignment.state, e.HelpCalled):
        raise refused("wrong_state:not_accepted")
    hear(run, command.unit)
    run.state(e.HelpCalled(**about(assignment)))
    run.state(e.AlarmRaised(alert=assignment.alert, need=assignment.need, cause="crew_in_danger"))
    alert = stands_for(run, run.board.alerts[assignment.alert])
    if alert is not None:
        raise_to(run, alert.id, Level.EXTREME, "crew_in_danger")
        _send_another(run, alert.id, assignment)
    return assignment.alert


def _send_another(run: Run, alert_id: str, caller: Assignment) -> None:
    alert = run.board.alerts[alert_id]
    others = [need for need in open_needs(alert, Institution.POLICE) if caller.id not in need.live]
    if not others and len(alert.needs) < NEEDS_MAX:
        add_need(run, alert_id, c.NeedWanted(institution=Institution.POLICE))


def tell_note(run: Run, command: c.TellNote) -> str:
    """A note of who serves the alert, for everybody who does and for the desk."""
    alert = _of_own(run, command)
    hear(run, command.unit)
    run.state(e.NoteAdded(alert=alert.id, note=command.id))
    return alert.id


def add_note(run: Run, command: c.AddNote) -> str:
    alert = open_alert(run, command.alert)
    run.state(e.NoteAdded(alert=alert.id, note=command.id))
    return alert.id


def cancel(run: Run, command: c.CancelAlert) -> str:
    """Call the whole alert off, or, under duress, seem to: the two answers are made in the same way."""
    _person_only(command)
    alert = open_alert(run, command.alert)
    if command.word not in {"none", "right", "duress"}:
        raise refused("code_word_wrong")
    run.shown = _as_cancelled(alert)
    if command.word == "duress":
        _under_duress(run, alert)
        return alert.id
    for each in (alert, *run.board.merged_here(alert)):
        for need in each.needs:
            call_off(run, each.id, need, "alert_cancelled")
    run.state(e.AlertCancelled(alert=alert.id, reason=command.reason))
    return alert.id


def _as_cancelled(alert: Alert) -> Alert:
    needs = (
        need if need.state in OVER else replace(need, state=NeedState.CALLED_OFF, live=()) for need in alert.needs
    )
    return replace(alert, needs=tuple(needs))


def _under_duress(run: Run, alert: Alert) -> None:
    run.state(e.DuressGiven(alert=alert.id))
    raise_to(run, alert.id, Level.EXTREME, "duress")
    run.state(e.AlertAlarmRaised(alert=alert.id, cause="duress"))


def close(run: Run, command: c.CloseAlert) -> str:
    """A person ends the alert, with a disposition and an answer to "is she safe?". None ends by itself.

    Refused while nobody has accepted a need, and while nobody has said what became of the protection order.
    """
    _person_only(command)
    alert = open_alert(run, command.alert)
    if command.safe not in ANSWERS:
        raise refused("safe_unanswered")
    if command.whereabouts not in c.WHEREABOUTS:
        raise refused("whereabouts_unknown", whereabouts=c.WHEREABOUTS)
    unaccepted = [need.key for need in alert.needs if need.state in UNACCEPTED]
    if unaccepted:
        raise refused("need_unaccepted", needs=unaccepted)
    if command.order is None and _order_runs(run, alert):
        raise refused("order_open", outcomes=c.ORDER_OUTCOMES)
    if command.order is not None:
        _settle(run, alert, command.order)
    run.state(
        e.AlertClosed(
            alert=alert.id, disposition=command.disposition, safe=command.safe, whereabouts=command.whereabouts
        )
    )
    return alert.id


def _order_runs(run: Run, alert: Alert) -> bool:
    """Whether a prosecutor was asked for, here or for an alert merged into this one, and the order is open."""
    return alert.order is None and any(
        need.institution is Institution.PROSECUTOR and need.state is not NeedState.CALLED_OFF
        for each in (alert, *run.board.merged_here(alert))
        for need in each.needs
    )
