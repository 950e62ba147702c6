"""The master key comes from one place that is named; nothing that was found there is said, shown or passed on."""

import base64
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.security.envelope import Unsealable
from app.security.key_source import master_key
from app.security.master_key import KeySourceBroken, MasterKey

OLD, NEW = bytes(range(32)), bytes(range(1, 33))
OLD_TEXT, NEW_TEXT = base64.b64encode(OLD).decode(), base64.b64encode(NEW).decode()


def found(
    tmp_path: Path, *, file: Path | None = None, text: str | None = None, command: str | None = None
) -> MasterKey:
    return master_key(file=file, text=text, command=command, default_file=tmp_path / "master.key")


def printing(text: str) -> str:
    return f"{sys.executable} -c 'print({text!r})'".replace("'print(", '"print(').replace(")'", ')"')


def test_the_key_comes_from_a_file_from_words_or_from_a_command(tmp_path: Path) -> None:
    (tmp_path / "k").write_text(OLD_TEXT)
    assert found(tmp_path, file=tmp_path / "k").secret == OLD
    assert found(tmp_path, text=OLD_TEXT).secret == OLD
    assert found(tmp_path, command=printing(OLD_TEXT)).secret == OLD
    assert not (tmp_path / "master.key").exists()
    assert len(found(tmp_path).secret) == 32
    assert (tmp_path / "master.key").exists()


def test_the_first_key_wraps_and_all_of_them_unwrap(tmp_path: Path) -> None:
    (tmp_path / "k").write_text(f"{NEW_TEXT}\n{OLD_TEXT}\n")
    both, old = found(tmp_path, file=tmp_path / "k"), MasterKey(OLD)
    before = old.wrap(b"secret", b"here")
    assert both.unwrap(before, b"here") == b"secret"
    assert MasterKey(NEW).unwrap(both.wrap(b"secret", b"here"), b"here") == b"secret"
    assert (both.wrapped_it(before), both.wrapped_it(both.wrap(b"x", b""))) == (False, True)
    for stranger, context in ((MasterKey(NEW), b"here"), (old, b"there")):
        with pytest.raises(Unsealable):
            stranger.unwrap(before, context)


@pytest.mark.parametrize(
    "command",
    [
        printing("tell nobody"),
        f"{sys.executable} -c \"import sys; print('tell nobody'); sys.exit(3)\"",
        "/no/such/program tell nobody",
        "'unfinished tell nobody",
        "",
        f"{sys.executable} -c \"print('tell nobody' * 1000)\"",
    ],
    ids=["no key", "failed", "no program", "no words", "empty", "too much"],
)
def test_a_command_that_gives_no_key_is_refused_without_a_word_of_what_it_said(
    tmp_path: Path, command: str
) -> None:
    with pytest.raises(KeySourceBroken, match="NARANJA_MASTER_KEY_COMMAND") as problem:
        found(tmp_path, command=command)
    assert "tell nobody" not in problem.value.sentence
    assert problem.value.__cause__ is None


def test_words_that_are_no_key_are_refused_and_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(KeySourceBroken, match="not 32 bytes in base64") as problem:
        found(tmp_path, text="tell nobody")
    assert "tell nobody" not in problem.value.sentence


def test_two_places_are_refused(tmp_path: Path) -> None:
    with pytest.raises(KeySourceBroken, match="several places"):
        found(tmp_path, text=OLD_TEXT, command=printing(OLD_TEXT))


def test_a_key_from_the_environment_is_taken_out_of_it_and_shown_nowhere(tmp_path: Path) -> None:
    script = """
import json, os, subprocess, sys
from app.settings import Settings
first, second = Settings(), Settings()
child = subprocess.run([sys.executable, "-c", "import json, os; print(json.dumps(dict(os.environ)))"], stdout=-1)
print(json.dumps({
    "environ": dict(os.environ), "child": child.stdout.decode(), "repr": repr(first) + str(second.model_dump()),
    "known": [each.master_key.get_secret_value() for each in (first, second)],
}))
"""
    environment = {**os.environ, "NARANJA_MASTER_KEY": OLD_TEXT, "NARANJA_DATA_DIR": str(tmp_path)}
    said = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, check=True)
    shown = json.loads(said.stdout)
    assert shown.pop("known") == [OLD_TEXT, OLD_TEXT]
    assert OLD_TEXT not in json.dumps(shown)
