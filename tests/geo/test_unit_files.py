"""Reading a region's units from a table."""

from pathlib import Path

import pytest
import shapely

from app.geo.files import RegionError
from app.geo.point import Point
from app.geo.unit_files import CAPACITY_MAX, read_units
from app.geo.zones import Zone, Zones

from .region_files import BESIDE, SQUARE

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
