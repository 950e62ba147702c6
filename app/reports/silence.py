"""Where nobody answered: needs that had nobody, offers not seen, not answered, declined or given back."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.dispatch.model import Institution

from .frame import Frame
from .leg import Leg
from .small_cells import hidden
from .table import HIDDEN, Cell, Column, Kind, Table, whole
from .timeline import Timeline

_COUNTS = ("needs", "stuck_needs", "never", "offers", "unseen", "unanswered", "declined", "withdrawn")
_ORDER = {institution.value: place for place, institution in enumerate(Institution)}


@dataclass(slots=True, kw_only=True)
class _Cell:
    """What is counted of the needs of one institution in one zone."""

    needs: int = 0
    stuck_needs: int = 0
    never: int = 0
    offers: int = 0
    unseen: int = 0
    unanswered: int = 0
    declined: int = 0
    withdrawn: int = 0
    stuck_s: float = 0.0
    stuck_longest_s: float = 0.0

    def add(self, leg: Leg, at: float) -> None:
        stuck_s = leg.stuck_s + (max(0.0, at - leg.stuck_since) if leg.stuck_since is not None else 0.0)
        refused = [times.refused for times in leg.assignments]
        self.needs += 1
        self.stuck_needs += leg.stuck > 0
        self.never += not any(times.accepted for times in leg.assignments) and leg.elsewhere_at is None
        self.offers += leg.offers
        self.unseen += refused.count("unseen")
        self.unanswered += refused.count("unanswered")
        self.declined += refused.count("declined")
        self.withdrawn += leg.withdrawn
        self.stuck_s += stuck_s
        self.stuck_longest_s = max(self.stuck_longest_s, stuck_s)


def silence(timelines: Iterable[Timeline], frame: Frame) -> Table:
    """One line for each institution and zone."""
    cells: dict[tuple[str, str], _Cell] = {}
    for timeline in timelines:
        for leg in timeline.legs:
            cells.setdefault((leg.institution.value, timeline.zone), _Cell()).add(leg, frame.at)
    unsaid = hidden({name: cell.needs for name, cell in cells.items()}, frame.floor)
    named = sorted(cells.items(), key=lambda one: (_ORDER[one[0][0]], one[0][1]))
    if unsaid.hopeless:
        named = []
    rows: list[tuple[Cell, ...]] = []
    for (institution, zone), cell in named:
        told: list[Cell] = [getattr(cell, key) for key in _COUNTS]
        told += [whole(cell.stuck_s), whole(cell.stuck_longest_s)]
        small = (institution, zone) in unsaid.cells
        shown = [HIDDEN for _ in told] if small else told
        rows.append((frame.value("institution", institution), frame.value("zone", zone), *shown))
    return Table(
        name="silence",
        language=frame.language,
        title=frame.say("title.silence"),
        sentence=_sentence(list(cells.values()), frame),
        columns=(
            *(Column(key=key, label=frame.say(f"key.{key}"), kind=Kind.TEXT) for key in ("institution", "zone")),
            *(Column(key=key, label=frame.say(f"column.{key}")) for key in _COUNTS),
            *(
                Column(key=key, label=frame.say(f"column.{key}"), kind=Kind.SECONDS)
                for key in ("stuck_s", "stuck_longest_s")
            ),
        ),
        rows=tuple(rows),
        facts=frame.facts(),
        notes=(frame.say("note.hidden", floor=frame.floor),),
    )


def _sentence(cells: list[_Cell], frame: Frame) -> str:
    needs = sum(cell.needs for cell in cells)
    if not needs:
        return frame.say("said.empty")
    if needs < frame.floor:
        return frame.say("said.too_few")
    return frame.say(
        "said.silence",
        needs=needs,
        stuck=sum(cell.stuck_needs for cell in cells),
        offers=sum(cell.offers for cell in cells),
        unheard=sum(cell.unseen + cell.unanswered for cell in cells),
    )
