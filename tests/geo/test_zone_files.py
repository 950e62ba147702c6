"""Reading a region's zones, made-up and real."""

import csv
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely

from app.geo.files import RegionError
from app.geo.point import Point, distance_m
from app.geo.zone_files import read_zones
from app.geo.zones import Zones

from .region_files import BESIDE, BOW_TIE, QUADRANTS, SHARED, SQUARE, a_geojson, a_polygon, needs_shared

SECTORS = SHARED / "cdmx/sectores_2023.geojson"
POINTS = SHARED / "cdmx/violencia_familiar_2024.csv"
MUNICIPIOS = SHARED / "mx/municipios_400m.geojson"


def a_layer(path: Path, crs: str | None, layer: str | None = None, *, append: bool = False) -> Path:
    """Two zones west of Mexico City, in metres of UTM 14."""
    shapes = [shapely.box(400_000 + n * 1_000, 2_100_000, 401_000 + n * 1_000, 2_101_000) for n in range(2)]
    pyogrio.raw.write(
        path,
        shapely.to_wkb(np.array(shapes, dtype=object)),
        [np.array(["A&<1>", "Ñ2"], dtype=object)],
        ["clave"],
        geometry_type="Polygon",
        crs=crs,
        layer=layer or path.stem,
        append=append,
    )
    return path


def code_of(path: Path, **asked: str) -> str:
    with pytest.raises(RegionError) as refused:
        read_zones(path, **asked)
    assert str(refused.value)
    return refused.value.code


def test_a_bow_tie_is_repaired_and_counted_and_a_good_square_is_not(tmp_path: Path) -> None:
    path = a_geojson(
        tmp_path / "z.geojson", ({"id": 1, "name": "Uno"}, a_polygon(SQUARE)), ({"id": 2}, a_polygon(BOW_TIE))
    )
    read = read_zones(path)
    assert (read.repaired, read.refused, read.notes, read.misfits) == (1, [], [], 0)
    assert [(zone.id, zone.name) for zone in read.zones] == [("1", "Uno"), ("2", "2")]
    assert all(zone.shape.is_valid for zone in read.zones)
    assert read.zones[1].shape.area == pytest.approx(0.005)


def test_a_ring_that_overlaps_itself_keeps_the_part_it_covers_twice(tmp_path: Path) -> None:
    ring = [[0, 0], [4, 0], [4, 3], [1, 3], [1, 1], [5, 1], [5, 2], [2, 2], [2, 4], [0, 4], [0, 0]]
    read = read_zones(
        a_geojson(tmp_path / "z.json", ({"id": "a"}, a_polygon([[x / 10, y / 10] for x, y in ring])))
    )
    assert read.repaired == 1
    assert read.zones[0].shape.contains(shapely.Point(0.35, 0.15))


def test_rows_that_are_no_zone_are_refused_by_number(tmp_path: Path) -> None:
    read = read_zones(
        a_geojson(
            tmp_path / "z.geojson",
            ({"id": "a"}, a_polygon(SQUARE)),
            ({"id": "b"}, {"type": "Point", "coordinates": [-99.1, 19.0]}),
            ({"id": "c"}, None),
            ({"id": "d"}, a_polygon([[-199.2, 19.0], [-199.1, 19.0], [-199.1, 19.1], [-199.2, 19.0]])),
            ({"id": "e"}, a_polygon([[-99.2, 19.0], [-99.1, 19.0], [-99.2, 19.0], [-99.2, 19.0]])),
            ({"id": None}, a_polygon(BESIDE)),
        ),
        id_field="ID",
    )
    assert [zone.id for zone in read.zones] == ["a"]
    assert [(refused.row, refused.code) for refused in read.refused] == [
        (2, "not_polygon"),
        (3, "empty"),
        (4, "off_earth"),
        (5, "empty"),
        (6, "no_id"),
    ]


def test_zones_that_overlap_are_counted_as_misfits(tmp_path: Path) -> None:
    shifted = [[x + 0.01, y] for x, y in SQUARE]
    read = read_zones(
        a_geojson(tmp_path / "z.json", ({"id": "a"}, a_polygon(SQUARE)), ({"id": "b"}, a_polygon(shifted)))
    )
    assert read.misfits == 2


def test_an_id_that_repeats_is_passed_over_and_said_so(tmp_path: Path) -> None:
    rows = [
        ({"id": "x", "clave": 7.0, "nombre": "Juárez"}, a_polygon(SQUARE)),
        ({"id": "x", "clave": 8.0, "nombre": "Juárez"}, a_polygon(BESIDE)),
    ]
    read = read_zones(a_geojson(tmp_path / "z.json", *rows))
    assert [(zone.id, zone.name) for zone in read.zones] == [("7", "Juárez"), ("8", "Juárez")]
    assert (read.id_field, read.name_field) == ("clave", "nombre")
    assert read.notes == ["id is not the id: it repeats “x” 2 times"]


def test_without_an_id_that_is_unique_the_file_is_refused(tmp_path: Path) -> None:
    path = a_geojson(
        tmp_path / "z.json", ({"id": "x", "n": 1}, a_polygon(SQUARE)), ({"id": "x", "n": 2}, a_polygon(BESIDE))
    )
    assert code_of(path) == "no_unique_id"
    assert code_of(path, id_field="id") == "id_not_unique"
    assert code_of(path, id_field="other") == "no_field"
    assert code_of(path, id_field="n", name_field="other") == "no_field"
    assert len(read_zones(path, id_field="n").zones) == 2
    assert code_of(a_geojson(tmp_path / "y.json", ({"what": "x"}, a_polygon(SQUARE)))) == "no_unique_id"


def test_half_a_geojson_is_refused_whole_without_the_folders_of_this_machine(tmp_path: Path) -> None:
    path = a_geojson(tmp_path / "z.geojson", *[({"id": n}, a_polygon(SQUARE)) for n in range(50)])
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(RegionError, match=r"z\.geojson cannot be read") as refused:
        read_zones(path)
    assert refused.value.code == "broken"
    assert str(tmp_path) not in str(refused.value)


def test_other_files_are_refused_with_a_reason(tmp_path: Path) -> None:
    (tmp_path / "z.txt").write_text("x")
    (tmp_path / "empty.geojson").write_text("")
    (tmp_path / "text.gpkg").write_text("hello")
    points = a_geojson(tmp_path / "p.json", ({"id": "b"}, {"type": "Point", "coordinates": [-99.1, 19.0]}))
    assert code_of(tmp_path / "missing.geojson") == "no_file"
    assert code_of(tmp_path / "z.txt") == "unknown_format"
    assert code_of(tmp_path / "empty.geojson") == "broken"
    assert code_of(tmp_path / "text.gpkg") == "broken"
    assert code_of(points) == "no_zones"


@pytest.mark.parametrize("name", ["zonas & más.gpkg", "z.shp", "z.zip"])
def test_a_projection_in_metres_is_brought_to_degrees(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if path.suffix == ".zip":
        a_layer(tmp_path / "z.shp", "EPSG:32614")
        with zipfile.ZipFile(path, "w") as archive:
            for part in tmp_path.glob("z.???"):
                if part.suffix != ".zip":
                    archive.write(part, part.name)
    else:
        a_layer(path, "EPSG:32614")
    read = read_zones(path)
    assert [zone.id for zone in read.zones] == ["A&<1>", "Ñ2"]
    assert read.notes == ["brought from EPSG:32614 to WGS 84"]
    west, south, east, north = read.zones[0].shape.bounds
    # The grid is turned by 0.3° here, so a square of a kilometre has a box of 1,005 m; the sphere adds the rest.
    assert (south, west) == pytest.approx((18.99, -99.95), abs=1e-3)
    assert distance_m(Point(south, west), Point(south, east)) == pytest.approx(1_000, rel=0.02)
    assert distance_m(Point(south, west), Point(north, west)) == pytest.approx(1_000, rel=0.02)


def test_metres_without_a_projection_are_refused_and_degrees_are_taken(tmp_path: Path) -> None:
    a_layer(tmp_path / "z.shp", "EPSG:32614")
    (tmp_path / "z.prj").unlink()
    assert code_of(tmp_path / "z.shp") == "no_projection"
    degrees = np.array([shapely.to_wkb(shapely.box(-99.2, 19.0, -99.1, 19.1))], dtype=object)
    with pytest.warns(UserWarning, match="crs"):
        pyogrio.raw.write(
            tmp_path / "d.shp", degrees, [np.array(["a"], dtype=object)], ["id"], geometry_type="Polygon", crs=None
        )
    assert read_zones(tmp_path / "d.shp").zones[0].id == "a"


def test_of_several_layers_one_must_be_named(tmp_path: Path) -> None:
    path = a_layer(tmp_path / "z.gpkg", "EPSG:32614", "one")
    a_layer(path, "EPSG:32614", "two", append=True)
    assert code_of(path) == "which_layer"
    assert code_of(path, layer="three") == "no_layer"
    assert len(read_zones(path, layer="two").zones) == 2


class TestRealFiles:
    pytestmark = needs_shared

    def test_the_847_quadrants_of_mexico_city_are_all_read(self) -> None:
        read = read_zones(QUADRANTS)
        assert (len(read.zones), read.id_field, read.refused) == (847, "Nomenclatu", [])
        # No polygon is invalid in itself; the borders of three do not fit their neighbours'.
        assert (read.repaired, read.misfits) == (0, 3)
        zones = Zones(read.zones)
        assert all(zones.neighbours(zone.id) for zone in zones)
        assert all(zones.find(zones.inner_point(zone.id)).zone == zone.id for zone in zones)

    def test_the_72_sectors_are_all_read(self) -> None:
        read = read_zones(SECTORS)
        assert (len(read.zones), read.id_field, read.misfits) == (72, "Sector", 0)

    def test_of_a_year_of_family_violence_no_place_lies_in_two_quadrants_and_few_in_none(self) -> None:
        zones = Zones(read_zones(QUADRANTS).zones)
        with POINTS.open(encoding="utf-8") as file:
            places = [Point(float(row["lat"]), float(row["lon"])) for row in csv.DictReader(file)]
        found = [zones.find(place) for place in places]
        assert Counter(match.how for match in found) == {"inside": 34_176, "nearest": 85}
        assert max(match.distance_m for match in found) < 1_000

    def test_the_municipios_go_by_cvegeo_because_names_repeat(self) -> None:
        read = read_zones(MUNICIPIOS)
        assert (len(read.zones), read.id_field, read.name_field) == (2_475, "cvegeo", "nom_agem")
        assert len({zone.name for zone in read.zones}) < 2_475
        assert code_of(MUNICIPIOS, id_field="nom_agem") == "id_not_unique"
        assert Zones(read.zones).find(Point(29.0892, -110.9613)).zone == "26030"
