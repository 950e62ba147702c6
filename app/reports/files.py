"""A table as a file: CSV, XLSX, PDF/UA, Parquet, GeoJSON. All have the same cells, none more than the screen."""

import csv
import io
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import msgspec
import typst
import xlsxwriter

from .table import HIDDEN, Cell, Column, Kind, Table

TEMPLATE = Path(__file__).with_name("report.typ")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for a formula at the beginning of a text."""


def as_shape(table: Table) -> dict[str, Any]:
    """The table as JSON: each cell as a value, and in `shown` as people see it."""
    return {**asdict(table), "shown": table.shown()}


def as_csv(table: Table) -> str:
    """RFC 4180: a header line, CRLF, quotes where needed. Seconds and percent are whole numbers, nothing is empty.

    What holds for the whole table stands in every line. A text that a spreadsheet would calculate begins with `'`.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    facts = table.facts
    writer.writerow([*(fact.key for fact in facts), *(column.key for column in table.columns)])
    for row in table.rows:
        writer.writerow([*(fact.text for fact in facts), *(_plain(cell) for cell in row)])
    return text.getvalue()


def _plain(cell: Cell) -> str | int:
    if cell is None:
        return ""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


_DAY_S = 86_400
_FORMATS = {Kind.SECONDS: "[h]:mm:ss", Kind.CHANGE: "General", Kind.PERCENT: "0%"}
_PER_UNIT = {Kind.SECONDS: _DAY_S, Kind.PERCENT: 100}


def as_xlsx(table: Table, at: float) -> bytes:
    """One sheet: title, sentence, what holds for it, the table, the notes. Lengths are times that can be added up.

    Changes are whole seconds: a spreadsheet has no times below zero. `at` is when it says that it was made.
    """
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": table.title, "created": datetime.fromtimestamp(at, UTC).replace(tzinfo=None)})
    sheet = book.add_worksheet(table.name)
    bold, wrapped = book.add_format({"bold": True}), book.add_format({"bold": True, "text_wrap": True})
    formats = {kind: book.add_format({"num_format": form}) for kind, form in _FORMATS.items()}
    sheet.write_string(0, 0, table.title, bold)
    sheet.write_string(1, 0, table.sentence)
    for line, fact in enumerate(table.facts, start=2):
        sheet.write_string(line, 0, fact.label, bold)
        sheet.write_string(line, 1, fact.text)
    top = 3 + len(table.facts)
    for place, column in enumerate(table.columns):
        sheet.write_string(top, place, column.label, wrapped)
        sheet.set_column(place, place, 18 if column.kind is Kind.TEXT else 11)
    for line, row in enumerate(table.rows, start=top + 1):
        for place, (cell, column) in enumerate(zip(row, table.columns, strict=True)):
            if isinstance(cell, str):
                sheet.write_string(line, place, cell)
            elif cell is not None:
                sheet.write_number(line, place, cell / _PER_UNIT.get(column.kind, 1), formats.get(column.kind))
    for line, note in enumerate(table.notes, start=top + 2 + len(table.rows)):
        sheet.write_string(line, 0, note)
    sheet.freeze_panes(top + 1, 0)
    book.close()
    return made.getvalue()


def as_pdf(table: Table, at: float) -> bytes:
    """A document that a screen reader can read (PDF/UA-1), made `at`. Takes some tenths of a second."""
    shape = as_shape(table)
    data = msgspec.json.encode({**shape, "rows": shape["shown"]}).decode()
    made = typst.compile(
        TEMPLATE,
        ignore_system_fonts=True,
        sys_inputs={"data": data},
        pdf_standards="ua-1",
        timestamp=int(at),
    )
    if not isinstance(made, bytes):
        raise TypeError("a document is made in one piece")
    return made


def as_parquet(table: Table) -> bytes:
    """The rows typed: words as text, figures as whole numbers. What holds for the whole table stands in every row.

    A figure that is not told is null and named in the row's `hidden`; one there is none of is null and is not.
    Title, sentence and notes stand in the file's own metadata.
    """
    names = [*(fact.key for fact in table.facts), *(column.key for column in table.columns), "hidden"]
    types = [*("VARCHAR" for _ in table.facts), *(_TYPES[column.kind] for column in table.columns), "VARCHAR[]"]
    columns = ", ".join(f"{_quoted(name)} {kind}" for name, kind in zip(names, types, strict=True))
    said = {"title": table.title, "sentence": table.sentence, "notes": "\n".join(table.notes)}
    metadata = ", ".join(f"{key}: {_text(value)}" for key, value in said.items())
    with TemporaryDirectory() as folder, duckdb.connect() as base:
        file = Path(folder, "table.parquet")
        base.execute(f"CREATE TABLE told ({columns})")
        if table.rows:
            given = base.table("told")
            for row in table.rows:
                given.insert(_typed(table, row))
        base.execute(f"COPY told TO {_text(str(file))} (FORMAT parquet, KV_METADATA {{{metadata}}})")
        return file.read_bytes()


_TYPES = {kind: "VARCHAR" if kind is Kind.TEXT else "BIGINT" for kind in Kind}


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _typed(table: Table, row: tuple[Cell, ...]) -> list[object]:
    untold = [_untold(cell, column) for cell, column in zip(row, table.columns, strict=True)]
    cells = [None if hidden else cell for cell, hidden in zip(row, untold, strict=True)]
    named = [column.key for column, hidden in zip(table.columns, untold, strict=True) if hidden]
    return [*(fact.text for fact in table.facts), *cells, named]


def _untold(cell: Cell, column: Column) -> bool:
    return cell == HIDDEN and column.kind is not Kind.TEXT


def as_geojson(table: Table, outlines: Mapping[str, Any]) -> bytes:
    """One feature for each row: its cells as properties, and the outline of its zone; null where it has none.

    `outlines`: the center's zones as GeoJSON. Zones are all that is drawn: no unit, no case, no shelter. A row is
    laid to its zone by the name that it shows, so two zones of one name have no outline.
    """
    shapes = {zone["properties"]["name"]: zone["geometry"] for zone in outlines["features"]}
    times = Counter(zone["properties"]["name"] for zone in outlines["features"])
    keys = [column.key for column in table.columns]
    features = []
    for row in table.rows:
        told = dict(zip(keys, row, strict=True))
        zone = told.get("zone")
        shape = shapes.get(zone) if isinstance(zone, str) and times[zone] == 1 else None
        properties = {**{fact.key: fact.text for fact in table.facts}, **told}
        features.append({"type": "Feature", "geometry": shape, "properties": properties})
    whole = {"type": "FeatureCollection", "title": table.title, "sentence": table.sentence, "notes": table.notes}
    return msgspec.json.encode({**whole, "features": features})
