"""What happens when a command is performed: check, state one fact, then match until nothing more happens.

So after every command no need is without somebody who was asked or accepted, or a deadline that moves it on.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import commands as c
from . import events as e
from . import of_alerts, of_assignments, of_units
from .matching import match
from .model import Board
from .policy import Ground, Rules
from .run import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What happened: the events in order, the board after them, and the answer to the asker."""

    events: tuple[e.Event, ...]
    board: Board
    receipt: c.Receipt


def decide(board: Board, command: c.Command, at: float, rules: Rules, ground: Ground) -> Decision:
    """What `command` makes happen at `at`: seconds since 1970 UTC, never before the board's.

    Raises Refusal, and nothing has happened, when the asker may not.
    """
    run = Run(board=board, command=command, at=max(at, board.at), rules=rules, ground=ground)
    alert_id = _HANDLERS[type(command)](run, command)
    match(run)
    return Decision(events=tuple(run.events), board=run.board, receipt=_receipt(run, alert_id))


def _receipt(run: Run, alert_id: str | None) -> c.Receipt:
    alert = run.board.alerts.get(alert_id) if alert_id else None
    needs: tuple[c.NeedReceipt, ...] = ()
    if alert is not None:
        needs = tuple(
            c.NeedReceipt(
                need=need.key,
                state=need.state.value,
                unit=run.board.assignments[need.live[0]].unit if need.live else None,
            )
            for need in alert.needs
        )
    return c.Receipt(
        command=run.command.id,
        seq=run.board.seq,
        at=run.at,
        alert=alert_id,
        folio=alert.folio if alert else None,
        level=alert.level.value if alert else None,
        needs=needs,
        unmatched=run.unmatched,
    )


_HANDLERS: dict[type[c.Command], Callable[[Run, Any], str | None]] = {
    c.RaiseAlert: of_alerts.raise_alert,
    c.TellMore: of_alerts.tell_more,
    c.RaiseLevel: of_alerts.raise_level,
    c.AddNeed: of_alerts.add_need_command,
    c.AddNote: of_alerts.add_note,
    c.CancelAlert: of_alerts.cancel,
    c.CloseAlert: of_alerts.close,
    c.AcknowledgeAlarm: of_alerts.acknowledge,
    c.CallOffNeed: of_alerts.call_off_need,
    c.AssignByHand: of_alerts.assign_by_hand,
    c.Recall: of_alerts.recall,
    c.TryAgain: of_alerts.try_again,
    c.ConfirmDelivery: of_assignments.once(e.Delivered, "delivered"),
    c.SeeOffer: of_assignments.once(e.Seen, "seen"),
    c.Accept: of_assignments.say(e.Accepted),
    c.Decline: of_assignments.say(e.Declined),
    c.GoEnRoute: of_assignments.say(e.WentEnRoute),
    c.ArriveOnScene: of_assignments.say(e.ArrivedOnScene),
    c.MakeContact: of_assignments.once(e.ContactMade, "contact"),
    c.Depart: of_assignments.once(e.Departed, "departed"),
    c.ReachSafety: of_assignments.once(e.ReachedSafety, "safe"),
    c.Finish: of_assignments.say(e.Done),
    c.Withdraw: of_assignments.withdraw,
    c.ExpireOffer: of_assignments.expire,
    c.StartDuty: of_units.start_duty,
    c.EndDuty: of_units.end_duty,
    c.LoseUnit: of_units.lose_unit,
    c.HearUnit: of_units.hear_unit,
    c.ListUnits: of_units.list_units,
}
