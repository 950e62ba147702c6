"""What happens when a command is performed: check, state one fact, then match until nothing more happens.

So after every command no need is without somebody who was asked or accepted, or a deadline that moves it on.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import commands as c
from . import events as e
from . import (
    of_alarms,
    of_alerts,
    of_assignments,
    of_calls,
    of_joining,
    of_needs,
    of_neighbours,
    of_places,
    of_units,
)
from .barring import inherit
from .matching import match
from .model import Board, Need
from .of_transport import arrange_transport
from .policy import Ground
from .rules import Rules
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
    inherit(run, board)
    arrange_transport(run, board)
    match(run)
    return Decision(events=tuple(run.events), board=run.board, receipt=_receipt(run, alert_id))


def _receipt(run: Run, alert_id: str | None) -> c.Receipt:
    alert = run.shown or (run.board.alerts.get(alert_id) or run.ended.get(alert_id) if alert_id else None)
    return c.Receipt(
        command=run.command.id,
        seq=run.board.seq,
        at=run.at,
        alert=alert_id,
        folio=alert.folio if alert else None,
        level=alert.level.value if alert else None,
        needs=tuple(_standing(run, need) for need in alert.needs) if alert else (),
        unmatched=run.unmatched,
        joined=run.joined,
    )


def _standing(run: Run, need: Need) -> c.NeedReceipt:
    unit = run.board.assignments[need.live[0]].unit if need.live else None
    return c.NeedReceipt(need=need.key, state=need.state.value, unit=unit)


_HANDLERS: dict[type[c.Command], Callable[[Run, Any], str | None]] = {
    c.RaiseAlert: of_calls.raise_alert,
    c.TellMore: of_calls.tell_more,
    c.MergeAlerts: of_joining.merge,
    c.SplitCall: of_joining.split,
    c.RaiseLevel: of_alerts.raise_level,
    c.LowerLevel: of_alerts.lower_level,
    c.AnswerScreen: of_alerts.answer_screen,
    c.SettleOrder: of_alerts.settle_order,
    c.SayOrder: of_alerts.say_order,
    c.CallForHelp: of_alerts.call_for_help,
    c.TellNote: of_alerts.tell_note,
    c.AddNeed: of_needs.add_need_command,
    c.AddNote: of_alerts.add_note,
    c.CancelAlert: of_alerts.cancel,
    c.CloseAlert: of_alerts.close,
    c.AcknowledgeAlarm: of_alarms.acknowledge,
    c.AcknowledgeAlertAlarm: of_alarms.acknowledge_alert,
    c.SoundAlarm: of_alarms.sound_alarm,
    c.SoundAlertAlarm: of_alarms.sound_alert_alarm,
    c.AskNeighbour: of_neighbours.ask_neighbour,
    c.HearNeighbour: of_neighbours.hear_neighbour,
    c.HearOrigin: of_neighbours.hear_origin,
    c.CallOffNeed: of_needs.call_off_need,
    c.AssignByHand: of_needs.assign_by_hand,
    c.Recall: of_needs.recall,
    c.TryAgain: of_needs.try_again,
    c.ConfirmDelivery: of_assignments.once(e.Delivered, "delivered"),
    c.SeeOffer: of_assignments.once(e.Seen, "seen"),
    c.Accept: of_assignments.accept,
    c.Decline: of_assignments.decline,
    c.GoEnRoute: of_assignments.go_en_route,
    c.ArriveOnScene: of_assignments.say(e.ArrivedOnScene),
    c.MakeContact: of_assignments.once(e.ContactMade, "contact"),
    c.Depart: of_assignments.once(e.Departed, "departed"),
    c.ReachSafety: of_assignments.once(e.ReachedSafety, "safe"),
    c.Finish: of_assignments.finish,
    c.Withdraw: of_assignments.withdraw,
    c.ConfirmWell: of_assignments.say(e.CrewWell),
    c.ExtendHold: of_places.extend_hold,
    c.ExpireOffer: of_assignments.expire,
    c.ExpireHold: of_places.expire_hold,
    c.StartDuty: of_units.start_duty,
    c.JoinCrew: of_units.join_crew,
    c.SetPlaces: of_places.set_places,
    c.EndDuty: of_units.end_duty,
    c.LoseUnit: of_units.lose_unit,
    c.HearUnit: of_units.hear_unit,
    c.ListUnits: of_units.list_units,
}
