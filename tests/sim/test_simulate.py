"""`naranja simulate` prints figures for programs, and says what is wrong in words."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.geo.zone_files import read_zones
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


def test_real_calls_are_played_in_place_of_drawn_ones_and_who_is_left_out_is_counted(tmp_path: Path) -> None:
    city = make_city(tmp_path, 3, "small")
    (zone, *_) = read_zones(city.zones).zones
    place = zone.shape.representative_point()
    here = f"{place.y:.5f},{place.x:.5f}"
    rows = [f"2024-05-1{day} 0{hour}:10,{here}" for day in (1, 2, 3) for hour in (1, 3, 5)]
    wrong = [f"someday,{here}", "2024-05-11 01:00,0,0", "2024-05-11 02:00,x,y", "2024-05-12 02:00,48.1,11.5"]
    file = tmp_path / "calls.csv"
    file.write_text("\n".join(["time,lat,lon", *rows, *wrong]))
    asked = ["simulate", "--region", str(tmp_path), "--policies", "ours", "--seeds", "2", "--workers", "1"]
    told = CliRunner().invoke(app, [*asked, "--calls", str(file), "--lang", "en", "--json"])
    assert told.exit_code == 0, told.output
    figures = json.loads(told.stdout)
    (ours,) = figures["policies"]
    assert ours["n"] + ours["unattended"] == 2 * len(rows)
    about = figures["about"]
    assert (about["alerts"], about["days"], about["period"]) == ("9", "3", "2024-05-11 – 2024-05-13")

    page = CliRunner().invoke(app, [*asked, "--calls", str(file), "--lang", "en"])
    assert "of 13 rows 9 are simulated" in " ".join(page.stdout.split())
    for left_out in ("without a place 2", "without a readable time 1", "outside the region 1"):
        assert left_out in " ".join(page.stdout.split())

    asked += ["--calls", str(file)]
    one_day = CliRunner().invoke(app, [*asked, "--from", "2024-05-12", "--days", "1", "--json"])
    assert json.loads(one_day.stdout)["about"]["alerts"] == "3"
    for more, code in ((["--a-day", "3"], "calls_and_a_day"), (["--days", "1.5"], "days_not_whole")):
        refused = CliRunner().invoke(app, [*asked, *more])
        assert (refused.exit_code, code in refused.output) == (1, True)
    file.write_text("time,lat,lon\n2024-05-12 02:00,48.1,11.5\n")
    refused = CliRunner().invoke(app, asked)
    assert (refused.exit_code, "calls_wrong" in refused.output) == (1, True)
