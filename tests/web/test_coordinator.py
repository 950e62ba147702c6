"""The coordinator's page: what it shows is what its files say, nothing small is told, everybody can read it."""

import csv
import io
import json
import random
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, cast
from urllib.parse import urljoin

import pyarrow.parquet
import pypdf
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect
from python_calamine import CalamineWorkbook

from app.children.postgres import EmbeddedPostgres
from app.clock import HandClock
from tests.service_fixture import House, a_house

from .axe import AXE, RUN
from .fortnight import DAYS, SETTINGS, Fortnight
from .seats import Seat, a_theatre

REPORTS = (
    "day",
    "stuck",
    "response-times",
    "trend",
    "map",
    "heat",
    "targets",
    "compare",
    "weeks",
    "worst",
    "silence",
    "order-clock",
    "data-errors",
)
CHARTS = ("day", "response-times", "trend", "map", "heat")
ZONE = "America/Mexico_City"

pytestmark = pytest.mark.xdist_group("fortnight")


@pytest_asyncio.fixture(scope="module", loop_scope="session", params=[1, 5], ids=["all told", "small hidden"])
async def hall(
    request: pytest.FixtureRequest, postgres_server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    """A service with a fortnight of calls in it, that tells all cells or only those of five and more."""
    clock = HandClock(time.time() - DAYS * 86_400)
    name = f"fortnight_{request.param}"
    await postgres_server.create_database(name)
    folder = tmp_path_factory.mktemp(name)
    settings = {**SETTINGS, "time_zone": ZONE, "small_cell_min": request.param}
    async with a_house(postgres_server.dsn(name), folder, clock, **settings) as house:
        await Fortnight(house=house, clock=clock, chance=random.Random(5)).passes()
        # The browser's today is the machine's, also in the first hours after midnight there.
        clock.advance(max(0.0, time.time() - clock.now()))
        await house.raised("prosecutor")
        yield house
    await postgres_server.drop_database(name)


@pytest_asyncio.fixture(loop_scope="session")
async def told(hall: House, browser: Browser) -> AsyncIterator[Seat]:
    """A coordinator before it, with everything on the screen."""
    async with a_theatre(hall, browser) as theatre:
        seat = await theatre.coordinator()
        await _is_there(seat.page)
        yield seat


only_told = pytest.mark.parametrize("hall", [1], indirect=True)
only_hidden = pytest.mark.parametrize("hall", [5], indirect=True)


async def _is_there(page: Page) -> None:
    await expect(page.locator("section[data-report]")).to_have_count(len(REPORTS))
    await expect(page.locator("section[aria-busy=true]")).to_have_count(0)


def _section(page: Page, name: str) -> Locator:
    return page.locator(f'section[data-report="{name}"]')


CELLS = """
(section) => [...section.querySelectorAll("tbody tr")].map((line) =>
  [...line.cells].map((cell) => (cell.querySelector("[aria-hidden]") ?? cell).textContent.trim()))
"""


async def _on_screen(section: Locator) -> list[list[str]]:
    cells: list[list[str]] = await section.evaluate(CELLS)
    return cells


async def _file(seat: Seat, section: Locator, kind: str) -> bytes:
    address = await section.locator(f'a[data-kind="{kind}"]').get_attribute("href")
    assert address is not None
    answer = await seat.context.request.get(urljoin(seat.url, address))
    assert answer.status == 200
    return await answer.body()


def _seconds(text: str) -> str:
    """`−1:02:03` as the number of seconds it means; any other text without what a number wears."""
    sign = "-" if text.startswith("−") else ""
    bare = text.removeprefix("−").removeprefix("+").removesuffix(" %")
    if bare.replace(":", "").isdigit() and ":" in bare and len(bare.split(":")[0]) < 4:
        total = 0
        for part in bare.split(":"):
            total = 60 * total + int(part)
        return f"{sign if total else ''}{total}"
    return "" if text == "—" else sign + bare


async def test_csv_xlsx_pdf_and_screen_say_the_same(told: Seat) -> None:
    """Every number of every report, from files that a stranger to this code reads."""
    compared = 0
    for name in REPORTS:
        section = _section(told.page, name)
        screen = await _on_screen(section)
        labels = await section.locator("thead th").all_text_contents()
        plain = [[_seconds(cell) for cell in line] for line in screen]
        compared += sum(len(line) for line in screen)

        lines = list(csv.reader(io.StringIO((await _file(told, section, "csv")).decode(), newline="")))
        width = len(labels) or len(lines[0])
        assert [[_seconds(cell) for cell in line[-width:]] for line in lines[1:]] == plain, name

        sheet = CalamineWorkbook.from_filelike(io.BytesIO(await _file(told, section, "xlsx"))).get_sheet_by_index(
            0
        )
        rows = sheet.to_python()
        if labels:
            top = next(at for at, row in enumerate(rows) if [str(cell) for cell in row[:width]] == labels)
            body = rows[top + 1 : top + 1 + len(screen)]
            read = [
                [_read(*pair) for pair in zip(row, line, strict=False)]
                for row, line in zip(body, screen, strict=True)
            ]
            assert read == plain, name

        document = pypdf.PdfReader(io.BytesIO(await _file(told, section, "pdf")))
        said_of_it = cast(pypdf.generic.StreamObject, document.root_object["/Metadata"]).get_data()
        assert b"<pdfuaid:part>1<" in said_of_it, "a screen reader can read it"
        text = "".join("".join(page.extract_text().split()) for page in document.pages)
        for line in screen:
            assert "".join("".join(line).split()) in text, (name, line)
        said = await section.locator(".sentence").inner_text()
        assert "".join(said.split()) in text, name
    assert compared > 500


def _read(cell: Any, shown: str) -> str:
    """A cell of the sheet as `_seconds` has it; what is shown says only whether it is a share."""
    if isinstance(cell, timedelta):
        return str(round(cell.total_seconds()))
    if isinstance(cell, float):
        return str(round(cell * 100 if shown.endswith("%") else cell))
    return _seconds(cell)


async def test_nothing_is_told_of_one_case_after_help_has_come(told: Seat) -> None:
    """How long the way to a shelter takes says how far it is."""
    for name in ("worst", "day", "order-clock", "stuck"):
        section = _section(told.page, name)
        labels = " ".join(await section.locator("thead th").all_text_contents())
        assert not [point for point in ("T11", "T12", "T13") if point in labels]
    safety = [line for line in await _on_screen(_section(told.page, "response-times")) if line[0] == "A salvo"]
    lengths = [_seconds(cell) for line in safety for cell in line[9:15]]
    assert all(int(cell) % 300 == 0 for cell in lengths if cell.isdigit())


@only_hidden
async def test_a_small_cell_is_a_star_and_the_legend_says_so(told: Seat) -> None:
    section = _section(told.page, "response-times")
    lines = await _on_screen(section)
    police, prosecutor = [line for line in lines if line[0] == "Despacho"]
    assert set(prosecutor[3:]) == {"*"}
    assert police[3] == "*", "with the sum of both it would give the other away"
    assert police[10] != "*", "a percentile of many is told all the same"
    await expect(section.locator("li").filter(has_text="menos de 5 casos")).to_have_count(1)
    heat = _section(told.page, "heat")
    await expect(heat.locator(".sentence")).to_have_text("Demasiado pocos casos para agruparlos así.")
    address = await section.locator('a[data-kind="csv"]').get_attribute("href")
    assert address is not None
    answer = await told.context.request.get(
        urljoin(told.url, address.replace("response-times.csv", "response-times"))
    )
    rows = (await answer.json())["rows"]
    assert [row["n"] for row in rows if row["interval"] == "processing"] == [None, None]


@only_told
async def test_every_chart_has_a_sentence_and_a_table_and_shapes_beside_colours(told: Seat) -> None:
    page = told.page
    for name in CHARTS:
        section = _section(page, name)
        assert (await section.locator(".sentence").inner_text()).endswith(".")
        await expect(section.locator("table")).to_have_count(1)
        await expect(section.locator("figure").first).to_be_visible()
    fills = await page.locator(".map path").evaluate_all("(all) => all.map((one) => one.getAttribute('fill'))")
    assert sorted(fills) == ["url(#step-0)", "url(#step-3)"], "a pattern of its own for each step"
    shown = await page.locator(".map .figure").all_text_contents()
    table = await _on_screen(_section(page, "map"))
    assert sorted(shown) == sorted(line[10] for line in table), "the map says the table's own figures"
    assert await page.locator(".strip circle, .strip path:is(.waiting, .over)").count() == len(
        await _on_screen(_section(page, "day"))
    )


@only_told
async def test_before_and_after_says_aloud_that_the_second_week_was_faster(told: Seat) -> None:
    section = _section(told.page, "compare")
    sentence = await section.locator(".sentence").inner_text()
    assert sentence.startswith("Respuesta: la mediana pasó de ")
    assert "(−" in sentence
    lines = await _on_screen(section)
    assert [line[0] for line in lines[:4]] == ["P50", "P90", "P50 a mezcla igual", "P90 a mezcla igual"]


@only_told
async def test_another_question_is_asked_by_keyboard_alone(told: Seat) -> None:
    page = told.page
    await page.get_by_label("Intervalo").focus()
    await page.keyboard.type("Tras")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Space")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Space")
    await page.get_by_role("button", name="Mostrar").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Por día: Traslado")).to_be_visible()
    await _is_there(page)
    lines = await _on_screen(_section(page, "response-times"))
    assert {line[0] for line in lines} == {"Traslado"}
    assert {line[2] for line in lines} == {"Centro", "Norte"}
    assert await told.pointers() == 0
    regions = await page.locator('[role="region"]').evaluate_all("(all) => all.map((one) => one.tabIndex)")
    assert set(regions) == {0}, "a table that scrolls is reached by keyboard"


@only_told
async def test_two_groups_of_zones_are_laid_side_by_side_when_they_are_chosen(told: Seat) -> None:
    page = told.page
    await expect(_section(page, "zone-groups")).to_have_count(0)
    await page.locator('select[name="zones"]').select_option("centro")
    await page.locator('select[name="against"]').select_option("norte")
    await page.get_by_role("button", name="Mostrar").click()
    section = _section(page, "zone-groups")
    await expect(section.locator("tbody tr").first).to_be_visible()
    lines = await _on_screen(section)
    assert [line[0] for line in lines[:2]] == ["P50", "P90"]
    csv_of_it = (await _file(told, section, "csv")).decode()
    assert csv_of_it.count("\n") == len(lines) + 1


@only_told
async def test_every_report_is_taken_as_parquet_and_geojson_with_the_same_rows(told: Seat) -> None:
    for name in REPORTS:
        section = _section(told.page, name)
        lines = list(csv.reader(io.StringIO((await _file(told, section, "csv")).decode(), newline="")))
        taken = pyarrow.parquet.read_table(io.BytesIO(await _file(told, section, "parquet")))
        assert taken.num_rows == len(lines) - 1, name
        features = json.loads(await _file(told, section, "geojson"))["features"]
        assert len(features) == len(lines) - 1, name


@only_told
async def test_what_cannot_be_asked_is_said_and_what_stood_there_stays(told: Seat) -> None:
    page = told.page
    told.refusals |= {422}
    await page.locator('input[name="from"]').fill("2030-01-01")
    await page.get_by_role("button", name="Mostrar").click()
    await expect(page.get_by_role("alert").filter(has_text="Ese periodo no es posible.")).to_be_visible()
    await expect(_section(page, "response-times").locator("tbody tr").first).to_be_visible()


@only_told
@pytest.mark.parametrize("language", ["es", "en"])
async def test_axe_finds_nothing_by_day_or_night_and_all_of_it_fits_a_small_screen(
    told: Seat, language: str
) -> None:
    page = told.page
    await page.evaluate("(language) => localStorage.setItem('naranja.language', language)", language)
    await page.reload()
    await _is_there(page)
    await page.locator("details").evaluate_all("(all) => all.forEach((one) => { one.open = true })")
    found: list[str] = []
    for theme in ("day", "night"):
        await page.evaluate("(theme) => { document.documentElement.dataset.theme = theme }", theme)
        await page.evaluate(AXE)
        found += await page.evaluate(RUN)
    await page.set_viewport_size({"width": 320, "height": 640})
    wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert found == []
    assert wide <= 0
    english = await page.get_by_role("heading", name="Before and after").count()
    assert english == (1 if language == "en" else 0)
