"""`naranja people household | flags`: what is told goes in as hashes, and what was flagged comes out as ids."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from app.cli import app

People = Callable[..., Result]


@pytest.fixture
def people(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> People:
    """Runs `naranja people` on a center of its own; `piped` is what comes through the pipe."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("NARANJA_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)

    def run(*words: str, piped: Any = None) -> Result:
        return CliRunner().invoke(app, ["people", *words], input=json.dumps(piped))

    return run


def test_a_household_comes_through_the_pipe_and_is_not_said_again(people: People) -> None:
    assert people("add", "1042", "--role", "operator", "--no-password").exit_code == 0
    home = {"telephones": ["81 5550 4417"], "addresses": ["Calle Naranjos 4417"]}
    said = people("household", "1042", piped=home)
    assert said.exit_code == 0, said.output
    assert "1042 is known by 2" in said.output
    assert "4417" not in said.output


@pytest.mark.parametrize(
    ("login", "piped", "code"),
    [
        ("1042", {"telephones": ["911"]}, "not_comparable"),
        ("1042", {"phones": ["81 5550 4417"]}, "invalid"),
        ("1042", ["81 5550 4417"], "invalid"),
        ("nobody", {}, "unknown_login"),
    ],
)
def test_what_is_no_household_is_refused(people: People, login: str, piped: Any, code: str) -> None:
    people("add", "1042", "--role", "operator", "--no-password")
    refused = people("household", login, piped=piped)
    assert refused.exit_code == 1
    assert code in refused.output
    assert "4417" not in refused.output


def test_flags_are_listed_for_people_and_for_programs(people: People) -> None:
    assert "nothing is flagged" in people("flags").output
    assert json.loads(people("flags", "--json").stdout) == {"flags": []}
    assert json.loads(people("flags", "--json", "--open").stdout) == {"flags": []}
