"""Evidence can be checked with what the document says and nothing else, and says nothing personal."""

import hashlib
import json
import re
import zlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import select

from app.evidence import RecordsAltered, gather, printed
from app.evidence.pdf import TEMPLATE
from app.security.checkpoints import Signer
from app.security.sessions import Role
from app.store.tables import audit
from tests.api.doors import NOBODY, refused
from tests.service_fixture import House, Json, a_house
from tests.store.desks import rows

CANARIES = ("Eusebio", "81 5550 1234", "Calle 12", "25.67", "-100.31", "third pot")
MARK = b"naranja checkpoint 1\n"


@pytest_asyncio.fixture(loop_scope="session")
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    async with a_house(database_url, tmp_path, checkpoint_every_s=3600.0) as house:
        await house.on_duty("P-1", "P-2")
        yield house


@pytest_asyncio.fixture(loop_scope="session")
async def alert(house: House) -> str:
    """An alert with a call, a note and a unit on its way, while another one is open."""
    caller = {"role": "neighbour", "name": "Eusebio Canario", "telephone": "+52 81 5550 1234"}
    where = {"lat": 25.67, "lon": -100.31, "address": "Calle 12"}
    receipt = await house.raised(caller=caller, where=where)
    await house.raised()
    operator = await house.client("operator")
    note = {"id": str(uuid4()), "text": "the key is under the third pot"}
    (await operator.post(f"/api/alerts/{receipt['alert']}/notes", json=note)).raise_for_status()
    (await house.step("P-1", await house.offered(receipt), "accept")).raise_for_status()
    return str(receipt["alert"])


async def asked_for(house: House, alert: str, who: str = "auditor") -> httpx.Response:
    return await (await house.client(who)).get(f"/api/alerts/{alert}/evidence")


def attached(pdf: bytes) -> Json:
    """The data in the document, found without any reader of PDF."""
    for start in re.finditer(rb"stream\r?\n", pdf):
        try:
            # The stream says itself where it ends: its bytes may hold a line's end of their own.
            found = zlib.decompressobj().decompress(pdf[start.end() :])
        except zlib.error:
            continue
        if found.startswith(b'{"center"'):
            data: Json = json.loads(found)
            return data
    raise AssertionError("nothing is attached")


def check_by_hand(data: Json) -> None:
    """The steps the document prints, done: every hash, the way to the checkpoint, its signature."""
    between = {row["seq"]: bytes.fromhex(row["digest"]) for row in data["between"]}
    own = {row["seq"]: row for row in data["steps"]}
    head = bytes.fromhex(data["steps"][0]["before"])
    for seq in range(min(own), data["checkpoint"]["seq"] + 1):
        step = own.get(seq)
        digest = between[seq] if step is None else hashlib.sha256(step["leaf"].encode()).digest()
        if step is not None:
            assert step["before"] == head.hex()
        head = hashlib.sha256(head + digest).digest()
        if step is not None:
            assert step["hash"] == head.hex()
    point = data["checkpoint"]
    assert point["hash"] == head.hex()
    assert json.loads(point["text"])["log"] == {"seq": point["seq"], "hash": point["hash"]}
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(point["key"]))
    key.verify(bytes.fromhex(point["signature"]), MARK + point["text"].encode())


async def test_what_the_document_says_can_be_checked_without_the_service(house: House, alert: str) -> None:
    await house.app.state.notary.round()
    answer = await asked_for(house, alert)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.content.startswith(b"%PDF-")
    data = attached(answer.content)
    assert data["alert"] == alert
    assert [step["kind"] for step in data["steps"]][:1] == ["AlertRaised"]
    assert "Accepted" in [step["kind"] for step in data["steps"]]
    assert data["between"], "rows of the other alert lie between"
    assert data["checkpoint"]["key"] == Signer.of(house.service.sealer.signing).public
    check_by_hand(data)


@pytest.mark.parametrize("what", ["leaf", "before", "hash"])
async def test_a_document_somebody_changed_does_not_check(house: House, alert: str, what: str) -> None:
    await house.app.state.notary.round()
    data = attached((await asked_for(house, alert)).content)
    data["steps"][1][what] = data["steps"][0][what]
    with pytest.raises(AssertionError):
        check_by_hand(data)


async def test_nothing_personal_is_in_it_not_even_of_other_alerts(house: House, alert: str) -> None:
    await house.app.state.notary.round()
    said = json.dumps(attached((await asked_for(house, alert)).content), ensure_ascii=False)
    assert [word for word in CANARIES if word in said] == []
    board = await house.service.desk.board()
    assert [other for other in board.alerts if other != alert and other in said] == []


async def test_the_template_prints_everything_that_is_attached(house: House, alert: str) -> None:
    await house.app.state.notary.round()
    service = house.service
    async with service.database.transaction() as connection:
        found = await gather(connection, service.settings.center, alert, by="test", at=service.clock.now())
    assert found is not None
    data = printed(found, ZoneInfo("UTC"))
    source = TEMPLATE.read_text(encoding="utf-8")
    for name in data:
        assert f"d.{name}" in source, name
    for name in data["steps"][0]:
        assert f"s.{name}" in source, name
    for name in set(data["checkpoint"]) - {"mark"}:
        assert f"point.{name}" in source, name
    assert "English summary" in source


async def test_before_a_checkpoint_covers_it_the_document_says_so(house: House, alert: str) -> None:
    data = attached((await asked_for(house, alert)).content)
    assert data["checkpoint"] is None
    assert data["steps"][-1]["hash"]


async def test_asking_is_written_down_and_is_for_auditors(house: House, alert: str) -> None:
    refused(await asked_for(house, alert, "coordinator"), 403, "forbidden")
    refused(await asked_for(house, NOBODY), 404, "unknown_alert")
    token = await house.token(Role.AUDITOR)
    assert (await asked_for(house, alert, token)).status_code == 200
    async with house.service.database.transaction() as connection:
        found = await connection.execute(select(audit.c.what).where(audit.c.alert == alert))
        assert [row.what for row in found] == ["refused", "evidence"]


async def test_no_evidence_is_made_of_rows_that_were_altered(house: House, alert: str, database_url: str) -> None:
    await house.app.state.notary.round()
    about: Any = await rows(database_url, "SELECT max(seq) AS seq FROM events WHERE alert = $1", alert)
    seq = about[0]["seq"]
    await rows(database_url, "UPDATE events SET by = 'somebody else' WHERE seq = $1", seq)
    assert f"Row {seq} " in refused(await asked_for(house, alert), 409, RecordsAltered.code)["detail"]
