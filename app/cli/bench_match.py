"""What one decision costs on a small board and on a large one, measured in turns in the same run."""

import random
import statistics
import time
from typing import Any
from zoneinfo import ZoneInfo

from app.dispatch import commands as c
from app.dispatch import events as e
from app.dispatch.decide import decide
from app.dispatch.evolve import evolve
from app.dispatch.matching import match
from app.dispatch.model import Board, Institution, Level, Why
from app.dispatch.rules import Rules
from app.dispatch.run import Run
from app.geo.ground import LiveGround
from app.geo.point import Point

SIZES = (100, 1_000, 10_000, 100_000)
NEEDS, FREED = 100, 20
AT = 1_700_000_000.0
ACCEPTED = 10
"""Of so many busy units one has only accepted; the others are on scene."""
WAYS_S = (60.0, 1_800.0)
"""How long the ways are that units have accepted, seconds."""
SIDE = 0.5
"""Degrees: every board lies in one square of some fifty kilometres, so a large one is a dense one."""


def match_figures(rounds: int) -> dict[str, Any]:
    """Medians in milliseconds, and what they are to those of 1,000 units."""
    boards = {size: _Board(size) for size in SIZES}
    times: dict[tuple[int, str], list[float]] = {}
    for number in range(rounds):
        for size, board in boards.items():
            times.setdefault((size, "one"), []).append(board.one(number, "no"))
            times.setdefault((size, "extreme"), []).append(board.one(number, "yes"))
            times.setdefault((size, "freed"), []).append(board.freed(number))
    for number in range(max(3, rounds // 10)):
        for size in (1_000, 100_000):
            times.setdefault((size, "storm"), []).append(boards[size].storm(number))
        times.setdefault((1_000, "scarce"), []).append(boards[1_000].scarce(number))
    figures: dict[str, Any] = {"rounds": rounds}
    for name, told in _TOLD.items():
        for size in SIZES:
            if (size, name) in times:
                median = statistics.median(times[size, name])
                figures[f"{told}_{size}_units_ms"] = round(median * 1000, 3)
                figures[f"{told}_{size}_units_ratio"] = round(median / statistics.median(times[1_000, name]), 2)
    return figures


_TOLD = {
    "one": "one_alert",
    "extreme": "one_extreme_alert",
    "freed": "one_unit_becomes_free",
    "storm": f"{NEEDS}_needs_at_once",
    "scarce": f"{NEEDS}_stuck_needs_{FREED}_units_free",
}


class _Board:
    """Patrols all over the square: six of ten free, half of the rest busy, the others off duty."""

    def __init__(self, units: int) -> None:
        self._chance = random.Random(units)  # noqa: S311  # the same boards in every run
        self._ground = LiveGround(None, ZoneInfo("America/Mexico_City"))
        self._rules = Rules()
        board, busy = Board(center="bench"), []
        for number in range(units):
            code = f"P-{number}"
            self._ground.station(code, self._somewhere())
            board = evolve(board, _listed(code), AT)
            kind = number % 10
            if kind < 8:
                board = evolve(board, e.DutyStarted(unit=code), AT)
            if kind in {6, 7}:
                busy.append(code)
        self._busy = busy
        self._board = self._work(board)

    def one(self, number: int, weapon: str) -> float:
        """Seconds for one alert with one need of the police."""
        alert = f"one-{number}"
        self._ground.place_alert(alert, self._somewhere())
        needs = (c.NeedWanted(institution=Institution.POLICE),)
        raised = c.RaiseAlert(id=alert, by="bench", zone="z", needs=needs, threat={"weapon_used": weapon})
        return self._timed(raised)

    def freed(self, number: int) -> float:
        """Seconds for a unit that is done."""
        there = [code for place, code in enumerate(self._busy[: 2 * ACCEPTED * (number + 1)]) if place % ACCEPTED]
        code = there[number % len(there)]
        (live,) = self._board.units[code].held
        return self._timed(c.Finish(id="done", by="bench", unit=code, assignment=live))

    def storm(self, number: int) -> float:
        """Seconds for many needs at the same moment."""
        run = self._run(self._board)
        self._raise(run, f"storm-{number}")
        return _seconds(run)

    def scarce(self, number: int) -> float:
        """Seconds for many stuck needs when a few units come on duty."""
        ground = self._ground
        board = Board(center="bench")
        for code in self._board.units:
            board = evolve(board, _listed(code), AT)
        run = self._run(board)
        self._raise(run, f"scarce-{number}")
        match(run)
        later = Run(board=run.board, command=run.command, at=AT, rules=self._rules, ground=ground)
        for code in list(board.units)[:FREED]:
            later.state(e.DutyStarted(unit=code))
        return _seconds(later)

    def _work(self, board: Board) -> Board:
        """Everybody who is busy is at work on an alert of its own."""
        for number, code in enumerate(self._busy):
            alert = f"busy-{number}"
            self._ground.place_alert(alert, self._somewhere())
            way_s = round(self._chance.uniform(*WAYS_S), 1)
            about: dict[str, Any] = {"alert": alert, "need": "police", "assignment": f"on-{alert}", "unit": code}
            for event in (
                _raised(alert),
                e.NeedAdded(alert=alert, need="police", institution=Institution.POLICE),
                e.Offered(**about, slot=0, why=Why(rule="nearest", travel_s=way_s), seen_by=AT, answer_by=AT),
                e.Accepted(**about),
                *([e.ArrivedOnScene(**about)] if number % ACCEPTED else []),
            ):
                board = evolve(board, event, AT)
        return board

    def _raise(self, run: Run, name: str) -> None:
        for number in range(NEEDS):
            alert = f"{name}-{number}"
            self._ground.place_alert(alert, self._somewhere())
            run.state(_raised(alert))
            run.state(e.NeedAdded(alert=alert, need="police", institution=Institution.POLICE))

    def _run(self, board: Board) -> Run:
        command = c.AddNote(id="bench", by="bench", alert="")
        return Run(board=board, command=command, at=AT, rules=self._rules, ground=self._ground)

    def _timed(self, command: c.Command) -> float:
        began = time.perf_counter()
        decide(self._board, command, AT, self._rules, self._ground)
        return time.perf_counter() - began

    def _somewhere(self) -> Point:
        return Point(25.3 + SIDE * self._chance.random(), -102.0 + SIDE * self._chance.random())


def _seconds(run: Run) -> float:
    began = time.perf_counter()
    match(run)
    return time.perf_counter() - began


def _raised(alert: str) -> e.AlertRaised:
    return e.AlertRaised(
        alert=alert,
        folio=alert,
        zone="z",
        zone_how="inside",
        level=Level.STANDARD,
        incident="30503",
        received_at=AT,
    )


def _listed(code: str) -> e.UnitListed:
    return e.UnitListed(
        unit=code,
        institution=Institution.POLICE,
        agency="bench",
        zone="z",
        capacity=1,
        capabilities=frozenset(),
        sealed=False,
    )
