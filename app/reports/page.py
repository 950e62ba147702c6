"""A page as PDF/UA and as one HTML file that needs nothing else; both show the same cells as its tables."""

from dataclasses import asdict
from html import escape
from pathlib import Path
from string import Template
from typing import Any

import msgspec
import typst

from .table import NOTHING, Column, Kind, Table, text_of
from .trial_page import Page

PAPER = Path(__file__).with_name("page.typ")
SCREEN = Path(__file__).with_name("page.html")
ENDS = ("_low", "_high")
"""Columns that are the interval of the one before them."""
DETAIL = frozenset({"tornado"})
"""Tables that are drawn on paper, and stand in full on the screen only."""


def page_pdf(page: Page, at: float) -> bytes:
    """One page that a screen reader can read (PDF/UA-1), made `at` (seconds since 1970 UTC)."""
    return _compiled(page, at, pdf_standards="ua-1")


def _compiled(page: Page, at: float, **how: Any) -> bytes:
    shape = {**asdict(page), "tables": [_shape(table) for table in page.tables if table.name not in DETAIL]}
    made = typst.compile(
        PAPER,
        ignore_system_fonts=True,
        sys_inputs={"data": msgspec.json.encode(shape).decode()},
        timestamp=int(at),
        **how,
    )
    if not isinstance(made, bytes):
        raise ValueError("a page is one page")  # noqa: TRY004 - it is long, not of another type
    return made


def page_html(page: Page) -> str:
    """One file: no script, no address, nothing fetched."""
    drawings = "".join(
        f"<figure><figcaption>{escape(one.title)}</figcaption>{one.svg}"
        f'<p class="said">{escape(one.alt)}</p></figure>'
        for one in page.drawings
    )
    return Template(SCREEN.read_text(encoding="utf-8")).substitute(
        language=escape(page.language),
        title=escape(page.title),
        sentence=escape(page.sentence),
        facts=" · ".join(f"{escape(fact.label)}: {escape(fact.text)}" for fact in page.facts),
        answers="".join(
            f"<section><h2>{escape(one.question)}</h2><p>{escape(one.text)}</p></section>" for one in page.answers
        ),
        drawings=drawings,
        tables="".join(_html_table(_shape(table)) for table in page.tables),
        notes="".join(f"<p>{escape(note)}</p>" for note in page.notes),
    )


def page_text(page: Page) -> str:
    """The same for the terminal; drawings in words."""
    facts = [f"{fact.label}: {fact.text}" for fact in page.facts]
    answers = [f"{one.question} {one.text}" for one in page.answers]
    tables = [f"{shape['title']}\n{_aligned(shape)}" for shape in map(_shape, page.tables)]
    return "\n\n".join([page.title, "\n".join(facts), page.sentence, *answers, *tables, *page.notes, ""])


def _aligned(shape: dict[str, Any]) -> str:
    lines = [
        [one["label"] for one in shape["columns"]],
        *([" ".join(cell) for cell in row] for row in shape["cells"]),
    ]
    widths = [max(len(line[at]) for line in lines) for at in range(len(lines[0]))]
    words = [one["kind"] == Kind.TEXT for one in shape["columns"]]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if word else cell.rjust(width)
            for cell, width, word in zip(line, widths, words, strict=True)
        ).rstrip()
        for line in lines
    )


def _html_table(shape: dict[str, Any]) -> str:
    def cell(tag: str, kind: str, said: list[str]) -> str:
        more = f"<small>{escape(said[1])}</small>" if len(said) > 1 else ""
        return f'<{tag} class="{kind}">{escape(said[0])}{more}</{tag}>'

    head = "".join(
        f'<th scope="col" class="{one["kind"]}">{escape(one["label"])}</th>' for one in shape["columns"]
    )
    body = "".join(
        "<tr>"
        + "".join(cell("td", column["kind"], said) for column, said in zip(shape["columns"], row, strict=True))
        + "</tr>"
        for row in shape["cells"]
    )
    return (
        f'<div class="table"><table id="{escape(shape["name"])}"><caption>{escape(shape["title"])}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _shape(table: Table) -> dict[str, Any]:
    """The table with each interval in the cell of its figure: what it says, then where the truth lies."""
    main = [at for at, column in enumerate(table.columns) if not column.key.endswith(ENDS)]
    return {
        "name": table.name,
        "title": table.title,
        "columns": [{"label": table.columns[at].label, "kind": table.columns[at].kind.value} for at in main],
        "cells": [[_cell(table.columns, row, at) for at in main] for row in table.rows],
    }


def _cell(columns: tuple[Column, ...], row: tuple[Any, ...], at: int) -> list[str]:
    said = [text_of(row[at], columns[at].kind)]
    with_interval = at + 2 < len(columns) and columns[at + 1].key == f"{columns[at].key}_low"
    if with_interval and row[at + 1] is not None and row[at + 2] is not None:
        dash = ", " if columns[at].kind is Kind.CHANGE else " – "
        low, high = (text_of(row[at + end], columns[at].kind) for end in (1, 2))
        said.append(f"({low}{dash}{high})" if NOTHING not in (low, high) else "")
    return said
