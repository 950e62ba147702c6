"""The command as it is run: neither its help, nor what it prints, nor how it fails tells a secret."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
import typer
from typer.main import get_command

from app.cli import app
from tests.patience import PATIENCE_S

PASSWORD = "hunter2-of-the-neighbour"
NAME = "Zald\u00edvar"
COMMAND = (sys.executable, "-m", "app.cli")


@pytest.fixture
def environment(database_url: str, tmp_path: Path) -> dict[str, str]:
    neighbour = {"url": "http://127.0.0.1:9", "login": "main", "password": PASSWORD}
    return {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": database_url,
        "NARANJA_DATA_DIR": str(tmp_path / "data"),
        "NARANJA_NEIGHBOURS": json.dumps({"S": neighbour}),
        "NARANJA_LOG_FORMAT": "json",
        "PYTHONUNBUFFERED": "1",
    }


@pytest.fixture
def secrets(database_url: str) -> tuple[str, ...]:
    password = urlsplit(database_url).password
    assert password
    return password, PASSWORD, NAME


def verbs() -> list[tuple[str, ...]]:
    """Every command with its group, and none."""

    def walk(command: object, before: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        yield before
        for name, below in getattr(command, "commands", {}).items():
            yield from walk(below, (*before, name))

    return list(walk(get_command(app), ()))


def test_no_help_tells_a_setting(environment: dict[str, str], secrets: tuple[str, ...]) -> None:
    found = verbs()
    assert ("serve",) in found
    # One process for each would take a minute: a group's help is made by the same code as any other.
    for words in ((), ("serve",), ("people",), ("people", "add")):
        said = subprocess.run([*COMMAND, *words, "--help"], capture_output=True, env=environment, check=True)
        for secret in (*secrets, environment["NARANJA_DATA_DIR"]):
            assert secret.encode() not in said.stdout + said.stderr
    assert isinstance(app, typer.Typer)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NARANJA_PORT", PASSWORD),
        ("NARANJA_NEIGHBOURS", f'{{"S": "{PASSWORD}'),
        ("NARANJA_NEIGHBOURS", json.dumps({"S": {"url": "x", "login": "y", "password": [PASSWORD]}})),
        ("NARANJA_PUBLIC_ORIGIN", f"https://x:{PASSWORD}@y"),
        ("DATABASE_URL", f"nonsense {PASSWORD}"),
    ],
)
def test_a_wrong_setting_is_named_and_not_told(
    environment: dict[str, str], secrets: tuple[str, ...], name: str, value: str
) -> None:
    said = subprocess.run(
        [*COMMAND, "serve", "--port", "0"],
        capture_output=True,
        env={**environment, name: value},
        timeout=PATIENCE_S,
        check=False,
    )
    told = (said.stdout + said.stderr).decode()
    assert said.returncode == 1, told
    assert told.strip()
    for secret in secrets:
        assert secret not in told


def test_a_service_that_waits_for_its_database_does_not_tell_its_address(
    environment: dict[str, str], secrets: tuple[str, ...]
) -> None:
    address = f"postgresql://a:{PASSWORD}@127.0.0.1:1/x"
    with subprocess.Popen(
        [*COMMAND, "serve", "--port", "0"], stderr=subprocess.PIPE, env={**environment, "DATABASE_URL": address}
    ) as service:
        assert service.stderr is not None
        told = service.stderr.readline().decode()
        service.terminate()
        told += service.stderr.read().decode()
    assert "is waited for" in told
    for secret in secrets:
        assert secret not in told


def test_a_service_that_is_prodded_tells_nothing(environment: dict[str, str], secrets: tuple[str, ...]) -> None:
    with subprocess.Popen(
        [*COMMAND, "serve", "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    ) as service:
        assert service.stdout is not None
        told = b""
        while b"address" not in told:
            line = service.stdout.readline()
            assert line, "it did not start"
            told += line
        found = re.search(r"http://[0-9.:]+", told.decode())
        assert found
        with httpx.Client(base_url=found.group(), trust_env=False, timeout=PATIENCE_S) as client:
            answers = [
                client.get("/healthz"),
                client.get("/readyz"),
                client.get(f"/{NAME}", params={"name": NAME}),
                client.post("/api/session", json={"login": NAME, "password": PASSWORD, NAME: NAME}),
                client.post("/api/session", content=f'{{"login": "{NAME}'.encode()),
                client.get("/api/alerts", headers={"Authorization": f"Bearer {PASSWORD}"}),
            ]
        service.terminate()
        rest, errors = service.communicate(timeout=PATIENCE_S)
    said = (told + rest + errors).decode() + "".join(answer.text for answer in answers)
    for secret in secrets:
        assert secret not in said
    for line in errors.splitlines():
        assert json.loads(line)["event"]
