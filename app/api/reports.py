"""Reports, each as JSON for the page and as CSV, XLSX, PDF, Parquet and GeoJSON: one table feeds them all."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, TypedDict

from fastapi import APIRouter, Response

from app.geo.zones import Zones
from app.reports.cases import day, order_clock, stuck, worst
from app.reports.change import change_table, zones_table
from app.reports.data_errors import data_errors
from app.reports.export import as_dict
from app.reports.figures import response_times, targets
from app.reports.files import as_csv, as_geojson, as_parquet, as_pdf, as_shape, as_xlsx
from app.reports.silence import silence
from app.reports.table import Table
from app.reports.weeks import weeks
from app.security.permissions import Action, require

from .caller import Asker, Here
from .question import Asked, Question, grouped

router = APIRouter(prefix="/api/reports", tags=["reports"])


class ColumnShape(TypedDict):
    """A column of a report."""

    key: str
    label: str
    kind: str


class FactShape(TypedDict):
    """What holds for a whole report."""

    key: str
    label: str
    text: str


class TableShape(TypedDict):
    """A report. `rows` has the values, `shown` the same as people see them."""

    name: str
    language: str
    title: str
    sentence: str
    columns: list[ColumnShape]
    rows: list[list[str | int | None]]
    shown: list[list[str]]
    facts: list[FactShape]
    notes: list[str]


async def _response_times(asked: Question) -> Table:
    rows = await asked.rows()
    return await asyncio.to_thread(lambda: response_times(rows, asked.by, asked.frame))


async def _targets(asked: Question) -> Table:
    return targets(await asked.rows(()), asked.frame)


async def _worst(asked: Question) -> Table:
    told = await asked.told()
    return await asyncio.to_thread(lambda: grouped(lambda: worst(told, asked.one, asked.frame)))


async def _day(asked: Question) -> Table:
    return day(await asked.told(), asked.frame)


async def _order_clock(asked: Question) -> Table:
    told = {one.alert: one for one in (*await asked.told(), *await asked.open())}
    return order_clock(list(told.values()), asked.frame)


async def _data_errors(asked: Question) -> Table:
    told = await asked.told()
    return await asyncio.to_thread(lambda: data_errors(told, asked.frame))


async def _stuck(asked: Question) -> Table:
    return stuck(await asked.of_the_log().open(), asked.frame)


async def _weeks(asked: Question) -> Table:
    rows = await asked.rows(("week",), (asked.one,))
    return await asyncio.to_thread(lambda: weeks(rows, asked.one, asked.frame))


async def _silence(asked: Question) -> Table:
    told = await asked.of_the_log().told()
    return await asyncio.to_thread(lambda: silence(told, asked.frame))


async def _compare(asked: Question) -> Table:
    before, after = await asked.told_both()

    def made() -> Table:
        return change_table(before, after, asked.before, asked.one, asked.frame, asked.shifts, asked.control)

    return await asyncio.to_thread(lambda: grouped(made))


async def _zone_groups(asked: Question) -> Table:
    told = await asked.told()

    def made() -> Table:
        return zones_table(told, (asked.zones, asked.against), asked.one, asked.frame, asked.shifts)

    return await asyncio.to_thread(grouped, made)


REPORTS: Mapping[str, Callable[[Question], Awaitable[Table]]] = {
    "response-times": _response_times,
    "targets": _targets,
    "worst": _worst,
    "day": _day,
    "order-clock": _order_clock,
    "stuck": _stuck,
    "silence": _silence,
    "weeks": _weeks,
    "compare": _compare,
    "zone-groups": _zone_groups,
    "data-errors": _data_errors,
}
"""Every report by its name."""

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FILES: Mapping[str, tuple[str, Callable[[Table, Question], str | bytes]]] = {
    "csv": ("text/csv", lambda table, _: as_csv(table)),
    "xlsx": (_XLSX, lambda table, asked: as_xlsx(table, asked.frame.at)),
    "pdf": ("application/pdf", lambda table, asked: as_pdf(table, asked.frame.at)),
    "parquet": ("application/vnd.apache.parquet", lambda table, _: as_parquet(table)),
    "geojson": ("application/geo+json", lambda table, asked: as_geojson(table, asked.here.zones.outlines())),
}
"""The kinds of file a report comes as."""


class ResponseTimes(TypedDict):
    """The table, and its rows for programs: seconds to the millisecond, null where hidden."""

    table: TableShape
    definitions_version: int
    percentiles: str
    period: dict[str, str]
    at: str
    definitions: list[dict[str, Any]]
    rows: list[dict[str, Any]]


@router.get("/response-times", response_model=ResponseTimes)
async def read_response_times(asked: Asked) -> dict[str, Any]:
    """Every interval by any of its groups; without `from`, of the last 24 hours."""
    rows = await asked.rows()

    def made() -> dict[str, Any]:
        table = response_times(rows, asked.by, asked.frame)
        return {"table": as_shape(table), **as_dict(rows, asked.frame.period, asked.frame.at, asked.frame.floor)}

    return await asyncio.to_thread(made)


@router.get("/zones")
async def zones(here: Here, asker: Asker) -> dict[str, Any]:
    """The zones' shapes as GeoJSON, coarse enough to be drawn small."""
    require(asker, Action.READ_REPORTS)
    known: Zones = here.zones
    return known.outlines()


def _readable(name: str, make: Callable[[Question], Awaitable[Table]]) -> None:
    @router.get(f"/{name}", name=f"read {name}", response_model=TableShape)
    async def read(asked: Asked) -> dict[str, Any]:
        return as_shape(await make(asked))


def _takeable(name: str, make: Callable[[Question], Awaitable[Table]], kind: str) -> None:
    media, render = FILES[kind]

    @router.get(
        f"/{name}.{kind}",
        name=f"take {name} as {kind}",
        response_class=Response,
        responses={200: {"content": {media: {}}}},
    )
    async def take(asked: Asked) -> Response:
        made = await asyncio.to_thread(render, await make(asked), asked)
        since = datetime.fromtimestamp(asked.frame.period.start, asked.frame.time_zone)
        return Response(
            made,
            media_type=media,
            headers={"Content-Disposition": f'attachment; filename="{name}-{since:%Y%m%d}.{kind}"'},
        )


for _name, _make in REPORTS.items():
    for _kind in FILES:
        _takeable(_name, _make, _kind)
    if _name != "response-times":
        _readable(_name, _make)
