"""Every door of the app, found in the app itself, with what it takes and what opens it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
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
CREDENTIAL = {"id": "AAAA", "rawId": "AAAA", "type": "public-key", "response": {"clientDataJSON": "AAAA"}}
"""Shaped like a passkey's answer, and answers nothing."""
PUSH: dict[str, Any] = {
    "endpoint": "https://push.example.org/send/abc",
    "keys": {
        # The receiver's key and secret of RFC 8291, appendix A.
        "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    },
}
REPORTS = (
    "response-times",
    "targets",
    "worst",
    "day",
    "order-clock",
    "stuck",
    "silence",
    "compare",
    "zone-groups",
    "weeks",
    "data-errors",
)
ASKED = {"zone-groups": {"zones": "centro", "against": "norte"}}
"""What a report cannot do without."""
SAFE_HEADERS = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """One way in. `action` opens it, `own` opens it to a unit for itself; both None: whoever is signed in.

    `command`: the body is one, and gets an id of its own. `query`: what stands in its address.
    """

    method: str
    path: str
    body: dict[str, Any] | None = None
    action: Action | None = None
    own: Action | None = None
    command: bool = True
    query: Mapping[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """The path with ids nothing has, and P-1 for a unit."""
        return self.at()

    def at(self, **ids: str) -> str:
        """The path with these ids, and for the rest as `address`."""
        nothing = dict.fromkeys(("alert", "assignment", "glass", "flag", "session", "passkey"), NOBODY)
        named = {"unit": "P-1", "need": "police", "step": "seen", "login": "nobody-at-all"}
        return self.path.format(**{**nothing, **named, **ids})

    def sent(self) -> dict[str, Any]:
        """What to give httpx: the body with an id of its own, and the query."""
        body = (
            {"json": {**({"id": str(uuid4())} if self.command else {}), **self.body}}
            if self.body is not None
            else {}
        )
        return {**body, **({"params": self.query} if self.query else {})}


_A = Action
_OF_ALERT = "/api/alerts/{alert}"


def _own(method: str, path: str, body: dict[str, Any] | None = None) -> Door:
    """A door to one's own account."""
    return Door(method=method, path=f"/api/session{path}", body=body, action=_A.OWN_ACCOUNT, command=False)


def _people(method: str, path: str, body: dict[str, Any] | None = None) -> Door:
    """A door to everybody's accounts."""
    return Door(method=method, path=f"/api/people{path}", body=body, action=_A.MANAGE_PEOPLE, command=False)


DOORS = (
    Door(method="GET", path="/api/session"),
    Door(method="POST", path="/api/alerts", body={"where": HERE, "needs": ["police"]}, action=_A.RAISE_ALERT),
    Door(method="GET", path="/api/alerts", action=_A.READ_ALERT),
    Door(method="GET", path=_OF_ALERT, action=_A.READ_ALERT),
    Door(method="GET", path=f"{_OF_ALERT}/timeline", action=_A.READ_TIMELINE),
    Door(method="GET", path=f"{_OF_ALERT}/evidence", action=_A.READ_EVIDENCE),
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
    Door(method="POST", path=f"{_OF_ALERT}/erase", body={"reason": "person_asked"}, action=_A.ERASE_ALERT),
    Door(method="POST", path=f"{_OF_ALERT}/hold", body={"reason": "court"}, action=_A.HOLD_ALERT),
    Door(method="DELETE", path=f"{_OF_ALERT}/hold", action=_A.HOLD_ALERT),
    Door(method="POST", path="/api/exports", body={"telephone": "81 5550 1234"}, action=_A.EXPORT_PERSON),
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
    Door(
        method="POST",
        path="/api/assignments/{assignment}/notes",
        body={"text": "she has gone to a neighbour"},
        own=_A.ANSWER_ASSIGNMENT,
    ),
    Door(method="GET", path="/api/assignments/{assignment}/destination", own=_A.READ_DESTINATION),
    Door(method="GET", path="/api/assignments/{assignment}/route", own=_A.READ_OWN_ASSIGNMENTS),
    Door(
        method="POST",
        path=f"{_OF_ALERT}/glass",
        body={"reason": "court", "note": "x"},
        action=_A.BREAK_GLASS,
    ),
    Door(method="GET", path="/api/glass", action=_A.REVIEW_GLASS),
    Door(method="POST", path="/api/glass/{glass}/acknowledge", body={}, action=_A.ACKNOWLEDGE_GLASS),
    Door(
        method="POST",
        path="/api/glass/{glass}/review",
        body={"outcome": "justified"},
        action=_A.REVIEW_GLASS,
    ),
    Door(method="GET", path="/api/screens", action=_A.READ_SCREENS),
    Door(method="GET", path="/api/region"),
    Door(method="GET", path="/api/basemap"),
    Door(method="POST", path="/api/places", body={"text": "Hidalgo"}, action=_A.RAISE_ALERT, command=False),
    Door(method="GET", path="/api/units", action=_A.READ_UNITS),
    Door(method="PUT", path="/api/units/{unit}/duty", body={"on": False}, action=_A.SET_ANY_DUTY, own=_A.SET_DUTY),
    Door(
        method="PUT",
        path="/api/units/{unit}/places",
        body={"free": 1},
        action=_A.SET_ANY_PLACES,
        own=_A.SET_PLACES,
    ),
    Door(method="PUT", path="/api/units/{unit}/position", body=FIX, own=_A.REPORT_POSITION, command=False),
    Door(method="POST", path="/api/neighbours/alerts", body=HANDED_OVER, action=_A.SPEAK_FOR_CENTER),
    Door(method="GET", path="/api/neighbours/alerts/{alert}/needs/{need}", action=_A.SPEAK_FOR_CENTER),
    *(
        Door(
            method="GET",
            path=f"/api/reports/{name}{kind}",
            action=_A.READ_REPORTS,
            query=ASKED.get(name, {}),
        )
        for name in REPORTS
        for kind in ("", ".csv", ".xlsx", ".pdf", ".parquet", ".geojson")
    ),
    Door(method="GET", path="/api/reports/zones", action=_A.READ_REPORTS),
    Door(method="GET", path="/api/flags", action=_A.REVIEW_FLAGS),
    Door(method="GET", path="/api/flags/{flag}", action=_A.REVIEW_FLAGS),
    Door(method="POST", path="/api/flags/{flag}/review", body={"outcome": "unclear"}, action=_A.REVIEW_FLAGS),
    Door(method="GET", path="/api/audit", action=_A.READ_AUDIT),
    Door(method="PUT", path="/api/people/{login}/household", body={}, action=_A.MANAGE_PEOPLE),
    Door(method="GET", path="/metrics", action=_A.READ_METRICS),
    Door(method="GET", path="/openapi.json"),
    _own("GET", "/all"),
    _own("DELETE", "/all/{session}"),
    _own("POST", "/prove", {"password": "not the one it is"}),
    _own("POST", "/prove/options"),
    _own("PUT", "/password", {"password": "correct horse battery staple"}),
    _own("GET", "/passkeys"),
    _own("POST", "/passkeys/options"),
    _own("POST", "/passkeys", {"credential": CREDENTIAL}),
    _own("DELETE", "/passkeys/{passkey}"),
    _own("POST", "/totp"),
    _own("PUT", "/totp", {"code": "000000"}),
    _own("DELETE", "/totp"),
    Door(method="GET", path="/api/session/push", action=_A.SUBSCRIBE_PUSH),
    Door(method="PUT", path="/api/session/push", body=PUSH, action=_A.SUBSCRIBE_PUSH, command=False),
    Door(method="DELETE", path="/api/session/push", action=_A.SUBSCRIBE_PUSH),
    _people("GET", ""),
    _people("POST", "", {"login": "somebody-new", "role": "operator"}),
    _people("GET", "/{login}"),
    _people("PATCH", "/{login}", {"disabled": True}),
    _people("POST", "/{login}/reset"),
    _people("GET", "/{login}/sessions"),
    _people("DELETE", "/{login}/sessions"),
    _people("DELETE", "/{login}/sessions/{session}"),
    Door(method="DELETE", path="/api/session"),
)
"""What a session opens, in an order in which the session is ended last."""

PAGES = {
    ("GET", path)
    for path in (
        "/",
        "/account",
        "/console",
        "/unit",
        "/coordinator",
        "/assets/{name}",
        "/sw.js",
        "/unit.webmanifest",
        "/icon.svg",
    )
}
"""Files without data, under the policy of pages: `tests/web/test_pages.py`."""

OPEN = {
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("POST", "/api/session"),
    ("GET", "/api/session/ways"),
    ("POST", "/api/session/passkey/options"),
    ("POST", "/api/session/passkey"),
    ("GET", "/api/session/oidc"),
    ("GET", "/api/session/oidc/callback"),
}
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
    assert "microphone=()" in answer.headers["permissions-policy"]


async def opens_nothing(client: httpx.AsyncClient) -> bool:
    """The client's session is at its end."""
    return (await client.get("/api/session")).status_code != 200
