"""Simulated time: a heap of what comes next, the board in the middle, and a ticker that is never late.

People are processes: generators that do something, yield the seconds until their next step, and go on. Every
command goes through `perform`, as through the desk: the same id twice has the effect of once.
"""

import heapq
from collections.abc import Callable, Generator
from itertools import count

from app.dispatch import commands as c
from app.dispatch import deadlines
from app.dispatch.decide import decide
from app.dispatch.events import Entry
from app.dispatch.model import Board
from app.dispatch.policy import Rules
from simulator.world import World

type Steps = Generator[float, None, None]
"""A process: each value is the seconds until its next step."""


class Stalled(AssertionError):
    """The ticker has performed what was due, and it is due still: time would stand for ever."""


class Engine:
    """One night under way.

    Attributes:
        board, log: as they stand now; the log begins with the first entry.
        listeners: told of every entry after it is on the board; they start processes and perform nothing.
        watchers: look at everything after every command; they raise where something is wrong.
    """

    def __init__(self, board: Board, rules: Rules, world: World, at: float) -> None:
        self.board, self.rules, self.world, self.at = board, rules, world, at
        self.log: list[Entry] = []
        self.listeners: list[Callable[[Entry], None]] = []
        self.watchers: list[Callable[[], None]] = []
        self._answers: dict[str, c.Receipt] = {}
        self._coming: list[tuple[float, int, Steps]] = []
        self._numbers = count(1)
        world.advance(at)

    def new_id(self) -> str:
        """An id for a command."""
        return f"c{next(self._numbers)}"

    def start(self, process: Steps, after: float = 0.0) -> None:
        """Let a process make its first step after so many seconds."""
        heapq.heappush(self._coming, (self.at + after, next(self._numbers), process))

    def perform(self, command: c.Command) -> c.Receipt:
        """Perform it now, or give the first answer again. A refusal is an answer too."""
        known = self._answers.get(command.id)
        if known is not None:
            return known
        try:
            decision = decide(self.board, command, self.at, self.rules, self.world)
        except c.Refusal as refusal:
            receipt = c.Receipt(
                command=command.id,
                seq=self.board.seq,
                at=self.at,
                refused=refusal.code,
                sentence=refusal.sentence,
            )
            # As at the desk: too early once must not mean never.
            if command.by != c.SERVICE:
                self._answers[command.id] = receipt
            return receipt
        first = len(self.log)
        self.log += [
            Entry(seq=seq, at=decision.receipt.at, by=command.by, command=command.id, event=event)
            for seq, event in enumerate(decision.events, self.board.seq + 1)
        ]
        self.board = decision.board
        self._answers[command.id] = decision.receipt
        for watcher in self.watchers:
            watcher()
        for entry in self.log[first:]:
            for listener in self.listeners:
                listener(entry)
        return decision.receipt

    def run(self, until: float) -> None:
        """Make every step that comes before `until`, in order; deadlines go before steps of the same second."""
        while True:
            due_at = deadlines.next_at(self.board)
            step_at = self._coming[0][0] if self._coming else None
            ticks = due_at is not None and (step_at is None or due_at <= step_at)
            coming = due_at if ticks else step_at
            if coming is None or coming >= until:
                break
            self._move_to(max(coming, self.at))
            if ticks:
                self._tick()
            else:
                self._step(heapq.heappop(self._coming)[2])
        self._move_to(until)

    def _move_to(self, at: float) -> None:
        self.at = at
        self.world.advance(at)

    def _tick(self) -> None:
        for command in deadlines.due(self.board, self.at):
            self.perform(command)
        still_due = deadlines.due(self.board, self.at)
        if still_due:
            raise Stalled(f"still due: {still_due[0]}")

    def _step(self, process: Steps) -> None:
        wait_s = next(process, None)
        if wait_s is not None:
            self.start(process, wait_s)
