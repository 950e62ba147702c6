"""What one commit of the desk is made of: the commands that share it, what was decided, the rows it leaves."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from app.details import PLACE, Details
from app.dispatch import commands as c
from app.dispatch.decide import Decision, decide
from app.dispatch.events import Entry
from app.dispatch.model import Board
from app.dispatch.policy import Rules
from app.geo.ground import LiveGround
from app.geo.point import Point
from app.store.board import touched
from app.store.log import Batch
from app.store.rows import DetailRow, RegionRows


@dataclass(slots=True, kw_only=True)
class Ask:
    """One command that waits for its answer, with what it tells beside it.

    `values` are personal data by kind; `region` is what an import brings (with `ListUnits`).
    """

    command: c.Command
    values: Mapping[str, Any]
    region: RegionRows | None
    answer: asyncio.Future[c.Receipt]

    @property
    def place(self) -> tuple[str, Point] | None:
        """The alert this command says the place of, with the place."""
        where = self.values.get(PLACE)
        if where is None:
            return None
        if isinstance(self.command, c.RaiseAlert):
            return self.command.id, Point(where["lat"], where["lon"])
        if isinstance(self.command, c.AlertCommand):
            return self.command.alert, Point(where["lat"], where["lon"])
        return None

    def digest(self, details: Details) -> bytes:
        """What was asked, in 32 bytes; without what can change between two tries of the same: the device's clock,
        and the zone, which is found here and not sent (an import in between may draw it anew).

        It is keyed, for personal data are part of it: a plain digest of a telephone number can be guessed back.
        """
        asked = replace(self.command, at_device=None)
        if isinstance(asked, c.RaiseAlert | c.TellMore) and asked.zone is not None:
            asked = replace(asked, zone="", zone_how="")
        said = (type(asked).__name__, asked, self.values)
        return details.fingerprint(msgspec.json.encode(said, order="deterministic"))

    def succeed(self, receipt: c.Receipt) -> None:
        """Answer it, if anybody still waits."""
        if not self.answer.done():
            self.answer.set_result(receipt)

    def fail(self, problem: Exception) -> None:
        """Answer that it went wrong, if anybody still waits."""
        if not self.answer.done():
            self.answer.set_exception(problem)


@dataclass(slots=True, kw_only=True)
class Decided:
    """A batch after deciding: a decision for each ask that was taken, a receipt for each that was refused."""

    before: Board
    board: Board
    taken: list[tuple[Ask, Decision]] = field(default_factory=list)
    refused: list[tuple[Ask, c.Receipt]] = field(default_factory=list)

    @property
    def entries(self) -> list[Entry]:
        """What happened, numbered on from the board before."""
        events = [(ask, decision, event) for ask, decision in self.taken for event in decision.events]
        return [
            Entry(
                seq=seq,
                at=decision.receipt.at,
                by=ask.command.by,
                command=ask.command.id,
                event=event,
                at_device=ask.command.at_device,
            )
            for seq, (ask, decision, event) in enumerate(events, self.before.seq + 1)
        ]

    def receipts(self) -> list[tuple[Ask, c.Receipt]]:
        """The answer to every ask."""
        return [(ask, decision.receipt) for ask, decision in self.taken] + self.refused

    def kept(self) -> list[tuple[Ask, c.Receipt]]:
        """The answers that are kept with their command's id.

        What the service asks of itself and is refused is not kept: too early once must not mean never.
        """
        return [
            (ask, receipt)
            for ask, receipt in self.receipts()
            if receipt.refused is None or ask.command.by != c.SERVICE
        ]


def decide_all(asks: Sequence[Ask], board: Board, at: float, rules: Rules, ground: LiveGround) -> Decided:
    """Decide each command on the board, and on the ground, that those taken before it left."""
    decided = Decided(before=board, board=board)
    places: dict[str, Point] = {}
    for ask in asks:
        proposed = _proposed(ask, decided.board)
        ground.propose(places | proposed)
        try:
            decision = decide(decided.board, ask.command, at, rules, ground)
        except c.Refusal as refusal:
            receipt = c.Receipt(
                command=ask.command.id,
                seq=decided.board.seq,
                at=max(at, decided.board.at),
                refused=refusal.code,
                sentence=refusal.sentence,
            )
            decided.refused.append((ask, receipt))
        else:
            decided.taken.append((ask, decision))
            decided.board = decision.board
            places |= proposed
    return decided


def _proposed(ask: Ask, board: Board) -> dict[str, Point]:
    """The place a command proposes. Raising an alert that is open already proposes nothing: it keeps its place."""
    repeated = isinstance(ask.command, c.RaiseAlert) and ask.command.id in board.alerts
    return {} if repeated or ask.place is None else dict([ask.place])


async def rows_of(decided: Decided, details: Details) -> Batch:
    """All rows that this batch writes, personal data sealed."""
    alerts, units, assignments = touched(decided.before, [decision for _, decision in decided.taken])
    keys: dict[str, bytes] = {}
    sealed: list[DetailRow] = []
    for ask, decision in decided.taken:
        await _seal(ask, decision.receipt, details, keys, sealed)
    return Batch(
        known_seq=decided.before.seq,
        after=decided.board,
        entries=decided.entries,
        answers=[(ask.digest(details), receipt) for ask, receipt in decided.kept()],
        alerts=alerts,
        units=units,
        assignments=assignments,
        keys=keys,
        details=sealed,
        region=next((ask.region for ask, _ in decided.taken if ask.region is not None), None),
    )


async def _seal(
    ask: Ask, receipt: c.Receipt, details: Details, keys: dict[str, bytes], sealed: list[DetailRow]
) -> None:
    """Add the rows of what one command told; a new alert gets a key, whether it told anything or not."""
    alert = receipt.alert
    if alert is None or not (ask.values or isinstance(ask.command, c.RaiseAlert)):
        return
    if isinstance(ask.command, c.RaiseAlert):
        key = details.new_key(alert)
        keys[alert] = key.wrapped
    else:
        key = await details.key(alert, keys.get(alert))
    sealed += details.seal(key, alert, ask.command.id, receipt.at, ask.command.by, ask.values)
