"""Households: one name for a number or address however it is said, a count of what was, and nothing to browse."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from app.clock import HandClock
from app.desk import Desk, NotSaved
from app.dispatch import commands as c
from app.household import Households, one_address, one_number
from app.security.sealing import Sealer
from app.store.session import Database

from .desks import CENTER, SECRET, a_call, a_database, raise_alert, rows

NUMBER, HOME = "81 5550 1234", "Av. Juárez No. 123-A, Col. Centro"
DAY_S = 86_400.0


@pytest_asyncio.fixture(loop_scope="session")
async def database(url: str) -> AsyncIterator[Database]:
    async with a_database(url) as database:
        yield database


@pytest_asyncio.fixture(loop_scope="session")
async def households(database: Database, desk: Desk) -> Households:
    return Households(database, Sealer(SECRET, CENTER), desk, center=CENTER, region="MX")


async def called(desk: Desk, households: Households, **said: str) -> c.Receipt:
    """A call from there, as intake makes it."""
    names, history = await households.known(**said)
    call = a_call()
    call = c.RaiseAlert(id=call.id, by=call.by, zone=call.zone, needs=call.needs, household=names, history=history)
    return await raise_alert(desk, call)


async def closed(desk: Desk, alert: str | None) -> None:
    await desk.perform(c.CancelAlert(id=str(uuid4()), by="x", alert=alert or "", reason="mistake"))


@pytest.mark.parametrize(
    "said",
    [
        "+52 81 5550 1234",
        "8155501234",
        "(81) 5550-1234",
        "+52 1 81 5550 1234",
        "044 81 5550 1234",
        "01 8155501234",
    ],
)
def test_a_number_is_the_same_however_it_is_dialled(said: str) -> None:
    assert one_number(said, "MX") == "+528155501234"


@pytest.mark.parametrize(
    "said", ["", "911", "0000000000", "5555555555", "unknown", "anónimo", "+52", "12345", "1" * 400]
)
def test_what_is_no_number_of_somebody_is_no_household(said: str) -> None:
    assert one_number(said, "MX") is None


def test_a_number_of_another_country_keeps_it() -> None:
    assert one_number("+1 202 555 0123", "MX") == "+12025550123"
    assert one_number("956 555 0123", "US") == "+19565550123"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Av. Juárez No. 123", "avenida juarez 123"),
        ("AVENIDA JUÁREZ #123", "Avda Juarez núm. 123"),
        ("Calle Hidalgo 12-B, Col. Centro", "c. hidalgo nº 12 b colonia centro"),
        ("Blvd. Díaz Ordaz 100 int. 4", "Boulevard Diaz Ordaz, 100, depto 4"),
        ("Priv. 5 de Mayo 33, C.P. 64000", "privada 5 de mayo 33"),
        ("Mz 3 Lt 5 Fracc. Los Pinos 8", "manzana 3, lote 5, fraccionamiento Los Pinos 8"),
        ("Calle 60 #491, Santiago", "c 60 No.491 Santiago"),
    ],
)
def test_spellings_of_one_address_are_one_household(one: str, other: str) -> None:
    assert one_address(one) is not None
    assert one_address(one) == one_address(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hidalgo 12, Centro", "Hidalgo 12, Guadalupe"),
        ("Hidalgo 12 int. 3", "Hidalgo 12 int. 4"),
        ("Hidalgo 12 A", "Hidalgo 12 B"),
        ("Avenida Hidalgo 12", "Privada Hidalgo 12"),
    ],
)
def test_two_addresses_are_not_made_one(one: str, other: str) -> None:
    assert one_address(one) != one_address(other)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "Centro",
        "Avenida Juárez",
        "123",
        "#123",
        "16 de Septiembre",
        "Calle 60",
        "Av. 5",
        "Hidalgo s/n",
        "mz 3 lt 5",
    ],
)
def test_less_than_a_street_and_a_number_is_no_household(said: str) -> None:
    assert one_address(said) is None


async def test_a_caller_has_one_name_and_two_callers_have_two(households: Households) -> None:
    first, _ = await households.known(telephone=NUMBER, address=HOME)
    assert len(first) == 2
    assert await households.known(telephone="+528155501234") != (frozenset(), 0)
    assert (await households.known(telephone="+528155501234"))[0] < first
    assert (await households.known(address="avenida juarez 123 a, centro"))[0] < first
    assert (await households.known(telephone="81 5550 9999"))[0].isdisjoint(first)
    assert await households.known(telephone="911", address="Centro") == (frozenset(), 0)


async def test_many_calls_at_one_moment_find_one_name(households: Households) -> None:
    found = await asyncio.gather(*(households.known(telephone=NUMBER, address=HOME) for _ in range(12)))
    assert len(set(found)) == 1


async def test_neither_number_nor_address_nor_their_hash_is_in_the_log_or_on_the_board(
    url: str, desk: Desk, households: Households
) -> None:
    receipt = await called(desk, households, telephone=NUMBER, address=HOME)
    hashes = [row["hash"].hex() for row in await rows(url, "SELECT hash FROM households")]
    kept = [
        str(row["body"])
        for row in await rows(url, "SELECT body::text FROM events UNION ALL SELECT body::text FROM alerts")
    ]
    assert len(hashes) == 2
    assert not any(word in body for body in kept for word in (*hashes, "5550", "uárez", "juarez"))
    assert (await desk.board()).alerts[receipt.alert or ""].household == (
        await households.known(telephone=NUMBER, address=HOME)
    )[0]


async def test_what_is_open_is_joined_and_what_was_is_counted(
    desk: Desk, households: Households, clock: HandClock
) -> None:
    first = await called(desk, households, telephone=NUMBER)
    second = await called(desk, households, telephone=NUMBER, address=HOME)
    assert (second.joined, second.alert) == (True, first.alert)
    assert (await households.known(telephone=NUMBER))[1] == 0
    await closed(desk, first.alert)
    # The second caller's address belongs to the alert as well.
    assert (await households.known(address=HOME))[1] == 1
    third = await called(desk, households, telephone=NUMBER, address=HOME)
    assert not third.joined
    assert third.level == "high"
    await closed(desk, third.alert)
    assert (await households.known(telephone=NUMBER, address=HOME))[1] == 2
    clock.advance(366 * DAY_S)
    assert (await households.known(telephone=NUMBER))[1] == 0


async def test_an_alert_that_was_merged_counts_once_with_the_one_that_went_on(
    desk: Desk, households: Households
) -> None:
    one = await called(desk, households, telephone=NUMBER)
    other = await called(desk, households, address=HOME)
    await desk.perform(c.MergeAlerts(id=str(uuid4()), by="x", alert=other.alert or "", into=one.alert or ""))
    await closed(desk, one.alert)
    assert (await households.known(address=HOME))[1] == 1
    assert (await households.known(telephone=NUMBER, address=HOME))[1] == 1


async def test_a_household_whose_row_is_destroyed_is_nobody(url: str, desk: Desk, households: Households) -> None:
    first = await called(desk, households, telephone=NUMBER)
    await closed(desk, first.alert)
    before, _ = await households.known(telephone=NUMBER)
    await rows(url, "DELETE FROM households")
    after, history = await households.known(telephone=NUMBER)
    assert after.isdisjoint(before)
    assert history == 0


async def test_without_its_memory_intake_says_that_nothing_is_saved(url: str, households: Households) -> None:
    await rows(url, "ALTER TABLE households RENAME TO hidden")
    with pytest.raises(NotSaved):
        await households.known(telephone=NUMBER)
    assert await households.known() == (frozenset(), 0)


async def test_another_center_has_other_names_for_the_same_number(
    url: str, desk: Desk, households: Households
) -> None:
    async with a_database(url, CENTER, "other") as database:
        theirs = Households(database, Sealer(SECRET, "other"), desk, center="other", region="MX")
        assert (await theirs.known(telephone=NUMBER))[0].isdisjoint((await households.known(telephone=NUMBER))[0])


async def test_the_same_call_again_is_the_same_though_the_household_has_more_history_now(
    desk: Desk, households: Households
) -> None:
    names, _ = await households.known(telephone=NUMBER)
    call: dict[str, Any] = {"id": str(uuid4()), "by": "operator", "zone": "centro", "needs": a_call().needs}
    first = await raise_alert(desk, c.RaiseAlert(**call, household=names, history=0))
    assert await raise_alert(desk, c.RaiseAlert(**call, household=frozenset(), history=3)) == first
