"""`naranja db backup`, `restore`, `drill` on real servers: what was there comes back, or it is refused."""

import asyncio
import base64
import json
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from typer.testing import CliRunner, Result

from app.backup import OURS, amcheck, back_up, lasts, restore
from app.children.backups import DATA, lay_out
from app.children.postgres import EmbeddedPostgres
from app.children.problem import ChildError
from app.cli import app
from tests.service_fixture import a_house

from .desks import rows

Naranja = Callable[..., Result]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def url(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """A server of this file's own, so that a backup holds no other test's databases."""
    async with EmbeddedPostgres(tmp_path_factory.mktemp("postgres") / "server") as server:
        yield server.dsn()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def home(url: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a center that ran, took an alert and stopped: its key and its checkpoints."""
    home = tmp_path_factory.mktemp("home")
    async with a_house(url, home, checkpoint_every_s=3600.0) as house:
        await house.on_duty("P-1")
        await house.raised(safe_contact="text only, after nine")
        await house.app.state.notary.round()
    return home


@pytest.fixture
def naranja(url: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> Naranja:
    """Runs `naranja` where that center is."""
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("NARANJA_DATA_DIR", str(home))
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def backup(naranja: Naranja, tmp_path: Path) -> Path:
    """A backup of that center."""
    done = naranja("db", "backup", tmp_path / "backup")
    assert done.exit_code == 0, done.stderr
    return tmp_path / "backup"


def test_a_drill_brings_everything_back_and_leaves_nothing(naranja: Naranja, url: str, home: Path) -> None:
    kept = sorted(home.iterdir())
    done = naranja("db", "drill", "--json")
    figures = json.loads(done.stdout)
    (last,) = asyncio.run(rows(url, "SELECT id, last_seq FROM centers"))
    assert (done.exit_code, figures["well"]) == (0, True), figures
    assert figures["lasts_before"] == figures["lasts_restored"] == figures["lasts_after"] == dict([tuple(last)])
    assert figures["verify"]["rows"]["details"] > 0, "sealed details are opened with the key at hand"
    assert figures["checkpoints_from_outside"] > 0
    assert figures["amcheck_relations"] > 50
    assert figures["amcheck_found"] == []
    assert sorted(home.iterdir()) == kept


def test_without_the_center_s_own_key_a_drill_is_not_well(
    naranja: Naranja, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other.key").write_bytes(base64.b64encode(bytes(32)))
    monkeypatch.setenv("NARANJA_MASTER_KEY_FILE", str(tmp_path / "other.key"))
    done = naranja("db", "drill", "--json", "--in", tmp_path)
    assert (done.exit_code, "wrong_master_key" in done.stderr) == (1, True)
    assert [path.name for path in tmp_path.iterdir()] == ["other.key"]


def test_a_drill_finds_a_row_that_was_altered(naranja: Naranja, url: str) -> None:
    change = "UPDATE events SET by = {} WHERE kind = 'AlertRaised'"
    ((by,),) = asyncio.run(rows(url, "SELECT by FROM events WHERE kind = 'AlertRaised'"))
    asyncio.run(rows(url, change.format("'nobody'")))
    try:
        done = naranja("db", "drill", "--json")
    finally:
        asyncio.run(rows(url, change.format(f"'{by}'")))
    assert (done.exit_code, json.loads(done.stdout)["verify"]["findings"][0]["what"]) == (1, "altered")


def test_the_key_is_in_no_backup_and_that_is_said(naranja: Naranja, home: Path, tmp_path: Path) -> None:
    done = naranja("db", "backup", tmp_path / "backup")
    assert (done.exit_code, "master key is not in it" in done.stderr) == (0, True)
    key = (home / "master.key").read_bytes().strip()
    wanted = (key, base64.b64decode(key))
    files = [path for path in (tmp_path / "backup").rglob("*") if path.is_file()]
    assert not [path for path in files if any(part in path.read_bytes() for part in wanted)]
    assert "The master key is NOT in the backup" in " ".join(naranja("db", "backup", "--help").stdout.split())


def test_a_backup_never_goes_into_a_folder_that_is_there(naranja: Naranja, tmp_path: Path) -> None:
    done = naranja("db", "backup", tmp_path)
    assert (done.exit_code, "backup.there" in done.stderr) == (1, True)
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_gives_no_backup_leaves_nothing(
    naranja: Naranja, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asyncio.run(rows(url, "CREATE ROLE reader LOGIN PASSWORD 'of-the-reader'"))
    asyncio.run(rows(url, "GRANT SELECT ON centers TO reader"))
    monkeypatch.setenv("DATABASE_URL", f"postgresql://reader:of-the-reader@{url.partition('@')[2]}")
    done = naranja("db", "backup", tmp_path / "backup")
    assert (done.exit_code, "children.backup.failed" in done.stderr) == (1, True), done.stderr
    assert "of-the-reader" not in done.stderr + done.stdout
    assert list(tmp_path.iterdir()) == []


def test_what_is_restored_becomes_the_center_s_own_database(
    naranja: Naranja, url: str, home: Path, backup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "restore_elsewhere" in naranja("db", "restore", backup).stderr
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.setenv("NARANJA_DATA_DIR", str(tmp_path / "new"))
    done = naranja("db", "restore", backup, "--json")
    assert done.exit_code == 0, done.stderr
    for name in ("master.key", "checkpoints.jsonl"):
        shutil.copy(home / name, tmp_path / "new" / name)
    found = naranja("db", "verify", "--json")
    assert (found.exit_code, json.loads(found.stdout)["well"]) == (0, True)
    (last,) = asyncio.run(rows(url, "SELECT id, last_seq FROM centers"))
    assert json.loads(done.stdout)["lasts"] == dict([tuple(last)])
    again = naranja("db", "restore", backup)
    assert (again.exit_code, "restore.there" in again.stderr) == (1, True)
    assert naranja("db", "verify").exit_code == 0, "what was there is still there"
    second = naranja("db", "backup", tmp_path / "second")
    assert second.exit_code == 0, second.stderr


@pytest.mark.asyncio(loop_scope="session")
async def test_neither_the_name_nor_the_settings_of_the_old_server_get_in_the_way(
    url: str, tmp_path: Path
) -> None:
    connection: Any = await asyncpg.connect(url)
    try:
        # A server that would be started with this does not start.
        await connection.execute("ALTER SYSTEM SET shared_preload_libraries = 'not_here'")
        await back_up(url, tmp_path / "backup", at=0.0)
    finally:
        await connection.execute("ALTER SYSTEM RESET ALL")
        await connection.close()
    (tmp_path / "one").mkdir()
    await lay_out(tmp_path / "backup", tmp_path / "one", OURS, "other")
    async with EmbeddedPostgres(tmp_path / "one") as server:
        assert await lasts(server.dsn("other")) == await lasts(url)


def test_a_backup_whose_database_is_not_in_it_is_refused(backup: Path, tmp_path: Path) -> None:
    about = json.loads((backup / "about.json").read_text())
    (backup / "about.json").write_text(json.dumps(about | {"database": "another"}))
    with pytest.raises(ChildError) as refused:
        asyncio.run(restore(backup, tmp_path / "one"))
    assert refused.value.code == "children.restore.failed"
    assert list((tmp_path / "one").iterdir()) == [tmp_path / "one" / "lock"]


@pytest.mark.parametrize("name", ["PG_VERSION", "base/1/1259"])
def test_a_backup_with_one_byte_changed_is_refused_and_nothing_is_made(
    backup: Path, tmp_path: Path, name: str
) -> None:
    file = backup / DATA / name
    content = bytearray(file.read_bytes())
    content[0] ^= 1
    file.write_bytes(content)
    with pytest.raises(ChildError) as refused:
        asyncio.run(restore(backup, tmp_path / "one"))
    assert refused.value.code == "children.backup.broken"
    assert not (tmp_path / "one" / DATA).exists()


def test_a_backup_that_holds_less_than_it_says_is_refused(backup: Path, tmp_path: Path) -> None:
    about: dict[str, Any] = json.loads((backup / "about.json").read_text())
    more = {center: last + 1 for center, last in about["lasts"].items()}
    (backup / "about.json").write_text(json.dumps(about | {"lasts": more}))
    with pytest.raises(ChildError) as refused:
        asyncio.run(restore(backup, tmp_path / "one"))
    assert refused.value.code == "restore.less"
    assert not (tmp_path / "one" / DATA).exists()


@pytest.mark.asyncio(loop_scope="session")
async def test_amcheck_names_an_index_that_lost_a_row(backup: Path, tmp_path: Path) -> None:
    await restore(backup, tmp_path / "one")
    async with EmbeddedPostgres(tmp_path / "one") as server:
        connection: Any = await asyncpg.connect(server.dsn(OURS))
        try:
            # An index that says it holds all rows, and holds those before it was told so.
            await connection.execute("CREATE TABLE lost (n int); CREATE INDEX lost_n ON lost (n)")
            await connection.execute(
                "UPDATE pg_index SET indisready = false WHERE indexrelid = 'lost_n'::regclass"
            )
            await connection.execute("INSERT INTO lost VALUES (7)")
            await connection.execute("UPDATE pg_index SET indisready = true WHERE indexrelid = 'lost_n'::regclass")
        finally:
            await connection.close()
        _, found = await amcheck(server.dsn(OURS))
    assert [one.partition(":")[0] for one in found] == ["lost_n"]
