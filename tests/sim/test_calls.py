"""Reading real calls: ids that stay, windows of local days, rows refused with their number and no place."""

from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from app.clock import rfc3339
from simulator.calls import CallsError, read_calls

MEXICO = ZoneInfo("America/Mexico_City")
HEADER = "fecha,hora,alcaldia,lat,lon\n"
ROW = "2024-05-12,06:30:00,CENTRO,19.43,-99.13\n"


def a_file(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    file = folder / "calls.csv"
    file.write_bytes(text.encode(encoding))
    return file


def test_a_row_becomes_a_call_at_its_local_time_with_the_rest_as_a_note(tmp_path: Path) -> None:
    read = read_calls(a_file(tmp_path, HEADER + ROW), MEXICO)
    (call,) = read.calls
    assert rfc3339(call.at) == "2024-05-12T12:30:00.000Z"
    assert (call.place.lat, call.place.lon) == (19.43, -99.13)
    assert call.note == "alcaldia: CENTRO"
    assert "19.43" not in repr(call)


def test_the_same_rows_have_the_same_ids_and_equal_rows_different_ones(tmp_path: Path) -> None:
    file = a_file(tmp_path, HEADER + ROW + ROW + ROW.replace("06:30", "06:31"))
    first, second = read_calls(file, MEXICO), read_calls(file, MEXICO)
    assert [call.id for call in first.calls] == [call.id for call in second.calls]
    assert len({call.id for call in first.calls}) == 3
    later = read_calls(a_file(tmp_path, HEADER + ROW.replace("06:30", "06:31") + ROW), MEXICO)
    assert {call.id for call in later.calls} < {call.id for call in first.calls}


def test_a_window_is_whole_local_days(tmp_path: Path) -> None:
    rows = "".join(
        f"2024-05-{day},{hour},X,19.4,-99.1\n"
        for day, hour in ((11, "23:59:59"), (12, "00:00:00"), (13, "00:00:00"))
    )
    file = a_file(tmp_path, HEADER + rows)
    read = read_calls(file, MEXICO, date(2024, 5, 12), 1)
    assert [rfc3339(call.at) for call in read.calls] == ["2024-05-12T06:00:00.000Z"]
    assert (rfc3339(read.start), rfc3339(read.end)) == ("2024-05-12T06:00:00.000Z", "2024-05-13T06:00:00.000Z")
    assert len(read_calls(file, MEXICO, date(2024, 5, 12)).calls) == 2
    assert len(read_calls(file, MEXICO).calls) == 3


def test_a_row_that_cannot_be_read_is_refused_with_its_number_and_without_its_place(tmp_path: Path) -> None:
    bad = "2024-05-12,06:30:00,X,99.5,-99.13\n2024-05-12,soon,X,19.4,-99.1\n2024-05-12,06:30:00,X,0,0\n"
    read = read_calls(a_file(tmp_path, HEADER + ROW + bad), MEXICO)
    assert [refused.row for refused in read.refused] == [3, 4, 5]
    assert read.rows == 4
    # Wrong rows of another day are not this window's, as far as their time can be read.
    other = read_calls(a_file(tmp_path, HEADER + ROW + bad), MEXICO, date(2024, 5, 13), 1)
    assert [refused.row for refused in other.refused] == []
    lost = read_calls(a_file(tmp_path, HEADER + ROW + "soon,06:30,X,19.4,-99.1\n"), MEXICO, date(2024, 5, 13), 1)
    assert [refused.row for refused in lost.refused] == [3]
    assert not any("99.5" in refused.reason for refused in read.refused)


@pytest.mark.parametrize(
    "text",
    [
        "time;latitude;longitude\n2024-05-12 06:30:00;19.43;-99.13\n",
        "\ufeffTimestamp,LAT,LNG\n2024-05-12T12:30:00Z,19.43,-99.13\n",
        "fecha_hora\tlatitud\tlongitud\n12/05/2024 06:30\t19.43\t-99.13\n",
        "date,time,lat,lon\n2024-05-12,06:30,19.43,-99.13\n",
        "fecha_hecho,hora_hecho,latitud,longitud\n2024-05-12,06:30:00,19.43,-99.13\n",
    ],
)
def test_customary_columns_are_found_by_name(tmp_path: Path, text: str) -> None:
    (call,) = read_calls(a_file(tmp_path, text), MEXICO).calls
    assert rfc3339(call.at) == "2024-05-12T12:30:00.000Z"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("when,lat,lon\n", "no column for the time"),
        ("time,lat\n", "no column for the longitude"),
        (HEADER, "holds no row"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(CallsError, match=sentence):
        read_calls(a_file(tmp_path, text), MEXICO)
    with pytest.raises(CallsError, match="no file"):
        read_calls(tmp_path / "nothing.csv", MEXICO)
    with pytest.raises(CallsError, match="UTF-8"):
        read_calls(a_file(tmp_path, HEADER + "2024-05-12,06:30:00,Peñón,19.4,-99.1\n", "cp1252"), MEXICO)


@pytest.mark.shared
def test_the_real_file_is_read_whole() -> None:
    file = Path(__file__).parents[3] / "shared" / "data" / "cdmx" / "violencia_familiar_2024.csv"
    if not file.exists():
        pytest.skip("the folder of real data is not beside the project")
    read = read_calls(file, MEXICO)
    assert read.rows == 34_261
    assert len(read.calls) + len(read.refused) == read.rows
    assert len({call.id for call in read.calls}) == len(read.calls)
    assert 80 < len(read_calls(file, MEXICO, date(2024, 5, 12), 1).calls) < 180
