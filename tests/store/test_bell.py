"""The bell says a number and nothing of whose entry it is: one's own is no news, another's is looked at."""

import asyncio
from typing import Any

import pytest

from app.clock import HandClock
from app.desk import Desk
from app.store.log import Batch, LogWriter
from tests.patience import PATIENCE_S

from .desks import a_call, a_desk, caught_up, must_agree, raise_alert


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """From which entry on the log was read, each time."""
    read, found = LogWriter.entries_after, list[int]()

    async def reading(writer: LogWriter, seq: int) -> Any:
        found.append(seq)
        return await read(writer, seq)

    monkeypatch.setattr(LogWriter, "entries_after", reading)
    return found


async def test_the_bell_of_ones_own_commit_is_not_looked_at(desk: Desk, looks: list[int]) -> None:
    await raise_alert(desk)
    seq = (await desk.board()).seq
    desk.rang(seq)
    await raise_alert(desk)
    assert looks == []


async def test_what_another_wrote_is_looked_at_though_it_rang_while_a_batch_was_on_its_way(
    desk: Desk, url: str, clock: HandClock, looks: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    write = LogWriter.write
    async with a_desk(url, clock) as other:
        await caught_up(other, desk)

        async def meanwhile(writer: LogWriter, batch: Batch) -> None:
            await write(writer, batch)
            if not wrote:
                wrote.append(batch.after.seq)
                # The other is a little behind, loses the race and writes after this commit; its bell comes before
                # this desk has heard that its own is through.
                await raise_alert(other, a_call())
                desk.rang((await other.board()).seq)

        wrote: list[int] = []
        heard = asyncio.Event()
        desk.listen(lambda entries, _: heard.set() if entries[0].seq > wrote[0] else None)
        monkeypatch.setattr(LogWriter, "write", meanwhile)
        await raise_alert(desk)
        monkeypatch.setattr(LogWriter, "write", write)
        await asyncio.wait_for(heard.wait(), PATIENCE_S)
        assert wrote[0] in looks
        await must_agree(url, desk, other)
