"""One alert as evidence, for auditors: a PDF of ids, times and hashes that can be checked without this service."""

from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Response

from app.dispatch.commands import Refusal
from app.evidence import RecordsAltered, gather, render
from app.security.permissions import Action

from .caller import Asker, Here
from .reach import alert_for

router = APIRouter(prefix="/api/alerts", tags=["alerts"])


@router.get("/{alert}/evidence", response_class=Response, responses={200: {"content": {"application/pdf": {}}}})
async def evidence(alert: UUID, here: Here, asker: Asker) -> Response:
    """The alert's rows of the log with the checkpoint that covers them. Asking for it is written down."""
    await alert_for(here, asker, Action.READ_EVIDENCE, alert)
    try:
        async with here.database.transaction() as connection:
            found = await gather(
                connection, here.settings.center, str(alert), by=asker.person, at=here.clock.now()
            )
    except RecordsAltered as problem:
        raise Refusal(problem.code, problem.sentence) from problem
    if found is None:
        raise Refusal("unknown_alert", "There is no alert with this id.")
    return Response(
        await render(found, ZoneInfo(here.settings.time_zone)),
        media_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="evidence-{found.alert}.pdf"'},
    )
