"""The map of a center: made with its roads, served in parts to whoever is signed in, kept by no browser."""

import shutil
from pathlib import Path

import pytest
from pmtiles.reader import MmapSource, Reader

from app.children.problem import TilesRefused
from app.children.tiles import NAME, basemap_file, make_tiles
from app.region import Files, bring_in
from app.service import roads_dir
from tests.children.test_osrm import write_city
from tests.patience import until
from tests.service_fixture import ZONES, House

from .doors import refused

NAMED = "Calle Hidalgo"

pytestmark = pytest.mark.roads


async def _bring_roads(house: House, folder: Path) -> Path:
    service = house.service
    source = write_city(folder / "city.osm")
    named = f'<tag k="name" v="{NAMED}"/><tag k="highway"'
    source.write_text(source.read_text().replace('<tag k="highway"', named, 1))
    files = Files(roads=source)
    await bring_in(files, service.settings, service.database, service.desk)
    found = basemap_file(roads_dir(service.settings))
    assert found is not None
    return found


async def test_roads_bring_a_map_whose_tiles_can_be_read(house: House, tmp_path: Path) -> None:
    path = await _bring_roads(house, tmp_path)
    assert _files(path.parent) == [NAME, "lock", "roads.json", "streets.json"]
    with path.open("rb") as file:
        reader = Reader(MmapSource(file))
        assert {layer["id"] for layer in reader.metadata()["vector_layers"]} == {"streets"}
        assert reader.header()["max_zoom"] == 14


async def test_the_map_is_sent_in_parts_and_never_kept(house: House, tmp_path: Path) -> None:
    operator = await house.client("operator")
    shutil.rmtree(roads_dir(house.service.settings), ignore_errors=True)
    assert (await operator.get("/api/region")).json()["basemap"] is False
    refused(await operator.get("/api/basemap"), 404, "no_basemap")
    whole = (await _bring_roads(house, tmp_path)).read_bytes()
    assert (await operator.get("/api/region")).json()["basemap"] is True
    answer = await operator.get("/api/basemap", headers={"Range": "bytes=0-126"})
    assert (answer.status_code, answer.content) == (206, whole[:127])
    assert answer.headers["content-range"] == f"bytes 0-126/{len(whole)}"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["etag"]
    assert (await operator.get("/api/basemap")).content == whole
    beyond = await operator.get("/api/basemap", headers={"Range": f"bytes={len(whole)}-"})
    assert beyond.status_code == 416
    changed = await operator.get("/api/basemap", headers={"Range": "bytes=0-9", "If-Range": '"another"'})
    assert (changed.status_code, changed.content) == (200, whole)


async def test_a_stranger_gets_no_part_of_it(house: House, tmp_path: Path) -> None:
    await _bring_roads(house, tmp_path)
    stranger = await house.client()
    refused(await stranger.get("/api/basemap", headers={"Range": "bytes=0-9"}), 401, "not_signed_in")


async def test_the_region_tells_zones_with_their_borders(house: House) -> None:
    zones = (await (await house.client("operator")).get("/api/region")).json()["zones"]
    assert {zone["id"]: zone["name"] for zone in zones} == {"centro": "Centro", "norte": "Norte"}
    shape = next(zone["shape"] for zone in zones if zone["id"] == "centro")
    assert shape["type"] == "Polygon"
    assert {tuple(corner) for corner in shape["coordinates"][0]} == {tuple(c) for c in ZONES["centro"]}


async def test_streets_are_found_by_name_as_soon_as_the_roads_are_there(house: House, tmp_path: Path) -> None:
    operator = await house.client("operator")
    shutil.rmtree(roads_dir(house.service.settings), ignore_errors=True)
    await house.service.reload_region()
    assert (await operator.post("/api/places", json={"text": NAMED})).json() == {"places": []}
    await _bring_roads(house, tmp_path)
    await until(lambda: bool(house.service.streets.find(NAMED, house.service.zones)))
    (found, *_) = (await operator.post("/api/places", json={"text": f"{NAMED} 12"})).json()["places"]
    assert found["name"] == NAMED
    assert set(found) == {"name", "zone", "lat", "lon", "accuracy_m"}
    refused(await operator.post("/api/places", json={"text": ""}), 422, "invalid")
    refused(await (await house.client("P-1")).post("/api/places", json={"text": "x"}), 403, "forbidden")


async def test_what_cannot_be_drawn_is_refused_and_the_map_of_before_stays(tmp_path: Path) -> None:
    before = tmp_path / NAME
    before.write_bytes(b"before")
    broken = tmp_path / "features"
    broken.write_text("this is no feature\n")
    with pytest.raises(TilesRefused) as problem:
        await make_tiles(broken, tmp_path)
    assert problem.value.code == "children.tiles.program_failed"
    assert before.read_bytes() == b"before"
    assert _files(tmp_path) == [NAME, "features"]


def _files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_file())
