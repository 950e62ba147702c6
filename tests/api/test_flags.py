"""The auditor's desk: the queue, its reviews, the audit itself; and the households of staff, which go in only."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import select

from app.security.sessions import Role
from app.store import audit, flags, households, people
from app.store.flags import Flag
from app.store.tables import audit as audit_table
from app.store.tables import flags as flags_table
from app.store.tables import staff_households
from tests.patience import until
from tests.service_fixture import HERE, House

from .doors import refused

TELEPHONE, ADDRESS = "81 5550 4417", "Calle Naranjos 4417"
NOTE = "She had asked him to look after their mother."
Json = dict[str, Any]


async def with_flags(house: House, count: int, *, person: str | None = None) -> list[str]:
    """So many flags, each a second after the one before; their ids, oldest first."""
    center = house.service.settings.center
    found = [
        Flag(
            id=str(uuid4()),
            at=1000.0 + number,
            rule="bulk",
            person=person or str(uuid4()),
            alert=None,
            row=number + 1,
            looked_at=1000.0 + number,
            said={"alerts": 16},
        )
        for number in range(count)
    ]
    async with house.service.database.transaction() as connection:
        assert await flags.add(connection, center, found) == count
        assert await flags.add(connection, center, found) == 0
    return [flag.id for flag in found]


async def review(client: httpx.AsyncClient, flag: str, **body: Any) -> httpx.Response:
    said = {"id": str(uuid4()), "outcome": "justified", **body}
    return await client.post(f"/api/flags/{flag}/review", json=said)


async def rows_of(house: House, what: str) -> list[Json]:
    async with house.service.database.transaction() as connection:
        found = await connection.execute(select(audit_table).where(audit_table.c.what == what))
        return [dict(row._mapping) for row in found]


async def test_the_queue_has_open_flags_first_and_the_newest_first_and_is_read_page_by_page(fresh: House) -> None:
    ids = await with_flags(fresh, 7)
    auditor = await fresh.client("auditor")
    for flag in (ids[6], ids[2]):
        assert (await review(auditor, flag)).status_code == 200
    expected = [ids[5], ids[4], ids[3], ids[1], ids[0], ids[6], ids[2]]
    seen: list[str] = []
    after: str | None = None
    for _ in range(4):
        page = (await auditor.get("/api/flags", params={"limit": 2, **({"after": after} if after else {})})).json()
        assert page["open"] == 5
        seen += [flag["id"] for flag in page["flags"]]
        after = page["next"]
    assert (seen, after) == (expected, None)
    only_open = (await auditor.get("/api/flags", params={"state": "open"})).json()["flags"]
    assert [flag["id"] for flag in only_open] == expected[:5]
    assert [row["count"] for row in await rows_of(fresh, "flags")] == [2, 2, 2, 1, 5]


@pytest.mark.parametrize(
    "after",
    [
        "",
        "x",
        "1/1000.0/",
        "2/1000.0/0b9f4bcb-0a0e-4c3e-9a55-5d7c8e2f1a10",
        "1/inf/0b9f4bcb-0a0e-4c3e-9a55-5d7c8e2f1a10",
        f"1/1.0/{'-' * 36}",
    ],
)
async def test_a_page_nobody_named_is_refused(house: House, after: str) -> None:
    auditor = await house.client("auditor")
    refused(await auditor.get("/api/flags", params={"after": after}), 422, "bad_page")


async def test_a_flag_stands_with_what_was_read_around_it(fresh: House) -> None:
    reader, other = str(uuid4()), str(uuid4())
    alert = (await fresh.raised())["alert"]
    center = fresh.service.settings.center
    async with fresh.service.database.transaction() as connection:
        for at, by, what, of in (
            (1000.0, reader, "too early", alert),
            (5000.0, reader, "open alerts", None),
            (5000.0, other, "open alerts", None),
            (5001.0, other, "alert", alert),
            (5002.0, reader, "alert", alert),
            (5003.0, reader, "console", None),
            (5004.0, reader, "split", None),
            (9000.0, reader, "too late", alert),
        ):
            await audit.write(connection, center, at=at, by=by, what=what, alert=of)
        rows = await audit.by_people(connection, center, [reader], 5001.0, 5002.0)
        flag = Flag(
            id=str(uuid4()),
            at=5003.0,
            rule="colleague",
            person=reader,
            alert=alert,
            row=rows[0].row,
            looked_at=5002.0,
            said={"whose": "own"},
        )
        await flags.add(connection, center, [flag])
    auditor = await fresh.client("auditor")
    shown = (await auditor.get(f"/api/flags/{flag.id}")).json()
    assert [(row["by"], row["what"]) for row in shown["around"]] == [
        (reader, "open alerts"),
        (other, "alert"),
        (reader, "alert"),
        (reader, "split"),
    ]
    assert (shown["rule"], shown["said"], shown["outcome"], shown["note"]) == (
        "colleague",
        {"whose": "own"},
        None,
        None,
    )
    (written,) = await rows_of(fresh, "flag")
    assert (written["said"], written["alert"]) == ({"flag": flag.id}, None)


async def test_a_review_is_said_once_and_its_note_is_sealed(fresh: House) -> None:
    flag, other = await with_flags(fresh, 2)
    auditor = await fresh.client("auditor")
    said = {"id": str(uuid4()), "outcome": "misuse", "note": NOTE}
    first = await auditor.post(f"/api/flags/{flag}/review", json=said)
    assert (first.status_code, first.json()["outcome"]) == (200, "misuse")
    again = await auditor.post(f"/api/flags/{flag}/review", json={**said, "outcome": "justified"})
    assert again.json() == first.json()
    refused(await review(auditor, flag, outcome="unclear"), 409, "already_reviewed")
    assert (await auditor.get(f"/api/flags/{flag}")).json()["note"] == NOTE
    async with fresh.service.database.transaction() as connection:
        rows = (await connection.execute(select(flags_table))).all()
        assert NOTE.encode().hex() not in str([bytes(row.note or b"").hex() for row in rows])
    (written,) = await rows_of(fresh, "flag reviewed")
    assert written["said"] == {"flag": flag, "outcome": "misuse"}
    refused(await review(auditor, other, outcome="fine"), 422, "invalid")


async def test_two_auditors_at_once_make_one_review(fresh: House) -> None:
    (flag,) = await with_flags(fresh, 1)
    auditors = [await fresh.client(await fresh.token(Role.AUDITOR)) for _ in range(4)]
    answers = await asyncio.gather(*(review(auditor, flag) for auditor in auditors))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]


async def test_nobody_reviews_a_flag_about_themselves(fresh: House) -> None:
    auditor = await fresh.client("auditor")
    own = (await auditor.get("/api/session")).json()["person"]
    (flag,) = await with_flags(fresh, 1, person=own)
    refused(await review(auditor, flag), 403, "forbidden")
    another = await fresh.client(await fresh.token(Role.AUDITOR))
    assert (await review(another, flag)).status_code == 200


async def test_a_flag_there_is_not_is_not_found(house: House) -> None:
    auditor = await house.client("auditor")
    refused(await auditor.get(f"/api/flags/{uuid4()}"), 404, "unknown_flag")
    refused(await review(auditor, str(uuid4())), 404, "unknown_flag")


async def test_the_audit_is_read_by_reader_alert_and_time_and_that_is_written_down(fresh: House) -> None:
    alert = (await fresh.raised())["alert"]
    operator, supervisor = await fresh.client("operator"), await fresh.client("supervisor")
    for client in (operator, supervisor, operator):
        (await client.get(f"/api/alerts/{alert}")).raise_for_status()
    await operator.get("/api/alerts")
    login = (await operator.get("/api/session")).json()["login"]
    person = (await operator.get("/api/session")).json()["person"]
    auditor = await fresh.client("auditor")

    async def shown(**params: Any) -> Json:
        answer = await auditor.get("/api/audit", params=params)
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found

    by_login = await shown(by=login)
    assert [row["what"] for row in by_login["rows"]] == ["open alerts", "alert", "alert"]
    assert by_login["rows"] == (await shown(by=person))["rows"]
    of_alert = (await shown(alert=alert))["rows"]
    assert len(of_alert) == 3
    assert {row["alert"] for row in of_alert} == {alert}
    assert (await shown(**{"to": "2001-01-01T00:00:00Z"}))["rows"] == []
    assert (await shown(**{"from": "2099-01-01T00:00:00Z"}))["rows"] == []
    first = await shown(alert=alert, limit=2)
    second = await shown(alert=alert, limit=2, before=first["next"])
    assert [*first["rows"], *second["rows"]] == of_alert
    assert second["next"] is None
    written = await rows_of(fresh, "audit trail")
    assert written[0]["said"] == {"by": person}
    assert written[2]["said"] == {"of": alert}
    assert all(row["alert"] is None for row in written)


async def test_a_staff_household_is_set_as_a_whole_kept_as_hashes_and_read_by_nobody(fresh: House) -> None:
    person = await fresh.person(Role.OPERATOR, "1042")
    admin = await fresh.client("admin")
    center = fresh.service.settings.center

    async def lives(**home: Any) -> httpx.Response:
        return await admin.put("/api/people/1042/household", json={"id": str(uuid4()), **home})

    async def whose(alert: str) -> frozenset[str]:
        async with fresh.service.database.transaction() as connection:
            return (await households.staff_of(connection, center, [alert])).get(alert, frozenset())

    said = await lives(telephones=[TELEPHONE, "+52 81 5550 4417"], addresses=[ADDRESS])
    assert (said.status_code, said.json()["known"]) == (200, 2)
    caller = {"role": "victim", "telephone": TELEPHONE}
    by_telephone = (await fresh.raised(caller=caller))["alert"]
    by_address = (await fresh.raised(where={**HERE, "address": "C. Naranjos No. 4417"}))["alert"]
    assert await whose(by_telephone) == await whose(by_address) == {person.id}

    refused(await lives(telephones=["911"]), 422, "not_comparable")
    refused(await lives(addresses=["somewhere"]), 422, "not_comparable")
    refused(await lives(telephones=["8" * 301]), 422, "invalid")
    assert await whose(by_telephone) == {person.id}, "what was refused changed nothing"
    await lives(addresses=[ADDRESS])
    assert await whose(by_telephone) == frozenset()
    assert await whose(by_address) == {person.id}
    assert (await lives()).json()["known"] == 0
    assert await whose(by_address) == frozenset()

    refused(await admin.get("/api/people/1042/household"), 405, "method_not_allowed")
    unknown = await admin.put("/api/people/nobody/household", json={"id": str(uuid4())})
    refused(unknown, 404, "unknown_login")
    written = await rows_of(fresh, "staff household set")
    assert [row["count"] for row in written] == [2, 1, 0]
    assert written[0]["said"] == {"person": person.id}


async def test_only_hashes_of_a_staff_household_are_in_the_database(fresh: House) -> None:
    await fresh.person(Role.OPERATOR, "1042")
    said = {"id": str(uuid4()), "telephones": [TELEPHONE], "addresses": [ADDRESS]}
    (await (await fresh.client("admin")).put("/api/people/1042/household", json=said)).raise_for_status()
    async with fresh.service.database.transaction() as connection:
        kept = (await connection.execute(select(staff_households))).all()
        everybody = await people.everybody(connection, fresh.service.settings.center)
    assert sorted(len(row.hash) for row in kept) == [32, 32]
    told = str([row.person for row in kept]) + str(everybody)
    for hers in ("5504417", "550 4417", "aranjos"):
        assert hers not in told


async def test_a_look_is_flagged_within_seconds_by_itself_and_counted_until_it_is_reviewed(fresh: House) -> None:
    person = await fresh.person(Role.OPERATOR, "1042")
    await fresh.service.households.keep_staff("1042", telephones=[TELEPHONE], addresses=[], by=person.id)
    alert = (await fresh.raised(caller={"role": "victim", "telephone": TELEPHONE}))["alert"]
    her = await fresh.client(await fresh.service.gate.hand_token(person))
    (await her.get(f"/api/alerts/{alert}")).raise_for_status()

    auditor, admin = await fresh.client("auditor"), await fresh.client("admin")

    async def flagged() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await auditor.get("/api/flags")).json()["flags"]
        return found

    await until(flagged)
    found = await flagged()
    assert [(flag["rule"], flag["person"], flag["said"]) for flag in found] == [
        ("colleague", person.id, {"whose": "own"})
    ]
    assert "naranja_flags_open 1.0" in (await admin.get("/metrics")).text
    await review(auditor, found[0]["id"])
    assert "naranja_flags_open 0.0" in (await admin.get("/metrics")).text
