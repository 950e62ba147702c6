"""Rule 1: every state an alert, a need or a unit can be in, and every way between two, is in this file.

Three machines watch the same events. A need moves with what happens to it; a unit is a row of slots (a patrol
has one, a shelter one for each place) and every slot is one `UNIT` machine; an alert is open until it is closed
or cancelled. An event that a table does not allow is a `BrokenRule`: `decide` checks first and refuses in words.

`python -m app.dispatch.lifecycle` draws docs/lifecycle.md.
"""

import sys
from collections.abc import Mapping
from typing import Any

from . import events as e
from .commands import BrokenRule
from .model import AlertState, NeedState, UnitState

type Table[S] = dict[S, dict[type[e.Event], S]]

_N, _U, _A = NeedState, UnitState, AlertState

_HELD_BY_ONE = (e.AlarmRaised, e.AlarmAcknowledged, e.NeighbourHeard, e.TransportAsked)
"""What can be said of a need in somebody's hands without moving it."""

_UNDER_WAY = (
    e.ContactMade,
    e.Departed,
    e.ReachedSafety,
    e.CrewWell,
    e.HelpCalled,
    e.HoldExtended,
    *_HELD_BY_ONE,
)
"""What can be said, too, once a unit has set off; also of a shelter that fetches her with its own vehicle."""


def _stays[S](state: S, *events: type[e.Event]) -> dict[type[e.Event], S]:
    return dict.fromkeys(events, state)


NEED: Table[NeedState] = {
    _N.SEARCHING: {
        e.Offered: _N.OFFERED,
        e.NeedStuck: _N.STUCK,
        e.NeedDropped: _N.CALLED_OFF,
        **_stays(_N.SEARCHING, e.TransportAsked),
    },
    _N.OFFERED: {
        e.Offered: _N.OFFERED_TWICE,
        e.Accepted: _N.ACCEPTED,
        e.Declined: _N.SEARCHING,
        e.OfferExpired: _N.SEARCHING,
        e.Recalled: _N.SEARCHING,
        e.Reassigned: _N.SEARCHING,
        e.CalledOff: _N.CALLED_OFF,
        **_stays(_N.OFFERED, e.Delivered, e.Seen, e.NeighbourAsked, *_HELD_BY_ONE),
    },
    _N.OFFERED_TWICE: {
        e.Declined: _N.OFFERED,
        e.OfferExpired: _N.OFFERED,
        e.Recalled: _N.OFFERED,
        e.Reassigned: _N.OFFERED,
        e.Outrun: _N.OFFERED,
        **_stays(_N.OFFERED_TWICE, e.Delivered, e.Seen, e.NeighbourAsked, *_HELD_BY_ONE),
    },
    _N.ACCEPTED: {
        e.WentEnRoute: _N.EN_ROUTE,
        e.ArrivedOnScene: _N.ON_SCENE,
        e.Withdrawn: _N.SEARCHING,
        e.Recalled: _N.SEARCHING,
        e.Reassigned: _N.SEARCHING,
        e.HoldExpired: _N.SEARCHING,
        e.Done: _N.DONE,
        e.Housed: _N.DONE,
        e.CalledOff: _N.CALLED_OFF,
        **_stays(_N.ACCEPTED, e.ContactMade, e.ReachedSafety, e.CrewWell, e.HelpCalled, e.HoldExtended),
        **_stays(_N.ACCEPTED, *_HELD_BY_ONE),
    },
    _N.EN_ROUTE: {
        e.ArrivedOnScene: _N.ON_SCENE,
        e.Withdrawn: _N.SEARCHING,
        e.Recalled: _N.SEARCHING,
        e.Done: _N.DONE,
        e.Housed: _N.DONE,
        e.CalledOff: _N.CALLED_OFF,
        **_stays(_N.EN_ROUTE, *_UNDER_WAY),
    },
    _N.ON_SCENE: {
        e.Done: _N.DONE,
        e.Housed: _N.DONE,
        e.CalledOff: _N.CALLED_OFF,
        **_stays(_N.ON_SCENE, *_UNDER_WAY),
    },
    _N.STUCK: {
        e.Offered: _N.OFFERED,
        e.TakenElsewhere: _N.ELSEWHERE,
        e.NeedDropped: _N.CALLED_OFF,
        **_stays(_N.STUCK, e.NeedStuck, e.NeighbourAsked, *_HELD_BY_ONE),
    },
    _N.ELSEWHERE: {
        e.GivenBack: _N.SEARCHING,
        e.DoneElsewhere: _N.DONE,
        e.NeedDropped: _N.CALLED_OFF,
        **_stays(_N.ELSEWHERE, *_HELD_BY_ONE),
    },
    _N.DONE: {},
    _N.CALLED_OFF: {},
}

UNIT: Table[UnitState] = {
    _U.OFF_DUTY: {e.DutyStarted: _U.FREE},
    _U.FREE: {
        e.Offered: _U.HELD,
        e.PlaceTaken: _U.OCCUPIED,
        e.DutyEnded: _U.OFF_DUTY,
        e.UnitLost: _U.UNREACHABLE,
        **_stays(_U.FREE, e.UnitHeard, e.CrewJoined),
    },
    _U.HELD: {
        e.Accepted: _U.BUSY,
        e.Declined: _U.FREE,
        e.OfferExpired: _U.FREE,
        e.Recalled: _U.FREE,
        e.Reassigned: _U.FREE,
        e.Outrun: _U.FREE,
        e.CalledOff: _U.FREE,
        **_stays(_U.HELD, e.Delivered, e.Seen, e.UnitHeard, e.CrewJoined),
    },
    _U.BUSY: {
        e.Done: _U.FREE,
        e.Housed: _U.OCCUPIED,
        e.Withdrawn: _U.FREE,
        e.Recalled: _U.FREE,
        e.Reassigned: _U.FREE,
        e.HoldExpired: _U.FREE,
        e.CalledOff: _U.FREE,
        **_stays(_U.BUSY, e.WentEnRoute, e.ArrivedOnScene, e.ContactMade, e.Departed, e.ReachedSafety),
        **_stays(_U.BUSY, e.CrewWell, e.HelpCalled, e.HoldExtended, e.UnitLost, e.UnitHeard, e.CrewJoined),
    },
    _U.OCCUPIED: {
        e.PlaceFreed: _U.FREE,
        **_stays(_U.OCCUPIED, e.DutyStarted, e.DutyEnded, e.UnitLost, e.UnitHeard, e.CrewJoined),
    },
    _U.UNREACHABLE: {
        e.UnitHeard: _U.FREE,
        e.DutyEnded: _U.OFF_DUTY,
        **_stays(_U.UNREACHABLE, e.UnitLost, e.CrewJoined),
    },
}

ALERT: Table[AlertState] = {
    _A.OPEN: {
        e.AlertClosed: _A.CLOSED,
        e.AlertCancelled: _A.CANCELLED,
        e.AlertMerged: _A.MERGED,
        **_stays(
            _A.OPEN, e.CallJoined, e.CallSplit, e.NeedAdded, e.NoteAdded, e.PlaceMoved, e.KeptOut, e.AvoidTold
        ),
        **_stays(_A.OPEN, e.FactsTold, e.ScreenAnswered, e.LevelRaised, e.LevelLowered, e.DuressGiven),
        **_stays(_A.OPEN, e.OrderSettled, e.AlertAlarmRaised, e.AlertAlarmAcknowledged, e.OriginHeard),
    },
    _A.CLOSED: {},
    _A.CANCELLED: {},
    # What it was merged into may be merged on: those who still work on it belong there then.
    _A.MERGED: _stays(_A.MERGED, e.AlertMerged),
}


def following[S](table: Table[S], state: S, event: type[e.Event]) -> S:
    """The state after `event`. Raises BrokenRule where the table has no such way."""
    try:
        return table[state][event]
    except KeyError:
        raise BrokenRule(f"{state} knows no {event.__name__}") from None


def allows[S](table: Table[S], state: S, event: type[e.Event]) -> bool:
    """Whether the table has a way out of `state` by `event`."""
    return event in table[state]


def diagrams() -> str:
    """The three tables as Mermaid state diagrams, for docs/lifecycle.md."""
    parts = [
        "# Life cycles",
        "",
        "Drawn from the tables in `app/dispatch/lifecycle.py` by `make lifecycle`; a test compares the two.",
    ]
    tables: list[tuple[str, Mapping[Any, Mapping[type[e.Event], Any]]]] = [
        ("Alert", ALERT),
        ("Need", NEED),
        ("Unit (each slot)", UNIT),
    ]
    for title, table in tables:
        parts += ["", f"## {title}", "", "```mermaid", "stateDiagram-v2", f"    [*] --> {next(iter(table))}"]
        for state, ways in table.items():
            parts += [f"    {state} --> {to}: {event.__name__}" for event, to in ways.items() if to != state]
            stays = [event.__name__ for event, to in ways.items() if to == state]
            if stays:
                parts.append(f"    note right of {state}: stays on {', '.join(stays)}")
            if not ways:
                parts.append(f"    {state} --> [*]")
        parts.append("```")
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    sys.stdout.write(diagrams())
