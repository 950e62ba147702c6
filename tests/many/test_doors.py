"""The doors are worked out before anybody stands before them, once for every app of a process."""

from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.dependencies.utils import get_dependant
from pydantic import SecretStr

from app.main import create_app
from app.settings import Settings


@pytest.fixture
def worked_out(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What doors have been worked out since: each costs about a millisecond, and there are many."""
    found: list[str] = []

    def noted(**named: Any) -> Any:
        found.append(named["path"])
        return get_dependant(**named)

    monkeypatch.setattr("fastapi.routing.get_dependant", noted)
    return found


def stand_before(app: FastAPI, kind: str, path: str) -> None:
    scope = {"type": kind, "method": "GET", "path": path, "root_path": "", "headers": [], "app": app}
    for route in app.router.routes:
        route.matches(scope)


def test_who_comes_first_waits_for_no_door_to_be_worked_out(worked_out: list[str]) -> None:
    app = create_app(Settings(database_url=SecretStr("postgresql://nobody@127.0.0.1:1/nowhere")))
    # The watch sees what is worked out: the pages are routes of this app.
    assert "/console" in worked_out
    worked_out.clear()
    stand_before(app, "websocket", "/ws")
    stand_before(app, "http", "/api/alerts")
    assert worked_out == []
