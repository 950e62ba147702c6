"""What consoles are shown of one commit: made once for all who are shown the same, and for nobody else."""

from collections.abc import Callable, Iterable, Sequence

from app import cards
from app.dispatch.model import Alert, Board
from app.geo.point import Point
from app.glass import Notice
from app.security.fields import audience, shows
from app.security.permissions import Action, may
from app.security.scope import kept_out, seen_at_desk
from app.security.sessions import Viewer

from .line import Line, frame

PlaceOf = Callable[[str], Point | None]


def sees_places(viewer: Viewer) -> bool:
    """Whether the cards of alerts say to them where it is."""
    return shows("alert", "where", audience(viewer.role))


def everything(board: Board, line: Line, place: PlaceOf) -> str:
    """The first frame of a console: all that is on the board and for this viewer."""
    to = audience(line.viewer.role)
    alerts = [alert for alert in board.alerts.values() if seen_at_desk(line.viewer, board, alert)]
    alerts.sort(key=lambda alert: (alert.raised_at, alert.id))
    line.alerts = {alert.id for alert in alerts}
    shown = [cards.alert_card(board, alert, place(alert.id), to) for alert in alerts]
    if may(line.viewer.role, Action.READ_UNITS):
        shown += [cards.unit_card(unit, to) for _, unit in sorted(board.units.items())]
    return frame("cards", seq=board.seq, cards=shown, gone=[])


class Commit:
    """The alerts and units that one commit touched, with the board after it."""

    def __init__(self, board: Board, alerts: Iterable[str], units: Sequence[str], place: PlaceOf) -> None:
        self._board, self._alerts, self._place = board, tuple(alerts), place
        self._units = [board.units[code] for code in units if code in board.units]
        self._retired = [code for code in units if code not in board.units]
        self._made: dict[tuple[object, ...], str] = {}

    def send(self, line: Line) -> None:
        """Send a console its frame; ids it was never shown are not named as gone."""
        viewer = line.viewer
        if not may(viewer.role, Action.OPEN_SOCKET):
            return
        board = self._board
        known = [board.alerts[alert] for alert in self._alerts if alert in board.alerts]
        theirs = [alert for alert in known if seen_at_desk(viewer, board, alert)]
        still = {alert.id for alert in theirs}
        gone = [alert for alert in self._alerts if alert in line.alerts and alert not in still]
        line.alerts = (line.alerts | still).difference(gone)
        line.send(self._text(viewer, theirs, gone))
        if sees_places(viewer):
            line.places += len(theirs)

    def _text(self, viewer: Viewer, alerts: Sequence[Alert], gone: Sequence[str]) -> str:
        key = (viewer.role, tuple(alert.id for alert in alerts), tuple(gone))
        if key not in self._made:
            board, to = self._board, audience(viewer.role)
            shown = [cards.alert_card(board, alert, self._place(alert.id), to) for alert in alerts]
            if may(viewer.role, Action.READ_UNITS):
                shown += [cards.unit_card(unit, to) for unit in self._units]
            self._made[key] = frame("cards", seq=board.seq, cards=shown, gone=[*gone, *self._retired])
        return self._made[key]


def notices(line: Line, found: Sequence[Notice]) -> None:
    """Send a supervisor everything nobody has taken notice of yet: the whole list, so an empty one clears it."""
    if may(line.viewer.role, Action.ACKNOWLEDGE_GLASS):
        open_ones = [one.shape() for one in found if not kept_out(line.viewer, one.keep_out)]
        line.send(frame("notice", about="glass", open=open_ones))
