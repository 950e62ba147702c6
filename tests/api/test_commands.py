"""The `naranja` command as people run it: a process, what it prints, and how it ends."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner, Result

from app.cli import app
from app.security.sessions import Role
from tests.patience import PATIENCE_S, until
from tests.service_fixture import House, a_house

from .doors import opens_nothing

PASSWORD = "correct horse battery staple"
QUIET_S = 2.0


@dataclass(frozen=True, slots=True)
class Said:
    """How a command ended."""

    status: int | None
    out: str
    err: str


async def naranja(folder: Path, url: str, *words: str, typed: str = "") -> Said:
    """Run it in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "app.cli", *words,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "DATABASE_URL": url, "NARANJA_DATA_DIR": str(folder), "COLUMNS": "200"},
    )  # fmt: skip
    out, err = await process.communicate(typed.encode())
    return Said(process.returncode, out.decode(), err.decode())


async def test_people_are_added_shut_out_and_let_in(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("NARANJA_DATA_DIR", str(tmp_path))

    async def run(*words: str, typed: str = "") -> Result:
        return await asyncio.to_thread(CliRunner().invoke, app, ["people", *words], typed)

    added = await run("add", "op-1", "--role", "operator", typed=f"{PASSWORD}\n")
    assert (added.exit_code, PASSWORD in added.output) == (0, False)
    async with a_house(database_url, tmp_path, bare=True) as house:
        again = await run("add", "op-1", "--role", "operator", typed=f"{PASSWORD}\n")
        assert (again.exit_code, "login_taken" in again.output) == (1, True)
        assert (await run("add", "sup-1", "--role", "supervisor", "--no-password")).exit_code == 0
        weak = await run("add", "op-2", "--role", "operator", typed="1234\n")
        assert (weak.exit_code, "1234" in weak.output) == (1, False)
        homeless = await run("add", "p-1", "--role", "unit", "--no-password")
        assert (homeless.exit_code, "unit_missing" in homeless.output) == (1, True)
        listed = (await run("list")).output
        assert "op-1" in listed
        assert "op-2" not in listed
        client = await house.client((await run("token", "op-1")).stdout.strip())
        assert (await client.get("/api/session")).json()["login"] == "op-1"
        assert (await signed_in(house)).status_code == 201
        assert (await run("disable", "op-1")).exit_code == 0
        assert (await signed_in(house)).status_code == 401
        await until(lambda: opens_nothing(client))
        assert (await run("enable", "op-1")).exit_code == 0
        assert (await signed_in(house)).status_code == 201
        assert (await client.get("/api/session")).status_code == 401
        unknown = await run("disable", "nobody")
        assert (unknown.exit_code, "unknown_login" in unknown.output) == (1, True)


async def test_sessions_are_listed_and_ended_and_an_account_begins_anew(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("NARANJA_DATA_DIR", str(tmp_path))

    async def run(*words: str) -> Result:
        return await asyncio.to_thread(CliRunner().invoke, app, ["people", *words])

    async with a_house(database_url, tmp_path, bare=True) as house:
        await house.person(Role.OPERATOR, "op-1", password=PASSWORD)
        assert (await signed_in(house)).status_code == 201
        first = (await run("sessions", "op-1")).output
        assert "password" in first
        client = await house.client((await signed_in(house)).json()["token"])
        mine = next(one for one in (await client.get("/api/session/all")).json()["sessions"] if one["this"])
        assert "1 sessions" in (await run("end", "op-1", "--session", mine["id"])).output
        assert mine["id"] not in (await run("sessions", "op-1")).output
        assert "1 sessions" in (await run("end", "op-1")).output
        secret = (await run("reset", "op-1")).stdout.strip()
        assert (await signed_in(house)).status_code == 401
        said = {"login": "op-1", "secret": secret, "new_password": PASSWORD}
        assert (await (await house.client()).post("/api/session", json=said)).status_code == 201
        assert (await run("end", "nobody")).exit_code == 1


async def test_a_center_begins_with_one_admin_whose_secret_is_printed_once(
    database_url: str, tmp_path: Path
) -> None:
    async with a_server(database_url, tmp_path, first=True) as (address, printed):
        assert printed["One-time secret of admin"]
        said = {"login": "admin", "secret": printed["secret"], "new_password": PASSWORD, "as": "token"}
        async with httpx.AsyncClient(base_url=address, trust_env=False, timeout=PATIENCE_S) as client:
            signed = await client.post("/api/session", json=said)
            assert (signed.status_code, signed.json()["role"]) == (201, "admin")
            assert (await client.post("/api/session", json=said)).status_code == 401
        again = await naranja(tmp_path, database_url, "people", "first-admin")
        assert (again.status, "admin_exists" in again.err, again.out) == (1, True, "")
    async with a_server(database_url, tmp_path, first=False) as (_, printed):
        assert set(printed) == {"address"}


async def test_the_first_admin_can_be_made_before_the_first_start(database_url: str, tmp_path: Path) -> None:
    made = await naranja(tmp_path, database_url, "people", "first-admin")
    assert (made.status, len(made.out.strip())) == (0, 43)
    assert "admin" in made.err
    async with a_server(database_url, tmp_path, first=False) as (_, printed):
        assert set(printed) == {"address"}
    listed = await naranja(tmp_path, database_url, "people", "list")
    assert made.out.strip() not in listed.out + listed.err


@asynccontextmanager
async def a_server(url: str, folder: Path, *, first: bool) -> AsyncIterator[tuple[str, dict[str, str]]]:
    """`naranja serve` until the block ends: its address, and what it printed of a first admin.

    `first`: it has to make one.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "app.cli", "serve", "--port", "0",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "DATABASE_URL": url, "NARANJA_DATA_DIR": str(folder), "COLUMNS": "200"},
    )  # fmt: skip
    assert process.stdout is not None
    printed: dict[str, str] = {}
    try:
        async with asyncio.timeout(PATIENCE_S):
            while "address" not in printed:
                words = (await process.stdout.readline()).decode().split()
                assert words, "it ended"
                if words[0] == "address":
                    printed["address"] = words[1]
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S if first else QUIET_S):
                while "secret" not in printed and (line := (await process.stdout.readline()).decode().strip()):
                    head, comma, _ = line.partition(",")
                    printed |= {head: line} if comma else {"secret": line}
        yield printed["address"], printed
    finally:
        process.send_signal(signal.SIGINT)
        await process.wait()


async def test_a_database_that_does_not_answer_is_said_in_a_sentence(tmp_path: Path) -> None:
    said = await naranja(tmp_path, "postgresql://someone:secret@127.0.0.1:1/none", "region", "show")
    assert (said.status, "no_database" in said.err, "Traceback" in said.err) == (1, True, False)
    assert "secret" not in said.out + said.err


async def test_a_report_is_printed_as_json_and_as_a_table(database_url: str, tmp_path: Path) -> None:
    async with a_house(database_url, tmp_path) as house:
        for _ in range(5):
            await house.raised("police", "prosecutor")
        asked = ("report", "--by", "institution")
        as_json, as_text, wrong, nowhere = await asyncio.gather(
            naranja(tmp_path, database_url, *asked, "--json"),
            naranja(tmp_path, database_url, *asked, "--lang", "en"),
            naranja(tmp_path, database_url, "report", "--by", "luck"),
            naranja(tmp_path, database_url, "report", "--center", "nowhere"),
        )
    rows = json.loads(as_json.out)["rows"]
    assert as_json.status == 0
    assert {row["group"]["institution"] for row in rows} >= {"police", "prosecutor"}
    assert (as_text.status, "police" in as_text.out) == (0, True)
    assert (wrong.status, "unknown_grouping" in wrong.err, "Traceback" in wrong.err) == (1, True, False)
    assert (nowhere.status, "unknown_center" in nowhere.err) == (1, True)


async def signed_in(house: House) -> httpx.Response:
    client = await house.client()
    return await client.post("/api/session", json={"login": "op-1", "password": PASSWORD, "as": "token"})


@pytest.mark.parametrize("words", [(), ("serve", "--port", "x")])
async def test_a_command_that_is_none_ends_with_help_and_not_with_a_traceback(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    said = await naranja(tmp_path, "postgresql://nowhere/none", *words)
    assert said.status == 2
    assert "Usage" in said.out + said.err
    assert "Traceback" not in said.err
