"""What leaves a report says which definitions and which period it is of, and says the same in every form."""

import csv
import io
import json
from dataclasses import replace
from datetime import date, timedelta
from string import Formatter
from typing import Any
from zoneinfo import ZoneInfo

import pypdf
import pytest
import shapely
from pyarrow import parquet
from python_calamine import CalamineWorkbook

from app.dispatch import events as e
from app.geo.zones import Zone, Zones
from app.reports.cases import day, order_clock, stuck, worst
from app.reports.change import change_table
from app.reports.data_errors import data_errors
from app.reports.export import as_dict, as_text
from app.reports.figures import response_times, targets
from app.reports.files import as_csv, as_geojson, as_parquet, as_pdf, as_xlsx
from app.reports.frame import Frame
from app.reports.response_times import Period, Row, Shifts, summarise
from app.reports.sentences import NOTES, SENTENCES
from app.reports.silence import silence
from app.reports.table import Kind, Table, text_of
from app.reports.targets import PUBLISHED, in_force
from app.reports.timeline import Timeline
from app.reports.weeks import weeks
from tests.reports.builders import START, Story

ZONE = ZoneInfo("America/Mexico_City")
NOW = START + 3600
PERIOD = Period(start=START, end=START + 86_400)
FRAME = Frame(period=PERIOD, at=NOW, time_zone=ZONE, floor=1)
SHIFTS = Shifts(time_zone=ZONE)
OUTLINES: dict[str, Any] = Zones(
    [
        Zone("c1", "Centro", shapely.box(-100, 25, -99, 26)),
        Zone("n1", "Norte", shapely.box(-100, 26, -99, 27)),
        Zone("n2", "Norte", shapely.box(-100, 27, -99, 28)),
    ]
).outlines()


def some_alerts() -> list[Timeline]:
    return [
        Story("a1", zone='sector "2", norte').served(1, 5, 35, 250.4).timeline,
        Story("a2", zone="centro", received=900).served(1, 5, 10, 600).timeline,
        Story("a3", zone="centro").stuck(0).timeline,
        Story("a4", zone="centro").offered(0).says(5, e.Accepted).says(4000, e.ArrivedOnScene).timeline,
    ]


def some_rows(by: tuple[str, ...] = ("institution", "zone")) -> list[Row]:
    wanted = in_force(PUBLISHED, date(2023, 11, 14))
    return summarise(some_alerts(), by, ["turnout", "response"], at=NOW, shifts=SHIFTS, targets=wanted)


def a_table() -> Table:
    return response_times(some_rows(), ("institution", "zone"), FRAME)


def every_table() -> list[Table]:
    told = some_alerts()
    before = [
        Story(f"b{n}", raised=n * 40_000).served(n * 40_000, n * 40_000, n * 40_000, n * 40_000 + 900).timeline
        for n in range(9)
    ]
    after = [
        Story(f"c{n}", raised=n * 40_000).served(n * 40_000, n * 40_000, n * 40_000, n * 40_000 + 300 + n).timeline
        for n in range(9)
    ]
    return [
        a_table(),
        targets(some_rows(()), FRAME),
        worst(told, "response", FRAME),
        day(told, FRAME),
        order_clock(told, FRAME),
        stuck(told, FRAME),
        silence(told, FRAME),
        change_table(before, after, PERIOD, "response", FRAME, SHIFTS),
        data_errors(told, FRAME),
        weeks([*some_rows(("week",))], "response", FRAME),
        response_times(hides_some(), ("zone",), replace(FRAME, floor=5)),
    ]


def hides_some() -> list[Row]:
    told = [
        Story(f"{zone}{n}", zone=zone).served(1, 5, 10, 300 + n).timeline
        for zone, many in (("centro", 9), ("norte", 7), ("sur", 2))
        for n in range(many)
    ]
    return summarise(told, ("zone",), ["response"], at=NOW)


def test_json_says_version_definitions_and_period() -> None:
    report = json.loads(json.dumps(as_dict(some_rows(), PERIOD, NOW, 1)))
    assert report["definitions_version"] == 4
    assert report["period"] == {"from": "2023-11-14T22:13:20.000Z", "to": "2023-11-15T22:13:20.000Z"}
    assert [(one["number"], one["formula"]) for one in report["definitions"]] == [(15, "T7 − T6"), (17, "T8 − T0")]
    assert report["percentiles"] == "linear interpolation (PERCENTILE_CONT)"
    centro = next(
        row for row in report["rows"] if row["interval"] == "response" and row["group"]["zone"] == "centro"
    )
    assert (centro["n"], centro["unattended"], centro["negative"], centro["negative_alerts"]) == (1, 1, 1, ["a2"])
    assert (centro["p50_s"], centro["waited_longest_s"]) == (4000.0, 3600.0)


def test_csv_reads_back_and_every_line_says_version_and_period() -> None:
    text = as_csv(a_table())
    assert text.count("\r\n") == text.count("\n") == 5
    lines = list(csv.DictReader(io.StringIO(text, newline="")))
    assert {(line["definitions_version"], line["period_from"]) for line in lines} == {("4", "2023-11-14 16:13")}
    last = lines[-1]
    assert (last["zone"], last["interval"], last["definition"]) == ('sector "2", norte', "Respuesta", "17")
    assert (last["n"], last["p50_s"], last["waited_longest_s"]) == ("1", "250", "")


def test_a_text_that_a_spreadsheet_would_calculate_stays_a_text() -> None:
    rows = summarise([Story("a1", zone="=1+1").timeline], ("zone",), ["response"], at=NOW)
    table = response_times(rows, ("zone",), FRAME)
    assert ",'=1+1," in as_csv(table)
    (sheet,) = sheets(as_xlsx(table, NOW))
    assert "=1+1" in [cell for line in sheet for cell in line]


def test_the_terminals_table_is_aligned_and_in_minutes_and_seconds() -> None:
    text = as_text(a_table())
    lines = text.splitlines()
    assert lines[0] == "Tiempos de respuesta"
    assert "Llamadas desde: 2023-11-14 16:13" in lines
    table = [line for line in lines if line.startswith(("intervalo", "Salida", "Respuesta "))][-5:]
    assert len({len(line) for line in table}) == 1, "the last column is set to the right, so all lines end alike"
    assert table[-1].split()[-1] == "4:10"
    assert "1:06:40" in table[-2]
    assert "1:00:00" in table[-2]
    assert "17 Respuesta = T8 − T0. De la más temprana de sus llamadas a la primera policía en sitio" in text
    assert "Datos imposibles en: a2." in text


def test_a_report_without_rows_still_says_what_it_is() -> None:
    table = response_times([], (), FRAME)
    assert as_dict([], PERIOD, NOW, 1)["rows"] == []
    assert as_csv(table).startswith("definitions_version,")
    assert table.sentence == "No hay nada en este periodo."
    assert as_pdf(table, NOW).startswith(b"%PDF")


@pytest.mark.parametrize("table", every_table(), ids=lambda table: table.name)
def test_every_kind_of_file_says_the_same_in_every_cell(table: Table) -> None:
    assert table.rows
    assert from_csv(table) == table.shown()
    assert from_xlsx(table) == table.shown()
    assert from_parquet(table) == table.shown()
    assert from_geojson(table) == table.shown()
    text = from_pdf(table)
    for line in table.shown():
        assert squeezed(" ".join(line)) in text
    for said in (table.title, table.sentence, *table.notes, *(fact.text for fact in table.facts)):
        assert squeezed(said) in text


def test_every_word_of_a_report_is_there_in_english_too() -> None:
    english = Frame(period=PERIOD, at=NOW, time_zone=ZONE, floor=1, language="en")
    table = response_times(some_rows(), ("institution", "zone"), english)
    assert table.title == "Response times"
    assert table.rows[0][2] == "police"
    assert "half in 1:06:40 or less" in table.sentence
    assert table.shown() == [
        [english.value("institution", "police") if cell == "policía" else cell for cell in line]
        for line in [[*line] for line in table.shown()]
    ]


def from_csv(table: Table) -> list[list[str]]:
    """The cells of the file, each written as its column is."""
    lines = list(csv.reader(io.StringIO(as_csv(table), newline="")))[1:]
    return [
        [_said(cell, column.kind) for cell, column in zip(line[len(table.facts) :], table.columns, strict=True)]
        for line in lines
    ]


def _said(cell: str, kind: Kind) -> str:
    if cell == "":
        return "—"
    return text_of(int(cell), kind) if kind is not Kind.TEXT and cell.lstrip("-").isdigit() else cell.lstrip("'")


def sheets(book: bytes) -> list[list[list[Any]]]:
    read = CalamineWorkbook.from_filelike(io.BytesIO(book))
    return [read.get_sheet_by_name(name).to_python() for name in read.sheet_names]


def from_xlsx(table: Table) -> list[list[str]]:
    """The cells of the sheet below its headings."""
    (lines,) = sheets(as_xlsx(table, NOW))
    labels = [column.label for column in table.columns]
    top = next(place for place, line in enumerate(lines) if line[: len(labels)] == labels)
    body = lines[top + 1 : top + 1 + len(table.rows)]
    return [[_cell(cell, c.kind) for cell, c in zip(line, table.columns, strict=False)] for line in body]


def _cell(cell: object, kind: Kind) -> str:
    if cell == "":
        return "—"
    if isinstance(cell, timedelta):
        return text_of(round(cell.total_seconds()), kind)
    if isinstance(cell, int | float):
        return text_of(round(cell * 100 if kind is Kind.PERCENT else cell), kind)
    return str(cell)


def from_pdf(table: Table) -> str:
    """All that the document says, without the blanks and breaks of its lines."""
    pages = pypdf.PdfReader(io.BytesIO(as_pdf(table, NOW))).pages
    return squeezed("".join(page.extract_text() for page in pages))


def from_parquet(table: Table) -> list[list[str]]:
    """The cells of the file as another library reads them; `hidden` names those that are not told."""
    read = parquet.read_table(io.BytesIO(as_parquet(table)))
    said = {key.decode(): value.decode() for key, value in read.schema.metadata.items()}
    assert (said["title"], said["sentence"], said["notes"]) == (
        table.title,
        table.sentence,
        "\n".join(table.notes),
    )
    for column in table.columns:
        assert str(read.schema.field(column.key).type) == ("string" if column.kind is Kind.TEXT else "int64")
    lines = read.to_pylist()
    assert all(line[fact.key] == fact.text for line in lines for fact in table.facts)
    return [
        [
            "*" if column.key in line["hidden"] else text_of(line[column.key], column.kind)
            for column in table.columns
        ]
        for line in lines
    ]


def from_geojson(table: Table) -> list[list[str]]:
    lines = json.loads(as_geojson(table, OUTLINES))["features"]
    assert all(line["properties"][fact.key] == fact.text for line in lines for fact in table.facts)
    return [[text_of(line["properties"][column.key], column.kind) for column in table.columns] for line in lines]


@pytest.mark.parametrize("table", every_table(), ids=lambda table: table.name)
def test_no_key_of_a_file_stands_for_two_things(table: Table) -> None:
    keys = [*(fact.key for fact in table.facts), *(column.key for column in table.columns), "hidden"]
    assert len(set(keys)) == len(keys)


def test_a_row_is_drawn_as_its_zone_and_as_nothing_where_it_has_none_or_the_name_is_not_its_own() -> None:
    told = [Story("a", zone="c1").timeline, Story("b", zone="n1").timeline, Story("c", zone="nowhere").timeline]
    frame = replace(FRAME, zones={"c1": "Centro", "n1": "Norte", "n2": "Norte"})
    drawn = json.loads(as_geojson(silence(told, frame), OUTLINES))
    assert drawn["type"] == "FeatureCollection"
    assert {one["properties"]["zone"]: one["geometry"] for one in drawn["features"]} == {
        "Centro": json.loads(json.dumps(OUTLINES))["features"][0]["geometry"],
        "Norte": None,
        "nowhere": None,
    }
    ungrouped = json.loads(as_geojson(response_times(some_rows(()), (), FRAME), OUTLINES))
    assert {one["geometry"] is None for one in ungrouped["features"]} == {True}


def test_what_is_hidden_is_hidden_in_every_file() -> None:
    table = response_times(hides_some(), ("zone",), replace(FRAME, floor=5))
    read = parquet.read_table(io.BytesIO(as_parquet(table))).to_pylist()
    small = next(line for line in read if line["zone"] == "sur")
    assert small["n"] is small["p50_s"] is small["mean_s"] is None
    assert {"n", "p50_s", "mean_s"} <= set(small["hidden"])
    drawn = json.loads(as_geojson(table, OUTLINES))["features"]
    assert {one["properties"]["n"] for one in drawn if one["properties"]["zone"] == "sur"} == {"*"}


def squeezed(text: str) -> str:
    return "".join(text.split())


def test_every_gap_of_a_sentence_is_the_same_in_both_languages() -> None:
    def gaps(text: str) -> set[str]:
        return {name for _, name, _, _ in Formatter().parse(text) if name}

    for key, (spanish, english) in {**SENTENCES, **NOTES}.items():
        assert gaps(spanish) == gaps(english), key
