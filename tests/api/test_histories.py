"""A report of another system's history through the doors: the same rows, whose they are, and only for who may."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest_asyncio

from app.history import kept
from app.history.reading import read_history
from tests.history.test_twin import a_map, a_row, written
from tests.service_fixture import House

from .doors import refused

URL = "/api/reports"
SINCE = datetime(2025, 6, 1, tzinfo=UTC)
WHOLE = {"from": SINCE.isoformat(), "to": (SINCE + timedelta(days=60)).isoformat(), "lang": "en"}


@pytest_asyncio.fixture(loop_scope="session")
async def twin(house: House, tmp_path: Path) -> str:
    """Forty cases of a system that lacks much, twenty before July and twenty after."""
    begins = SINCE.replace(tzinfo=None)
    rows = [a_row(f"c{n}", begins + timedelta(days=n)) for n in range(20)]
    rows += [a_row(f"d{n}", begins + timedelta(days=30 + n), 0, 30, 60, 200, 3000) for n in range(20)]
    rows.append(a_row("back", begins, 0, 60, 90, -5, 3000))
    by = a_map("UTC")
    found = read_history(written(tmp_path, rows), by, datetime(2026, 1, 1, tzinfo=UTC).timestamp())
    async with house.service.database.transaction() as connection:
        await kept.keep(connection, house.service.settings.center, by, found, at=1.0, person="test")
    return by.name


async def test_a_report_of_a_source_is_of_its_cases_and_names_it(house: House, twin: str) -> None:
    client = await house.client("coordinator")
    await house.raised("police")
    asked = {**WHOLE, "source": twin, "by": ""}
    body = (await client.get(f"{URL}/response-times", params=asked)).json()
    (row,) = [row for row in body["rows"] if row["interval"] == "response"]
    assert (row["n"], row["p50_s"], row["negative"], row["negative_alerts"]) == (40, 300.0, 1, ["back"])
    facts = {fact["key"]: fact["text"] for fact in body["table"]["facts"]}
    assert facts["history"] == "twin: made here"
    assert facts["history_lacks"].startswith("T1, T2")
    assert facts["history_instead"] == "none"
    listed = (await client.get(f"{URL}/data-errors", params=asked)).json()
    assert [(line[0], line[2], line[8]) for line in listed["rows"]] == [("back", 17, -5)]
    plain = (await client.get(f"{URL}/response-times", params={**WHOLE, "by": ""})).json()
    assert plain["rows"] == [], "the log of those days has nothing"


async def test_before_and_after_may_be_of_different_records(house: House, twin: str) -> None:
    client = await house.client("coordinator")
    asked = {
        "from": (SINCE + timedelta(days=29)).isoformat(),
        "to": (SINCE + timedelta(days=60)).isoformat(),
        "before_from": SINCE.isoformat(),
        "before_to": (SINCE + timedelta(days=21)).isoformat(),
        "source": twin,
        "before_source": twin,
        "lang": "en",
    }
    table = (await client.get(f"{URL}/compare", params=asked)).json()
    half = next(line for line in table["rows"] if line[0] == "P50")
    assert half[1:4] == ["6:40", "3:20", -200]
    assert {"history", "before_history"} <= {fact["key"] for fact in table["facts"]}
    of_the_log = (await client.get(f"{URL}/compare", params={**asked, "source": ""})).json()
    assert of_the_log.get("code") == "unknown_source"
    late = {**asked, "before_to": (SINCE + timedelta(days=40)).isoformat()}
    refused(await client.get(f"{URL}/compare", params=late), 422, "bad_period")


async def test_what_no_other_system_records_is_refused_and_so_is_a_name_that_stands_for_none(
    house: House, twin: str
) -> None:
    client = await house.client("coordinator")
    for name in ("silence", "stuck"):
        answer = await client.get(f"{URL}/{name}", params={**WHOLE, "source": twin})
        assert answer.json()["code"] == "unknown_source"
    for name in ("response-times", "worst.csv", "compare"):
        answer = await client.get(f"{URL}/{name}", params={**WHOLE, "source": "nobody"})
        assert answer.json()["code"] == "unknown_source"
    operator = await house.client("operator")
    refused(await operator.get(f"{URL}/response-times", params={**WHOLE, "source": twin}), 403, "forbidden")


async def test_every_report_of_a_source_comes_as_every_kind_of_file(house: House, twin: str) -> None:
    client = await house.client("coordinator")
    for name in ("response-times", "targets", "worst", "day", "order-clock", "weeks", "compare", "data-errors"):
        for kind in ("csv", "xlsx", "pdf", "parquet", "geojson"):
            answer = await client.get(f"{URL}/{name}.{kind}", params={**WHOLE, "source": twin, "by": "zone"})
            assert answer.status_code == 200, (name, kind, answer.text)
