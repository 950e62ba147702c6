"""Personal data on demand: erased for good, held for the law, told to whom they are about and nobody else."""

import base64
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from app.security.master_key import MasterKey
from app.security.sealing import Sealer, Unsealable
from app.service import WONT_START, open_service
from app.store import details as detail_rows
from app.store import keys
from tests.service_fixture import HERE, House, Json
from tests.stories.looking import every_row, found_in

from .doors import NOBODY, refused

NUMBER, OTHER_NUMBER = "81 5550 1234", "81 5550 9876"
STREET = "Calle Juárez 12, Centro"
TOLD: dict[str, Any] = {
    "caller": {"role": "victim", "name": "Xóchitl Canaria", "telephone": NUMBER},
    "people": [
        {"role": "victim", "name": "Xóchitl Canaria", "telephone": NUMBER},
        {"role": "aggressor", "name": "Eusebio Canario"},
    ],
    "safe_contact": "text only, after nine",
    "note": "the key is under the third pot",
    "avoid": [{"lat": 25.61, "lon": -100.39, "address": "Calle Amapola 12"}],
    "code_words": {"cancel": "alhelí", "duress": "jacaranda"},
}
WORDS = ("Xóchitl", "Eusebio", "after nine", "third pot", "Amapola", NUMBER)


@pytest_asyncio.fixture(loop_scope="session")
async def over(fresh: House) -> Json:
    """The receipt of an alert with everything told that was called off. Nobody is on duty."""
    told = {kind: value for kind, value in TOLD.items() if kind != "code_words"}
    receipt = await fresh.raised(where={**HERE, "address": STREET}, **told)
    await fresh.cancelled(receipt["alert"])
    return receipt


async def erase(house: House, alert: str, reason: str = "person_asked") -> Any:
    said = {"id": str(uuid4()), "reason": reason}
    return await (await house.client("coordinator")).post(f"/api/alerts/{alert}/erase", json=said)


async def audited(house: House, alert: str) -> list[str]:
    async with house.service.database.transaction() as connection:
        rows = await connection.exec_driver_sql(
            "SELECT what, said FROM audit WHERE alert = $1::uuid ORDER BY seq", (alert,)
        )
        return [" ".join([row.what, *(row.said or {}).values()]) for row in rows]


async def test_an_open_alert_is_not_erased(fresh: House) -> None:
    receipt = await fresh.raised()
    refused(await erase(fresh, receipt["alert"]), 409, "alert_open")
    refused(await erase(fresh, NOBODY), 404, "unknown_alert")
    refused(await erase(fresh, receipt["alert"], "because"), 422, "invalid")


async def test_an_alert_a_unit_still_has_something_of_is_not_erased(fresh: House) -> None:
    await fresh.on_duty("P-1")
    receipt = await fresh.raised()
    offer = await fresh.offered(receipt)
    for step in ("accept", "en-route", "on-scene"):
        (await fresh.step("P-1", offer, step)).raise_for_status()
    closing = {"id": str(uuid4()), "disposition": "attended", "safe": "yes", "whereabouts": "relatives"}
    client = await fresh.client("operator")
    (await client.post(f"/api/alerts/{receipt['alert']}/close", json=closing)).raise_for_status()
    refused(await erase(fresh, receipt["alert"]), 409, "alert_on_board")
    (await fresh.step("P-1", offer, "done")).raise_for_status()
    assert (await erase(fresh, receipt["alert"])).status_code == 200


async def test_an_erased_alert_tells_that_it_is_erased_and_its_story_stands(fresh: House, over: Json) -> None:
    alert = over["alert"]
    client = await fresh.client("coordinator")
    timeline = (await client.get(f"/api/alerts/{alert}/timeline")).json()
    report = (await client.get("/api/reports/response-times")).json()
    log = (await every_row(fresh.service.database.dsn))["events"]
    erased = await erase(fresh, alert)
    assert erased.status_code == 200
    shown = (await client.get(f"/api/alerts/{alert}")).json()
    assert shown["details_erased_at"] == erased.json()["details_erased_at"]
    assert (shown["details"], shown["where"]) == ([], None)
    assert (await client.get(f"/api/alerts/{alert}/timeline")).json() == timeline
    assert (await client.get("/api/reports/response-times")).json()["rows"] == report["rows"]
    assert (await every_row(fresh.service.database.dsn))["events"] == log
    again = await erase(fresh, alert, "court_order")
    assert again.json() == erased.json()
    assert [what for what in await audited(fresh, alert) if what.startswith("erase")] == [
        "erase_alert person_asked"
    ]


async def test_nothing_can_be_added_to_an_erased_alert(fresh: House, over: Json) -> None:
    await erase(fresh, over["alert"])
    note = {"id": str(uuid4()), "text": "once more"}
    answer = await (await fresh.client("operator")).post(f"/api/alerts/{over['alert']}/notes", json=note)
    refused(answer, 404, "unknown_alert")
    assert found_in(await every_row(fresh.service.database.dsn), "once more") == []


async def test_a_dump_and_the_master_key_open_nothing_of_an_erased_alert(
    fresh: House, over: Json, tmp_path: Path
) -> None:
    """As a superuser would who has both: every wrapped key in the dump is tried on every row of the alert."""
    service, alert = fresh.service, over["alert"]
    other = (await fresh.raised(note="another pot"))["alert"]

    async def opened() -> list[bytes]:
        sealer = Sealer(MasterKey.read(tmp_path / "master.key"), service.settings.center)
        async with service.database.transaction() as connection:
            sealer.learn(await keys.all_keys(connection, service.settings.center))
            found = await detail_rows.read(connection, service.settings.center, [alert, other])
        texts = []
        for row in found[alert].rows:
            for name, sealed in found.items():
                try:
                    key = sealer.unwrap(alert, sealed.wrapped or b"")
                    texts.append(sealer.open(key, alert, row.kind, row.id, row.sealed))
                except Unsealable:
                    assert name == other or sealed.wrapped is None
        return texts

    assert len(await opened()) == 6
    await erase(fresh, alert)
    assert await opened() == []
    dump = await every_row(service.database.dsn)
    assert len([row for row in dump["details"] if alert in row]) == 6, "the rows stay, unreadable"
    for word in WORDS:
        assert found_in(dump, word) == []


async def test_the_name_of_an_erased_household_means_nothing(fresh: House, over: Json) -> None:
    await erase(fresh, over["alert"])
    dump = await every_row(fresh.service.database.dsn)
    assert (dump["households"], dump["household_alerts"]) == ([], [])
    exported = await export(fresh, telephone=NUMBER)
    assert exported["alerts"] == []
    known = await fresh.service.households.known(telephone=NUMBER, address=None)
    assert (len(known[0]), known[1]) == (1, 0), "a later call has no history"


async def test_a_household_with_another_alert_keeps_its_name(fresh: House, over: Json) -> None:
    second = await fresh.raised(caller={"role": "victim", "telephone": NUMBER})
    await erase(fresh, over["alert"])
    exported = await export(fresh, telephone=NUMBER)
    assert [alert["folio"] for alert in exported["alerts"]] == [second["folio"]]


async def test_a_held_alert_is_not_erased_until_it_is_released(fresh: House, over: Json) -> None:
    address = f"/api/alerts/{over['alert']}/hold"
    client = await fresh.client("coordinator")
    for _ in range(2):
        assert (await client.post(address, json={"id": str(uuid4()), "reason": "court"})).json()["held"] is True
    refused(await erase(fresh, over["alert"]), 409, "alert_held")
    for _ in range(2):
        assert (await client.delete(address)).json()["held"] is False
    assert (await erase(fresh, over["alert"])).status_code == 200
    assert (await audited(fresh, over["alert"]))[1:] == [
        "hold_alert court",
        "release_alert",
        "erase_alert person_asked",
    ]
    refused(await client.post(address, json={"id": str(uuid4()), "reason": "court"}), 409, "details_erased")
    refused(await client.delete(f"/api/alerts/{NOBODY}/hold"), 404, "unknown_alert")


async def export(house: House, **whom: str) -> Json:
    answer = await (await house.client("coordinator")).post("/api/exports", json={"id": str(uuid4()), **whom})
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def values(alert: Json) -> Json:
    """kind -> value, or the sentence why it is left out."""
    return {one["kind"]: one.get("value", one.get("left_out")) for one in alert["details"]}


async def test_a_person_gets_what_they_told_and_nobody_elses_data(fresh: House) -> None:
    receipt = await fresh.raised(where={**HERE, "address": STREET}, **TOLD)
    operator = await fresh.client("operator")
    (await operator.get(f"/api/alerts/{receipt['alert']}")).raise_for_status()
    (alert,) = (await export(fresh, telephone="+52 81 5550 1234"))["alerts"]
    told = values(alert)
    assert told["caller"] == TOLD["caller"]
    assert told["place"]["address"] == STREET
    assert told["people"] == [
        TOLD["people"][0],
        {"role": "aggressor", "left_out": "It is about somebody else."},
    ]
    assert (told["note"], told["safe_contact"]) == (TOLD["note"], TOLD["safe_contact"])
    assert "left_out" in next(one for one in alert["details"] if one["kind"] == "avoid")
    assert "left_out" in next(one for one in alert["details"] if one["kind"] == "code_words")
    (look,) = alert["shown_to"]
    assert (look["what"], look["role"]) == ("alert", "operator")
    text = str(await export(fresh, telephone=NUMBER))
    for word in ("Eusebio", "Amapola", "alhelí", "jacaranda"):
        assert word not in text


async def test_another_caller_of_the_same_alert_gets_only_what_they_told_themselves(fresh: House) -> None:
    where = {**HERE, "address": STREET}
    await fresh.raised(where=where, **TOLD)
    neighbour = {"role": "neighbour", "name": "Nicanor Canario", "telephone": OTHER_NUMBER}
    said = {"id": str(uuid4()), "where": where, "needs": ["police"], "caller": neighbour, "note": "I heard it"}
    joined = await (await fresh.client("operator")).post("/api/alerts", json=said)
    assert joined.json()["joined"] is True
    (theirs,) = (await export(fresh, telephone=OTHER_NUMBER))["alerts"]
    assert neighbour in [one.get("value") for one in theirs["details"]]
    assert "I heard it" in [one.get("value") for one in theirs["details"]]
    for word in ("Xóchitl", "third pot", "after nine", "5550 1234", "Eusebio"):
        assert word not in str(theirs)
    (hers,) = (await export(fresh, telephone=NUMBER))["alerts"]
    for word in ("Nicanor", "I heard it", "5550 9876"):
        assert word not in str(hers)


async def test_an_address_alone_gives_nothing_of_what_a_number_told(fresh: House) -> None:
    await fresh.raised(where={**HERE, "address": STREET}, **TOLD)
    (alert,) = (await export(fresh, address=STREET))["alerts"]
    assert all("left_out" in one or one["kind"] == "people" for one in alert["details"])
    for word in ("Xóchitl", "third pot", "after nine", "5550 1234", "25.67"):
        assert word not in str(alert)


async def test_a_call_that_named_no_number_is_found_by_its_address(fresh: House) -> None:
    await fresh.raised(where={**HERE, "address": STREET}, note="no number")
    (alert,) = (await export(fresh, address="JUAREZ 12 centro"))["alerts"]
    assert (values(alert)["note"], values(alert)["place"]["address"]) == ("no number", STREET)


async def test_an_export_is_written_down_and_says_nothing_of_the_number_anywhere(fresh: House) -> None:
    receipt = await fresh.raised(**TOLD)
    before = await every_row(fresh.service.database.dsn)
    await export(fresh, telephone=NUMBER)
    await export(fresh, telephone=OTHER_NUMBER)
    after = await every_row(fresh.service.database.dsn)
    assert len(after["audit"]) == len(before["audit"]) + 3
    assert await audited(fresh, receipt["alert"]) == ["export"]
    assert sum("export_person" in row and "telephone" in row for row in after["audit"]) == 2
    assert after["households"] == before["households"], "looking for somebody makes nobody known"
    for number in (NUMBER, OTHER_NUMBER, "528155501234"):
        assert found_in(after, number) == []


@pytest.mark.parametrize("whom", [{}, {"telephone": "911"}, {"address": "somewhere"}, {"telephone": ""}])
async def test_what_nobody_can_be_found_by_is_refused(fresh: House, whom: dict[str, str]) -> None:
    answer = await (await fresh.client("coordinator")).post("/api/exports", json={"id": str(uuid4()), **whom})
    refused(answer, 422, "not_comparable" if any(whom.values()) else "invalid")


async def test_one_alert_whose_key_is_broken_keeps_no_service_from_starting(fresh: House, over: Json) -> None:
    async with fresh.service.database.transaction() as connection:
        await connection.exec_driver_sql("UPDATE alert_keys SET wrapped = wrapped || '\\x00'::bytea")
    async with AsyncExitStack() as stack:
        await open_service(fresh.service.settings, stack)


async def test_a_service_with_another_master_key_does_not_start(fresh: House, over: Json, tmp_path: Path) -> None:
    stranger = tmp_path / "stranger.key"
    stranger.write_bytes(base64.b64encode(bytes(32)))
    settings = fresh.service.settings.model_copy(update={"master_key_file": stranger})
    async with AsyncExitStack() as stack:
        with pytest.raises(WONT_START) as problem:
            await open_service(settings, stack)
    assert getattr(problem.value, "code", None) == "wrong_master_key"
