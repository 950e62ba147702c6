"""A center's key is rotated while desks take alerts: nothing is lost, nothing unreadable, killed midway or not."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from alembic import command
from sqlalchemy import Column as TableColumn
from sqlalchemy import LargeBinary, MetaData, Table, Text

from app.children.postgres import EmbeddedPostgres
from app.cli.bench_rotate import rotate_figures
from app.clock import HandClock
from app.desk import Desk
from app.details import PLACE, Details
from app.dispatch import commands as c
from app.keys import Rotated, open_keys, rewrap, rotate, versions
from app.security.master_key import MasterKey
from app.security.sealing import Sealer, Unsealable, Use, WrongMasterKey
from app.store.keys import WRAPPED, Column, not_under
from app.store.keys import replace as replace_rows
from app.store.own import NOTE, OWN, PUSH, STATION, TOTP
from app.store.roles import SERVICE_ROLE
from app.store.rows import PlaceRow, RegionRows
from app.store.session import Database, migrations

from .desks import (
    CENTER,
    HOME,
    NO_REGION,
    PATROLS,
    SECRET,
    a_database,
    a_desk,
    details_of,
    must_agree,
    raise_alert,
    rows,
    unit,
)

READ: dict[str, Any] = {"by": "somebody", "what": "test", "at": 12.5}


async def taught(database: Database, master: MasterKey = SECRET) -> Sealer:
    sealer = Sealer(master, CENTER)
    await open_keys(database, sealer, CENTER, 1.0)
    return sealer


async def rotated(url: str, clock: HandClock, **how: Any) -> Rotated:
    """As `naranja keys rotate` does it: a process of its own, which knows what is stored."""
    async with a_database(url) as database:
        return await rotate(database, await taught(database), CENTER, clock, **how)


async def stand(url: str) -> list[tuple[int, bool, int, int]]:
    """(version, destroyed, alerts under it, own values under it) of every version."""
    async with a_database(url) as database:
        found = await versions(database, await taught(database), CENTER)
    return [(one.version, one.retired_at is not None, one.alerts, one.own) for one in found]


async def notes(details: Details, alert: str) -> list[Any]:
    return [one.value for one in await details.read(alert, **READ) if one.kind == "note"]


async def test_everything_is_moved_and_the_old_version_is_destroyed(
    url: str, desk: Desk, clock: HandClock
) -> None:
    alerts = [(await raise_alert(desk, note=f"n{number}")).alert or "" for number in range(7)]
    before = await rows(url, "SELECT id, sealed FROM details ORDER BY id")
    done = await rotated(url, clock, batch=2)
    assert (done.version, done.continued, done.moved, done.left, done.destroyed) == (2, False, 7, 0, (1,))
    assert await stand(url) == [(1, True, 0, 0), (2, False, 7, 0)]
    assert await rows(url, "SELECT id, sealed FROM details ORDER BY id") == before, "only keys are wrapped anew"
    ((wrapped,),) = await rows(url, "SELECT wrapped FROM center_keys WHERE use = 'seal' AND version = 1")
    assert wrapped is None
    async with a_database(url) as database:
        details = details_of(database)
        assert [await notes(details, alert) for alert in alerts] == [[f"n{number}"] for number in range(7)]
    assert (await rotated(url, clock)).version == 3


async def test_a_desk_that_has_not_heard_of_it_learns_when_it_writes_and_loses_nothing(
    url: str, desk: Desk, clock: HandClock
) -> None:
    old = (await raise_alert(desk, note="before")).alert or ""
    await rotated(url, clock)
    new = (await raise_alert(desk, note="after")).alert or ""
    await desk.perform(c.AddNote(id=str(uuid4()), by="x", alert=old), {"note": "added"})
    assert await stand(url) == [(1, True, 0, 0), (2, False, 2, 0)]
    async with a_database(url) as database:
        details = details_of(database)
        assert (await notes(details, old), await notes(details, new)) == (["before", "added"], ["after"])
    await must_agree(url, desk)


async def test_a_reader_that_has_not_heard_of_it_learns_when_it_reads(
    url: str, desk: Desk, clock: HandClock
) -> None:
    alert = (await raise_alert(desk, note="n")).alert or ""
    async with a_database(url) as database:
        details = details_of(database)
        assert await notes(details, alert) == ["n"]
        await rotated(url, clock)
        assert await notes(details, alert) == ["n"]
        assert (await details.places([alert]))[alert].place is not None


async def test_a_rotation_that_is_ended_midway_goes_on_where_it_was(
    url: str, desk: Desk, clock: HandClock
) -> None:
    alerts = [(await raise_alert(desk, note=f"n{number}")).alert or "" for number in range(9)]

    def ends_it(done: int, todo: int) -> None:
        assert todo == 9
        if done >= 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await rotated(url, clock, batch=2, progress=ends_it)
    assert await stand(url) == [(1, False, 5, 0), (2, False, 4, 0)]
    alerts.append((await raise_alert(desk, note="n9")).alert or "")
    done = await rotated(url, clock, batch=2)
    assert (done.version, done.continued, done.destroyed) == (2, True, (1,))
    async with a_database(url) as database:
        details = details_of(database)
        assert [await notes(details, alert) for alert in alerts] == [[f"n{number}"] for number in range(10)]


async def test_two_rotations_at_once_make_one_version(url: str, desk: Desk, clock: HandClock) -> None:
    for _ in range(6):
        await raise_alert(desk)
    done = await asyncio.gather(rotated(url, clock, batch=2), rotated(url, clock, batch=2))
    assert {one.left for one in done} == {0}
    found = await stand(url)
    assert sum(alerts for _, _, alerts, _ in found) == 6
    assert [alerts for _, destroyed, alerts, _ in found if destroyed] == [0] * (len(found) - 1)


async def test_what_is_erased_meanwhile_is_not_brought_back(url: str, desk: Desk, clock: HandClock) -> None:
    alerts = [(await raise_alert(desk)).alert or "" for _ in range(4)]
    erase = "UPDATE alert_keys SET wrapped = NULL, erased_at = 1 WHERE alert = $1"
    await rows(url, erase, alerts[0])
    await rotated(url, clock)
    ((wrapped,),) = await rows(url, "SELECT wrapped FROM alert_keys WHERE alert = $1", alerts[0])
    assert wrapped is None
    assert await stand(url) == [(1, True, 0, 0), (2, False, 3, 0)]


async def test_what_changes_between_reading_and_writing_stays_as_it_was_changed(url: str, desk: Desk) -> None:
    erased, other, anew = [(await raise_alert(desk)).alert or "" for _ in range(3)]
    async with a_database(url) as database, database.transaction() as connection:
        read = dict(await not_under(connection, CENTER, WRAPPED, b"none", after=None, limit=9))
        await rows(url, "UPDATE alert_keys SET wrapped = NULL, erased_at = 1 WHERE alert = $1", erased)
        await rows(url, "UPDATE alert_keys SET wrapped = wrapped || '?'::bytea WHERE alert = $1", anew)
        changes = {row: (was, was + b"!") for row, was in read.items()}
        await replace_rows(connection, CENTER, WRAPPED, changes)
    kept = {row[0]: row[1] for row in await rows(url, "SELECT alert::text, wrapped FROM alert_keys")}
    assert kept == {erased: None, other: read[other] + b"!", anew: read[anew] + b"?"}


async def test_a_version_that_a_broken_row_needs_is_kept_and_said(
    url: str, desk: Desk, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    broken = (await raise_alert(desk)).alert or ""
    await raise_alert(desk)
    await rows(url, "UPDATE alert_keys SET wrapped = wrapped || '\\x00'::bytea WHERE alert = $1", broken)
    done = await rotated(url, clock)
    assert (done.moved, done.left, done.destroyed) == (1, 1, ())
    assert await stand(url) == [(1, False, 1, 0), (2, False, 1, 0)]
    assert any(vars(record).get("row") == broken for record in caplog.records)


async def test_the_database_lets_no_version_go_that_is_needed_and_nothing_in_under_a_destroyed_one(
    url: str, desk: Desk, clock: HandClock
) -> None:
    alert = (await raise_alert(desk)).alert or ""
    ((old,),) = await rows(url, "SELECT wrapped FROM alert_keys")
    destroy = "UPDATE center_keys SET wrapped = NULL, retired_at = 1 WHERE use = 'seal' AND version = $1"
    with pytest.raises(Exception, match="fk_alert_keys_center_key_id"):
        await rows(url, destroy, 1)
    await rotated(url, clock)
    with pytest.raises(Exception, match="fk_alert_keys_center_key_id"):
        await rows(url, "UPDATE alert_keys SET wrapped = $1 WHERE alert = $2", old, alert)


async def test_true_places_of_shelters_move_along(url: str, desk: Desk, clock: HandClock) -> None:
    async with a_database(url) as database:
        sealer = await taught(database)
        place = PlaceRow(unit="R9", lat=1.0, lon=2.0, sealed=sealer.seal_own(STATION, "R9", b"truth"))
        listed = c.ListUnits(id=str(uuid4()), by="import", units=(*PATROLS, unit("R9")))
        await desk.perform(listed, region=RegionRows(places=(place,), **NO_REGION))
        assert (await rotated(url, clock)).destroyed == (1,)
        assert await stand(url) == [(1, True, 0, 0), (2, False, 0, 1)]
        ((sealed,),) = await rows(url, "SELECT sealed FROM unit_places WHERE unit = 'R9'")
        assert (await taught(database)).open_own(STATION, "R9", sealed) == b"truth"
        with pytest.raises(Unsealable):
            sealer.open_own(STATION, "R9", sealed)


async def test_the_master_key_is_changed_and_the_old_one_is_not_needed_any_more(
    url: str, desk: Desk, clock: HandClock
) -> None:
    alert = (await raise_alert(desk, note="n")).alert or ""
    await rotated(url, clock)
    new = MasterKey(bytes(32))
    async with a_database(url) as database:
        with pytest.raises(WrongMasterKey):
            await taught(database, new)
        both = await taught(database, replace(new, older=(SECRET,)))
        assert await rewrap(database, both, CENTER) == len(Use)
        assert await rewrap(database, both, CENTER) == 0
        assert (await taught(database, new)).keyed_hash("x", "y") == both.keyed_hash("x", "y")
        assert await notes(Details(database, await taught(database, new), CENTER), alert) == ["n"]
        with pytest.raises(WrongMasterKey):
            await taught(database, SECRET)


async def test_what_was_sealed_before_there_were_versions_opens_and_rotates(
    postgres_server: EmbeddedPostgres, clock: HandClock
) -> None:
    name = f"before_{uuid4().hex[:8]}"
    await postgres_server.create_database(name)
    url = postgres_server.dsn(name)
    await asyncio.to_thread(command.upgrade, migrations(url), "0003")
    sealer, alert = Sealer(SECRET, CENTER), str(uuid4())
    key = sealer.new_alert_key(alert)
    text = sealer.seal(key, alert, PLACE, "c/place", b'{"lat": 25.66, "lon": -100.32}')
    await rows(url, "INSERT INTO centers (id, name, folio_prefix) VALUES ('main', 'M', 'N')")
    await rows(url, "INSERT INTO alert_keys (center, alert, wrapped) VALUES ('main', $1, $2)", alert, key.wrapped)
    await rows(
        url,
        "INSERT INTO details (center, id, alert, kind, at, by, sealed)"
        " VALUES ('main', 'c/place', $1, 'place', 1, 'x', $2)",
        alert,
        text,
    )
    await asyncio.to_thread(command.upgrade, migrations(url), "head")
    database = Database(url)
    try:
        with pytest.raises(WrongMasterKey):
            await taught(database, MasterKey(bytes(32)))
        assert (await rows(url, "SELECT count(*) FROM center_keys WHERE wrapped = ''"))[0][0] == 1
        details = Details(database, await taught(database), CENTER)
        assert (await details.places([alert]))[alert].place is not None
        assert (await rotated(url, clock)).destroyed == (1,)
        assert (await details.places([alert]))[alert].place is not None
        assert (await taught(database)).keyed_hash("x", "y") == sealer.keyed_hash("x", "y")
    finally:
        await database.close()
        await postgres_server.drop_database(name)


async def test_alerts_are_taken_and_read_all_the_while_also_when_the_rotation_is_killed() -> None:
    figures = await rotate_figures(3000)
    assert 0 < figures["killed_after"] < 3000
    assert figures["alerts_raised_meanwhile"] > 0
    assert (figures["alerts_lost"], figures["reads_unreadable_meanwhile"]) == (0, 0)
    assert figures["rows_unreadable_after"] == 0
    assert [row[0] for row in figures["versions"]] == [1, 2]
    assert figures["versions"][0][1:] == [0, True]


async def test_a_second_desk_that_works_all_the_while_agrees(url: str, desk: Desk, clock: HandClock) -> None:
    async with a_desk(url, clock) as other:
        over = asyncio.Event()
        raised: list[str] = []

        async def takes(one: Desk) -> None:
            while not over.is_set():
                raised.append((await raise_alert(one, note="n", place=HOME)).alert or "")

        work = [asyncio.create_task(takes(one)) for one in (desk, other)]
        done = [await rotated(url, clock, batch=3) for _ in range(3)]
        over.set()
        await asyncio.gather(*work)
        assert [one.destroyed for one in done] == [(1,), (2,), (3,)]
        await must_agree(url, desk, other)
    async with a_database(url) as database:
        details = details_of(database)
        assert [await notes(details, alert) for alert in raised] == [["n"]] * len(raised)


SEALS_OWN = {
    "app/api/flags.py": NOTE,
    "app/gate/codes.py": TOTP,
    "app/gate/subscriptions.py": PUSH,
    "app/region.py": STATION,
}
"""Who seals with the center's key itself, and under which kind."""


def test_everything_that_is_sealed_with_the_centers_key_is_rotated() -> None:
    """A value nobody has named in `app.store.own.OWN` would be lost with the version it is under."""
    root = Path(__file__).parents[2]
    found = {
        str(file.relative_to(root))
        for file in root.glob("app/**/*.py")
        if ".seal_own(" in file.read_text(encoding="utf-8")
    }
    assert found == set(SEALS_OWN)
    assert set(SEALS_OWN.values()) == set(OWN)


async def test_a_column_without_a_key_of_its_own_in_sight_is_moved_too_and_keeps_its_version_alive(
    url: str, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As values of people are, whose tables know no center: here a table with neither column."""
    await rows(url, "CREATE TABLE secrets (person text PRIMARY KEY, sealed bytea NOT NULL)")
    await rows(url, f"GRANT ALL ON secrets TO {SERVICE_ROLE}")
    secrets = Table("secrets", MetaData(), TableColumn("person", Text), TableColumn("sealed", LargeBinary))
    column = Column(table=secrets, row="person", sealed="sealed", of_center=lambda _: secrets.c.person != "")
    monkeypatch.setitem(OWN, "secret", column)
    async with a_database(url) as database:
        sealer = await taught(database)
        await rows(url, "INSERT INTO secrets VALUES ('p1', $1)", sealer.seal_own("secret", "p1", b"truth"))
        await rows(url, "INSERT INTO secrets VALUES ('p2', $1)", sealer.seal_own("secret", "elsewhere", b"x"))
        done = await rotated(url, clock)
        assert (done.moved, done.left, done.destroyed) == (1, 1, ())
        await rows(url, "DELETE FROM secrets WHERE person = 'p2'")
        assert (await rotated(url, clock)).destroyed == (1,)
        ((sealed,),) = await rows(url, "SELECT sealed FROM secrets")
        assert (await taught(database)).open_own("secret", "p1", sealed) == b"truth"
