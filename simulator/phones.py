"""The phones of the units: what each screen shows is what was last delivered, and nothing else is known aboard."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from app.dispatch import commands as c
from app.dispatch import events as e
from app.dispatch.model import Board, Level, NeedState, UnitState
from simulator.engine import Engine, Steps
from simulator.network import Network
from simulator.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a crew may know of its assignment."""

    id: str
    alert: str
    need: str
    unit: str
    state: NeedState
    level: Level


type Cards = Mapping[str, Card]


def mine(board: Board, unit: str) -> Cards:
    """The cards of this unit, by assignment, as the board has them."""
    known = board.units.get(unit)
    if known is None:
        return {}
    held = (board.assignments[live] for live in known.held)
    return {
        one.id: Card(
            id=one.id,
            alert=one.alert,
            need=one.need,
            unit=unit,
            state=one.state,
            level=board.alerts[one.alert].level,
        )
        for one in held
    }


@dataclass(slots=True)
class Phone:
    """One device. `session` counts its connections: a frame of an earlier one never arrives."""

    unit: str
    cards: Cards = field(default_factory=dict)
    seq: int = 0
    connected: bool = True
    session: int = 0


class Phones:
    """All of them. `on_card` is told of every assignment a screen shows for the first time."""

    def __init__(self, engine: Engine[World], network: Network) -> None:
        self._engine, self._network = engine, network
        self._phones: dict[str, Phone] = {}
        self._pushed: dict[str, int] = {}
        self.on_card: Callable[[Card], None] = lambda card: None

    def add(self, unit: str) -> None:
        """The unit has a phone."""
        self._phones[unit] = Phone(unit=unit)

    def showing(self, unit: str, assignment: str) -> Card | None:
        """What the unit's screen says of this assignment."""
        return self._phones[unit].cards.get(assignment)

    def hear(self, entry: e.Entry) -> None:
        """Somebody's cards may have changed."""
        event = entry.event
        if isinstance(event, e.AssignmentEvent):
            self._push(event.unit)
        elif isinstance(event, e.LevelRaised | e.LevelLowered):
            for unit in sorted(self._holders(event.alert)):
                self._push(unit)

    def down(self, unit: str) -> None:
        """The line is dead: what is under way to the phone is gone."""
        phone = self._phones[unit]
        phone.connected, phone.session = False, phone.session + 1
        self._engine.world.darken(unit)

    def up(self, unit: str) -> None:
        """The phone is back, says so, and gets everything anew."""
        phone = self._phones[unit]
        if phone.connected:
            return
        phone.connected = True
        self._engine.world.brighten(unit)
        self._engine.start(self._back(unit))

    def wrong(self) -> list[str]:
        """Units whose screen shows something else than the board."""
        board = self._engine.board
        return [unit for unit, phone in self._phones.items() if phone.cards != mine(board, unit)]

    def _holders(self, alert: str) -> set[str]:
        found = self._engine.board.alerts.get(alert)
        live = [one for need in found.needs for one in need.live] if found else []
        return {self._engine.board.assignments[one].unit for one in live}

    def _back(self, unit: str) -> Steps:
        known = self._engine.board.units.get(unit)
        if known is not None and UnitState.UNREACHABLE in known.slots:
            yield from _quietly(self._network, unit, c.HearUnit(id=self._engine.new_id(), by="push", unit=unit))
        self._pushed.pop(unit, None)
        self._push(unit)

    def _push(self, unit: str) -> None:
        """Send the phone its cards as they stand: whole, so that twice or skipped does no harm."""
        phone, seq = self._phones.get(unit), self._engine.board.seq
        if phone is None or not phone.connected or self._pushed.get(unit) == seq:
            return
        self._pushed[unit] = seq
        cards = mine(self._engine.board, unit)
        self._engine.start(self._deliver(phone, phone.session, seq, cards), self._network.delay_s(unit))

    def _deliver(self, phone: Phone, session: int, seq: int, cards: Cards) -> Steps:
        """The newest counts, whatever arrives when."""
        if phone.session == session and seq >= phone.seq:
            fresh = [card for card in cards.values() if card.id not in phone.cards]
            phone.seq, phone.cards = seq, cards
            for card in fresh:
                self.on_card(card)
        yield from ()


def _quietly(network: Network, link: str, command: c.Command) -> Steps:
    """Send, and do not care for the answer."""
    yield from network.send(link, command)
