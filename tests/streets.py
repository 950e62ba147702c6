"""Streets beneath the region of the tests: a grid as OpenStreetMap writes it, and what an import makes of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from app.children.osrm import OsrmRouted, prepare_roads
from app.children.tiles import make_tiles
from app.geo.basemap import write_features
from app.service import STREETS, roads_dir
from tests.service_fixture import House

COLUMNS, ROWS = 26, 42
STEP = 0.004
KINDS = ("primary", "residential", "secondary", "residential")


def _streets() -> str:
    """Every crossing is a node, every row and column a street; a river and a park."""
    number = {(i, j): 1 + i * ROWS + j for i in range(COLUMNS) for j in range(ROWS)}
    nodes = [
        f'<node id="{n}" version="1" lat="{25.62 + j * STEP:.6f}" lon="{-100.36 + i * STEP:.6f}"/>'
        for (i, j), n in number.items()
    ]
    lines = [[number[i, j] for j in range(ROWS)] for i in range(COLUMNS)]
    lines += [[number[i, j] for i in range(COLUMNS)] for j in range(ROWS)]
    ways = [
        _way(n, line, f'<tag k="highway" v="{KINDS[n % 4]}"/><tag k="name" v="Calle {n}"/>')
        for n, line in enumerate(lines, start=1)
    ]
    ways.append(_way(900, lines[COLUMNS + 7], '<tag k="waterway" v="river"/>'))
    park = [number[spot] for spot in ((5, 5), (8, 5), (8, 8), (5, 8), (5, 5))]
    ways.append(_way(901, park, '<tag k="leisure" v="park"/>'))
    return f'<?xml version="1.0"?><osm version="0.6">{"".join(nodes)}{"".join(ways)}</osm>'


def _way(number: int, line: list[int], tags: str) -> str:
    refs = "".join(f'<nd ref="{node}"/>' for node in line)
    return f'<way id="{number}" version="1">{refs}{tags}</way>'


async def lay_streets(house: House) -> Path:
    """Give the house a map. Its travel times stay estimated: for these nothing needs to be prepared."""
    folder = roads_dir(house.service.settings)
    await asyncio.to_thread(_write, folder)
    await house.service.reload_region()
    return await make_tiles(folder / "features", folder)


def write_streets(folder: Path) -> Path:
    """The grid as a file of OpenStreetMap."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "streets.osm").write_text(_streets(), encoding="utf-8")
    return folder / "streets.osm"


@asynccontextmanager
async def driven_streets(folder: Path) -> AsyncIterator[str]:
    """The address of a real OSRM that knows the grid, until the block ends."""
    await prepare_roads(write_streets(folder), folder / "roads")
    async with OsrmRouted(folder / "roads") as server:
        yield server.url


def _write(folder: Path) -> None:
    write_features(write_streets(folder), folder / "features", folder / STREETS)
