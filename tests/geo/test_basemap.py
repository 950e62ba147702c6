"""What is drawn of a map file: streets by their kind, water, green, names; nothing else, and nothing twice."""

import json
from pathlib import Path

import pytest

from app.geo.basemap import Drawn, write_features

MAP = """<?xml version="1.0"?><osm version="0.6">
<node id="1" version="1" lat="25.60" lon="-100.30"/><node id="2" version="1" lat="25.61" lon="-100.30"/>
<node id="3" version="1" lat="25.61" lon="-100.29"/><node id="4" version="1" lat="25.60" lon="-100.29"/>
<node id="5" version="1" lat="25.605" lon="-100.295"><tag k="place" v="suburb"/><tag k="name" v="Centro"/></node>
<node id="6" version="1" lat="25.606" lon="-100.295"><tag k="place" v="suburb"/></node>
<node id="7" version="1" lat="25.607" lon="-100.295"><tag k="office" v="ngo"/><tag k="name" v="Refugio"/></node>
{ways}
</osm>"""


def _way(number: int, nodes: str, **tags: str) -> str:
    refs = "".join(f'<nd ref="{node}"/>' for node in nodes.split())
    said = "".join(f'<tag k="{key}" v="{value}"/>' for key, value in tags.items())
    return f'<way id="{number}" version="1">{refs}{said}</way>'


def _drawn(folder: Path, *ways: str) -> tuple[Drawn, list[dict[str, object]]]:
    source = folder / "map.osm"
    source.write_text(MAP.format(ways="".join(ways)), encoding="utf-8")
    drawn = write_features(source, folder / "features", folder / "streets")
    return drawn, [json.loads(line) for line in (folder / "features").read_text().splitlines()]


@pytest.mark.parametrize(
    ("highway", "kind"),
    [("motorway", "main"), ("primary_link", "main"), ("tertiary", "middle"), ("residential", "small")],
)
def test_a_street_is_drawn_by_its_kind_and_named(tmp_path: Path, highway: str, kind: str) -> None:
    _, features = _drawn(tmp_path, _way(1, "1 2", highway=highway, name="Hidalgo"))
    street = next(x for x in features if x["tippecanoe"]["layer"] == "streets")  # type: ignore[index]
    assert street["properties"] == {"kind": kind, "name": "Hidalgo"}
    assert street["geometry"] == {"type": "LineString", "coordinates": [[-100.3, 25.6], [-100.3, 25.61]]}


def test_water_and_green_are_areas_and_only_places_with_a_name_are_named(tmp_path: Path) -> None:
    pond = _way(1, "1 2 3 4 1", natural="water")
    park = _way(2, "1 2 3 1", leisure="park", name="Alameda")
    drawn, features = _drawn(tmp_path, pond, park, _way(3, "1 3", waterway="river"))
    assert drawn == Drawn(streets=0, areas=2, names=1)
    layers = sorted((x["tippecanoe"]["layer"], x["geometry"]["type"]) for x in features)  # type: ignore[index]
    assert layers == [
        ("green", "MultiPolygon"),
        ("names", "Point"),
        ("water", "LineString"),
        ("water", "MultiPolygon"),
    ]


def test_what_is_no_street_and_what_has_no_shape_is_left_out(tmp_path: Path) -> None:
    building, proposed = _way(1, "1 2 3 1", building="yes"), _way(2, "1 2", highway="proposed")
    nowhere, open_ring = _way(3, "98 99", highway="primary"), _way(4, "1 2 3", natural="water")
    drawn, features = _drawn(tmp_path, building, proposed, nowhere, open_ring)
    assert drawn == Drawn(names=1)
    assert "Refugio" not in json.dumps(features)
