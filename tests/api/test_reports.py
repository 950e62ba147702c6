"""Reports, figures and the last resort: the same rows however asked, for who may, and nobody's data in them."""

import csv
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from app.children.postgres import EmbeddedPostgres
from app.desk import Desk, DeskBusy, NotSaved
from tests.service_fixture import HERE, House, a_house
from tests.store.test_chronicle import a_log, a_night

from .doors import ASKED, REPORTS, refused

URL = "/api/reports/response-times"


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture
def period() -> dict[str, str]:
    now = datetime.now(UTC)
    return {"from": (now - timedelta(hours=1)).isoformat(), "to": (now + timedelta(hours=1)).isoformat()}


async def test_the_rows_for_programs_are_those_of_the_table_and_of_its_csv(
    house: House, period: dict[str, str]
) -> None:
    client = await house.client("coordinator")
    await house.raised("police", "prosecutor")
    for by in ("institution,zone", "level", "shift", "weekday,hour", "unit", "day", "week", ""):
        asked = {**period, "by": by}
        body = (await client.get(URL, params=asked)).json()
        answer = await client.get(f"{URL}.csv", params=asked)
        lines = list(csv.DictReader(io.StringIO(answer.text, newline="")))
        assert len(lines) == len(body["rows"]) == len(body["table"]["rows"]) > 0
        for row, line, cells in zip(body["rows"], lines, body["table"]["rows"], strict=True):
            named = dict(zip([column["key"] for column in body["table"]["columns"]], cells, strict=True))
            for name in ("n", "missing", "unattended", "cancelled"):
                assert str(row[name]) == line[name] == str(named[name])


@pytest.mark.parametrize(
    ("kind", "media", "begins"),
    [
        ("csv", "text/csv", b"definitions_version,"),
        ("xlsx", XLSX, b"PK"),
        ("pdf", "application/pdf", b"%PDF-"),
        ("parquet", "application/vnd.apache.parquet", b"PAR1"),
        ("geojson", "application/geo+json", b'{"type":"FeatureCollection"'),
    ],
)
@pytest.mark.parametrize("name", REPORTS)
async def test_every_report_comes_as_every_kind_of_file(
    house: House, name: str, kind: str, media: str, begins: bytes
) -> None:
    client = await house.client("coordinator")
    await house.raised("police")
    answer = await client.get(f"/api/reports/{name}.{kind}", params={"lang": "en", **ASKED.get(name, {})})
    assert answer.status_code == 200
    assert answer.headers["content-type"].partition(";")[0] == media
    assert answer.headers["content-disposition"].startswith(f'attachment; filename="{name}-')
    assert answer.headers["content-disposition"].endswith(f'.{kind}"')
    assert answer.content.startswith(begins)


@pytest.mark.parametrize("name", [name for name in REPORTS if name != "response-times"])
async def test_every_report_is_worded_in_the_language_that_is_asked_for(house: House, name: str) -> None:
    client = await house.client("coordinator")
    await house.raised("police")
    asked = ASKED.get(name, {})
    said = [
        (await client.get(f"/api/reports/{name}", params={"lang": one, **asked})).json() for one in ("es", "en")
    ]
    assert said[0]["title"] != said[1]["title"]
    assert [one["key"] for one in said[0]["columns"]] == [one["key"] for one in said[1]["columns"]]
    assert len(said[0]["rows"]) == len(said[1]["rows"])
    refused(await client.get(f"/api/reports/{name}", params={"lang": "fr"}), 422, "invalid")


@pytest.mark.parametrize("name", REPORTS)
async def test_no_report_knows_an_interval_that_is_none(house: House, name: str) -> None:
    client = await house.client("coordinator")
    refused(await client.get(f"/api/reports/{name}", params={"interval": "0" * 200}), 422, "unknown_grouping")


async def test_groups_of_zones_that_cannot_be_compared_are_refused(house: House) -> None:
    client = await house.client("coordinator")
    for wrong in (
        {},
        {"zones": "centro"},
        {"zones": "centro", "against": "centro,norte"},
        {"zones": "x", "against": "y"},
    ):
        refused(await client.get("/api/reports/zone-groups", params=wrong), 422, "unknown_grouping")


async def test_a_need_that_has_nobody_is_told_whatever_period_is_asked_for(house: House) -> None:
    client = await house.client("coordinator")
    receipt = await house.raised("police")
    long_ago = {"from": "2020-01-01T00:00:00Z", "to": "2020-01-02T00:00:00Z"}
    for name in ("stuck", "order-clock"):
        table = (await client.get(f"/api/reports/{name}", params=long_ago)).json()
        assert receipt["folio"] in [line[0] for line in table["rows"]]
    assert (await client.get("/api/reports/day", params=long_ago)).json()["rows"] == []


async def test_centers_of_one_database_are_beside_each_other_only_where_it_is_set(
    postgres_server: EmbeddedPostgres, tmp_path: Path
) -> None:
    """Each is asked for alone or by `center`; without the setting a coordinator reads their own center only."""
    asked = {"from": "2023-11-14T00:00:00Z", "to": "2023-11-16T00:00:00Z", "interval": "processing"}
    await postgres_server.create_database("report_centers")
    dsn = postgres_server.dsn("report_centers")
    for others in ((), ("north",)):
        async with a_house(dsn, tmp_path, small_cell_min=1, report_centers=others) as house:
            if not others:
                async with a_log(dsn, "north") as (_, (log,)):
                    await log.grows(a_night(18))
            client = await house.client("coordinator")
            by_center = (await client.get(URL, params={**asked, "by": "center"})).json()["rows"]
            assert {row["group"]["center"] for row in by_center} == set(others)
            assert (await client.get(URL, params={**asked, "by": "zone"})).json()["rows"] == []
    await postgres_server.drop_database("report_centers")


async def test_the_zones_come_as_shapes_to_be_drawn(house: House) -> None:
    drawn = (await (await house.client("coordinator")).get("/api/reports/zones")).json()
    assert {one["properties"]["id"] for one in drawn["features"]} == {"centro", "norte"}
    assert {one["geometry"]["type"] for one in drawn["features"]} == {"Polygon"}


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
        ({"by": "zone,level,shift,unit"}, 422, "unknown_grouping"),
        ({"before_from": "2099-01-01T00:00:00Z"}, 422, "bad_period"),
        ({"control": "nowhere"}, 422, "unknown_grouping"),
        ({"lang": "nah"}, 422, "invalid"),
    ],
)
async def test_a_question_that_makes_no_report_is_refused(
    house: House, more: dict[str, str], status: int, code: str
) -> None:
    client = await house.client("coordinator")
    for url in (URL, f"{URL}.csv"):
        refused(await client.get(url, params=more), status, code)


async def test_of_single_cases_no_length_is_told_that_ends_at_a_safe_place(house: House) -> None:
    client = await house.client("coordinator")
    await house.raised("police")
    for kind in ("", ".csv", ".pdf"):
        answer = await client.get(f"/api/reports/worst{kind}", params={"interval": "safety"})
        refused(answer, 422, "unknown_grouping")


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
    # The service's own line names the kind only; the server's traceback goes through `app.serving.logs`.
    ours = [record for record in caplog.records if record.name.startswith("naranja")]
    assert [(record.getMessage(), vars(record)["error"]) for record in ours] == [("unexpected", "RuntimeError")]
