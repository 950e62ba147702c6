"""The auditor's desk: what was flagged, what was read around it, what it was. Ids only; looking is written."""

import logging
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query

from app.clock import instant, rfc3339
from app.dispatch.commands import Refusal
from app.security.permissions import Action, Forbidden, require
from app.security.sealing import Unsealable
from app.store import audit, flags, people
from app.store.audit import AuditRow
from app.store.flags import Flag, Place
from app.store.own import NOTE

from . import by_hand as b
from .bodies import Moment
from .caller import Asker, Here

router = APIRouter(prefix="/api", tags=["audit"])

PAGE_MAX = 200
"""Rows in one answer."""
AROUND_S = 3_600.0
"""What was read so long before and after a look that was flagged stands with the flag."""
_PLACE = re.compile(r"([01])/([0-9]{1,12}\.[0-9]{1,9})/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")
_LOG = logging.getLogger("naranja.api")

Limit = Annotated[int, Query(ge=1, le=PAGE_MAX)]
From = Annotated[Moment | None, Query(alias="from")]
To = Annotated[Moment | None, Query(alias="to")]
Reader = Annotated[str | None, Query(pattern=r"^[A-Za-z0-9._-]{1,40}$")]


@router.get("/flags")
async def list_flags(
    here: Here,
    asker: Asker,
    state: Literal["all", "open"] = "all",
    after: Annotated[str | None, Query(max_length=80)] = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """The queue: open flags first, the newest first of each kind; `next` is the `after` of the following page."""
    require(asker, Action.REVIEW_FLAGS)
    async with here.database.transaction() as connection:
        found = await flags.page(
            connection, here.settings.center, limit, only_open=state == "open", after=_place(after)
        )
        await audit.write(
            connection, here.settings.center, at=here.clock.now(), by=asker.person, what="flags", count=len(found)
        )
        open_count = await flags.count_open(connection, here.settings.center)
        logins = await _logins(connection, here, found)
    return {
        "open": open_count,
        "flags": [_flag_shape(flag, logins) for flag in found],
        "next": _named(found[-1]) if len(found) == limit else None,
    }


@router.get("/flags/{flag}")
async def read_flag(flag: UUID, here: Here, asker: Asker) -> dict[str, Any]:
    """One flag with its review, and what the same person read, or was read of the same alert, around it."""
    require(asker, Action.REVIEW_FLAGS)
    async with here.database.transaction() as connection:
        found = await flags.one(connection, here.settings.center, str(flag))
        if found is None:
            raise Refusal("unknown_flag", "There is no flag with this id.")
        around = await audit.around(connection, here.settings.center, found.row, AROUND_S, PAGE_MAX)
        logins = await _logins(connection, here, [found])
        await _written(connection, here, asker, "flag", found)
    return {
        **_flag_shape(found, logins),
        "note": await _note(here, found),
        "around": [_row_shape(row) for row in around],
    }


@router.post("/flags/{flag}/review")
async def review_flag(flag: UUID, body: b.Review, here: Here, asker: Asker) -> dict[str, Any]:
    """Say what it was, once; the same id again gives the same answer. Nobody reviews a flag about themselves."""
    require(asker, Action.REVIEW_FLAGS)
    note = here.sealer.seal_own(NOTE, str(flag), body.note.encode()) if body.note is not None else None
    async with here.database.transaction() as connection:
        found = await flags.one(connection, here.settings.center, str(flag), hold=True)
        if found is None:
            raise Refusal("unknown_flag", "There is no flag with this id.")
        if found.person == asker.person:
            sentence = "Nobody reviews a flag about themselves; another auditor has to."
            raise Forbidden(asker, Action.REVIEW_FLAGS, sentence)
        if found.review is not None and found.review != str(body.id):
            raise Refusal("already_reviewed", "Somebody has reviewed this flag already.")
        if found.review is None:
            await flags.review(
                connection,
                found.id,
                command=str(body.id),
                by=asker.person,
                at=here.clock.now(),
                outcome=body.outcome,
                note=note,
            )
            await _written(connection, here, asker, "flag reviewed", found, outcome=body.outcome)
            found = await flags.one(connection, here.settings.center, str(flag)) or found
        logins = await _logins(connection, here, [found])
    return {**_flag_shape(found, logins), "saved": True}


@router.get("/audit")
async def read_audit(
    here: Here,
    asker: Asker,
    by: Reader = None,
    alert: UUID | None = None,
    start: From = None,
    end: To = None,
    before: Annotated[int | None, Query(ge=1)] = None,
    limit: Limit = 100,
) -> dict[str, Any]:
    """Who read what, the newest first: `by` a login or an id, of an `alert`, `from` to before `to`.

    `next` is the `before` of the following page.
    """
    require(asker, Action.READ_AUDIT)
    center = here.settings.center
    async with here.database.transaction() as connection:
        person = await people.by_login(connection, center, by) if by is not None else None
        reader = person.id if person is not None else by
        found = await audit.page(
            connection,
            center,
            limit,
            by=reader,
            alert=str(alert) if alert is not None else None,
            since=instant(start) if start is not None else None,
            until=instant(end) if end is not None else None,
            before=before,
        )
        said = {"by": reader, "of": str(alert) if alert is not None else None}
        await audit.write(
            connection,
            center,
            at=here.clock.now(),
            by=asker.person,
            what="audit trail",
            count=len(found),
            said={name: value for name, value in said.items() if value is not None},
        )
    return {
        "rows": [_row_shape(row) for row in found],
        "next": found[-1].row if len(found) == limit else None,
    }


async def _written(connection: Any, here: Here, asker: Asker, what: str, flag: Flag, **more: str) -> None:
    """The flag, not the alert: an auditor was shown nothing of the alert."""
    said = {"flag": flag.id, **more}
    await audit.write(connection, here.settings.center, at=here.clock.now(), by=asker.person, what=what, said=said)


async def _logins(connection: Any, here: Here, found: Sequence[Flag]) -> dict[str, str]:
    """Person -> login: a staff number, by which an auditor knows whom to ask."""
    known = await people.by_ids(connection, here.settings.center, {flag.person for flag in found})
    return {person.id: person.login for person in known.values()}


async def _note(here: Here, flag: Flag) -> str | None:
    if flag.note is None:
        return None
    try:
        return here.sealer.open_own(NOTE, flag.id, flag.note).decode()
    except Unsealable as problem:
        _LOG.critical("the note of a flag does not open", extra={"flag": flag.id, "code": problem.code})
        return None


def _named(flag: Flag) -> str:
    return f"{int(flag.reviewed_at is None)}/{flag.at!r}/{flag.id}"


def _place(said: str | None) -> Place | None:
    if said is None:
        return None
    parts = _PLACE.fullmatch(said)
    if parts is None:
        raise Refusal("bad_page", "Give what the answer before said as `next`.")
    return parts[1] == "1", float(parts[2]), parts[3]


def _flag_shape(flag: Flag, logins: Mapping[str, str]) -> dict[str, Any]:
    return {
        **flag.told(logins),
        "reviewed_by": flag.reviewed_by,
        "reviewed_at": rfc3339(flag.reviewed_at) if flag.reviewed_at is not None else None,
    }


def _row_shape(row: AuditRow) -> dict[str, Any]:
    return {
        "row": row.row,
        "at": rfc3339(row.at),
        "by": row.by,
        "what": row.what,
        "alert": row.alert,
        "unit": row.unit,
        "count": row.count,
        "said": dict(row.said) if row.said is not None else None,
    }
