"""Every refusal as an RFC 9457 problem document: a stable `code` and a sentence a person can act on.

Nothing of what was sent is repeated in it: it may be personal, and problems end up in logs.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from app.desk import DeskBusy, IdReused, NotSaved
from app.dispatch.commands import Refusal
from app.gate import WrongLogin
from app.security.permissions import Forbidden
from app.store.session import GONE

from . import bodies, by_hand

_LOG = logging.getLogger("naranja.api")

NOT_FOUND = frozenset(
    {"no_basemap", "unknown_alert", "unknown_need", "unknown_assignment", "unknown_unit", "unknown_call"}
)
INVALID = frozenset(
    {
        "bad_period",
        "code_word_wrong",
        "first_call",
        "level_not_higher",
        "level_not_lower",
        "order_outcome_unknown",
        "place_missing",
        "reason_missing",
        "same_alert",
        "safe_unanswered",
        "too_many_needs",
        "unknown_answer",
        "unknown_grouping",
        "unknown_question",
        "unknown_screen",
        "whereabouts_unknown",
    }
)
HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
"""On every answer; on a problem by itself, because the last resort answers outside of all middleware."""
TOO_LARGE = "This body is too large. Send less at once."
NOT_JSON = "The body is not JSON."
_SAID = {
    400: ("malformed_json", NOT_JSON),
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not take this method."),
    413: ("body_too_large", TOO_LARGE),
}
_FIELDS = frozenset(
    name
    for body in (*vars(bodies).values(), *vars(by_hand).values())
    if isinstance(body, type) and issubclass(body, BaseModel)
    for key, field in body.model_fields.items()
    for name in (key, field.alias)
    if name is not None
)
"""Names that are ours. Any other part of where a body is wrong was sent, and may be personal."""


ERRORS_MAX = 20
"""Wrong places of one body that are named."""


class NotSignedIn(Exception):
    """No session, or one that has ended."""


def problem(
    status: int, code: str, sentence: str, headers: Mapping[str, str] | None = None, **more: Any
) -> Response:
    """A problem document."""
    body = {"type": "about:blank", "title": code.replace("_", " "), "status": status, "detail": sentence}
    return JSONResponse(
        {**body, "code": code, **more},
        status_code=status,
        media_type="application/problem+json",
        headers={**HEADERS, **(headers or {})},
    )


def refusal_status(code: str) -> int:
    """404 for what does not exist for the asker, 422 for what can never be, 409 for what cannot be now."""
    if code in NOT_FOUND:
        return 404
    return 422 if code in INVALID else 409


def install(app: FastAPI) -> None:
    """Answer every expected error with its problem, and every unexpected one with nothing but `internal`."""

    @app.exception_handler(Refusal)
    async def refused(_: Request, error: Refusal) -> Response:
        return problem(refusal_status(error.code), error.code, error.sentence)

    @app.exception_handler(Forbidden)
    async def forbidden(_: Request, error: Forbidden) -> Response:
        return problem(403, error.code, error.sentence)

    @app.exception_handler(NotSignedIn)
    async def not_signed_in(_: Request, __: NotSignedIn) -> Response:
        return problem(401, "not_signed_in", "Sign in first.", {"WWW-Authenticate": "Bearer"})

    @app.exception_handler(WrongLogin)
    async def wrong_login(_: Request, __: WrongLogin) -> Response:
        return problem(401, "wrong_login", "Login or password is wrong.", {"WWW-Authenticate": "Bearer"})

    @app.exception_handler(IdReused)
    async def id_reused(_: Request, __: IdReused) -> Response:
        return problem(409, "id_reused", "Another command was sent under this id; make a new one.")

    @app.exception_handler(DeskBusy)
    async def busy(_: Request, __: DeskBusy) -> Response:
        sentence = "NOT SAVED: too much at once. Send it again with the same id."
        return problem(503, "desk_busy", sentence, {"Retry-After": "1"})

    async def not_saved(_: Request, __: Exception) -> Response:
        sentence = "NOT SAVED: the database does not answer. Send it again with the same id."
        return problem(503, "not_saved", sentence, {"Retry-After": "1"})

    for kind in (NotSaved, *GONE):
        app.add_exception_handler(kind, not_saved)

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> Response:
        found = error.errors()
        if any(one["type"] == "json_invalid" for one in found):
            return problem(400, "malformed_json", NOT_JSON)
        where = [{"at": _place(one["loc"]), "problem": _sentence(one)} for one in found[:ERRORS_MAX]]
        said = "; ".join(f"{one['at'] or 'body'}: {one['problem']}" for one in where[:5])
        return problem(422, "invalid", said, errors=where)

    @app.exception_handler(HTTPException)
    async def http(_: Request, error: HTTPException) -> Response:
        code, sentence = _SAID.get(error.status_code, ("http_error", str(error.detail)))
        return problem(error.status_code, code, sentence, error.headers)

    @app.exception_handler(Exception)
    async def unexpected(_: Request, error: Exception) -> Response:
        _LOG.critical("unexpected: %s", type(error).__name__)
        return problem(500, "internal", "Something is wrong in the service. It is not known to be saved.")


def _place(loc: Sequence[int | str]) -> str:
    """Where it is wrong, in names of our own: `where.lat`, `people.0.role`."""
    if loc[0] != "body":
        return str(loc[-1])
    parts = [str(part) if isinstance(part, int) or part in _FIELDS else "…" for part in loc[1:]]
    # What follows a name that is not ours only says so again.
    return ".".join(parts[: parts.index("…") + 1] if "…" in parts else parts)


def _sentence(error: Mapping[str, Any]) -> str:
    """What is wrong. Parsers quote the letter they stumbled over: of those only the first half is said."""
    said = str(error["msg"]).removeprefix("Value error, ")
    return said.partition(",")[0] if str(error["type"]).endswith("_parsing") else said
