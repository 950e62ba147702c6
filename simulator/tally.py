"""Who is in which slot, counted from the log alone: it knows neither the board nor what the tables forbid."""

from collections import defaultdict

from app.dispatch import events as e
from app.dispatch.evolve import LETS_GO


class Tally:
    """Counts events in order.

    Attributes:
        over_capacity: how often a unit held more than it has room for.
        twice: how often a slot, or a need, was given twice.
    """

    def __init__(self) -> None:
        self.over_capacity, self.twice = 0, 0
        self._capacity: dict[str, int] = {}
        self._inside: dict[str, dict[int, str]] = defaultdict(dict)
        self._slots: dict[str, int] = {}
        self._accepted: dict[tuple[str, str], str] = {}

    def count(self, event: e.Event) -> None:
        """One more event of the log."""
        match event:
            case e.UnitListed():
                self._capacity[event.unit] = event.capacity
            case e.Offered():
                self._slots[event.assignment] = event.slot
                self._enter(event.unit, event.slot, event.assignment)
            case e.Accepted():
                self.twice += (event.alert, event.need) in self._accepted
                self._accepted[event.alert, event.need] = event.assignment
            case e.PlaceTaken():
                self._enter(event.unit, event.slot, "somebody")
            case e.PlaceFreed():
                del self._inside[event.unit][event.slot]
        if isinstance(event, LETS_GO):
            self._leave(event)

    def _enter(self, unit: str, slot: int, who: str) -> None:
        inside = self._inside[unit]
        self.twice += slot in inside
        inside[slot] = who
        self.over_capacity += len(inside) > self._capacity[unit] or slot >= self._capacity[unit]

    def _leave(self, event: e.AssignmentEvent) -> None:
        slot = self._slots.pop(event.assignment)
        if isinstance(event, e.Housed):
            self._inside[event.unit][slot] = "somebody"
        else:
            del self._inside[event.unit][slot]
        about = (event.alert, event.need)
        if self._accepted.get(about) == event.assignment:
            del self._accepted[about]
