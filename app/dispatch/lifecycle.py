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

NEED: Table[NeedState] = {
    _N.SEARCHING: {
        e.Offered: _N.OFFERED,
        e.NeedStuck: _N.STUCK,
        e.NeedDropped: _N.CALLED_OFF,
    },
    _N.OFFERED: {
        e.Delivered: _N.OFFERED,
        e.Seen: _N.OFFERED,
        e.Accepted: _N.ACCEPTED,
        e.Declined: _N.SEARCHING,
        e.OfferExpired: _N.SEARCHING,
        e.Recalled: _N.SEARCHING,
        e.CalledOff: _N.CALLED_OFF,
        e.AlarmAcknowledged: _N.OFFERED,
    },
    _N.ACCEPTED: {
        e.WentEnRoute: _N.EN_ROUTE,
        e.ArrivedOnScene: _N.ON_SCENE,
        e.ContactMade: _N.ACCEPTED,
        e.ReachedSafety: _N.ACCEPTED,
        e.Withdrawn: _N.SEARCHING,
        e.Recalled: _N.SEARCHING,
        e.Done: _N.DONE,
        e.CalledOff: _N.CALLED_OFF,
    },
    _N.EN_ROUTE: {
        e.ArrivedOnScene: _N.ON_SCENE,
        e.ContactMade: _N.EN_ROUTE,
        e.Departed: _N.EN_ROUTE,
        e.ReachedSafety: _N.EN_ROUTE,
        e.Withdrawn: _N.SEARCHING,
        e.Recalled: _N.SEARCHING,
        e.Done: _N.DONE,
        e.CalledOff: _N.CALLED_OFF,
    },
    _N.ON_SCENE: {
        e.ContactMade: _N.ON_SCENE,
        e.Departed: _N.ON_SCENE,
        e.ReachedSafety: _N.ON_SCENE,
        e.Done: _N.DONE,
        e.CalledOff: _N.CALLED_OFF,
    },
    _N.STUCK: {
        e.Offered: _N.OFFERED,
        e.NeedStuck: _N.STUCK,
        e.AlarmRaised: _N.STUCK,
        e.AlarmAcknowledged: _N.STUCK,
        e.NeedDropped: _N.CALLED_OFF,
    },
    _N.DONE: {},
    _N.CALLED_OFF: {},
}

UNIT: Table[UnitState] = {
    _U.OFF_DUTY: {e.DutyStarted: _U.FREE},
    _U.FREE: {
        e.Offered: _U.HELD,
        e.DutyEnded: _U.OFF_DUTY,
        e.UnitLost: _U.UNREACHABLE,
        e.UnitHeard: _U.FREE,
    },
    _U.HELD: {
        e.Delivered: _U.HELD,
        e.Seen: _U.HELD,
        e.Accepted: _U.BUSY,
        e.Declined: _U.FREE,
        e.OfferExpired: _U.FREE,
        e.Recalled: _U.FREE,
        e.CalledOff: _U.FREE,
        e.UnitHeard: _U.HELD,
    },
    _U.BUSY: {
        e.WentEnRoute: _U.BUSY,
        e.ArrivedOnScene: _U.BUSY,
        e.ContactMade: _U.BUSY,
        e.Departed: _U.BUSY,
        e.ReachedSafety: _U.BUSY,
        e.Done: _U.FREE,
        e.Withdrawn: _U.FREE,
        e.Recalled: _U.FREE,
        e.CalledOff: _U.FREE,
        e.UnitLost: _U.BUSY,
        e.UnitHeard: _U.BUSY,
    },
    _U.UNREACHABLE: {e.UnitHeard: _U.FREE, e.UnitLost: _U.UNREACHABLE, e.DutyEnded: _U.OFF_DUTY},
}

ALERT: Table[AlertState] = {
    _A.OPEN: {
        e.NeedAdded: _A.OPEN,
        e.FactsTold: _A.OPEN,
        e.LevelRaised: _A.OPEN,
        e.PlaceMoved: _A.OPEN,
        e.KeptOut: _A.OPEN,
        e.NoteAdded: _A.OPEN,
        e.AlertClosed: _A.CLOSED,
        e.AlertCancelled: _A.CANCELLED,
    },
    _A.CLOSED: {},
    _A.CANCELLED: {},
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
