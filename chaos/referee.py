"""The comparison afterwards: the ledger outside against the log inside, and the log against its own promises."""

import asyncio
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from app.clock import rfc3339
from app.dispatch.commands import Receipt
from app.dispatch.evolve import evolve
from app.dispatch.model import Board
from app.store import board as board_rows
from app.store.log import LogWriter
from chaos.ledger import Answered
from simulator.live.wire import ServiceAddress, Wire
from simulator.tally import Tally

CHANGES_NOTHING = frozenset({"safe", "seen", "places"})
"""Last words of addresses by which a command can be taken without anything happening: it was so before."""
ASKED_AT_ONCE = 32
AGAIN_MAX = 2_000
"""Acknowledged commands that are sent once more; what was kept of all is compared by `judge`."""
RUN = UUID(int=0)
CHUNK = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Counts of what must never be; `named` are the ids of some of them.

    Attributes:
        lost: acknowledged commands whose answer is not kept, whose effect is not in the log, or kept otherwise.
        twice: commands whose effect stands in the log more than once; slots and needs given twice.
        over_capacity: how often, at any time, a unit or shelter held more than it has room for.
        backwards: entries of the log that are dated before the one before them.
        unlike: whether the tables' board is not what the log leads to.
        entries: how long the log is.
    """

    lost: int
    twice: int
    over_capacity: int
    backwards: int
    unlike: bool
    entries: int
    named: tuple[str, ...]


async def judge(dsn: str, center: str, ledger: Sequence[Answered]) -> Verdict:
    """Read the whole log and every answer; the services may be down."""
    connection: Any = await asyncpg.connect(dsn)
    try:
        log = LogWriter(connection, center)
        prefix = await connection.fetchval("SELECT folio_prefix FROM centers WHERE id = $1", center)
        told = await board_rows.load(connection, center)
        board, tally = Board(center=center, prefix=prefix), Tally()
        blocks: dict[str, int] = defaultdict(int)
        last: dict[str, int] = {}
        before, backwards, at = "", 0, 0.0
        for entry in await log.entries_after(0):
            if entry.seq != board.seq + 1:
                raise AssertionError(f"the log has a gap at {entry.seq}")
            board = evolve(board, entry.event, entry.at)
            tally.count(entry.event)
            blocks[entry.command] += entry.command != before
            last[entry.command] = entry.seq
            before = entry.command
            backwards += entry.at < at
            at = entry.at
        kept = await _answers(log, [one.id for one in ledger])
    finally:
        await connection.close()
    lost = [one.id for one in ledger if not _is_kept(one, kept.get(one.id), last.get(one.id))]
    twice = [command for command, count in blocks.items() if count > 1]
    return Verdict(
        lost=len(lost),
        twice=len(twice) + tally.twice,
        over_capacity=tally.over_capacity,
        backwards=backwards,
        unlike=board != told,
        entries=board.seq,
        named=tuple([*lost, *twice][:20]),
    )


async def _answers(log: LogWriter, commands: Sequence[str]) -> dict[str, Receipt]:
    kept: dict[str, Receipt] = {}
    for start in range(0, len(commands), CHUNK):
        found = await log.answers(commands[start : start + CHUNK])
        kept |= {command: receipt for command, (_, receipt) in found.items()}
    return kept


def _is_kept(one: Answered, receipt: Receipt | None, last: int | None) -> bool:
    """Whether what the service said is what it has written down, and what it wrote down has happened."""
    if receipt is None or receipt.refused is not None:
        return False
    said = one.answer
    same = (said["seq"], said["alert"], said["folio"], said["level"], said["at"]) == (
        receipt.seq,
        receipt.alert,
        receipt.folio,
        receipt.level,
        rfc3339(receipt.at),
    )
    happened = last == receipt.seq or (last is None and one.path.rpartition("/")[2] in CHANGES_NOTHING)
    return same and happened


async def ask_again(service: ServiceAddress, ledger: Sequence[Answered]) -> list[str]:
    """Send acknowledged commands once more, with their ids: those of them that are not answered as the first time.

    All of them, or evenly `AGAIN_MAX` of them.
    """
    asked = ledger[:: math.ceil(len(ledger) / AGAIN_MAX)] if ledger else ledger
    gate = asyncio.Semaphore(ASKED_AT_ONCE)
    async with Wire(service) as wire:

        async def same(one: Answered) -> bool:
            async with gate:
                # A command's id is in its body: whose `run` this is does not matter.
                person = wire.person(one.token, RUN)
                answer = await person.send(one.method, one.path, one.body)
            return answer.ok and answer.body == one.answer

        found = await asyncio.gather(*(same(one) for one in asked))
    return [one.id for one, is_same in zip(asked, found, strict=True) if not is_same]
