"""What one commit of the desk is made of: the commands that share it, what was decided, the rows it leaves."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from app import traces
from app.details import AVOID, CALL_PLACE, CODE_WORDS, PLACE, Details, DetailsUnreadable, point
from app.dispatch import commands as c
from app.dispatch.decide import Decision, decide
from app.dispatch.events import Entry
from app.dispatch.model import Board
from app.dispatch.rules import Rules
from app.geo.ground import LiveGround
from app.geo.point import Point
from app.store.board import households_of, touched
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
    trace: traces.Around | None = field(default_factory=traces.here)

    @property
    def place(self) -> Point | None:
        """The place this command says, of the alert it is about."""
        where = self.values.get(PLACE)
        return None if where is None else point(where)

    @property
    def avoid(self) -> tuple[Point, ...]:
        """The places of the aggressor this command says."""
        return tuple(point(where) for where in self.values.get(AVOID, ()))

    def alert(self, receipt: c.Receipt) -> str | None:
        """The alert that what was told belongs to: the one split off or that goes on, not where it was said."""
        if isinstance(self.command, c.MergeAlerts):
            return self.command.into
        return self.command.id if isinstance(self.command, c.SplitCall) else receipt.alert

    def digest(self, details: Details) -> bytes:
        """What was asked, in 32 bytes; without what can change between two tries of the same: the device's clock,
        and what is found here and not sent: zones, which an import in between may draw anew, and the household.

        It is keyed, for personal data are part of it: a plain digest of a telephone number can be guessed back.
        """
        asked = replace(self.command, at_device=None)
        if isinstance(asked, c.RaiseAlert | c.TellMore | c.SplitCall) and asked.zone is not None:
            asked = replace(asked, zone="", zone_how="")
        if isinstance(asked, c.RaiseAlert | c.TellMore):
            asked = replace(asked, avoid_zones=frozenset())
        if isinstance(asked, c.RaiseAlert):
            asked = replace(asked, household=frozenset(), history=0)
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
    avoided: dict[str, tuple[Point, ...]] = {}
    for ask in asks:
        proposed, more_avoided = _proposed(ask, decided.board), _proposed_avoided(ask, decided.board, ground)
        more_avoided = {alert: (*avoided.get(alert, ()), *more) for alert, more in more_avoided.items()}
        ground.propose(places | proposed, avoided | more_avoided)
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
            avoided |= more_avoided
    return decided


def _about(ask: Ask, board: Board) -> tuple[str, ...]:
    """The alerts that what is told may come to be about: a call's own, or the open one it joins."""
    command = ask.command
    if isinstance(command, c.RaiseAlert):
        open_now = {board.households[name] for name in command.household if name in board.households}
        return (command.id, *sorted(open_now))
    if isinstance(command, c.SplitCall):
        return (command.id,)
    if isinstance(command, c.MergeAlerts):
        return (command.into,)
    return (command.alert,) if isinstance(command, c.AlertCommand) else ()


def _proposed(ask: Ask, board: Board) -> dict[str, Point]:
    """The place a command proposes. Raising an alert that is open already proposes nothing: it keeps its place."""
    about = _about(ask, board)
    raises = isinstance(ask.command, c.RaiseAlert | c.SplitCall)
    if ask.place is None or not about or (raises and about[0] in board.alerts):
        return {}
    return {about[0]: ask.place}


def _proposed_avoided(ask: Ask, board: Board, ground: LiveGround) -> dict[str, tuple[Point, ...]]:
    """Where the aggressor may be as well, by the alerts that are to know it."""
    return {alert: places for alert in _about(ask, board) if (places := avoided_by(ask, ground))}


def avoided_by(ask: Ask, ground: LiveGround) -> tuple[Point, ...]:
    """The places of the aggressor that a command tells, or that come along when it merges or splits."""
    source = ask.command.alert if isinstance(ask.command, c.MergeAlerts | c.SplitCall) else None
    return ask.avoid if source is None else (*ask.avoid, *ground.avoided(source))


class Unreadable(Exception):
    """What this one ask tells cannot be kept with its alert, and why; the others of its batch can."""

    def __init__(self, ask: Ask, why: DetailsUnreadable) -> None:
        super().__init__(ask.command.id)
        self.ask, self.why = ask, why


async def rows_of(decided: Decided, details: Details) -> Batch:
    """All rows that this batch writes, personal data sealed. Raises Unreadable."""
    decisions = [decision for _, decision in decided.taken]
    alerts, units, assignments = touched(decided.before, decisions)
    keys: dict[str, bytes] = {}
    sealed: list[DetailRow] = []
    for ask, decision in decided.taken:
        try:
            await _seal(ask, decision.receipt, details, keys, sealed)
        except DetailsUnreadable as problem:
            raise Unreadable(ask, problem) from problem
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
        households=households_of(decisions),
        region=next((ask.region for ask, _ in decided.taken if ask.region is not None), None),
    )


async def _seal(
    ask: Ask, receipt: c.Receipt, details: Details, keys: dict[str, bytes], sealed: list[DetailRow]
) -> None:
    """Add the rows of what one command told; a new alert gets a key, whether it told anything or not."""
    alert, values = ask.alert(receipt), ask.values
    raises = isinstance(ask.command, c.RaiseAlert | c.SplitCall) and not receipt.joined
    if isinstance(ask.command, c.MergeAlerts):
        values = {**await _along(details, ask.command.alert, None), **values}
    elif isinstance(ask.command, c.SplitCall):
        values = {**await _along(details, ask.command.alert, ask.command.call), **values}
    if alert is None or not (values or raises):
        return
    if raises:
        key = details.new_key(alert)
        keys[alert] = key.wrapped
    else:
        key = await details.key(alert, keys.get(alert))
    if receipt.joined:
        # The alert stays where it is; where this caller said it is can be read, and steers nobody.
        values = {CALL_PLACE if kind == PLACE else kind: value for kind, value in values.items()}
    sealed += details.seal(key, alert, ask.command.id, receipt.at, ask.command.by, values)


async def _along(details: Details, alert: str, call: str | None) -> dict[str, list[Any]]:
    """What an alert that goes on, or is split off with one call, has to know of the other; the rest is read there.

    Every place of the aggressor: one too many does less harm than one too few. Code words are the caller's own.
    """
    words = await details.told(alert, CODE_WORDS, call)
    places = await details.told(alert, AVOID)
    return {kind: found for kind, found in ((CODE_WORDS, words), (AVOID, places)) if found}
