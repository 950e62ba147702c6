"""Fifty nights from their seeds: every invariant after every command, and every need owned in the end."""

import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from app.dispatch.events import KINDS
from simulator.trial import run

SEEDS = 50
night = cache(run)
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_night_keeps_every_promise(seed: int) -> None:
    outcome = night(seed)
    assert outcome.events > 0
    assert outcome.alerts > 0


def test_the_same_seed_gives_the_same_night_and_another_seed_another() -> None:
    first = run(3, hours=1.0)
    assert run(3, hours=1.0) == first
    assert run(4, hours=1.0).digest != first.digest


@pytest.mark.parametrize("hash_seed", ["0", "4242"])
def test_the_log_does_not_depend_on_how_this_process_hashes(hash_seed: str) -> None:
    script = "from simulator.trial import run; print(run(7, hours=2.0).digest)"
    told = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={"PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == run(7, hours=2.0).digest


def test_the_nights_together_see_everything_that_can_happen() -> None:
    nights = [night(seed) for seed in range(SEEDS)]
    assert frozenset[str]().union(*(outcome.kinds for outcome in nights)) == KINDS.keys()
    assert any(outcome.stuck for outcome in nights)
    assert any(not outcome.stuck for outcome in nights)
