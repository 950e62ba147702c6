"""docs/operations.md names only commands, options, checks, codes and log lines that there are."""

import re
import typing
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.core import TyperCommand, TyperGroup

from app.api import readiness
from app.cli import app
from app.settings import Settings

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "operations.md").read_text()


def calls() -> Iterator[str]:
    """Every command of the page, as it is typed."""
    for code in [*re.findall(r"`([^`\n]+)`", PAGE), *re.findall(r"^ {4}(\S.*)$", PAGE, re.MULTILINE)]:
        if found := re.search(r"(?:^|\s)naranja (.+?)(?:\s+[#>].*)?$", code):
            yield found[1]


def found(words: list[str]) -> tuple[TyperCommand | TyperGroup, list[str]]:
    """The command those words name, and what they give it."""
    command = typing.cast(TyperCommand | TyperGroup, typer.main.get_command(app))
    while isinstance(command, TyperGroup) and words:
        inner = command.commands.get(words[0])
        assert inner is not None, f"there is no `naranja … {words[0]}`"
        command, words = typing.cast(TyperCommand | TyperGroup, inner), words[1:]
    return command, words


@pytest.mark.parametrize("call", sorted(set(calls())))
def test_every_command_and_option_exists_and_nothing_needed_is_left_out(call: str) -> None:
    command, given = found(call.split())
    assert not isinstance(command, TyperGroup), f"`naranja {call}` is no command yet"
    # Read as the command reads it, and not run.
    command.make_context(call, list(given)).close()


def test_the_page_has_the_commands_of_a_night() -> None:
    said = {" ".join(call.split()[:2]) for call in calls()}
    assert {"db backup", "db restore", "db drill", "db verify", "db upgrade", "keys rotate", "keys rewrap"} <= said


def test_a_command_that_does_not_exist_would_be_seen() -> None:
    with pytest.raises(AssertionError):
        found(["db", "repair"])


def test_every_look_of_readiness_has_an_alarm_and_no_other_is_named() -> None:
    source = Path(readiness.__file__).read_text()
    looks = {"database", "log", "clock", "ticker", "children", "roads", "synthetic", "disk"}
    assert all(f'"{look}"' in source for look in looks)
    assert set(re.findall(r"^\| `/readyz`: `(\w+)`", PAGE, re.MULTILINE)) == looks


def test_every_setting_code_and_log_line_that_is_named_exists() -> None:
    names = {str(one.validation_alias or f"NARANJA_{name.upper()}") for name, one in Settings.model_fields.items()}
    assert set(re.findall(r"\bNARANJA_[A-Z_]+|\bDATABASE_URL\b", PAGE)) <= names
    source = "\n".join(path.read_text() for path in (ROOT / "app").rglob("*.py"))
    codes = re.findall(r"`((?:restore|backup|children)\.[a-z_.]+|wrong_master_key)`", PAGE)
    lines = [
        *("not saved", "the log is ahead of this clock", "an entry of the log is gone", "does not open"),
        *("no checkpoint", "a bug in the ticker", "a synthetic alert went wrong"),
    ]
    for said in [*codes, *lines, "naranja_flags_open", "amcheck_found"]:
        assert said in PAGE
        assert said in source, said
