"""Simulated time: a heap of what comes next, the desk in the middle, and a ticker that is never late.

People are processes: generators that do something, yield the seconds until their next step, and go on. Every
command goes through `perform`, as through the desk: the same id twice has the effect of once. The desk can be
killed; what it keeps is the log and the answers, and its board is rebuilt from the log alone.
"""

import heapq
from collections.abc import Callable, Generator, Mapping
from itertools import count
from typing import Protocol

from app.dispatch import commands as c
from app.dispatch import deadlines
from app.dispatch.decide import Decision, decide
from app.dispatch.events import Entry
from app.dispatch.evolve import evolve
from app.dispatch.model import Board
from app.dispatch.policy import Ground
from app.dispatch.rules import Rules

type Steps = Generator[float, None, None]
"""A process: each value is the seconds until its next step."""

ROUNDS = 50
"""How often the ticker looks again at one second, because what was performed made something else due."""


class Stalled(AssertionError):
    """The ticker has performed what was due, and it is due still: time would stand for ever."""


class Lost(AssertionError):
    """The desk came back with another board than it had, or without an answer it had given."""


class Watcher(Protocol):
    """Looks at everything; raises where something is wrong."""

    def look(self, command: c.Command, entries: list[Entry]) -> None:
        """After every command that the desk has saved, with the entries it wrote."""
        ...

    def settled(self) -> None:
        """Whenever the ticker has performed all that is due and the desk is up."""
        ...


class Simulated(Ground, Protocol):
    """A ground under simulated time.

    Attributes:
        at: now, set by the engine.
        changes: grows whenever something changed that a deadline may depend on.
    """

    at: float
    changes: int


class Engine[W: Simulated]:
    """One night under way, on its ground.

    Attributes:
        board, log: as they stand now; the log begins with the first entry.
        listeners: told of every entry after it is saved; they start processes and perform nothing.
        watcher: looks after every command.
        kills: number of a decision (1, 2, 3, …) -> `before` or `after` its commit, and how long the desk is down.
    """

    def __init__(self, board: Board, rules: Rules, world: W, at: float) -> None:
        self.board, self.rules, self.world, self.at = board, rules, world, at
        self.log: list[Entry] = []
        self.listeners: list[Callable[[Entry], None]] = []
        self.watcher: Watcher | None = None
        self.kills: Mapping[int, tuple[str, float]] = {}
        self.killed = 0
        self.decided = 0
        self._empty = board
        self._up_at = at
        self._answers: dict[str, c.Receipt] = {}
        self._coming: list[tuple[float, int, Steps]] = []
        self._numbers = count(1)
        self._agenda = deadlines.Agenda()
        self._due: tuple[Board, int, float | None] | None = None
        world.at = at

    def new_id(self) -> str:
        """An id for a command."""
        return f"c{next(self._numbers)}"

    def start(self, process: Steps, after: float = 0.0) -> None:
        """Let a process make its first step after so many seconds."""
        heapq.heappush(self._coming, (self.at + after, next(self._numbers), process))

    def perform(self, command: c.Command) -> c.Receipt | None:
        """Perform it now, or give the first answer again. A refusal is an answer too; None: the desk is gone."""
        if self.at < self._up_at:
            return None
        known = self._answers.get(command.id)
        if known is not None:
            return known
        self.decided += 1
        kill, down_s = self.kills.get(self.decided, (None, 0.0))
        try:
            decision = decide(self.board, command, self.at, self.rules, self.world)
        except c.Refusal as refusal:
            receipt = self._refused(command, refusal, kept=kill != "before")
        else:
            if kill != "before":
                self._save(command, decision)
            receipt = decision.receipt
        if kill is not None:
            self._die(down_s)
            return None
        return receipt

    def answer(self, command: str) -> c.Receipt | None:
        """What the desk keeps as its answer to this id."""
        return self._answers.get(command)

    def _refused(self, command: c.Command, refusal: c.Refusal, *, kept: bool) -> c.Receipt:
        receipt = c.Receipt(
            command=command.id,
            seq=self.board.seq,
            at=self.at,
            refused=refusal.code,
            sentence=refusal.sentence,
        )
        # As at the desk: too early once must not mean never.
        if kept and command.by != c.SERVICE:
            self._answers[command.id] = receipt
        return receipt

    def _save(self, command: c.Command, decision: Decision) -> None:
        """The commit: entries and the answer at once; then everybody hears of it."""
        entries = [
            Entry(
                seq=seq,
                at=decision.receipt.at,
                by=command.by,
                command=command.id,
                event=event,
                at_device=command.at_device,
            )
            for seq, event in enumerate(decision.events, self.board.seq + 1)
        ]
        self.log += entries
        self.board = decision.board
        self._answers[command.id] = decision.receipt
        if self.watcher is not None:
            self.watcher.look(command, entries)
        for entry in entries:
            for listener in self.listeners:
                listener(entry)

    def _die(self, down_s: float) -> None:
        """The process is gone with its memory. What comes back is the fold of the log, and must be the same."""
        self.killed += 1
        self._up_at = self.at + down_s
        board = self._empty
        for entry in self.log:
            board = evolve(board, entry.event, entry.at)
        if board != self.board:
            raise Lost("the board after a restart is not the board before it")
        self.board = board

    def run(self, until: float) -> None:
        """Make every step that comes before `until`, in order; deadlines go before steps of the same second."""
        while True:
            due_at = self._next_due()
            step_at = self._coming[0][0] if self._coming else None
            ticks = due_at is not None and (step_at is None or due_at <= step_at)
            coming = due_at if ticks else step_at
            if coming is None or coming >= until:
                break
            self._move_to(max(coming, self.at))
            if ticks:
                self._tick()
            else:
                if self.watcher is not None and self.at >= self._up_at:
                    self.watcher.settled()
                self._step(heapq.heappop(self._coming)[2])
        self._move_to(until)

    def _next_due(self) -> float | None:
        """When the ticker has something to do. Asked again only when the board or the ground has changed."""
        kept = self._due
        if kept is None or kept[0] is not self.board or kept[1] != self.world.changes:
            next_at = self._agenda.next_at(self.board, self.rules, self.world)
            kept = self._due = (self.board, self.world.changes, next_at)
        return None if kept[2] is None else max(kept[2], self._up_at)

    def _move_to(self, at: float) -> None:
        self.at = self.world.at = at

    def _tick(self) -> None:
        """Perform what is due until nothing is. A ground that moved on may have put it off."""
        self._due = None
        for _ in range(ROUNDS):
            due = deadlines.due(self.board, self.at, self.rules, self.world)
            if not due:
                self._agenda.anew()
                next_at = self._agenda.next_at(self.board, self.rules, self.world)
                if next_at is not None and next_at <= self.at:
                    raise Stalled("something is due, and there is nothing to perform")
                return
            for command in due:
                if self.perform(command) is None:
                    return
        raise Stalled(f"still due after {ROUNDS} rounds: {due[0]}")

    def _step(self, process: Steps) -> None:
        wait_s = next(process, None)
        if wait_s is not None:
            self.start(process, wait_s)
