"""What a console's screen shows, folded from its socket, and what a watcher can count on it."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from app.clock import instant
from app.dispatch.model import SERVED, NeedState
from simulator.live.phone import Heard
from simulator.live.wire import Json

HOLDS = SERVED | {NeedState.OFFERED}
"""A need in one of these states takes a slot of its unit."""


def seconds(moment: str) -> float:
    """A time of the wire as seconds since 1970 UTC."""
    return instant(datetime.fromisoformat(moment))


def holders(alerts: Mapping[str, Json]) -> Counter[str]:
    """Unit -> live assignments that these alerts say it holds."""
    return Counter(
        need["unit"]
        for alert in alerts.values()
        for need in alert["needs"]
        if need["unit"] is not None and NeedState(need["state"]) in HOLDS
    )


@dataclass(slots=True)
class Console:
    """Every open alert and every unit, as last heard.

    Attributes:
        double_booked: units that were once seen to hold more than they have room for.
        first: (alert, need, state) -> when the service says the need first came there.
        raised: alert -> when it was raised.
    """

    alerts: dict[str, Json] = field(default_factory=dict)
    units: dict[str, Json] = field(default_factory=dict)
    double_booked: set[str] = field(default_factory=set)
    first: dict[tuple[str, str, str], float] = field(default_factory=dict)
    raised: dict[str, float] = field(default_factory=dict)

    def hear(self, heard: Heard) -> None:
        """Take what one frame brought; a frame is a whole step, so it is only judged when all of it is in."""
        if heard.whole:
            self.alerts.clear()
        for card in heard.cards:
            match card["card"]:
                case "alert" if card["state"] == "open":
                    self.alerts[card["id"]] = card
                    self._note(card)
                case "alert":
                    self.alerts.pop(card["id"], None)
                    self._note(card)
                case "unit":
                    self.units[card["id"]] = card
        for over in heard.gone:
            self.alerts.pop(over, None)
        held = holders(self.alerts)
        for unit, card in self.units.items():
            if max(held[unit], len(card.get("holds", ()))) > card["capacity"]:
                self.double_booked.add(unit)

    def needs(self) -> Iterator[tuple[Json, Json]]:
        """Every need on the screen with its alert."""
        for alert in self.alerts.values():
            for need in alert["needs"]:
                yield alert, need

    def reached(self, state: NeedState) -> int:
        """How many needs were ever seen in that state."""
        return sum(which == state for _, _, which in self.first)

    def _note(self, alert: Json) -> None:
        self.raised[alert["id"]] = seconds(alert["raised_at"])
        for need in alert["needs"]:
            self.first.setdefault((alert["id"], need["need"], need["state"]), seconds(need["since"]))
