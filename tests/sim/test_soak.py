"""A storm against the real service keeps every promise; and what grows in it is seen."""

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from app.clock import SystemClock
from app.geo.unit_files import read_units
from app.geo.zone_files import read_zones
from app.geo.zones import Zones
from simulator.city import City, make_city
from simulator.live.results import DemoResult
from simulator.soak import Sample, Soaked, Storm, look_at, soak, summed

from .running import running

QUIET = DemoResult(
    alerts_raised=3, needs=3, accepted=3, on_scene=3, unowned=0, double_booked=0, lost=0, processing_p50_s=0.0,
    processing_p90_s=0.0, acceptance_p50_s=1.0, acceptance_p90_s=2.0, alert_to_phone_p50_s=0.1,
    alert_to_phone_p90_s=0.2, repeats=0, refusals={}, troubles={},
)  # fmt: skip


def a_storm(city: City, seconds: float, tokens: Mapping[str, str]) -> Storm:
    units = read_units(city.units, Zones(read_zones(city.zones).zones)).units
    return Storm(city=city, units=units, tokens=tokens, seconds=seconds, per_s=0.8, seed=1)


async def test_a_short_storm_keeps_every_promise(tmp_path: Path, database_url: str) -> None:
    async with running(tmp_path, database_url, SystemClock()) as service:
        storm = a_storm(service.city, 16.0, service.tokens)
        found = await soak(service.address, os.getpid(), storm, lambda _: None, asyncio.Event())
    assert found.sound, found
    assert found.alerts >= 3
    assert found.needs >= found.alerts
    assert found.to_phone_p99_s is not None
    assert found.memory_mib[0] > 10
    assert found.descriptors[0] > 5


def test_growth_is_that_of_the_window_after_the_warm_up_and_of_the_last(tmp_path: Path) -> None:
    an_hour = a_storm(make_city(tmp_path, 1, "small"), 3600.0, {})

    def figures(memory: list[float]) -> Soaked:
        samples = [Sample(at=at * 60.0, memory=mib, descriptors=100) for at, mib in enumerate(memory)]
        return summed(an_hour, QUIET, samples, [0.1, 0.2, 0.9])

    warming = [100.0 + at * 10 for at in range(10)]
    assert figures(warming + [200.0] * 50).memory_growth == 0
    leak = figures(warming + [200.0 + at for at in range(50)])
    assert leak.memory_growth == pytest.approx(44 / 202.5, abs=1e-4)
    assert leak.memory_mib_per_h == pytest.approx(60)
    assert leak.to_phone_p99_late_s == pytest.approx(0.9)


def test_a_process_is_looked_at_from_outside() -> None:
    before = look_at(os.getpid(), 1.0)
    with Path(os.devnull).open("rb"):
        after = look_at(os.getpid(), 2.0)
    assert after.descriptors == before.descriptors + 1
    assert after.memory > 10
