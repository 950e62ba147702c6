"""Response times out of the log, with the same functions the simulator reports with."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Response
from starlette.responses import PlainTextResponse

from app.clock import instant
from app.dispatch.commands import Refusal
from app.reports.export import as_csv, as_dict
from app.reports.intervals import INTERVALS
from app.reports.response_times import KEYS, Period, Row, Shifts, summarise
from app.reports.timeline import timelines
from app.security.permissions import Action, require
from app.store import queries

from .bodies import Moment
from .caller import Asker, Here

router = APIRouter(prefix="/api/reports", tags=["reports"])
DAYS_MAX = 400
"""A report looks at so many days at most."""

_GROUPING = f"Group by some of {', '.join(KEYS)}, each once; intervals are {', '.join(INTERVALS)}."

From = Annotated[Moment | None, Query(alias="from")]
To = Annotated[Moment | None, Query(alias="to")]
By = Annotated[str, Query(max_length=100)]
Only = Annotated[str | None, Query(alias="interval", max_length=100)]


async def _rows(
    here: Here, asker: Asker, start: From, end: To, by: str, only: str | None
) -> tuple[list[Row], Period]:
    require(asker, Action.READ_REPORTS)
    now = here.clock.now()
    until = instant(end) if end else now
    since = instant(start) if start else until - timedelta(days=1).total_seconds()
    if not 0 < until - since <= timedelta(days=DAYS_MAX).total_seconds():
        raise Refusal("bad_period", f"A period runs forward and is at most {DAYS_MAX} days long.")
    async with here.database.transaction() as connection:
        entries = await queries.stories(connection, here.settings.center, since, until)
    period = Period(start=since, end=until)
    groups = [part for part in by.split(",") if part]
    intervals = {"intervals": only.split(",")} if only else {}
    try:
        rows = summarise(
            period.of(timelines(entries).values()),
            groups,
            at=now,
            shifts=Shifts(time_zone=ZoneInfo(here.settings.time_zone)),
            **intervals,
        )
    except ValueError as problem:
        raise Refusal("unknown_grouping", _GROUPING) from problem
    return rows, period


_CSV: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}


@router.get("/response-times")
async def response_times(
    here: Here, asker: Asker, start: From = None, end: To = None, by: By = "institution,zone", only: Only = None
) -> dict[str, Any]:
    """n, missing, unattended, P50 and P90 of every interval; without `from`, the last 24 hours."""
    rows, period = await _rows(here, asker, start, end, by, only)
    return as_dict(rows, period, here.clock.now())


@router.get("/response-times.csv", response_class=Response, responses=_CSV)
async def response_times_csv(
    here: Here, asker: Asker, start: From = None, end: To = None, by: By = "institution,zone", only: Only = None
) -> Response:
    """The same rows as CSV."""
    rows, period = await _rows(here, asker, start, end, by, only)
    name = datetime.fromtimestamp(period.start, UTC).strftime("response-times-%Y%m%d.csv")
    return PlainTextResponse(
        as_csv(rows, period, here.clock.now()),
        media_type="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
