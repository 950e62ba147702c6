"""`naranja rules` by its command: what is no rule is refused by name, and the past stays as it was."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from app.cli import app

Rules = Callable[..., Result]


@pytest.fixture
def rules(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rules:
    """Runs `naranja rules` on a center of its own; a mapping stands for a file with it in."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("NARANJA_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("NARANJA_TIME_ZONE", "America/Mexico_City")
    monkeypatch.chdir(tmp_path)

    def run(*words: Any) -> Result:
        said = []
        for word in words:
            if not isinstance(word, str):
                (tmp_path / "rules.json").write_text(json.dumps(word))
            said.append(word if isinstance(word, str) else str(tmp_path / "rules.json"))
        return CliRunner().invoke(app, ["rules", *said])

    return run


def pages(rules: Rules) -> list[Any]:
    shown = json.loads(rules("show", "--json").stdout)
    found: list[Any] = shown["pages"]
    return found


def test_a_center_begins_with_the_defaults_and_shows_them(rules: Rules) -> None:
    shown = json.loads(rules("show", "--json").stdout)
    assert shown["pages"] == []
    assert shown["now"]["clocks"]["police"]["standard"]["seen_within_s"] == 20
    assert "defaults" in rules("show").stdout


def test_rules_set_now_count_now_and_those_of_a_date_from_then_on(rules: Rules) -> None:
    assert rules("set", {"shortlist": 7}).exit_code == 0
    assert rules("set", {"shortlist": 9}, "--from", "2999-01-01").exit_code == 0
    now, later = pages(rules)
    assert (now["rules"], now["counts"]) == ({"shortlist": 7}, True)
    assert (later["rules"], later["counts"], later["from"]) == (
        {"shortlist": 9},
        False,
        "2999-01-01T06:00:00.000Z",
    )
    assert json.loads(rules("show", "--json").stdout)["now"]["shortlist"] == 7
    assert '{"shortlist":9}' in rules("show").stdout


def test_the_same_date_again_is_another_page_in_its_place(rules: Rules) -> None:
    for shortlist in (7, 8):
        rules("set", {"shortlist": shortlist}, "--from", "2999-01-01T22:30")
    assert [page["rules"] for page in pages(rules)] == [{"shortlist": 8}]


@pytest.mark.parametrize(
    ("differences", "code"), [({"shortlists": 7}, "shortlists"), ({"hold_s": -1}, "hold_s"), ([1], "object")]
)
def test_what_is_no_rule_changes_nothing(rules: Rules, differences: Any, code: str) -> None:
    refused = rules("set", differences)
    assert refused.exit_code == 1
    assert "rules_refused" in refused.output
    assert code in refused.output
    assert pages(rules) == []


def test_the_past_stays_as_it_was(rules: Rules) -> None:
    refused = rules("set", {"shortlist": 7}, "--from", "2020-01-01")
    assert refused.exit_code == 1
    assert "in_the_past" in refused.output
    assert pages(rules) == []


def test_a_file_that_is_no_json_is_refused(rules: Rules, tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text("{")
    refused = rules("set", str(tmp_path / "broken.json"))
    assert refused.exit_code == 1
    assert "not JSON" in refused.output
