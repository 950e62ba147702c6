"""`naranja keys`, `naranja retention` and `naranja people export` as they are typed."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from app import settings
from app.cli import app

OLD, NEW = (base64.b64encode(bytes(range(first, first + 32))).decode() for first in (0, 1))
Naranja = Callable[..., Result]


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "k"
    path.write_text(f"{OLD}\n")
    return path


@pytest.fixture
def naranja(database_url: str, tmp_path: Path, key_file: Path, monkeypatch: pytest.MonkeyPatch) -> Naranja:
    """Runs `naranja` on a center of its own; a mapping stands for a file with it in."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("NARANJA_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("NARANJA_MASTER_KEY_FILE", str(key_file))
    monkeypatch.setattr(settings, "_TAKEN", {})
    monkeypatch.chdir(tmp_path)

    def run(*words: Any, typed: str = "") -> Result:
        said = []
        for word in words:
            if not isinstance(word, str):
                (tmp_path / "page.json").write_text(json.dumps(word))
            said.append(word if isinstance(word, str) else str(tmp_path / "page.json"))
        return CliRunner().invoke(app, said, typed)

    return run


def test_a_key_is_rotated_and_shown_without_being_shown(naranja: Naranja) -> None:
    (first,) = json.loads(naranja("keys", "show", "--json").stdout)
    assert (first["version"], first["seals_now"], first["alerts"]) == (1, True, 0)
    done = json.loads(naranja("keys", "rotate", "--json").stdout)
    assert (done["version"], done["destroyed"], done["left"]) == (2, [1], 0)
    assert "made version 3" in naranja("keys", "rotate").stdout
    found = json.loads(naranja("keys", "show", "--json").stdout)
    assert [one["seals_now"] for one in found] == [False, False, True]
    shown = naranja("keys", "show")
    assert shown.exit_code == 0
    assert OLD not in shown.output


def test_the_master_key_is_changed_in_three_steps(naranja: Naranja, key_file: Path) -> None:
    assert naranja("keys", "rotate").exit_code == 0
    key_file.write_text(f"{NEW}\n")
    wrong = naranja("keys", "show")
    assert (wrong.exit_code, "wrong_master_key" in wrong.output, NEW in wrong.output) == (1, True, False)
    key_file.write_text(f"{NEW}\n{OLD}\n")
    assert "3 keys wrapped anew" in naranja("keys", "rewrap").stdout
    assert "0 keys wrapped anew" in naranja("keys", "rewrap").stdout
    key_file.write_text(f"{NEW}\n")
    assert naranja("keys", "show").exit_code == 0
    key_file.write_text(f"{OLD}\n")
    assert "wrong_master_key" in naranja("keys", "show").output


def test_a_key_in_two_places_is_refused(naranja: Naranja, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NARANJA_MASTER_KEY", OLD)
    refused = naranja("keys", "show")
    assert (refused.exit_code, "key_source_broken" in refused.output, OLD in refused.output) == (1, True, False)


def test_how_long_details_are_kept_is_set_from_a_date_and_shown(naranja: Naranja) -> None:
    shown = json.loads(naranja("retention", "show", "--json").stdout)
    assert (shown["now"]["closed_days"], shown["pages"]) == ({"*": 1825.0}, [])
    assert naranja("retention", "set", {"closed_days": {"attended": 3650}}).exit_code == 0
    assert naranja("retention", "set", {"merged_days": 400}, "--from", "2999-01-01").exit_code == 0
    shown = json.loads(naranja("retention", "show", "--json").stdout)
    assert shown["now"]["closed_days"] == {"*": 1825.0, "attended": 3650.0}
    assert [page["counts"] for page in shown["pages"]] == [True, False]
    assert "3650" in naranja("retention", "show").stdout


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("set", {"closed": 3}), "retention_refused"),
        (("set", [3]), "retention_refused"),
        (("set", {"merged_days": 3}, "--from", "2020-01-01"), "in_the_past"),
        (("erase", "N-77", "--reason", "person_asked"), "unknown_alert"),
        (("hold", "N-77", "--reason", "court"), "unknown_alert"),
        (("release", "N-77"), "unknown_alert"),
    ],
)
def test_what_cannot_be_is_said_with_its_code(naranja: Naranja, words: tuple[Any, ...], code: str) -> None:
    refused = naranja("retention", *words)
    assert (refused.exit_code, code in refused.output) == (1, True)


def test_a_round_by_hand_says_what_it_erases(naranja: Naranja) -> None:
    assert json.loads(naranja("retention", "run", "--dry-run", "--json").stdout) == {"dry_run": True, "alerts": []}
    assert "0 erased: none" in naranja("retention", "run").stdout
    assert json.loads(naranja("retention", "holds", "--json").stdout) == []


def test_a_person_is_named_by_a_pipe_and_not_for_all_to_see(naranja: Naranja) -> None:
    found = naranja("people", "export", "--telephone", "-", typed="81 5550 1234\n")
    assert (found.exit_code, json.loads(found.stdout)["alerts"]) == (0, [])
    assert "nobody_named" in naranja("people", "export").output
    nothing = naranja("people", "export", "--telephone", "911")
    assert (nothing.exit_code, "not_comparable" in nothing.output) == (1, True)
