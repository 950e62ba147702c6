"""What a console's screen shows, folded from its socket, and what a watcher can count on it."""

from collections import Counter
from collections.abc import Iterator
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


def holders(alert: Json) -> list[str]:
    """The units that hold something of this alert, one as often as it does."""
    return [
        need["unit"] for need in alert["needs"] if need["unit"] is not None and NeedState(need["state"]) in HOLDS
    ]


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
    _held: dict[str, list[str]] = field(default_factory=dict)
    _load: Counter[str] = field(default_factory=Counter)

    def hear(self, heard: Heard) -> None:
        """Take what one frame brought; a frame is a whole step, so it is only judged when all of it is in."""
        if heard.whole:
            self.alerts.clear()
            self._held.clear()
            self._load.clear()
        for card in heard.cards:
            match card["card"]:
                case "alert":
                    self._alert(card)
                case "unit":
                    self.units[card["id"]] = card
        for over in heard.gone:
            self.alerts.pop(over, None)
            self._holds(over, [])
        for card in heard.cards:
            for unit in holders(card) if card["card"] == "alert" else [card["id"]]:
                self._judge(unit)

    def needs(self) -> Iterator[tuple[Json, Json]]:
        """Every need on the screen with its alert."""
        for alert in self.alerts.values():
            for need in alert["needs"]:
                yield alert, need

    def reached(self, state: NeedState) -> int:
        """How many needs were ever seen in that state."""
        return sum(which == state for _, _, which in self.first)

    def _alert(self, card: Json) -> None:
        if card["state"] == "open":
            self.alerts[card["id"]] = card
        else:
            self.alerts.pop(card["id"], None)
        self._holds(card["id"], holders(card))
        self.raised[card["id"]] = seconds(card["raised_at"])
        for need in card["needs"]:
            self.first.setdefault((card["id"], need["need"], need["state"]), seconds(need["since"]))

    def _holds(self, alert: str, units: list[str]) -> None:
        self._load.subtract(self._held.pop(alert, ()))
        self._held[alert] = units
        self._load.update(units)

    def _judge(self, unit: str) -> None:
        """By what alerts say of the unit, and by what it says of itself."""
        card = self.units.get(unit)
        if card is not None and max(self._load[unit], len(card.get("holds", ()))) > card["capacity"]:
            self.double_booked.add(unit)
