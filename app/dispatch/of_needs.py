"""What people and the clock ask of one need: add, assign, recall, call off, try again."""

from collections.abc import Iterable

from . import commands as c
from . import events as e
from .lifecycle import NEED, allows
from .matching import offer, seek
from .model import OVER, UNACCEPTED, AlertState, Need, NeedState, Why
from .policy import too_close
from .refusals import refused
from .run import Run, about, need_on_board, open_alert, open_need

NEEDS_MAX = 12
"""Needs one alert can have."""


def add_need_command(run: Run, command: c.AddNeed) -> str:
    """The alert needs one more thing. Refused where it has too many already."""
    alert = open_alert(run, command.alert)
    if len(alert.needs) >= NEEDS_MAX:
        raise refused("too_many_needs", most=NEEDS_MAX)
    add_need(run, alert.id, command.wanted)
    return alert.id


def add_need(run: Run, alert_id: str, wanted: c.NeedWanted, party: str | None = None) -> None:
    """One more need, under a name of its own: `police`, then `police-2`, for whatever party each is."""
    alike = sum(need.institution is wanted.institution for need in run.board.alerts[alert_id].needs)
    run.state(
        e.NeedAdded(
            alert=alert_id,
            need=wanted.institution.value if alike == 0 else f"{wanted.institution.value}-{alike + 1}",
            institution=wanted.institution,
            requires=wanted.requires,
            prefers=wanted.prefers,
            children=wanted.children,
            party=party,
        )
    )


def call_off_need(run: Run, command: c.CallOffNeed) -> str:
    """A person says that this need is not needed any more, also of an alert that is closed."""
    alert, need = need_on_board(run, command)
    call_off(run, alert.id, need, command.reason)
    return alert.id


def call_off(run: Run, alert_id: str, need: Need, reason: str) -> None:
    """End this need, unless it is over: nobody is looked for, and whoever was asked or had accepted is let go."""
    if need.state in OVER:
        return
    if not need.live:
        run.state(e.NeedDropped(alert=alert_id, need=need.key, reason=reason))
        return
    *others, last = need.live
    _recall(run, others, reason)
    run.state(e.CalledOff(**about(run.board.assignments[last]), reason=reason))


def assign_by_hand(run: Run, command: c.AssignByHand) -> str:
    """A person names the unit; whoever was asked before is recalled.

    It may lack what was wanted, and may have said no. It may not be kept out, or be a shelter that is too close to
    a known place of the aggressor.
    """
    alert, need = open_need(run, command)
    if need.state is NeedState.ELSEWHERE:
        raise refused("need_elsewhere")
    if need.state not in UNACCEPTED:
        raise refused("need_accepted:by_hand")
    unit = run.board.units.get(command.unit)
    if unit is None or unit.institution is not need.institution or alert.keep_out.bars(unit):
        raise refused("unknown_unit:need", unit=command.unit)
    if any(live in unit.held for live in need.live):
        raise refused("unit_asked", unit=unit.code)
    if too_close(alert, unit, run.rules, run.ground):
        raise refused("too_close", unit=unit.code)
    if unit.free_slot is None:
        raise refused("unit_not_free", unit=unit.code, state=unit.state)
    _recall(run, need.live, "assigned_by_hand")
    offer(run, alert, need.key, unit, Why(rule="by_hand"))
    return alert.id


def recall(run: Run, command: c.Recall) -> str:
    """Take the need back from whoever was asked or has accepted; the search goes on, without them for a while."""
    alert, need = need_on_board(run, command)
    if alert.state is not AlertState.OPEN:
        # Nobody is looked for any more; the unit is only let go.
        call_off(run, alert.id, need, command.reason)
        return alert.id
    if not need.live or not allows(NEED, need.state, e.Recalled):
        raise refused("nothing_to_recall", state=need.state)
    _recall(run, need.live, command.reason)
    return alert.id


def _recall(run: Run, lives: Iterable[str], reason: str) -> None:
    for live in lives:
        run.state(e.Recalled(**about(run.board.assignments[live]), reason=reason))


def try_again(run: Run, command: c.TryAgain) -> str | None:
    """A stuck need's time has come. Refused before it, and of a need that is not stuck."""
    alert = run.board.alerts.get(command.alert)
    need = alert.need(command.need) if alert else None
    if alert is None or need is None or need.state is not NeedState.STUCK:
        raise refused("not_stuck")
    if need.retry_at is None or run.at < need.retry_at:
        raise refused("not_due")
    seek(run, alert.id, need.key)
    return alert.id
