"""`naranja db verify`, `db key` and `report evidence` by their commands, on a center that has shut down."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from typer.testing import CliRunner, Result

from app.cli import app
from app.security.checkpoints import Signer
from tests.service_fixture import a_house

from .desks import rows

Naranja = Callable[..., Result]


@pytest_asyncio.fixture(loop_scope="session")
async def alert(database_url: str, tmp_path: Path) -> AsyncIterator[str]:
    """An alert of a center that ran, signed its heads and stopped."""
    async with a_house(database_url, tmp_path, checkpoint_every_s=3600.0) as house:
        await house.on_duty("P-1")
        receipt = await house.raised(safe_contact="text only, after nine")
        await house.app.state.notary.round()
        (tmp_path / "key").write_text(Signer.of(house.service.sealer.signing).public)
    yield str(receipt["alert"])


@pytest.fixture
def naranja(alert: str, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Naranja:
    """Runs `naranja` where that center is."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("NARANJA_DATA_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])


async def by_the_owner(url: str, statement: str) -> None:
    """What the database's owner does: first they turn its checks off."""
    connection: Any = await asyncpg.connect(url)
    try:
        await connection.execute(f"SET session_replication_role = replica; {statement}")
    finally:
        await connection.close()


def test_records_nobody_touched_are_well_and_the_status_says_so(naranja: Naranja) -> None:
    found = naranja("db", "verify", "--json")
    said = json.loads(found.stdout)
    assert (found.exit_code, said["well"], said["findings"]) == (0, True, [])
    assert min(said["rows"][table] for table in ("events", "details", "alert_keys", "checkpoints")) > 0
    assert said["rows"]["unit_places"] == 1
    assert "as it was written" in naranja("db", "verify").stdout


def test_a_wrong_row_is_named_and_the_status_is_1(naranja: Naranja, database_url: str, alert: str) -> None:
    asyncio.run(rows(database_url, "UPDATE events SET by = 'nobody' WHERE kind = 'AlertRaised'"))
    found = naranja("db", "verify", "--json")
    first = json.loads(found.stdout)["findings"][0]
    (row,) = asyncio.run(rows(database_url, "SELECT seq FROM events WHERE kind = 'AlertRaised'"))
    assert (found.exit_code, first["table"], first["key"], first["what"]) == (1, "events", str(row[0]), "altered")
    assert f"events {row[0]}" in naranja("db", "verify").stdout
    assert naranja("report", "evidence", alert, "--out", "e.pdf").exit_code == 1
    assert not Path("e.pdf").exists()


@pytest.mark.parametrize("use", ["seal", "hash", "sign"])
def test_a_key_of_the_center_that_was_changed_or_is_gone_is_named_and_not_made_anew(
    naranja: Naranja, database_url: str, use: str
) -> None:
    flipped = "wrapped = set_byte(wrapped, 20, get_byte(wrapped, 20) # 1)"
    for change, what in (
        (f"UPDATE center_keys SET {flipped} WHERE use = '{use}'", "does_not_open"),
        (f"DELETE FROM center_keys WHERE use = '{use}'", "missing"),
    ):
        asyncio.run(by_the_owner(database_url, change))
        for _ in range(2):
            found = naranja("db", "verify", "--json")
            named = [(one["table"], one["key"], one["what"]) for one in json.loads(found.stdout)["findings"]]
            assert (found.exit_code, named[0]) == (1, ("center_keys", f"{use} 1", what))


def test_a_master_key_of_another_center_is_said_and_nothing_is_checked(naranja: Naranja, tmp_path: Path) -> None:
    (tmp_path / "master.key").write_bytes(base64.b64encode(bytes(32)))
    found = naranja("db", "verify")
    assert (found.exit_code, "wrong_master_key" in found.stderr) == (1, True)


def test_a_log_cut_with_all_that_counts_it_is_found_by_the_file_and_without_one_that_is_said(
    naranja: Naranja, database_url: str, tmp_path: Path
) -> None:
    for statement in (
        "DELETE FROM events WHERE seq = (SELECT max(seq) FROM events)",
        "UPDATE centers SET last_seq = last_seq - 1",
        "DELETE FROM checkpoints",
    ):
        asyncio.run(rows(database_url, statement))
    kept = tmp_path / "elsewhere.jsonl"
    (tmp_path / "checkpoints.jsonl").rename(kept)
    found = naranja("db", "verify", "--checkpoints", kept)
    assert found.exit_code == 1
    assert "a checkpoint was signed for row" in found.stdout
    blind = naranja("db", "verify")
    assert blind.exit_code == 0
    assert "would not be seen" in blind.stderr
    assert "no_checkpoints" in naranja("db", "verify", "--checkpoints", "nowhere").stderr


def test_the_public_key_and_a_document_are_there_for_whoever_checks(
    naranja: Naranja, database_url: str, alert: str, tmp_path: Path
) -> None:
    assert naranja("db", "key").stdout.strip() == (tmp_path / "key").read_text()
    assert naranja("report", "evidence", alert, "--out", "e.pdf").exit_code == 0
    assert Path("e.pdf").read_bytes().startswith(b"%PDF-")
    told: list[Any] = asyncio.run(rows(database_url, "SELECT by, what FROM audit ORDER BY seq DESC LIMIT 1"))
    assert tuple(told[0]) == ("naranja report", "evidence")
    assert "unknown_alert" in naranja("report", "evidence", "0" * 32, "--out", "x.pdf").stderr
    assert naranja("report", "--by", "").exit_code == 0
