"""`naranja simulate` prints figures for programs, and says what is wrong in words."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app
from simulator.city import make_city


def test_figures_for_programs(tmp_path: Path) -> None:
    make_city(tmp_path, 3, "small")
    asked = ["simulate", "--region", str(tmp_path), "--policies", "ours,bound", "--seeds", "2", "--days", "1"]
    told = CliRunner().invoke(app, [*asked, "--a-day", "10", "--workers", "1", "--json"])
    assert told.exit_code == 0, told.output
    figures = json.loads(told.stdout)
    ours, bound = figures["policies"]
    assert (ours["policy"], bound["policy"]) == ("ours", "bound")
    assert ours["n"] + ours["unattended"] == bound["n"] + bound["unattended"] > 5
    assert ours["p50_s"]["value"] <= ours["p90_s"]["value"]
    assert sum(ours["mean_s_by_part"].values()) == pytest.approx(ours["mean_s"]["value"], abs=1.0)
    assert set(ours["mean_s_by_seed"]) == {"0", "1"}
    assert "streets.osm.pbf" in figures["about"]["roads"]


def test_what_is_wrong_is_said_with_a_code(tmp_path: Path) -> None:
    wrong = CliRunner().invoke(app, ["simulate", "--policies", "hope"])
    assert wrong.exit_code == 1
    assert "unknown_policy" in wrong.output
    nowhere = CliRunner().invoke(app, ["simulate", "--region", str(tmp_path)])
    assert nowhere.exit_code == 1
    assert "no_file" in nowhere.output
