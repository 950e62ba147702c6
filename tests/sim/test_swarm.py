"""The swarm: the same seeds give the same digest anywhere, a failing seed says how to see it again."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.dispatch import commands as c
from app.dispatch import deadlines
from simulator import swarm
from simulator.watched import run

from .seeds import SEEDS, Found

ROOT = Path(__file__).parents[2]
HOURS = 2.0


def digest_elsewhere(hash_seed: str) -> str:
    """The digest of four nights, by two processes of another interpreter."""
    told = subprocess.run(
        [sys.executable, "-m", "simulator", "--seeds", "4", "--hours", f"{HOURS}"],
        cwd=ROOT,
        env={"PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )
    return told.stdout.splitlines()[-1].removeprefix("digest ")


def test_the_same_seeds_give_the_same_digest_whatever_hashes_and_however_many_processes_play() -> None:
    here = swarm.swarm(range(4), HOURS, workers=1)
    assert not here.failures
    assert digest_elsewhere("0") == here.digest
    assert digest_elsewhere("4242") == here.digest


def test_the_digest_is_of_all_nights_in_the_order_of_their_seeds() -> None:
    one, other = (swarm.swarm([seed], HOURS).digest for seed in (1, 2))
    both = swarm.swarm([1, 2], HOURS, workers=1)
    assert len({one, other, both.digest}) == 3
    assert [night.seed for night in both.outcomes] == [1, 2]


def test_a_night_has_a_whole_day_unless_told_otherwise() -> None:
    assert "24 h" in CliRunner().invoke(app, ["swarm", "--seed", "5"]).stdout


def test_a_failing_seed_is_told_with_the_command_that_repeats_it(monkeypatch: pytest.MonkeyPatch) -> None:
    every = deadlines.due
    monkeypatch.setattr(
        deadlines, "due", lambda *asked: [one for one in every(*asked) if not isinstance(one, c.ExpireOffer)]
    )
    told = CliRunner().invoke(app, ["swarm", "--seed", "7", "--hours", "3"])
    assert told.exit_code == 1
    assert "1 failed" in told.stdout
    assert re.search(r"naranja swarm --seed 7 --hours 3\b", told.stderr)


@pytest.mark.parametrize("found", SEEDS, ids=lambda found: f"{found.seed}: {found.showed}")
def test_a_seed_that_found_something_finds_it_no_more(found: Found) -> None:
    assert run(found.seed, found.hours).events
