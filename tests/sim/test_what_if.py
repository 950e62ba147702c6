"""What if: real alerts of a real log played again, as it was and with what is changed."""

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pypdf
import pytest
from typer.testing import CliRunner, Result

from app.cli import app
from app.cli.center import database, desk
from app.clock import HandClock
from app.details import PLACE
from app.dispatch import commands as c
from app.dispatch.model import Institution
from app.geo.point import Point
from app.geo.unit_files import UnitRow
from app.region import Files, bring_in
from app.settings import Settings
from simulator.region import Region
from simulator.what_if import Alert, ChangeRefused, alerts_of, calls_of, days_of, read_changes, staffed
from tests.reports.builders import START, Story
from tests.service_fixture import HERE, UNITS, write_units, write_zones

MARCH = 1_709_294_400.0
"""1 March 2024, 06:00 in Mexico City."""
ALERTS = 12
"""One every three hours; the last is reached by nobody."""
MINUTES = 11
"""From each call to the patrol on scene."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Center:
    """A center whose log tells of two days, reached by the command only."""

    folder: Path

    def simulate(self, *words: str | Path, seeds: int = 3) -> Result:
        given = ["simulate", "--what-if", "--from", "2024-03-01", "--to", "2024-03-02", "--seeds", str(seeds)]
        return CliRunner().invoke(app, [*given, "--workers", "1", *(str(word) for word in words)])

    def figures(self, *words: str | Path) -> dict[str, Any]:
        result = self.simulate("--json", *words)
        assert result.exit_code == 0, result.output
        found: dict[str, Any] = json.loads(result.stdout)
        return found


@pytest.fixture
def center(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Center:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("NARANJA_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("NARANJA_TIME_ZONE", "America/Mexico_City")
    monkeypatch.chdir(tmp_path)
    zones, units = write_zones(tmp_path / "zones.geojson"), write_units(tmp_path / "units.csv")
    asyncio.run(_two_days(Settings(), Files(zones=zones, units=units)))
    return Center(folder=tmp_path)


async def _two_days(settings: Settings, files: Files) -> None:
    """Patrols go on duty; each call is taken by whoever is asked, who is there eleven minutes after it."""
    clock = HandClock(MARCH)
    async with database(settings) as found, desk(settings, found, clock) as opened:
        await bring_in(files, settings, found, opened)

        async def perform(kind: type[c.Command], **fields: Any) -> None:
            await opened.perform(kind(id=str(uuid4()), by="test", **fields))

        for code in ("P-1", "P-2", "P-3"):
            await perform(c.StartDuty, unit=code)
        for number in range(ALERTS):
            alert = str(uuid4())
            needs = (c.NeedWanted(institution=Institution.POLICE),)
            raised = c.RaiseAlert(id=alert, by="test", zone="centro", needs=needs, received_at=clock.now() - 60)
            await opened.perform(raised, {PLACE: HERE})
            if number == ALERTS - 1:
                return
            board = await opened.board()
            (live,) = board.alerts[alert].needs[0].live
            said = {"assignment": live, "unit": board.assignments[live].unit}
            await perform(c.Accept, **said)
            await perform(c.GoEnRoute, **said)
            clock.advance(seconds=MINUTES * 60 - 60)
            await perform(c.ArriveOnScene, **said)
            await perform(c.Finish, **said)
            await perform(c.CloseAlert, alert=alert, disposition="attended", safe="yes")
            clock.advance(seconds=3 * 3600 - MINUTES * 60 + 60)


def test_real_calls_meet_both_staffings_and_the_difference_is_paired(center: Center) -> None:
    found = center.figures("--patrols", "zone centro=+3", "--lang", "en")
    was, then = found["policies"]
    assert (was["policy"], then["policy"]) == ("as_it_was", "if")
    for side in (was, then):
        assert side["n"] + side["unattended"] == 3 * ALERTS, "each of three seeds plays every call of the log"
    (difference,) = found["comparisons"]
    mean_s = difference["mean_s"]
    assert mean_s["value"] == pytest.approx(then["mean_s"]["value"] - was["mean_s"]["value"], abs=0.01)
    assert mean_s["low"] < mean_s["value"] < mean_s["high"]
    assert found["about"]["patrols"] == "3 → 6"
    assert found["about"]["alerts"] == str(ALERTS)
    assert found["about"]["period"] == "2024-03-01 – 2024-03-02"


def test_it_says_how_near_the_simulation_comes_to_what_the_log_measured(center: Center) -> None:
    found = center.figures("--patrols", "police=+1", "--lang", "en")
    mean, half, *_ = found["validation"]
    simulated = round(found["policies"][0]["mean_s"]["value"])
    assert mean[:2] == ["mean", f"{MINUTES}:00"]
    assert half[:2] == ["P50", f"{MINUTES}:00"]
    off = simulated - MINUTES * 60
    assert mean[-1] == f"{'−' if off < 0 else '+'}{abs(off) // 60}:{abs(off) % 60:02}"
    assert f"The log measured a mean of {MINUTES}:00" in found["remarks"][0]
    assert "the exact place is sealed" in found["remarks"][1].casefold()


def test_what_leaves_holds_no_place_no_id_and_no_name(center: Center) -> None:
    page = center.folder / "page.html"
    result = center.simulate("--patrols", "police=+1", "--html", page, "--pdf", center.folder / "page.pdf")
    assert result.exit_code == 0, result.output
    text = page.read_text(encoding="utf-8")
    for secret in (str(HERE["lat"]), str(HERE["lon"])):
        assert secret not in text
    assert len(pypdf.PdfReader(center.folder / "page.pdf").pages) == 1
    assert "La bitácora midió una media de 11:00" in text


def test_other_stations_and_other_rules_are_read_from_files(center: Center) -> None:
    units, rules = center.folder / "other.csv", center.folder / "rules.json"
    units.write_text(UNITS.replace("P-2,police,SSC,25.68,-100.32", "P-2,police,SSC,25.61,-100.39"))
    rules.write_text(json.dumps({"offers_at_once": 1}))
    found = center.figures("--units", units, "--rules", rules)
    assert found["about"]["change"] == "other.csv, rules.json"
    assert found["about"]["patrols"] == "3 → 3"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((), "no_change"),
        (("--patrols", "police"), "change_refused"),
        (("--patrols", "nowhere=+1"), "change_refused"),
        (("--patrols", "centro=-9"), "change_refused"),
        (("--patrols", "police=+1", "--from", "2023-01-01", "--to", "2023-01-02"), "no_alerts"),
    ],
)
def test_what_cannot_be_asked_is_said_with_a_code(center: Center, words: tuple[str, ...], code: str) -> None:
    result = center.simulate(*words)
    assert result.exit_code == 1
    assert code in result.output


def test_fewer_alerts_than_the_smallest_cell_are_not_told(center: Center, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NARANJA_SMALL_CELL_MIN", str(ALERTS + 1))
    result = center.simulate("--patrols", "police=+1")
    assert result.exit_code == 1
    assert "too_few" in result.output


def test_rules_that_are_none_and_units_with_a_wrong_row_are_refused(center: Center) -> None:
    rules, units = center.folder / "rules.json", center.folder / "units-wrong.csv"
    rules.write_text(json.dumps({"no_such_rule": 1}))
    units.write_text(f"{UNITS}P-9,police,SSC,nowhere,0,1,,\n")
    assert "rules_refused" in center.simulate("--rules", rules).output
    assert "rows_refused" in center.simulate("--units", units).output


def a_patrol(code: str, zone: str) -> UnitRow:
    place = Point(25.66, -100.3)
    return UnitRow(
        code=code,
        institution="police",
        agency="",
        place=place,
        capacity=1,
        capabilities=(),
        sealed=False,
        zone=zone,
    )


PATROLS = [a_patrol("A1", "centro"), a_patrol("A2", "centro"), a_patrol("B1", "norte")]
CALLS = [Alert(id=str(number), at=float(number), zone="centro" if number % 3 else "norte") for number in range(9)]


def after(changes: str) -> list[tuple[str, str]]:
    found = staffed(PATROLS, read_changes(changes), CALLS, ["centro", "norte", "sur"])
    return [(unit.code, unit.zone) for unit in found]


def test_patrols_come_to_a_zone_and_leave_it() -> None:
    assert after("zone norte=+2, centro=-1") == [
        ("A1", "centro"),
        ("B1", "norte"),
        ("new-norte-1", "norte"),
        ("new-norte-2", "norte"),
    ]
    assert ("new-sur-1", "sur") in after("sur=+1")


def test_patrols_for_everywhere_go_where_the_calls_are() -> None:
    assert [zone for code, zone in after("police=+3") if code.startswith("new")] == ["centro", "centro", "norte"]
    assert after("police=-3,centro=+1,norte=+1") == after("centro=-1,norte=+0")


@pytest.mark.parametrize("changes", ["", "centro", "centro=2", "centro=+1,centro=+1", "x=+1", "norte=-2"])
def test_a_change_that_cannot_be_made_is_refused(changes: str) -> None:
    with pytest.raises(ChangeRefused):
        after(changes)


def test_what_is_in_no_figure_is_no_call() -> None:
    night = [
        Story("a2", raised=60).offered(61).timeline,
        Story("a1").served(1, 5, 35, 250).timeline,
        Story("a3").cancelled(20).timeline,
        Story("a4").offered(0).merged(10, "a1").timeline,
    ]
    found = alerts_of(night, START + 3600)
    assert [(one.id, one.at) for one in found] == [("a1", START), ("a2", START + 60)]


def test_a_place_is_drawn_in_the_zone_anew_for_every_seed_and_the_same_for_the_same_seed(region: Region) -> None:
    (zone, *_) = region.in_zone
    alerts = [Alert(id=str(number), at=float(number), zone=zone) for number in range(20)]
    first, again, other = (calls_of(alerts, region, seed) for seed in (1, 1, 2))
    assert first == again
    assert [call.place for call in first] != [call.place for call in other]
    assert {region.zone_of[region.nearest_place(call.place)] for call in (*first, *other)} == {zone}


@pytest.mark.parametrize(("hours", "days"), [(24, 1), (25, 2), (23, 1), (48, 2)])
def test_a_plan_has_room_for_every_call_of_its_period(hours: float, days: float) -> None:
    assert days_of(0.0, hours * 3600) == days
