"""Two desks before one board: nobody is booked twice, nothing is lost, and whoever keeps losing gets its turn."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from app.clock import HandClock
from app.desk import RACES_MAX, Desk, IdReused, NotSaved
from app.dispatch import commands as c
from app.dispatch.commands import Refusal
from app.dispatch.model import SERVED, Institution, NeedState
from app.geo.ground import LiveGround
from tests.patience import PATIENCE_S

from .desks import (
    EVERYBODY,
    PATROLS,
    TIME_ZONE,
    a_call,
    a_desk,
    caught_up,
    must_agree,
    raise_alert,
    rows,
    staff,
)
from .script import Script

COMMANDS = 200
DESKS = 2


class RivalGround(LiveGround):
    """A ground that has somebody else write whenever its desk has decided and is about to write."""

    def __init__(self, times: int) -> None:
        super().__init__(None, TIME_ZONE)
        self.rival: Desk | None = None
        self.calls: list[c.RaiseAlert] = []
        self.written: list[c.Receipt] = []
        self._times = times

    async def fetch(self) -> bool:
        if self.rival is not None and len(self.written) < self._times:
            call = self.calls.pop(0) if self.calls else a_call()
            self.written.append(await raise_alert(self.rival, call))
        return False


async def test_two_desks_share_few_units_and_nobody_is_booked_twice(url: str, clock: HandClock) -> None:
    async with a_desk(url, clock) as one, a_desk(url, clock) as two:
        await staff(one, PATROLS)
        desks = [one, two]
        calls = [a_call() for _ in range(COMMANDS)]
        receipts = await asyncio.gather(
            *(raise_alert(desks[number % DESKS], call) for number, call in enumerate(calls))
        )
        assert [receipt.alert for receipt in receipts] == [call.id for call in calls]
        folios = sorted(int((receipt.folio or "").removeprefix("N-")) for receipt in receipts)
        assert folios == list(range(1, COMMANDS + 1))
        await must_agree(url, one, two)
        board = await one.board()
        offered = [need for _, need in board.open_needs() if need.state is NeedState.OFFERED]
        assert len(offered) == len(PATROLS)
        assert sorted(assignment.unit for assignment in board.assignments.values()) == ["P1", "P2", "P3"]
        live = await rows(url, "SELECT unit, slot FROM assignments WHERE live")
        assert len(live) == len({tuple(row) for row in live}) == len(PATROLS)


@pytest.mark.parametrize("seed", [1, 2])
async def test_two_desks_play_a_whole_night_at_once_and_their_boards_are_one(
    url: str, clock: HandClock, seed: int
) -> None:
    async with a_desk(url, clock) as one, a_desk(url, clock) as two:
        await staff(one, EVERYBODY)
        await caught_up(one, two)
        scripts = [(desk, Script(seed * 100 + number)) for number, desk in enumerate((one, two))]

        async def play(desk: Desk, script: Script) -> None:
            said = script.next(await desk.board())
            try:
                await desk.perform(said.command, said.values)
            except Refusal:
                return

        for _ in range(COMMANDS // 10):
            clock.advance(scripts[0][1].pause_s())
            await asyncio.gather(*(play(*pair) for _ in range(5) for pair in scripts))
        entries = await must_agree(url, one, two)
        assert len(entries) > COMMANDS


async def test_the_same_command_at_two_desks_at_once_has_the_effect_of_once(url: str, clock: HandClock) -> None:
    async with a_desk(url, clock) as one, a_desk(url, clock) as two:
        await staff(one)
        calls = [a_call() for _ in range(20)]
        pairs = await asyncio.gather(
            *(asyncio.gather(raise_alert(one, call), raise_alert(two, call)) for call in calls)
        )
        assert all(first == second for first, second in pairs)
        entries = await must_agree(url, one, two)
        assert sum(type(entry.event).__name__ == "AlertRaised" for entry in entries) == len(calls)


async def test_one_need_is_accepted_once_whoever_asks_at_whichever_desk(url: str, clock: HandClock) -> None:
    chance = random.Random("yes")
    async with a_desk(url, clock) as one, a_desk(url, clock) as two:
        await staff(one)
        receipt = await raise_alert(one)
        await must_agree(url, one, two)
        (offer,) = (await one.board()).assignments.values()
        answers: list[c.AssignmentCommand] = [
            kind(id=str(uuid4()), by="x", unit="P1", assignment=offer.id, **more)
            for kind, more in [(c.Accept, {}), (c.Decline, {"reason": "busy"})] * 6
        ]
        chance.shuffle(answers)
        results = await asyncio.gather(
            *(desk.perform(answer) for answer, desk in zip(answers, [one, two] * 6, strict=True)),
            return_exceptions=True,
        )
        assert sum(isinstance(result, c.Receipt) for result in results) == 1
        assert all(isinstance(result, c.Receipt | Refusal) for result in results)
        board = await one.board()
        need = board.alerts[receipt.alert or ""].need("police")
        assert need is not None
        assert need.state in SERVED | {NeedState.OFFERED}
        await must_agree(url, one, two)


@pytest.mark.parametrize("times", [1, RACES_MAX - 1, RACES_MAX])
async def test_whoever_loses_races_catches_up_and_takes_the_row_first_in_the_end(
    url: str, clock: HandClock, times: int
) -> None:
    ground = RivalGround(times)
    async with a_desk(url, clock) as rival, a_desk(url, clock, ground=ground) as slow:
        await staff(rival)
        await slow.board()
        ground.rival = rival
        receipt = await raise_alert(slow)
        assert len(ground.written) == times
        # Everybody who was faster has the lower number and the nearer patrol.
        assert [each.folio for each in ground.written] == [f"N-{number}" for number in range(1, times + 1)]
        assert receipt.folio == f"N-{times + 1}"
        expected = f"P{times + 1}" if times < len(PATROLS) else None
        assert receipt.needs[0].unit == expected
        await must_agree(url, rival, slow)


async def test_a_desk_that_writes_alone_does_not_lose_what_others_send_meanwhile(
    url: str, clock: HandClock
) -> None:
    # The rival would write before every single try: only taking the row first ends that.
    ground = RivalGround(times=1000)
    async with a_desk(url, clock) as rival, a_desk(url, clock, ground=ground) as slow:
        await staff(rival, EVERYBODY)
        await slow.board()
        ground.rival = rival
        slow_calls = [raise_alert(slow) for _ in range(3)]
        fast_calls = [raise_alert(rival) for _ in range(20)]
        await asyncio.gather(*slow_calls, *fast_calls)
        ground.rival = None
        assert len(ground.written) >= RACES_MAX
        await must_agree(url, rival, slow)


@pytest.mark.parametrize("times", [1, RACES_MAX])
async def test_who_repeats_a_command_that_another_desk_answers_meanwhile_gets_that_answer(
    url: str, clock: HandClock, times: int
) -> None:
    ground = RivalGround(times)
    call = a_call()
    ground.calls = [*(a_call() for _ in range(times - 1)), call]
    async with a_desk(url, clock) as rival, a_desk(url, clock, ground=ground) as slow:
        await staff(rival)
        await slow.board()
        ground.rival = rival
        mine, another = await asyncio.gather(raise_alert(slow, call), raise_alert(slow))
        assert mine == ground.written[-1]
        assert another.folio == f"N-{times + 1}"
        await must_agree(url, rival, slow)


async def test_another_command_under_the_same_id_at_another_desk_is_refused_there(
    url: str, clock: HandClock
) -> None:
    ground = RivalGround(times=1)
    call = a_call()
    ground.calls = [call]
    async with a_desk(url, clock) as rival, a_desk(url, clock, ground=ground) as slow:
        await staff(rival)
        await slow.board()
        ground.rival = rival
        with pytest.raises(IdReused):
            await raise_alert(slow, a_call(call.id, Institution.SHELTER))
        await must_agree(url, rival, slow)


async def test_a_commit_that_is_cut_in_the_middle_leaves_nothing_half_written(desk: Desk, url: str) -> None:
    call = a_call()
    async with holding_the_row(url) as rival:
        raising = asyncio.create_task(raise_alert(desk, call, note="half of a note"))
        await somebody_waits(rival)
        await rival.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        with pytest.raises(NotSaved):
            await raising
    for table in ("alerts", "alert_keys", "details", "answers", "assignments", "events"):
        (row,) = await rows(url, f"SELECT count(*) FROM {table} AS t WHERE t::text LIKE '%' || $1 || '%'", call.id)
        assert row[0] == 0, table
    assert (await raise_alert(desk, call, note="half of a note")).folio == "N-1"
    await must_agree(url, desk)


async def test_those_who_wait_while_a_commit_is_on_its_way_share_the_next_one(desk: Desk, url: str) -> None:
    seen: list[int] = []
    desk.listen(lambda entries, board: seen.append(len({entry.command for entry in entries})))
    async with holding_the_row(url) as rival:
        first = asyncio.create_task(raise_alert(desk))
        await somebody_waits(rival)
        others = [asyncio.create_task(raise_alert(desk)) for _ in range(10)]
        await asyncio.sleep(0)
        await rival.execute("ROLLBACK")
        await asyncio.gather(first, *others)
    assert seen == [1, 10]
    await must_agree(url, desk)


@asynccontextmanager
async def holding_the_row(url: str) -> AsyncIterator[Any]:
    """A plain connection that holds the center's row: no desk can write meanwhile."""
    connection: Any = await asyncpg.connect(url)
    try:
        await connection.execute("BEGIN")
        await connection.execute("SELECT 1 FROM centers FOR UPDATE")
        yield connection
    finally:
        await connection.close()


async def somebody_waits(rival: Any) -> None:
    """Return as soon as a statement waits for the row."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            if await rival.fetchval(waiting):
                return
            await asyncio.sleep(0.01)
