"""Forty nights from their seeds: every invariant after every command, and every need owned in the end."""

from functools import cache

import pytest

from app.dispatch.events import KINDS
from simulator.watched import run

SEEDS = 40
HOURS = 6.0
night = cache(run)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_night_keeps_every_promise(seed: int) -> None:
    outcome = night(seed, HOURS)
    assert outcome.events > 0
    assert outcome.alerts > 0


def test_the_same_seed_gives_the_same_night_and_another_seed_another() -> None:
    first = run(3, hours=1.0)
    assert run(3, hours=1.0) == first
    assert run(4, hours=1.0).digest != first.digest


def test_the_nights_together_see_everything_that_can_happen() -> None:
    nights = [night(seed, HOURS) for seed in range(SEEDS)]
    assert frozenset[str]().union(*(outcome.kinds for outcome in nights)) == KINDS.keys()
    assert any(outcome.kills for outcome in nights)
