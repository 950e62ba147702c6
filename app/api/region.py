"""What a map is drawn of: the zones' borders, and the file of tiles beneath them."""

import asyncio
from dataclasses import asdict
from typing import Any

import msgspec
import shapely
from fastapi import APIRouter
from starlette.responses import FileResponse

from app.children.tiles import basemap_file
from app.dispatch.commands import Refusal
from app.geo.zones import Zones
from app.security.permissions import Action, require
from app.service import roads_dir

from .bodies import Body, Short
from .caller import Asker, Here


class Said(Body):
    """Where somebody says to be, in words."""

    text: Short


router = APIRouter(prefix="/api", tags=["region"])
BORDER_DEGREES = 0.0002
"""Borders are drawn to some 20 m; in which zone a place lies is never decided by what is drawn."""
KIND = "application/vnd.pmtiles"


@router.get("/region")
async def read_region(here: Here, _: Asker) -> dict[str, Any]:
    """The zones with their borders (GeoJSON geometries, WGS 84), and whether there is a map beneath them."""
    drawn = await asyncio.to_thread(_drawn, here.zones)
    return {"basemap": basemap_file(roads_dir(here.settings)) is not None, "zones": drawn}


@router.get("/basemap", response_class=FileResponse)
async def read_basemap(here: Here, _: Asker) -> FileResponse:
    """One PMTiles file, also in parts (`Range`). Never kept by a browser: which tiles lie in its cache would tell
    where somebody looked."""
    path = basemap_file(roads_dir(here.settings))
    if path is None:
        raise Refusal("no_basemap", "This center has no map yet: import its roads.")
    return FileResponse(path, media_type=KIND, headers={"Cache-Control": "no-store"})


@router.post("/places")
async def find_places(body: Said, here: Here, asker: Asker) -> dict[str, Any]:
    """Where a street, or a corner of two, is. What was said is written nowhere, and stands in no address."""
    require(asker, Action.RAISE_ALERT)
    found = await asyncio.to_thread(here.streets.find, body.text, here.zones)
    return {"places": [asdict(one) for one in found]}


def _drawn(zones: Zones) -> list[dict[str, Any]]:
    return [
        {
            "id": zone.id,
            "name": zone.name,
            "shape": msgspec.json.decode(shapely.to_geojson(zone.shape.simplify(BORDER_DEGREES))),
        }
        for zone in zones
    ]
