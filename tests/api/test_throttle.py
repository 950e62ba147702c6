"""Failed sign-ins make the next one wait: never whoever is signed in, never for ever, never somebody elsewhere."""

import asyncio
from collections.abc import AsyncIterator
from ipaddress import ip_network
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import delete, select

from app.api.caller import behind_proxies
from app.clock import HandClock
from app.gate.hashing import HASHES_AT_ONCE, Hashing
from app.gate.refusals import TooManyAttempts
from app.gate.throttle import Attempt, Throttle, place_of
from app.security.throttle import FORGOTTEN_S, FREE_ACCOUNT, FREE_ADDRESS, LONGEST_S
from app.settings import Settings
from app.store.tables import attempts
from tests.service_fixture import HERE, House, a_house

from .doors import refused
from .signing_in import ORIGIN, PASSWORD, by_secret, sign_in, signed_in, somebody

WRONG = "wrong horse battery staple"
HOME, AWAY = "198.51.100.7", "203.0.113.9"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def proxied(kept: House) -> AsyncIterator[House]:
    """A second process before the same database, behind a trusted proxy: tests say from where they come."""
    settings, folder = kept.service.settings, kept.service.settings.data_dir
    assert settings.database_url is not None
    url = settings.database_url.get_secret_value()
    async with a_house(
        url, folder, kept.service.clock, bare=True, public_origin=ORIGIN, trusted_proxies=["127.0.0.0/8"]
    ) as house:
        yield house


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def _nothing_is_counted(kept: House) -> None:
    """What tests before this one failed at does not count."""
    async with kept.service.database.transaction() as connection:
        await connection.execute(delete(attempts))


async def from_there(house: House, address: str, login: str, password: str = PASSWORD) -> httpx.Response:
    """The answer to a sign-in that the proxy says comes from that address."""
    client = await house.client()
    said = {"login": login, "password": password, "as": "token"}
    return await client.post("/api/session", json=said, headers={"X-Forwarded-For": address})


async def storm(house: House, login: str, times: int = FREE_ACCOUNT + 1) -> None:
    """Fail so often that the next one waits."""
    for _ in range(times):
        refused(await sign_in(house, login, WRONG), 401, "wrong_login")


async def test_after_some_failures_even_the_right_password_waits_and_then_signs_in(
    kept: House, clock: HandClock
) -> None:
    login = await somebody(kept)
    await storm(kept, login)
    answer = await sign_in(kept, login)
    refused(answer, 429, "too_many_attempts")
    clock.advance(float(answer.headers["retry-after"]))
    assert (await sign_in(kept, login)).status_code == 201


async def test_each_failure_doubles_the_wait_up_to_the_longest(kept: House, clock: HandClock) -> None:
    login, waits = await somebody(kept), []
    await storm(kept, login)
    for _ in range(11):
        waits.append(int((await sign_in(kept, login, WRONG)).headers["retry-after"]))
        clock.advance(waits[-1])
        refused(await sign_in(kept, login, WRONG), 401, "wrong_login")
    assert waits[:4] == [1, 2, 4, 8]
    assert waits[-1] == LONGEST_S
    clock.advance(LONGEST_S)
    assert (await sign_in(kept, login)).status_code == 201


async def test_a_success_is_a_new_beginning_and_so_is_a_quiet_hour(kept: House, clock: HandClock) -> None:
    login = await somebody(kept)
    for _ in range(2):
        await storm(kept, login, FREE_ACCOUNT)
        assert (await sign_in(kept, login)).status_code == 201
    await storm(kept, login)
    clock.advance(FORGOTTEN_S)
    await storm(kept, login)


async def test_a_refused_attempt_does_not_lengthen_the_wait(kept: House, clock: HandClock) -> None:
    login = await somebody(kept)
    await storm(kept, login)
    for _ in range(20):
        assert (await sign_in(kept, login, WRONG)).headers["retry-after"] == "1"
    clock.advance(1)
    assert (await sign_in(kept, login)).status_code == 201


async def test_many_attempts_at_once_do_not_slip_through(kept: House) -> None:
    login = await somebody(kept)
    answers = await asyncio.gather(*(sign_in(kept, login, WRONG) for _ in range(30)))
    looked_at = [answer for answer in answers if answer.status_code == 401]
    assert len(looked_at) == FREE_ACCOUNT + 1
    assert {answer.status_code for answer in answers} == {401, 429}


async def test_many_processes_at_once_give_no_more_tries_than_one(kept: House) -> None:
    service, login = kept.service, f"nobody-{uuid4().hex[:8]}"
    sealer, center = service.sealer, service.settings.center
    processes = [Throttle(service.database, sealer, service.clock, center) for _ in range(12)]
    begun = await asyncio.gather(*(one.begin(login, AWAY) for one in processes), return_exceptions=True)
    assert sum(isinstance(one, Attempt) for one in begun) == FREE_ACCOUNT + 1
    assert sum(isinstance(one, TooManyAttempts) for one in begun) == 12 - FREE_ACCOUNT - 1


async def test_a_login_that_nobody_has_waits_in_the_same_way(kept: House) -> None:
    login = f"nobody-{uuid4().hex[:8]}"
    await storm(kept, login)
    refused(await sign_in(kept, login), 429, "too_many_attempts")


async def test_one_time_secrets_are_guessed_no_faster(kept: House) -> None:
    login = await somebody(kept)
    for _ in range(FREE_ACCOUNT + 1):
        refused(await by_secret(kept, login, "x" * 43, PASSWORD), 401, "wrong_secret")
    refused(await by_secret(kept, login, "x" * 43, PASSWORD), 429, "too_many_attempts")


async def test_who_fails_elsewhere_on_purpose_keeps_nobody_out_who_is_where_they_always_are(
    kept: House, proxied: House
) -> None:
    login = await somebody(kept)
    assert (await from_there(proxied, HOME, login)).status_code == 201
    for _ in range(FREE_ACCOUNT + 1):
        refused(await from_there(proxied, AWAY, login, WRONG), 401, "wrong_login")
    refused(await from_there(proxied, AWAY, login), 429, "too_many_attempts")
    assert (await from_there(proxied, HOME, login)).status_code == 201
    refused(await from_there(proxied, AWAY, login), 429, "too_many_attempts")
    for _ in range(FREE_ACCOUNT + 1):
        refused(await from_there(proxied, HOME, login, WRONG), 401, "wrong_login")
    refused(await from_there(proxied, HOME, login), 429, "too_many_attempts")


async def test_one_address_does_not_guess_at_many_accounts_and_another_one_goes_on(
    kept: House, proxied: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.security.throttle.FREE_ADDRESS", 8)
    assert FREE_ADDRESS >= 50, "a whole shift behind one address"
    login = await somebody(kept)
    for number in range(9):
        refused(await from_there(proxied, AWAY, f"guess-{number}", WRONG), 401, "wrong_login")
    refused(await from_there(proxied, AWAY, login), 429, "too_many_attempts")
    assert (await from_there(proxied, HOME, login)).status_code == 201


async def test_an_account_of_ones_own_does_not_pay_for_guessing_at_others(
    kept: House, proxied: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.security.throttle.FREE_ADDRESS", 4)
    mine = await somebody(kept)
    for number in range(4):
        refused(await from_there(proxied, AWAY, f"guess-{number}", WRONG), 401, "wrong_login")
        assert (await from_there(proxied, AWAY, mine)).status_code == 201
    refused(await from_there(proxied, AWAY, "guess-5", WRONG), 401, "wrong_login")
    refused(await from_there(proxied, AWAY, mine), 429, "too_many_attempts")


async def test_the_count_knows_no_address_and_no_login(kept: House, proxied: House) -> None:
    login = await somebody(kept)
    await from_there(proxied, AWAY, login, WRONG)
    async with kept.service.database.transaction() as connection:
        rows = (await connection.execute(select(attempts))).all()
    assert len(rows) == 2
    for row in rows:
        assert len(row.key) == 32
        assert not any(told.encode() in row.key for told in (AWAY, login))


async def test_who_is_signed_in_raises_alerts_while_a_storm_is_on_the_same_account(kept: House) -> None:
    login = await somebody(kept)
    client = await signed_in(kept, login)
    going = [asyncio.create_task(sign_in(kept, login, WRONG)) for _ in range(60)]
    alert = {"id": str(uuid4()), "where": HERE, "needs": ["police"]}
    answers = [(await client.post("/api/alerts", json={**alert, "id": str(uuid4())})) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [201] * 5
    assert 429 in {answer.status_code for answer in await asyncio.gather(*going)}
    refused(await sign_in(kept, login), 429, "too_many_attempts")
    assert (await client.post("/api/alerts", json={**alert, "id": str(uuid4())})).status_code == 201


async def test_few_passwords_are_hashed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    under_way, most = 0, 0

    async def slowly(_work: object, *_words: object) -> bool:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0)
        under_way -= 1
        return False

    monkeypatch.setattr("app.gate.hashing.asyncio.to_thread", slowly)
    one = Hashing()
    await asyncio.gather(*(one.check(None, PASSWORD) for _ in range(20)))
    assert most == HASHES_AT_ONCE


@pytest.mark.parametrize(
    ("peer", "said", "trusted", "address"),
    [
        ("203.0.113.9", [], [], "203.0.113.9"),
        ("203.0.113.9", ["198.51.100.7"], [], "203.0.113.9"),
        ("127.0.0.1", ["198.51.100.7"], [], "127.0.0.1"),
        ("127.0.0.1", ["198.51.100.7"], ["127.0.0.1"], "198.51.100.7"),
        ("127.0.0.1", ["1.2.3.4, 198.51.100.7"], ["127.0.0.1"], "198.51.100.7"),
        ("127.0.0.1", ["1.2.3.4", "198.51.100.7, 10.0.0.2"], ["127.0.0.1", "10.0.0.0/8"], "198.51.100.7"),
        ("127.0.0.1", ["nonsense"], ["127.0.0.1"], "127.0.0.1"),
        ("127.0.0.1", [], ["127.0.0.1"], "127.0.0.1"),
    ],
)
def test_a_proxy_is_believed_only_if_it_is_trusted(
    peer: str, said: list[str], trusted: list[str], address: str
) -> None:
    settings = Settings(trusted_proxies=tuple(ip_network(one) for one in trusted))
    assert behind_proxies(peer, said, settings) == address


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("198.51.100.7", "198.51.100.8", False),
        ("2001:db8::1", "2001:db8::2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:198.51.100.7", "198.51.100.7", True),
    ],
)
def test_of_ipv6_a_whole_network_counts_as_one_address(one: str, other: str, same: bool) -> None:
    assert (place_of(one) == place_of(other)) is same
