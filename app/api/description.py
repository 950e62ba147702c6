"""What the API says of itself (OpenAPI): every route may refuse, in one shape and for the same reasons."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI

OPEN = frozenset(
    {
        ("get", "/healthz"),
        ("get", "/readyz"),
        ("post", "/api/session"),
        ("get", "/api/session/ways"),
        ("post", "/api/session/passkey/options"),
        ("post", "/api/session/passkey"),
        ("get", "/api/session/oidc"),
        ("get", "/api/session/oidc/callback"),
    }
)
"""What answers anybody; everything else needs a session."""
PROBLEMS: Mapping[int, str] = {
    400: "Not JSON, or brackets too deep",
    401: "Nobody is signed in",
    403: "This person may not, or the page is not ours",
    404: "It does not exist, or not for this person",
    405: "This address does not take this method",
    409: "Not now: the state of things has changed, or this id was used",
    413: "The body is too large",
    422: "A field is wrong, or something can never be",
    429: "Too much at once of one session; `Retry-After` says when",
    431: "The address and the headers are too large",
    500: "A mistake of the service's",
    503: "Not saved, or too busy; send it again with the same id",
}
"""The refusals any route may answer with."""
PROBLEM: Mapping[str, Any] = {
    "type": "object",
    "title": "Problem",
    "description": "Why not (RFC 9457): a stable `code`, and a sentence a person can act on.",
    "required": ["type", "title", "status", "detail", "code"],
    "additionalProperties": False,
    "properties": {
        "type": {"const": "about:blank"},
        "title": {"type": "string", "minLength": 1},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "minLength": 1},
        "code": {"type": "string", "pattern": "^[a-z][a-z0-9_]*$"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["at", "problem"],
                "additionalProperties": False,
                "properties": {"at": {"type": "string"}, "problem": {"type": "string"}},
            },
        },
    },
}
_SHAPE = {"schema": {"$ref": "#/components/schemas/Problem"}}
_SESSION: list[dict[str, list[str]]] = [{"bearer": []}, {"cookie": []}]


def describe(app: FastAPI, cookie: str) -> None:
    """Have `app.openapi` say it. `cookie` is the name of the session's."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _whole(plain(), cookie)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _whole(described: dict[str, Any], cookie: str) -> dict[str, Any]:
    parts = described.setdefault("components", {})
    schemas = parts.setdefault("schemas", {})
    schemas["Problem"] = dict(PROBLEM)
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    parts["responses"] = {
        f"Problem{status}": {
            "description": why,
            "content": {"application/problem+json": _SHAPE},
        }
        for status, why in PROBLEMS.items()
    }
    parts["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer"},
        "cookie": {"type": "apiKey", "in": "cookie", "name": cookie},
    }
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            _refuses(operation["responses"])
            if (method, path) not in OPEN:
                operation["security"] = _SESSION
    return described


def _refuses(answers: dict[str, Any]) -> None:
    """Add what may be refused to what a route answers of its own."""
    for status in PROBLEMS:
        own = answers.get(str(status), {})
        if own and status != 422:
            own["content"] |= {"application/problem+json": _SHAPE}
        else:
            answers[str(status)] = {"$ref": f"#/components/responses/Problem{status}"}
