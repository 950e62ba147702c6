"""Every door of the app, found in the app itself, with what it takes and what opens it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
from fastapi import FastAPI

from app.security.permissions import Action
from tests.service_fixture import HERE

NOBODY = "00000000-0000-7000-8000-000000000000"
"""An id that nothing has."""
FIX = {**HERE, "accuracy_m": 5, "at": "2026-05-31T22:15:00Z"}
CLOSING = {"disposition": "attended", "safe": "yes", "whereabouts": "relatives"}
HANDED_OVER = {
    "alert": NOBODY,
    "need": "police",
    "folio": "S-7",
    "institution": "police",
    "level": "high",
    "received_at": "2026-05-31T22:15:00Z",
    "where": HERE,
}
SAFE_HEADERS = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """One way in. `action` opens it, `own` opens it to a unit for itself; both None: whoever is signed in."""

    method: str
    path: str
    body: dict[str, Any] | None = None
    action: Action | None = None
    own: Action | None = None
    asks: bool = False
    """It asks and changes nothing: its body has no id."""

    @property
    def address(self) -> str:
        """The path with ids nothing has, and P-1 for a unit."""
        named = {"alert": NOBODY, "assignment": NOBODY, "unit": "P-1", "need": "police", "step": "seen"}
        return self.path.format(**named)

    def sent(self) -> dict[str, Any]:
        """What to give httpx: the body with an id of its own."""
        return (
            {}
            if self.body is None
            else {"json": {**({} if self.asks or "at" in self.body else {"id": str(uuid4())}), **self.body}}
        )


_A = Action
_OF_ALERT = "/api/alerts/{alert}"
DOORS = (
    Door(method="GET", path="/api/session"),
    Door(method="POST", path="/api/alerts", body={"where": HERE, "needs": ["police"]}, action=_A.RAISE_ALERT),
    Door(method="GET", path="/api/alerts", action=_A.READ_ALERT),
    Door(method="GET", path=_OF_ALERT, action=_A.READ_ALERT),
    Door(method="GET", path=f"{_OF_ALERT}/timeline", action=_A.READ_TIMELINE),
    Door(method="PATCH", path=_OF_ALERT, body={}, action=_A.TELL_MORE),
    Door(method="POST", path=f"{_OF_ALERT}/needs", body={"institution": "police"}, action=_A.ADD_NEED),
    Door(method="POST", path=f"{_OF_ALERT}/notes", body={"text": "x"}, action=_A.ADD_NOTE),
    Door(method="POST", path=f"{_OF_ALERT}/level", body={"level": "high", "reason": "x"}, action=_A.RAISE_LEVEL),
    Door(method="POST", path=f"{_OF_ALERT}/cancel", body={"reason": "x"}, action=_A.CANCEL),
    Door(method="POST", path=f"{_OF_ALERT}/close", body=CLOSING, action=_A.CLOSE),
    Door(method="POST", path=f"{_OF_ALERT}/merge", body={"into": str(uuid4())}, action=_A.MERGE),
    Door(method="POST", path=f"{_OF_ALERT}/split", body={"call": NOBODY, "where": HERE}, action=_A.SPLIT),
    Door(method="POST", path=f"{_OF_ALERT}/order", body={"outcome": "issued"}, action=_A.SETTLE_ORDER),
    Door(method="POST", path=f"{_OF_ALERT}/needs/{{need}}/neighbour", body={}, action=_A.ASK_NEIGHBOUR),
    Door(method="POST", path=f"{_OF_ALERT}/acknowledge", body={"need": "police"}, action=_A.ACKNOWLEDGE),
    Door(method="POST", path=f"{_OF_ALERT}/needs/{{need}}/assign", body={"unit": "P-1"}, action=_A.ASSIGN_BY_HAND),
    Door(method="POST", path=f"{_OF_ALERT}/needs/{{need}}/recall", body={"reason": "x"}, action=_A.RECALL),
    Door(method="POST", path=f"{_OF_ALERT}/needs/{{need}}/call-off", body={"reason": "x"}, action=_A.CALL_OFF),
    Door(method="POST", path="/api/assignments/{assignment}/{step}", body={}, own=_A.ANSWER_ASSIGNMENT),
    Door(
        method="POST",
        path="/api/assignments/{assignment}/screen",
        body={"profile": "lap", "answers": {"strangled": "yes"}},
        own=_A.ANSWER_ASSIGNMENT,
    ),
    Door(
        method="POST",
        path="/api/assignments/{assignment}/order",
        body={"outcome": "issued"},
        own=_A.ANSWER_ASSIGNMENT,
    ),
    Door(method="GET", path="/api/assignments/{assignment}/destination", own=_A.READ_DESTINATION),
    Door(method="GET", path="/api/screens", action=_A.READ_SCREENS),
    Door(method="GET", path="/api/region"),
    Door(method="GET", path="/api/basemap"),
    Door(method="POST", path="/api/places", body={"text": "Hidalgo"}, action=_A.RAISE_ALERT, asks=True),
    Door(method="GET", path="/api/units", action=_A.READ_UNITS),
    Door(method="PUT", path="/api/units/{unit}/duty", body={"on": False}, action=_A.SET_ANY_DUTY, own=_A.SET_DUTY),
    Door(
        method="PUT",
        path="/api/units/{unit}/places",
        body={"free": 1},
        action=_A.SET_ANY_PLACES,
        own=_A.SET_PLACES,
    ),
    Door(method="PUT", path="/api/units/{unit}/position", body=FIX, own=_A.REPORT_POSITION),
    Door(method="POST", path="/api/neighbours/alerts", body=HANDED_OVER, action=_A.SPEAK_FOR_CENTER),
    Door(method="GET", path="/api/neighbours/alerts/{alert}/needs/{need}", action=_A.SPEAK_FOR_CENTER),
    Door(method="GET", path="/api/reports/response-times", action=_A.READ_REPORTS),
    Door(method="GET", path="/api/reports/response-times.csv", action=_A.READ_REPORTS),
    Door(method="GET", path="/metrics", action=_A.READ_METRICS),
    Door(method="GET", path="/openapi.json"),
    Door(method="DELETE", path="/api/session"),
)
"""What a session opens, in an order in which the session is ended last."""

PAGES = {
    ("GET", path)
    for path in (
        "/",
        "/console",
        "/unit",
        "/coordinator",
        "/assets/{name}",
        "/sw.js",
        "/unit.webmanifest",
        "/icon.svg",
    )
}
"""Files without data, with a policy of their own: `tests/web/test_pages.py`."""

OPEN = {("GET", "/healthz"), ("GET", "/readyz"), ("POST", "/api/session")} | PAGES
"""What answers anybody."""


def routes(app: FastAPI) -> set[tuple[str, str]]:
    """(method, path) of every route of the app, and ("WS", path) of every socket."""
    return set(_walk(app.routes))


def _walk(found: list[Any]) -> Iterator[tuple[str, str]]:
    for route in found:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from _walk(inner.routes)
        else:
            yield from ((method, route.path) for method in getattr(route, "methods", None) or {"WS"})


def refused(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem document of this answer, checked."""
    assert answer.status_code == status, (answer.status_code, answer.text)
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert (problem["code"], problem["status"]) == (code, status)
    assert problem["detail"]
    assert problem["title"]
    has_safe_headers(answer)
    return problem


def has_safe_headers(answer: httpx.Response) -> None:
    """What no answer goes without."""
    assert {name: answer.headers.get(name) for name in SAFE_HEADERS} == SAFE_HEADERS
