"""`naranja region import` by its command: all of it or nothing, each bad row by its number, and twice is once."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from typer.testing import CliRunner, Result

from app.children.roads import read_summary
from app.cli import app
from app.cli.center import database, desk
from app.dispatch.commands import StartDuty
from app.service import roads_dir
from app.settings import Settings
from tests.children.test_osrm import write_city
from tests.service_fixture import UNITS, ZONES, write_units, write_zones
from tests.telling import without_times

ANOTHER = {"sur": [[-100.4, 25.5], [-100.2, 25.5], [-100.2, 25.8], [-100.4, 25.8], [-100.4, 25.5]]}
LARGER = f"{UNITS}P-4,police,SSC,25.672,-100.312,1,,\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Center:
    """A center that is reached by the command only."""

    folder: Path
    url: str

    def run(self, *words: str | Path) -> Result:
        return CliRunner().invoke(app, [str(word) for word in words])

    def bring(self, **files: Path) -> Result:
        options = [part for name, path in files.items() for part in (f"--{name}", path)]
        return self.run("region", "import", "--json", *options)

    def holds(self) -> dict[str, Any]:
        """Everything an import can change, with the number of the last entry; without what is sealed anew."""

        async def read() -> dict[str, Any]:
            connection: Any = await asyncpg.connect(self.url)
            try:
                found = {
                    name: [tuple(row) for row in await connection.fetch(statement)]
                    for name, statement in {
                        "seq": "SELECT last_seq FROM centers",
                        "zones": "SELECT id, name, shape FROM zones ORDER BY id",
                        "units": "SELECT code, capacity, listed, body::text FROM units ORDER BY code",
                        "places": "SELECT unit, lat, lon, sealed IS NULL FROM unit_places ORDER BY unit",
                    }.items()
                }
            finally:
                await connection.close()
            return found

        return {**asyncio.run(read()), "roads": read_summary(roads_dir(Settings()))}

    def on_duty(self, unit: str) -> None:
        async def work() -> None:
            settings = Settings()
            async with database(settings) as found, desk(settings, found) as opened:
                await opened.perform(StartDuty(id=str(uuid4()), by="test", unit=unit))

        asyncio.run(work())


@pytest.fixture
def center(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Center:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("NARANJA_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("OSRM_URL", raising=False)
    monkeypatch.chdir(tmp_path)
    return Center(folder=tmp_path, url=database_url)


@pytest.fixture
def known(center: Center) -> Center:
    """A center with its zones and units."""
    found = center.bring(
        zones=write_zones(center.folder / "zones.geojson"), units=write_units(center.folder / "units.csv")
    )
    assert found.exit_code == 0, found.output
    return center


def test_an_import_says_what_it_took_and_the_same_again_changes_nothing(known: Center) -> None:
    before = known.holds()
    assert [zone[0] for zone in before["zones"]] == sorted(ZONES)
    assert [unit[0] for unit in before["units"]] == ["F-1", "P-1", "P-2", "P-3", "S-1"]
    for _ in range(2):
        again = known.bring(zones=known.folder / "zones.geojson", units=known.folder / "units.csv")
        assert again.exit_code == 0
        summary = json.loads(again.stdout)
        assert (summary["zones"]["taken"], summary["units"]["taken"]) == (2, 5)
        assert known.holds() == before


def test_the_place_of_a_sealed_shelter_is_stored_sealed_only(known: Center) -> None:
    places = {row[0]: row for row in known.holds()["places"]}
    assert places["P-1"][1:] == (25.671, -100.311, True)
    assert (places["S-1"][3], places["S-1"][1]) != (True, 25.6543)
    shown = known.run("region", "show")
    assert shown.exit_code == 0
    assert "25.65" not in without_times(shown.output)


def _cut(path: Path) -> Path:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


def _no_zones(folder: Path) -> dict[str, Path]:
    return {"zones": write_zones(folder / "none.geojson", {})}


def _half_zones(folder: Path) -> dict[str, Path]:
    return {"zones": _cut(write_zones(folder / "half.geojson", ANOTHER)), "units": folder / "units.csv"}


def _half_units(folder: Path) -> dict[str, Path]:
    text = LARGER.replace("P-4,police,SSC", 'P-4,police,"SSC')
    return {
        "zones": write_zones(folder / "other.geojson", ANOTHER),
        "units": write_units(folder / "half.csv", text),
    }


def _no_columns(folder: Path) -> dict[str, Path]:
    return {"units": write_units(folder / "bad.csv", "who,where\nP-1,here\n")}


def _nul(folder: Path) -> dict[str, Path]:
    return {"units": write_units(folder / "nul.csv", LARGER + "P-5\x00,police,SSC,25.67,-100.31,1,,\n")}


def _missing(folder: Path) -> dict[str, Path]:
    return {"zones": folder / "gone.geojson", "units": folder / "units.csv"}


@pytest.mark.parametrize(
    ("files", "code"),
    [
        (_no_zones, "no_unique_id"),
        (_half_zones, "broken"),
        (_half_units, "broken"),
        (_no_columns, "no_columns"),
        (_nul, "encoding"),
        (_missing, "no_file"),
    ],
)
def test_a_file_that_cannot_be_read_whole_is_refused_and_all_stays(
    known: Center, files: Callable[[Path], dict[str, Path]], code: str
) -> None:
    before = known.holds()
    refused = known.bring(**files(known.folder))
    assert refused.exit_code == 1
    assert code in refused.output
    assert "Traceback" not in refused.output
    assert known.holds() == before


def test_bad_rows_are_named_by_their_numbers_and_nothing_is_taken(known: Center) -> None:
    before = known.holds()
    text = (
        LARGER
        + "P-5,police,SSC,91,-100.3,1,,\nP-1,police,SSC,25.67,-100.31,1,,\nP 6,police,SSC,25.67,-100.31,1,,\n"
    )
    refused = known.bring(units=write_units(known.folder / "rows.csv", text))
    assert refused.exit_code == 1
    rows = json.loads(refused.stdout.splitlines()[0])["units"]["refused"]
    assert [(row["row"], row["code"]) for row in rows] == [
        (8, "off_earth"),
        (9, "duplicate_code"),
        (10, "bad_code"),
    ]
    assert known.holds() == before
    assert "100.3" not in without_times(refused.output)


def test_a_unit_on_duty_is_neither_changed_nor_retired(known: Center) -> None:
    known.on_duty("P-1")
    before = known.holds()
    for text in (UNITS.replace("P-1,police,SSC", "P-1,police,Otra"), UNITS.replace("P-1,", "P-9,")):
        refused = known.bring(
            zones=write_zones(known.folder / "other.geojson", ANOTHER),
            units=write_units(known.folder / "duty.csv", text),
        )
        assert refused.exit_code == 1
        assert "unit_on_duty" in refused.output
        assert known.holds() == before
    # Other zones would put it into another zone, too.
    refused = known.bring(zones=write_zones(known.folder / "other.geojson", ANOTHER))
    assert "unit_on_duty" in refused.output
    assert known.holds() == before
    # What leaves it as it is goes through.
    taken = known.bring(units=write_units(known.folder / "more.csv", LARGER))
    assert taken.exit_code == 0
    assert [unit[0] for unit in known.holds()["units"]] == ["F-1", "P-1", "P-2", "P-3", "P-4", "S-1"]


@pytest.mark.roads
def test_half_a_map_changes_neither_roads_nor_anything_given_with_it(known: Center) -> None:
    city = write_city(known.folder / "city.osm")
    assert known.bring(roads=city).exit_code == 0
    before = known.holds()
    assert before["roads"] is not None
    assert before["roads"].source == "city.osm"
    refused = known.bring(
        roads=_cut(write_city(known.folder / "half.osm")),
        zones=write_zones(known.folder / "other.geojson", ANOTHER),
        units=write_units(known.folder / "more.csv", LARGER),
    )
    assert refused.exit_code == 1
    assert "children.roads.damaged" in refused.output
    assert known.holds() == before
    # A good map beside a list that is refused stays outside, too.
    refused = known.bring(roads=city, units=write_units(known.folder / "none.csv", "who\nP-1\n"))
    assert refused.exit_code == 1
    assert known.holds() == before


def test_nothing_to_import_is_said(center: Center) -> None:
    refused = center.run("region", "import")
    assert (refused.exit_code, "nothing_to_import" in refused.output) == (1, True)
