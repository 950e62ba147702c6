"""Lines of our own making: cut, slow, half-open, and a channel that loses, doubles and holds back."""

import asyncio
import time
from pathlib import Path
from random import Random

import pytest

from app.geo.point import Point
from chaos.channel import Channel, Odds
from chaos.ledger import Ledger
from chaos.messages import Senders
from chaos.proxy import Proxy
from chaos.referee import judge
from chaos.run import CENTER
from simulator.live import phone as phones
from simulator.live.phone import Phone
from simulator.live.wire import ServiceAddress
from tests.patience import PATIENCE_S, promised, until
from tests.service_fixture import House, a_house

PHONES = 60
SERVED_WITHIN_S = 10.0
"""The promise for five hundred."""


async def test_a_half_open_line_is_noticed_on_both_sides_and_left_for_a_new_one(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With both patiences counted in tenths; that they are twelve seconds at most is said below."""
    monkeypatch.setattr(phones, "DEAD_LINE_S", 0.6)
    monkeypatch.setattr(phones, "PING_EVERY_S", 0.2)
    async with (
        a_house(database_url, tmp_path, ping_every_s=0.2, dead_line_s=0.5) as house,
        Proxy([house.port]) as proxy,
    ):
        phone, task = a_phone(house, proxy)
        await phone.first_cards.wait()
        proxy.swallow()
        await until(lambda: house.hub.open == 0)
        proxy.heal()
        await until(lambda: phone.connections >= 2 and house.hub.open == 1)
        task.cancel()


def test_both_sides_give_a_silent_line_up_within_twelve_seconds() -> None:
    assert phones.DEAD_LINE_S + 1.0 <= 12.0


async def test_everybody_whose_line_is_cut_at_once_is_served_again(database_url: str, tmp_path: Path) -> None:
    async with (
        a_house(database_url, tmp_path, sockets_per_session_max=PHONES) as house,
        Proxy([house.port]) as proxy,
    ):
        everybody = [a_phone(house, proxy) for _ in range(PHONES)]
        await asyncio.gather(*(phone.first_cards.wait() for phone, _ in everybody))

        async def served_again() -> float:
            began = time.monotonic()
            proxy.cut()
            for phone, _ in everybody:
                phone.first_cards.clear()
            async with asyncio.timeout(PATIENCE_S):
                await asyncio.gather(*(phone.first_cards.wait() for phone, _ in everybody))
            return time.monotonic() - began

        await promised(SERVED_WITHIN_S, served_again)
        for _, task in everybody:
            task.cancel()


async def test_a_slow_line_is_slow_and_loses_nothing(database_url: str, tmp_path: Path) -> None:
    async with a_house(database_url, tmp_path) as house, Proxy([house.port]) as proxy:
        proxy.delay_s = 0.2
        client = await house.client("operator")
        began = time.monotonic()
        assert (await client.get(f"{proxy.url}/healthz")).status_code == 200
        assert time.monotonic() - began >= 2 * proxy.delay_s


async def test_commands_through_a_channel_that_loses_doubles_and_reorders_are_applied_once(
    database_url: str, tmp_path: Path
) -> None:
    odds = Odds(held_s=0.6)
    async with a_house(database_url, tmp_path) as house:
        channel, ledger = Channel([house.url], odds, Random(1)), Ledger(tmp_path / "ledger.jsonl")
        senders = Senders(house.tokens["operator"], [Point(25.67, -100.31)], channel, ledger, Random(2), 60)
        await senders.run()
        await channel.close()
    verdict = await judge(database_url, CENTER, ledger.acknowledged)
    assert len(ledger.answered) == len(ledger.acknowledged) == 60
    assert ledger.changed == []
    assert (verdict.lost, verdict.twice, verdict.unlike) == (0, 0, False)
    assert min(channel.counted[what] for what in ("lost", "doubled", "held", "answers lost")) > 5


def a_phone(house: House, proxy: Proxy) -> tuple[Phone, "asyncio.Task[None]"]:
    phone = Phone(ServiceAddress(base_url=proxy.url), house.tokens["operator"], Random(1))
    return phone, asyncio.create_task(phone.run(lambda _: None))
