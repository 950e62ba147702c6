"""Players against the real service: whole stories, nothing lost; and the same calls played a second time."""

import asyncio
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from app.clock import ScaledClock, SystemClock
from app.positions import JUMP_S_MAX
from simulator.calls import Call, CallsRead
from simulator.cast import COORDINATOR
from simulator.live.pace import BRISK, LIFELIKE
from simulator.live.results import ReplayResult
from simulator.live.stage import NotReady
from simulator.play import demo, replay
from simulator.randomness import stream

from .running import Running, running

HASTY = replace(
    BRISK,
    seen_s=(0.02, 0.05),
    answer_s=(0.02, 0.1),
    turnout_s=(0.05, 0.1),
    contact_s=(0.05, 0.1),
    stay_s=(0.1, 0.2),
    hand_over_s=(0.05, 0.1),
    close_s=(0.05, 0.1),
    declines=0.15,
    ignores=0.0,
    faster=1000.0,
)
SPEED = 60.0
START = 1_715_500_800.0
"""12 May 2024, 08:00 UTC."""

EASY = replace(LIFELIKE, stay_s=(60.0, 120.0), hand_over_s=(30.0, 60.0), ignores=0.0, faster=10.0)
"""A replay whose stories end within minutes of its clock."""


async def test_a_short_demo_keeps_every_promise(tmp_path: Path, database_url: str) -> None:
    screen = io.StringIO()
    async with running(tmp_path, database_url, SystemClock()) as service:
        view = Console(file=screen, width=160)
        result = await demo(service.address, service.city, service.tokens, 12.0, 3, view, pace=HASTY)
    assert (result.lost, result.double_booked, result.unowned) == (0, 0, 0)
    assert result.sound, result.to_json()
    assert result.alerts_raised >= 2
    assert result.accepted == result.needs
    assert result.on_scene >= result.alerts_raised
    assert result.processing_p90_s is not None
    assert result.processing_p90_s < 1
    assert "alerts raised" in screen.getvalue()
    assert json.loads(result.to_json())["alerts_raised"] == result.alerts_raised


async def test_the_same_calls_played_twice_are_raised_once(tmp_path: Path, database_url: str) -> None:
    async with running(tmp_path, database_url, ScaledClock(START, SPEED)) as service:
        calls = _calls(service, count=5)
        screen = io.StringIO()
        view = Console(file=screen, width=160, force_terminal=True)
        first = await _replay(service, calls, view)
        # Everybody is at the station again: nobody is believed to have driven there in a moment.
        await asyncio.sleep(JUMP_S_MAX / SPEED)
        again = await _replay(service, calls, None)
    assert all(words in screen.getvalue() for words in ("Open alerts", "police P-", "call to on scene", "Units"))
    assert (first.alerts, first.raised_now, first.already_known) == (5, 5, 0)
    assert (again.alerts, again.raised_now, again.already_known) == (5, 0, 5)
    for result in (first, again):
        assert result.sound, result.to_json()
        assert result.troubles == {}
        assert result.accepted == result.needs == 10
    police = [row for row in first.report if row["interval"] == "response"]
    assert police
    assert police[0]["n"] == 5


async def test_a_show_without_somebody_does_not_begin(tmp_path: Path, database_url: str) -> None:
    async with running(tmp_path, database_url, SystemClock()) as service:
        for login in ("p-01", COORDINATOR):
            few = {name: token for name, token in service.tokens.items() if name != login}
            with pytest.raises(NotReady, match=login):
                await demo(service.address, service.city, few, 5.0, 3)
        wrong = dict(service.tokens) | {"p-01": "not-a-token"}
        with pytest.raises(NotReady, match="P-01"):
            await demo(service.address, service.city, wrong, 5.0, 3)


def _calls(service: Running, count: int) -> CallsRead:
    draw = stream(3, "test calls")
    calls = tuple(
        Call(
            id=f"00000000-0000-5000-8000-00000000000{number}",
            at=START + 300.0 + 30.0 * number,
            place=draw.choice(service.city.corners),
            needs=("police", "prosecutor"),
            note="row",
        )
        for number in range(count)
    )
    return CallsRead(calls=calls, refused=(), rows=count, start=START, end=START + 3600.0)


async def _replay(service: Running, calls: CallsRead, view: Console | None) -> ReplayResult:
    people = (service.tokens, service.units)
    return await replay(service.address, calls, *people, SPEED, seed=3, view=view, pace=EASY, tail_s=1800.0)
