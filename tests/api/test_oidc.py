"""Signing in at an agency's own issuer: with what it signed for this browser, and for who has an account."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from joserfc.jwk import RSAKey
from pydantic import ValidationError

from app.clock import HandClock
from app.gate.challenges import ANSWERED_WITHIN_S
from app.security.sessions import Role
from app.settings import OidcIssuer, Settings
from tests.service_fixture import House, a_house

from .doors import refused
from .issuer import CLIENT, SECRET, Issuer, an_issuer
from .signing_in import ORIGIN, somebody


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def running(kept: House) -> AsyncIterator[tuple[House, Issuer]]:
    """A process before the same database whose agency has an issuer."""
    settings = kept.service.settings
    assert settings.database_url is not None
    async with an_issuer(kept.service.clock) as issuer:
        oidc = {"issuer": issuer.url, "client_id": CLIENT, "client_secret": SECRET, "login_claim": "staff_number"}
        url = settings.database_url.get_secret_value()
        async with a_house(
            url, settings.data_dir, kept.service.clock, bare=True, public_origin=ORIGIN, oidc=oidc
        ) as house:
            yield house, issuer


@pytest.fixture
def agency(running: tuple[House, Issuer]) -> House:
    return running[0]


@pytest.fixture
def issuer(running: tuple[House, Issuer]) -> Issuer:
    """The issuer as it should be; a test changes it."""
    found = running[1]
    found.claims, found.algorithm, found.name, found.shown = {}, "RS256", None, None
    return found


async def begun(browser: httpx.AsyncClient, issuer: Issuer) -> dict[str, str]:
    """The browser goes to the issuer, its person signs in there; what it comes back with."""
    answer = await browser.get("/api/session/oidc")
    assert answer.status_code == 303, answer.text
    code, state = issuer.authorize(answer.headers["location"])
    return {"code": code, "state": state}


async def back(browser: httpx.AsyncClient, said: dict[str, str]) -> httpx.Response:
    return await browser.get("/api/session/oidc/callback", params=said)


async def test_who_has_an_account_signs_in_by_the_agencys_own_way(agency: House, issuer: Issuer) -> None:
    login, browser = await somebody(agency), await agency.client()
    issuer.claims = {"staff_number": login}
    answer = await back(browser, await begun(browser, issuer))
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "samesite=strict" in answer.headers["set-cookie"].lower()
    assert (await browser.get("/api/session")).json()["login"] == login
    (session,) = (await browser.get("/api/session/all")).json()["sessions"]
    assert (session["way"], session["this"]) == ("oidc", True)


async def test_a_session_at_hand_is_exchanged_for_the_new_one(agency: House, issuer: Issuer) -> None:
    login, browser = await somebody(agency), await agency.client()
    issuer.claims = {"staff_number": login}
    await back(browser, await begun(browser, issuer))
    first = browser.cookies["naranja_session"]
    await back(browser, await begun(browser, issuer))
    refused(await (await agency.client(first)).get("/api/session"), 401, "not_signed_in")
    assert (await browser.get("/api/session")).status_code == 200


@pytest.mark.parametrize("login", [None, "nobody-at-all", 1042, ["op-1"], ""])
async def test_who_has_no_account_gets_none(agency: House, issuer: Issuer, login: Any) -> None:
    issuer.claims, browser = {"staff_number": login}, await agency.client()
    refused(await back(browser, await begun(browser, issuer)), 401, "issuer_refused")
    refused(await browser.get("/api/session"), 401, "not_signed_in")


async def test_who_is_shut_out_here_stays_so(agency: House, issuer: Issuer) -> None:
    login, browser = await somebody(agency), await agency.client()
    await agency.service.ways.accounts.change(login, by="machine", disabled=True)
    issuer.claims = {"staff_number": login}
    refused(await back(browser, await begun(browser, issuer)), 401, "issuer_refused")


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "http://127.0.0.1:1"},
        {"iss": None},
        {"aud": "another"},
        {"aud": None},
        {"aud": ["another"]},
        {"aud": [CLIENT, "another"], "azp": "another"},
        {"exp": 1_600_000_000},
        {"exp": None},
        {"nonce": "another"},
        {"nonce": None},
        {"iat": 4_000_000_000},
        {"auth_time": "yesterday"},
    ],
    ids=str,
)
async def test_a_token_that_is_not_for_this_is_refused(
    agency: House, issuer: Issuer, claims: dict[str, Any]
) -> None:
    login, browser = await somebody(agency), await agency.client()
    issuer.claims, before = {"staff_number": login, **claims}, len(issuer.exchanged)
    refused(await back(browser, await begun(browser, issuer)), 401, "issuer_refused")
    assert len(issuer.exchanged) == before + 1, "the issuer did give a token"


async def test_a_token_that_somebody_else_signed_or_nobody_is_refused(agency: House, issuer: Issuer) -> None:
    login, browser = await somebody(agency), await agency.client()
    issuer.claims = {"staff_number": login}
    issuer.shown = RSAKey.generate_key(2048, {"kid": "1"})
    refused(await back(browser, await begun(browser, issuer)), 401, "issuer_refused")
    issuer.shown, issuer.algorithm = None, "none"
    refused(await back(browser, await begun(browser, issuer)), 401, "issuer_refused")
    issuer.algorithm = "PS256"
    assert (await back(browser, await begun(browser, issuer))).status_code == 303


async def test_what_one_browser_began_no_other_one_ends(agency: House, issuer: Issuer) -> None:
    login, mine, theirs = await somebody(agency), await agency.client(), await agency.client()
    issuer.claims = {"staff_number": login}
    said = await begun(theirs, issuer)
    refused(await back(mine, said), 401, "issuer_refused")
    said = await begun(theirs, issuer)
    await begun(mine, issuer)
    refused(await back(mine, said), 401, "issuer_refused")


async def test_a_state_counts_once_and_for_five_minutes(agency: House, issuer: Issuer, clock: HandClock) -> None:
    login, browser = await somebody(agency), await agency.client()
    issuer.claims = {"staff_number": login}
    said = await begun(browser, issuer)
    assert (await back(browser, said)).status_code == 303
    refused(await back(browser, said), 401, "issuer_refused")
    late = await begun(browser, issuer)
    clock.advance(ANSWERED_WITHIN_S)
    refused(await back(browser, late), 401, "issuer_refused")
    made_up = {**await begun(browser, issuer), "state": "x" * 43}
    refused(await back(browser, made_up), 401, "issuer_refused")


@pytest.mark.parametrize("said", [{}, {"error": "access_denied"}, {"code": "x"}, {"state": "x", "code": ""}])
async def test_coming_back_with_nothing_is_refused(agency: House, said: dict[str, str]) -> None:
    refused(await back(await agency.client(), said), 401, "issuer_refused")


async def test_an_issuer_that_calls_itself_otherwise_is_not_followed(agency: House, issuer: Issuer) -> None:
    issuer.name = "https://evil.test"
    refused(await (await agency.client()).get("/api/session/oidc"), 503, "issuer_silent")


async def test_an_issuer_that_does_not_answer_keeps_nobody_waiting(agency: House, issuer: Issuer) -> None:
    port, issuer.port = issuer.port, 1
    try:
        # It names a port of its own that nobody listens on.
        issuer.name = f"http://127.0.0.1:{port}"
        login, browser = await somebody(agency), await agency.client()
        issuer.claims = {"staff_number": login}
        said = await begun(browser, issuer)
        refused(await back(browser, said), 503, "issuer_silent")
    finally:
        issuer.port = port


@pytest.mark.parametrize(("ago", "fresh"), [(0, True), (299, True), (301, False), (None, False), (-50, True)])
async def test_a_proof_is_as_old_as_the_issuer_says(
    agency: House, issuer: Issuer, clock: HandClock, ago: int | None, fresh: bool
) -> None:
    login, browser = await somebody(agency), await agency.client()
    issuer.claims = {"staff_number": login, "auth_time": None if ago is None else int(clock.now()) - ago}
    assert (await back(browser, await begun(browser, issuer))).status_code == 303
    answer = await browser.post("/api/session/passkeys/options", headers={"Origin": ORIGIN})
    assert answer.status_code == (200 if fresh else 409)


async def test_the_way_back_is_bound_by_a_cookie_for_it_alone(agency: House, issuer: Issuer) -> None:
    answer = await (await agency.client()).get("/api/session/oidc")
    cookie = answer.headers["set-cookie"].lower()
    assert all(word in cookie for word in ("httponly", "samesite=lax", "path=/api/session/oidc/callback"))
    assert issuer.authorize(answer.headers["location"])
    assert "max_age=300" in answer.headers["location"]


async def test_without_an_issuer_there_is_no_such_way(house: House) -> None:
    refused(await (await house.client()).get("/api/session/oidc"), 409, "oidc_not_set_up")


async def test_no_role_is_left_out(agency: House, issuer: Issuer) -> None:
    login, browser = await somebody(agency, Role.SHELTER), await agency.client()
    issuer.claims = {"staff_number": login}
    await back(browser, await begun(browser, issuer))
    assert (await browser.get("/api/session")).json()["unit"] == "S-1"


@pytest.mark.parametrize(
    ("address", "safe"),
    [
        ("https://idp.example.org", True),
        ("http://127.0.0.1:9000", True),
        ("http://idp.example.org", False),
        ("ftp://idp.example.org", False),
        ("https://", False),
        ("idp.example.org", False),
    ],
)
def test_an_issuer_is_asked_by_tls_or_on_this_very_machine(address: str, safe: bool) -> None:
    if safe:
        assert OidcIssuer(issuer=address, client_id="x", client_secret="y").issuer == address  # type: ignore[arg-type]
    else:
        with pytest.raises(ValidationError):
            OidcIssuer(issuer=address, client_id="x", client_secret="y")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "origin", ["http://naranja.example.org", "https://naranja.example.org/page", "naranja", "https://x?y"]
)
def test_an_origin_that_is_none_keeps_the_service_from_starting(origin: str) -> None:
    with pytest.raises(ValidationError):
        Settings(public_origin=origin)
