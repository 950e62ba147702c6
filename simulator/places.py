"""What must be true of shelters' places: none is lost or given twice, none is given away too early, and somebody
brings her.
"""

from app.dispatch import commands as c
from app.dispatch import events as e
from app.dispatch.model import Alert, AlertState, Board, Institution, NeedState, UnitState
from simulator.promises import Broken

OVER = frozenset({NeedState.DONE, NeedState.CALLED_OFF})


class Places:
    """In which places somebody lives, counted apart from the board. Raises Broken."""

    def __init__(self) -> None:
        self._lives: dict[str, set[int]] = {}

    def keep(self, before: Board, event: e.Event, at: float) -> None:
        """One event, and the board right before it."""
        match event:
            case e.Housed():
                self._lives.setdefault(event.unit, set()).add(before.assignments[event.assignment].slot)
            case e.PlaceTaken():
                self._lives.setdefault(event.unit, set()).add(event.slot)
            case e.PlaceFreed():
                self._lives[event.unit].remove(event.slot)
            case e.HoldExpired():
                hold_until = before.assignments[event.assignment].hold_until
                if hold_until is None or at < hold_until:
                    raise Broken(f"a place of {event.unit} is given away too early")

    def after(self, before: Board, board: Board, command: c.Command) -> None:
        """The boards before and after a command."""
        for code, lives in self._lives.items():
            if {n for n, slot in enumerate(board.units[code].slots) if slot is UnitState.OCCUPIED} != lives:
                raise Broken(f"the places of {code} are not those in which somebody lives")
        if isinstance(command, c.Accept) and command.assignment in board.assignments:
            self._look_at_transport(before, board, command.assignment)

    def _look_at_transport(self, before: Board, board: Board, assignment: str) -> None:
        """A shelter that cannot fetch her has said yes: somebody brings her, or is looked for."""
        place = board.assignments[assignment]
        unit, alert = board.units[place.unit], board.alerts[place.alert]
        said_now = before.assignments[assignment].state is NeedState.OFFERED
        if unit.institution is not Institution.SHELTER or "vehicle" in unit.capabilities or not said_now:
            return
        needs = (need for each in _case(board, alert) for need in each.needs)
        if alert.state is AlertState.OPEN and not any(n.transport and n.state not in OVER for n in needs):
            raise Broken(f"nobody brings her of {alert.folio} to {unit.code}")


def _case(board: Board, alert: Alert) -> list[Alert]:
    """The alert and those that were merged into it."""
    return [alert, *(each for each in board.alerts.values() if each.merged_into == alert.id)]
