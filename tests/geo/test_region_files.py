"""Reading a region's files, made-up and real."""

import csv
import json
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from app.geo.files import RegionError
from app.geo.point import Point, distance_m
from app.geo.staffing import at_equal_steps, by_largest_remainder, patrols_by_population, write_units
from app.geo.unit_files import CAPACITY_MAX, read_units
from app.geo.zone_files import read_zones
from app.geo.zones import Zone, Zones

SHARED = Path(__file__).parents[2].parent / "shared/data"
QUADRANTS = SHARED / "cdmx/cuadrantes_2023.geojson"
SECTORS = SHARED / "cdmx/sectores_2023.geojson"
POINTS = SHARED / "cdmx/violencia_familiar_2024.csv"
MUNICIPIOS = SHARED / "mx/municipios_400m.geojson"
needs_shared = [
    pytest.mark.shared,
    pytest.mark.skipif(not SHARED.is_dir(), reason="the folder of real data is not beside the project"),
]

SQUARE = [[-99.2, 19.0], [-99.1, 19.0], [-99.1, 19.1], [-99.2, 19.1], [-99.2, 19.0]]
BESIDE = [[-99.1, 19.0], [-99.0, 19.0], [-99.0, 19.1], [-99.1, 19.1], [-99.1, 19.0]]
BOW_TIE = [[-99.2, 19.2], [-99.1, 19.3], [-99.1, 19.2], [-99.2, 19.3], [-99.2, 19.2]]


def a_polygon(ring: list[list[float]]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [ring]}


def a_geojson(path: Path, *rows: tuple[dict[str, Any], dict[str, Any] | None]) -> Path:
    features = [{"type": "Feature", "properties": fields, "geometry": shape} for fields, shape in rows]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


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


# Units

ZONES = Zones([Zone("w", "W", shapely.Polygon(SQUARE)), Zone("e", "E", shapely.Polygon(BESIDE))])
HEADER = "code,institution,agency,lat,lon,capacity,capabilities,sealed,name\n"


def a_csv(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "units.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_units_are_read_by_column_name_with_their_zone(tmp_path: Path) -> None:
    text = (
        "LON, lat ,agency,institution,code,shift,sealed,capacity,capabilities\n"
        '-99.15,19.05,SSC,police,P1,night,,,"women;taser; women"\n'
        ",,,,,,,,\n"
        "-99.05,19.05,Refugio,Shelter,R1,,TRUE,20,\n"
        "-99.05,19.05,Fiscalía,prosecutor,F1\n"
    )
    read = read_units(a_csv(tmp_path, text), ZONES)
    assert read.refused == []
    patrol, shelter, prosecutor = read.units
    assert (patrol.code, patrol.zone, patrol.capacity, patrol.capabilities, patrol.sealed) == (
        "P1",
        "w",
        1,
        ("taser", "women"),
        False,
    )
    assert (shelter.institution, shelter.zone, shelter.capacity, shelter.sealed) == ("shelter", "e", 20, True)
    assert (prosecutor.agency, prosecutor.place) == ("Fiscalía", Point(19.05, -99.05))


def test_the_true_place_of_a_sealed_shelter_is_not_in_its_repr(tmp_path: Path) -> None:
    read = read_units(a_csv(tmp_path, HEADER + "R1,shelter,Refugio,19.0512,-99.0534,9,,true,\n"), ZONES)
    assert read.units[0].place == Point(19.0512, -99.0534)
    assert "19.05" not in repr(read)


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("P2,police,SSC,x,-99.15,,,,", "bad_number"),
        ("P2,police,SSC,nan,-99.15,,,,", "bad_number"),
        ("P2,police,SSC,1_9,-99.15,,,,", "bad_number"),
        ("P2,police,SSC,19.05,,,,,", "empty"),
        (",police,SSC,19.05,-99.15,,,,", "empty"),
        ("P2,police,SSC,-99.15,19.05,,,,", "off_earth"),
        ("P2,police,SSC,0,0,,,,", "elsewhere"),
        ("P1,police,SSC,19.05,-99.15,,,,", "duplicate_code"),
        ("P2,fire,SSC,19.05,-99.15,,,,", "unknown_institution"),
        ("P2,police,SSC,19.05,-99.15,2,,,", "patrol_capacity"),
        ("P2,shelter,SSC,19.05,-99.15,0,,,", "bad_capacity"),
        (f"P2,shelter,SSC,19.05,-99.15,{CAPACITY_MAX + 1},,,", "bad_capacity"),
        ("P2,shelter,SSC,19.05,-99.15,2.5,,,", "bad_capacity"),
        ("P2,shelter,SSC,19.05,-99.15,²,,,", "bad_capacity"),
        ("P2,shelter,SSC,19.05,-99.15,2,,maybe,", "bad_sealed"),
        ("P2,police,SSC,19.05,-99.15,,,true,", "sealed_not_shelter"),
        ("P2,police,SSC,19.05,-99.15,,,,Uno,dos", "too_many_cells"),
    ],
)
def test_a_wrong_row_is_refused_by_its_number_and_the_others_are_read(tmp_path: Path, row: str, code: str) -> None:
    text = HEADER + f"P1,police,SSC,19.05,-99.15,,,,\n{row}\nP3,police,SSC,19.05,-99.15,1,,no,\n"
    read = read_units(a_csv(tmp_path, text), ZONES)
    assert [unit.code for unit in read.units] == ["P1", "P3"]
    assert [(refused.row, refused.code) for refused in read.refused] == [(3, code)]
    assert "99.15" not in read.refused[0].reason


CHILDREN = "code,institution,agency,lat,lon,children_max\n"


@pytest.mark.parametrize(("said", "children_max"), [("", None), ("0", 0), ("4", 4)])
def test_a_shelter_says_how_many_children_one_place_takes_or_nothing(
    tmp_path: Path, said: str, children_max: int | None
) -> None:
    read = read_units(a_csv(tmp_path, f"{CHILDREN}R1,shelter,Refugio,19.05,-99.05,{said}\n"), ZONES)
    assert [unit.children_max for unit in read.units] == [children_max]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("R1,shelter,Refugio,19.05,-99.05,-1", "bad_children"),
        ("R1,shelter,Refugio,19.05,-99.05,2.5", "bad_children"),
        ("R1,shelter,Refugio,19.05,-99.05,99", "bad_children"),
        ("P1,police,SSC,19.05,-99.15,2", "children_not_shelter"),
    ],
)
def test_a_place_for_children_that_cannot_be_is_refused(tmp_path: Path, row: str, code: str) -> None:
    read = read_units(a_csv(tmp_path, f"{CHILDREN}{row}\n"), ZONES)
    assert [(refused.row, refused.code) for refused in read.refused] == [(2, code)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("divider", [",", ";", "\t"])
def test_a_file_from_excel_is_read(tmp_path: Path, encoding: str, divider: str) -> None:
    text = (HEADER + "P1,police,Policía “Ñ”,19.05,-99.15,1,,,Unidad\n").replace(",", divider).replace("\n", "\r\n")
    unit = read_units(a_csv(tmp_path, text, encoding), ZONES).units[0]
    assert (unit.agency, unit.place, unit.name) == ("Policía “Ñ”", Point(19.05, -99.15), "Unidad")


def test_decimal_commas_between_semicolons_are_read(tmp_path: Path) -> None:
    text = "code;institution;agency;lat;lon;capabilities\nP1;police;SSC;19,05;-99,15;women|taser\n"
    unit = read_units(a_csv(tmp_path, text), ZONES).units[0]
    assert unit.place == Point(19.05, -99.15)
    assert unit.capabilities == ("taser", "women")


@pytest.mark.parametrize(
    ("text", "encoding", "code"),
    [
        ("", "utf-8", "no_columns"),
        ("code,institution,agency,lat\n", "utf-8", "no_columns"),
        ("code,institution,agency,lat,lon,lat\n", "utf-8", "twice_a_column"),
        (HEADER + 'P1,police,"SSC,19.05', "utf-8", "broken"),
        (HEADER, "utf-16", "encoding"),
    ],
)
def test_a_file_that_is_not_a_table_of_units_is_refused(
    tmp_path: Path, text: str, encoding: str, code: str
) -> None:
    with pytest.raises(RegionError) as refused:
        read_units(a_csv(tmp_path, text, encoding), ZONES)
    assert refused.value.code == code


# Staffing


@given(
    st.dictionaries(st.text("abcdef", min_size=1, max_size=4), st.integers(0, 10_000), min_size=1),
    st.integers(0, 500),
)
def test_all_seats_are_given_and_nobody_gets_a_whole_seat_too_many(people: dict[str, int], seats: int) -> None:
    people["z"] = 5
    total = sum(people.values())
    for rule in (by_largest_remainder, at_equal_steps):
        given_seats = rule(people, seats)
        assert sum(given_seats.values()) == seats
        assert all(abs(given_seats[zone] - seats * people[zone] / total) < 1 + 1e-9 for zone in people)
        assert all(not given_seats[zone] for zone in people if not people[zone])


def test_patrols_stand_where_the_people_are_and_the_file_reads_back(tmp_path: Path) -> None:
    path = a_geojson(
        tmp_path / "z.json",
        ({"id": "w", "poblacion": 900}, a_polygon(SQUARE)),
        ({"id": "e", "poblacion": 100}, a_polygon(BESIDE)),
        ({"id": "n", "poblacion": None}, a_polygon(BOW_TIE)),
    )
    units = patrols_by_population(path, patrols=10, prosecutors=3, shelters=2, seed=4)
    assert Counter((unit.institution, unit.zone) for unit in units)["police", "w"] == 9
    assert Counter(unit.institution for unit in units) == {"police": 10, "prosecutor": 3, "shelter": 2}
    assert len({unit.place for unit in units}) == len(units)
    assert all(unit.sealed == (unit.institution == "shelter") for unit in units)
    assert units == patrols_by_population(path, patrols=10, prosecutors=3, shelters=2, seed=4)
    assert units != patrols_by_population(path, patrols=10, prosecutors=3, shelters=2, seed=5)
    write_units(tmp_path / "units.csv", units)
    again = read_units(tmp_path / "units.csv", Zones(read_zones(path).zones))
    assert again.units == units


def test_a_region_without_people_or_without_the_column_is_refused(tmp_path: Path) -> None:
    path = a_geojson(tmp_path / "z.json", ({"id": "w", "poblacion": 0}, a_polygon(SQUARE)))
    for field, patrols, code in (
        ("poblacion", 3, "no_population"),
        ("people", 3, "no_field"),
        ("id", 3, "no_population"),
    ):
        with pytest.raises(RegionError) as refused:
            patrols_by_population(path, field, patrols=patrols)
        assert refused.value.code == code


# Real files


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

    def test_mexico_city_can_be_staffed_by_population(self, tmp_path: Path) -> None:
        units = patrols_by_population(QUADRANTS, patrols=400, prosecutors=30, shelters=12)
        assert Counter(unit.institution for unit in units) == {"police": 400, "prosecutor": 30, "shelter": 12}
        write_units(tmp_path / "units.csv", units)
        read = read_units(tmp_path / "units.csv", Zones(read_zones(QUADRANTS).zones))
        assert (read.units, read.refused) == (units, [])
