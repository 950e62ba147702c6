"""Which units have a line, as the ground is to know it: a unit whose last line has ended is quiet from then on.

Only who had a line is ever quiet: a unit without a device is not lost because it has none.
"""

from collections.abc import Collection, Sequence

from app.dispatch import events as e
from app.dispatch.events import Entry
from app.geo.ground import LiveGround

SIGNS_OF_LIFE = (
    e.Delivered,
    e.Seen,
    e.Accepted,
    e.WentEnRoute,
    e.ArrivedOnScene,
    e.ContactMade,
    e.Departed,
    e.ReachedSafety,
    e.CrewWell,
    e.HelpCalled,
    e.HoldExtended,
)
"""What only the unit itself says, at this process or at another."""


def believed_lost(ground: LiveGround, entries: Sequence[Entry], connected: Collection[str]) -> list[str]:
    """Tell the ground what was heard of units; return those believed to be lost that have a line right here."""
    lost: dict[str, None] = {}
    for entry in entries:
        match entry.event:
            case e.DutyStarted() | e.DutyEnded() | e.UnitHeard():
                # A new shift begins without a line, and one that was heard elsewhere is waited for there.
                ground.line_up(entry.event.unit)
                lost.pop(entry.event.unit, None)
            case e.UnitLost() if entry.event.unit in connected:
                lost[entry.event.unit] = None
            case e.AssignmentEvent() if isinstance(entry.event, SIGNS_OF_LIFE):
                ground.heard(entry.event.unit, entry.at)
    return list(lost)
