"""Roads: made whole or refused with a reason, different by direction, and no place is written down."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from app.children.osrm import OsrmRouted, prepare_roads
from app.children.problem import ChildError, RoadsRefused
from app.children.process import State
from app.children.roads import read_summary
from tests.children.looking import listening, lives
from tests.patience import PATIENCE_S, until
from tests.telling import without_times

pytestmark = pytest.mark.roads

SIDE, STEP = 8, 0.002
SOUTH, WEST = 25.60, -100.30


def at(row: int, column: int) -> tuple[float, float]:
    """Latitude and longitude of a corner."""
    return round(SOUTH + row * STEP, 6), round(WEST + column * STEP, 6)


def write_city(path: Path) -> Path:
    """A grid of streets, 8 by 8 corners about 200 m apart, whose southmost street leads east only."""
    number = {(r, c): r * SIDE + c + 1 for r in range(SIDE) for c in range(SIDE)}
    nodes = [f'<node id="{n}" lat="{at(r, c)[0]}" lon="{at(r, c)[1]}"/>' for (r, c), n in sorted(number.items())]
    lines = [[number[r, c] for c in range(SIDE)] for r in range(SIDE)]
    lines += [[number[r, c] for r in range(SIDE)] for c in range(SIDE)]
    ways = []
    for way, corners in enumerate(lines, start=1000):
        refs = "".join(f'<nd ref="{n}"/>' for n in corners)
        oneway = '<tag k="oneway" v="yes"/>' if way == 1000 else ""
        ways.append(f'<way id="{way}">{refs}<tag k="highway" v="residential"/>{oneway}</way>')
    path.write_text(f'<?xml version="1.0"?><osm version="0.6">{"".join(nodes + ways)}</osm>')
    return path


async def seconds(url: str, start: tuple[float, float], end: tuple[float, float]) -> float:
    places = ";".join(f"{lon},{lat}" for lat, lon in (start, end))
    async with httpx.AsyncClient(timeout=PATIENCE_S) as client:
        answer = await client.get(f"{url}/table/v1/driving/{places}?sources=0&destinations=1")
    return float(answer.raise_for_status().json()["durations"][0][0])


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def roads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("roads")
    await prepare_roads(write_city(folder / "city.osm"), folder / "made")
    return folder / "made"


@pytest_asyncio.fixture
async def osrm(roads: Path) -> AsyncIterator[OsrmRouted]:
    async with OsrmRouted(roads) as osrm:
        yield osrm


async def test_a_map_becomes_roads_and_tells_what_it_holds(tmp_path: Path) -> None:
    heard: list[tuple[str, float]] = []
    source = write_city(tmp_path / "city.osm")
    summary = await prepare_roads(source, tmp_path / "roads", lambda step, share: heard.append((step, share)))
    assert summary == read_summary(tmp_path / "roads")
    assert summary.source == "city.osm"
    assert summary.nodes > 100
    assert summary.edges > summary.nodes
    assert len(summary.sha256) == 64
    assert heard[-1] == ("ready", 1.0)
    assert all(earlier < later for (_, earlier), (_, later) in pairwise(heard))


async def test_a_one_way_street_takes_longer_against_its_direction(osrm: OsrmRouted) -> None:
    with_it = await seconds(osrm.url, at(0, 2), at(0, 5))
    against_it = await seconds(osrm.url, at(0, 5), at(0, 2))
    assert with_it < against_it


async def test_new_roads_take_the_place_of_old_ones_and_leave_nothing_behind(tmp_path: Path) -> None:
    source, target = write_city(tmp_path / "city.osm"), tmp_path / "roads"
    first = await prepare_roads(source, target)
    async with OsrmRouted(target) as osrm:
        url = osrm.url
        second = await prepare_roads(source, target)
        await osrm.restart()
        assert osrm.url == url
        assert await seconds(url, at(1, 1), at(2, 2)) > 0
    assert first.folder != second.folder
    assert [p.name for p in target.glob("roads-*")] == [second.folder]


CITY = "<osm version='0.6'><node id='1' lat='25.6' lon='-100.3'/><node id='2' lat='25.7' lon='-100.3'/></osm>"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("text.osm.pbf", b"this is no map", "children.roads.not_osm"),
        ("text.osm", b"this is no map", "children.roads.not_osm"),
        ("empty.osm", b"", "children.roads.not_osm"),
        ("city.csv", CITY.encode(), "children.roads.not_osm"),
        ("no_roads.osm", CITY.encode(), "children.roads.no_roads"),
        ("cut.osm.bz2", b"BZh91AY&SY cut", "children.roads.damaged"),
        ("cut.osm.pbf", b"\x00\x00\x00\x0d\x0a\x09OSMHeader\x18\x7f", "children.roads.damaged"),
    ],
)
async def test_what_is_no_map_is_refused_by_code(tmp_path: Path, name: str, content: bytes, code: str) -> None:
    source = tmp_path / name
    source.write_bytes(content)
    with pytest.raises(RoadsRefused) as refused:
        await prepare_roads(source, tmp_path / "roads")
    assert refused.value.code == code
    assert name in refused.value.sentence


async def test_a_cut_file_is_refused_and_the_old_roads_stay(tmp_path: Path) -> None:
    source, target = write_city(tmp_path / "city.osm"), tmp_path / "roads"
    before = await prepare_roads(source, target)
    source.write_bytes(source.read_bytes()[: source.stat().st_size // 2])
    with pytest.raises(RoadsRefused) as refused:
        await prepare_roads(source, target)
    assert refused.value.code == "children.roads.damaged"
    assert "XML" in refused.value.output
    assert read_summary(target) == before
    assert [p.name for p in target.glob("roads-*")] == [before.folder]
    async with OsrmRouted(target) as osrm:
        assert await seconds(osrm.url, at(1, 1), at(2, 2)) > 0


async def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RoadsRefused) as refused:
        await prepare_roads(tmp_path / "gone.osm", tmp_path / "roads")
    assert refused.value.code == "children.roads.source_missing"


async def test_a_second_import_at_the_same_time_is_refused(tmp_path: Path) -> None:
    source, target = write_city(tmp_path / "city.osm"), tmp_path / "roads"
    first, second = await asyncio.gather(
        prepare_roads(source, target), prepare_roads(source, target), return_exceptions=True
    )
    refused = first if isinstance(first, RoadsRefused) else second
    assert isinstance(refused, RoadsRefused)
    assert refused.code == "children.roads.busy"
    assert read_summary(target) in {first, second}


async def test_an_import_that_is_given_up_leaves_nothing(tmp_path: Path) -> None:
    target = tmp_path / "roads"
    begun = asyncio.Event()
    source = write_city(tmp_path / "city.osm")
    work = asyncio.create_task(prepare_roads(source, target, lambda _step, _share: begun.set()))
    await begun.wait()
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert [p.name for p in target.iterdir()] == ["lock"]


async def test_no_place_is_written_to_the_log(osrm: OsrmRouted) -> None:
    await seconds(osrm.url, at(1, 1), at(2, 2))
    async with httpx.AsyncClient(timeout=PATIENCE_S) as client:
        await client.get(f"{osrm.url}/table/v1/driving/-100.298,25.6;broken")
        await client.get(f"{osrm.url}/nothing/v1/driving/-100.298,25.602")
    await osrm.stop()
    log = without_times((osrm.roads_dir / "osrm.log").read_text())
    assert "100.298" not in log
    assert "25.6" not in log


async def test_it_listens_to_this_machine_only(osrm: OsrmRouted) -> None:
    assert osrm.pid is not None
    assert [address.partition(":")[0] for address in listening(osrm.pid)] == ["0100007F"]


async def test_two_of_them_never_share_a_port(osrm: OsrmRouted, roads: Path) -> None:
    async with OsrmRouted(roads) as other:
        assert other.url != osrm.url


async def test_it_answers_again_at_the_same_address_after_a_kill(osrm: OsrmRouted) -> None:
    url, pid = osrm.url, osrm.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    await until(lambda: osrm.state is not State.UP)
    await osrm.wait_ready(PATIENCE_S)
    assert osrm.url == url
    assert await seconds(url, at(1, 1), at(2, 2)) > 0


async def test_it_stops_without_leaving_a_process(roads: Path) -> None:
    osrm = OsrmRouted(roads)
    await osrm.start()
    pid = osrm.pid
    await osrm.stop()
    assert pid is not None
    assert not lives(pid)
    assert osrm.state is State.STOPPED


async def test_without_roads_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(ChildError) as refused:
        await OsrmRouted(tmp_path).start()
    assert refused.value.code == "children.roads.none"
