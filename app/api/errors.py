"""Every refusal as an RFC 9457 problem document: a stable `code` and a sentence a person can act on.

Nothing of what was sent is repeated in it: it may be personal, and problems end up in logs.
"""

import logging
import math
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from app.desk import DeskBusy, IdReused, NotSaved
from app.dispatch.commands import Refusal
from app.gate import IssuerSilent, NotLetIn, TooManyAttempts
from app.glass import IdTaken
from app.security.browser import HEADERS
from app.security.passwords import WeakPassword
from app.security.permissions import Forbidden, NotTheirs
from app.service import Service
from app.store.session import GONE

from . import account_bodies, bodies, by_hand

_LOG = logging.getLogger("naranja.api")

NOT_FOUND = frozenset(
    {
        "no_basemap",
        "unknown_alert",
        "unknown_assignment",
        "unknown_call",
        "unknown_flag",
        "unknown_glass",
        "unknown_need",
        "unknown_login",
        "unknown_passkey",
        "unknown_session",
        "unknown_unit",
    }
)
INVALID = frozenset(
    {
        "bad_page",
        "bad_period",
        "code_word_wrong",
        "code_wrong",
        "first_call",
        "level_not_higher",
        "level_not_lower",
        "not_comparable",
        "order_outcome_unknown",
        "place_missing",
        "push_address_refused",
        "reason_missing",
        "same_alert",
        "safe_unanswered",
        "too_many_needs",
        "unit_is_no_shelter",
        "unit_is_shelter",
        "unit_missing",
        "unit_not_wanted",
        "unknown_answer",
        "unknown_grouping",
        "unknown_question",
        "unknown_screen",
        "whereabouts_unknown",
    }
)
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
    for room in (bodies, by_hand, account_bodies)
    for body in vars(room).values()
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


class Problem(JSONResponse):
    """A problem document, counted by its code when it is given to whoever asked."""

    media_type = "application/problem+json"
    code = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with it. As long as the service is not open there is nothing that counts."""
        service: Service | None = getattr(scope["app"].state, "service", None)
        if service is not None:
            service.measures.refusals.labels(self.code).inc()
        await super().__call__(scope, receive, send)


def problem(
    status: int, code: str, sentence: str, headers: Mapping[str, str] | None = None, **more: Any
) -> Response:
    """A problem document. It has the safe headers by itself: the last resort answers outside of all middleware."""
    body = {"type": "about:blank", "title": code.replace("_", " "), "status": status, "detail": sentence}
    answer = Problem({**body, "code": code, **more}, status_code=status, headers={**HEADERS, **(headers or {})})
    answer.code = code
    return answer


def not_saved() -> Response:
    """The answer to whatever the database was needed for and was not there."""
    sentence = "NOT SAVED: the database does not answer. Send it again with the same id."
    return problem(503, "not_saved", sentence, {"Retry-After": "1"})


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

    @app.exception_handler(NotTheirs)
    async def not_theirs(request: Request, error: NotTheirs) -> Response:
        await _here(request).denials.note(error.viewer, error.action, alert=error.alert)
        return problem(refusal_status(error.code), error.code, error.sentence)

    @app.exception_handler(Forbidden)
    async def forbidden(request: Request, error: Forbidden) -> Response:
        await _here(request).denials.note(error.viewer, error.action, alert=error.alert, unit=error.unit)
        return problem(403, error.code, error.sentence)

    @app.exception_handler(NotSignedIn)
    async def not_signed_in(_: Request, __: NotSignedIn) -> Response:
        return problem(401, "not_signed_in", "Sign in first.", {"WWW-Authenticate": "Bearer"})

    @app.exception_handler(NotLetIn)
    async def not_let_in(_: Request, error: NotLetIn) -> Response:
        return problem(401, error.code, error.sentence, {"WWW-Authenticate": "Bearer"})

    @app.exception_handler(TooManyAttempts)
    async def too_many(_: Request, error: TooManyAttempts) -> Response:
        wait = {"Retry-After": str(math.ceil(error.retry_after_s))}
        return problem(429, error.code, error.sentence, wait)

    @app.exception_handler(IssuerSilent)
    async def issuer_silent(_: Request, error: IssuerSilent) -> Response:
        return problem(503, error.code, error.sentence, {"Retry-After": "5"})

    @app.exception_handler(WeakPassword)
    async def weak_password(_: Request, error: WeakPassword) -> Response:
        return problem(422, error.code, error.sentence)

    async def id_reused(_: Request, __: Exception) -> Response:
        return problem(409, "id_reused", "Another command was sent under this id; make a new one.")

    for reused in (IdReused, IdTaken):
        app.add_exception_handler(reused, id_reused)

    @app.exception_handler(DeskBusy)
    async def busy(_: Request, __: DeskBusy) -> Response:
        sentence = "NOT SAVED: too much at once. Send it again with the same id."
        return problem(503, "desk_busy", sentence, {"Retry-After": "1"})

    async def database_gone(_: Request, __: Exception) -> Response:
        return not_saved()

    for kind in (NotSaved, *GONE):
        app.add_exception_handler(kind, database_gone)

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> Response:
        found = error.errors()
        if any(one["type"] == "json_invalid" for one in found):
            return problem(400, "malformed_json", NOT_JSON)
        where = [{"at": _place(one["loc"]), "problem": _sentence(one)} for one in found[:ERRORS_MAX]]
        said = "; ".join(f"{one['at'] or 'body'}: {one['problem']}" for one in where[:5])
        return problem(422, "invalid", said, errors=where)

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Response:
        code, sentence = _SAID.get(error.status_code, ("http_error", str(error.detail)))
        headers = {"Allow": _allowed(request)} if error.status_code == 405 else error.headers
        return problem(error.status_code, code, sentence, headers)

    @app.exception_handler(Exception)
    async def unexpected(_: Request, error: Exception) -> Response:
        _LOG.critical("unexpected", extra={"error": type(error).__name__})
        return problem(500, "internal", "Something is wrong in the service. It is not known to be saved.")


def _here(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


def _allowed(request: Request) -> str:
    """Every method of this address; the route that was asked knows only its own."""
    found: APIRoute = request.scope["route"]
    methods = request.app.openapi()["paths"].get(found.path, {method: {} for method in found.methods or ()})
    return ", ".join(sorted(method.upper() for method in methods))


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
