"""Reports, figures and the last resort: the same rows however asked, for who may, and nobody's data in them."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from app.desk import Desk, DeskBusy, NotSaved
from tests.service_fixture import HERE, House

from .doors import refused

URL = "/api/reports/response-times"


@pytest.fixture
def period() -> dict[str, str]:
    now = datetime.now(UTC)
    return {"from": (now - timedelta(hours=1)).isoformat(), "to": (now + timedelta(hours=1)).isoformat()}


async def test_json_and_csv_hold_the_same_rows(house: House, period: dict[str, str]) -> None:
    client = await house.client("coordinator")
    await house.raised("police", "prosecutor")
    for by in ("institution,zone", "level", "shift", ""):
        asked = {**period, "by": by}
        rows = (await client.get(URL, params=asked)).json()["rows"]
        answer = await client.get(f"{URL}.csv", params=asked)
        assert answer.headers["content-type"].startswith("text/csv")
        assert answer.headers["content-disposition"].startswith("attachment;")
        table = list(csv.DictReader(line for line in io.StringIO(answer.text) if not line.startswith("#")))
        assert len(table) == len(rows) > 0
        for row, line in zip(rows, table, strict=True):
            assert [str(row[name]) for name in ("n", "missing", "unattended", "cancelled")] == [
                line[name] for name in ("n", "missing", "unattended", "cancelled")
            ]


async def test_one_interval_can_be_asked_for(house: House, period: dict[str, str]) -> None:
    client = await house.client("coordinator")
    await house.raised("police")
    whole = (await client.get(URL, params=period)).json()["rows"]
    name = whole[0]["interval"]
    rows = (await client.get(URL, params={**period, "interval": name})).json()["rows"]
    assert rows
    assert {row["interval"] for row in rows} == {name}


@pytest.mark.parametrize(
    ("more", "status", "code"),
    [
        ({"from": "2026-05-02T00:00:00Z", "to": "2026-05-01T00:00:00Z"}, 422, "bad_period"),
        ({"from": "2026-05-01T00:00:00Z", "to": "2026-05-01T00:00:00Z"}, 422, "bad_period"),
        ({"from": "2020-01-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, 422, "bad_period"),
        ({"from": "2026-05-02T00:00:00"}, 422, "invalid"),
        ({"from": "yesterday"}, 422, "invalid"),
        ({"from": "0001-01-01T00:00:00+14:00", "to": "0001-01-02T00:00:00Z"}, 422, "invalid"),
        ({"to": "9999-12-31T23:59:59.999999Z"}, 422, "invalid"),
        ({"to": "99999999999999"}, 422, "invalid"),
        ({"by": "name"}, 422, "unknown_grouping"),
        ({"by": "zone,zone"}, 422, "unknown_grouping"),
        ({"by": "zone\x00"}, 422, "unknown_grouping"),
        ({"by": "x" * 101}, 422, "invalid"),
        ({"interval": "luck"}, 422, "unknown_grouping"),
    ],
)
async def test_a_question_that_makes_no_report_is_refused(
    house: House, more: dict[str, str], status: int, code: str
) -> None:
    client = await house.client("coordinator")
    for url in (URL, f"{URL}.csv"):
        refused(await client.get(url, params=more), status, code)


async def test_figures_count_what_happened_and_hold_nobodys_data(house: House) -> None:
    told = {"note": "Beatriz", "where": {**HERE, "address": "Calle Once"}, "safe_contact": "5512345678"}
    alert = (await house.raised("police", **told))["alert"]
    figures = (await (await house.client("admin")).get("/metrics")).text
    assert 'naranja_events_total{kind="AlertRaised"}' in figures
    assert 'naranja_open_needs{state="stuck"}' in figures
    people_and_places = ("Beatriz", "Once", "5512345678", "25.67", alert, "P-1", "operator")
    assert not [text for text in people_and_places if text in figures]


async def test_what_is_not_saved_is_said_so(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    client = await house.client("operator")
    for problem, code in ((NotSaved("x"), "not_saved"), (DeskBusy(), "desk_busy"), (OSError("x"), "not_saved")):

        async def gives_up(*_: Any, problem: Exception = problem) -> None:
            raise problem

        monkeypatch.setattr(Desk, "perform", gives_up)
        body = {"id": str(uuid4()), "where": HERE, "note": "Carmen"}
        answer = await client.post("/api/alerts", json=body)
        assert refused(answer, 503, code)["detail"].startswith("NOT SAVED")
        assert answer.headers["retry-after"] == "1"


async def test_an_error_nobody_thought_of_says_nothing_and_keeps_the_safe_headers(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    client = await house.client("operator")

    async def breaks(*_: Any) -> None:
        raise RuntimeError("Carmen lives at Calle 5")

    monkeypatch.setattr(Desk, "perform", breaks)
    answer = await client.post("/api/alerts", json={"id": str(uuid4()), "where": HERE})
    assert "Carmen" not in str(refused(answer, 500, "internal"))
    # The service's own line names the kind only; the server's traceback goes through `app.cli.logs`.
    ours = [record for record in caplog.records if record.name.startswith("naranja")]
    assert [(record.getMessage(), vars(record)["error"]) for record in ours] == [("unexpected", "RuntimeError")]
