"""Whose pages may act for who is signed in: ours, and nobody else's; and what every browser is told."""

import pytest
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Scope

from app.api.browser import Browser
from app.security.browser import HEADERS, PAGE_POLICY
from app.settings import Settings
from tests.service_fixture import House

from .doors import DOORS, Door, refused

CHANGES = [door for door in DOORS if door.method != "GET" and door.path != "/api/session"]


def cookie(house: House, who: str = "operator") -> dict[str, str]:
    return {"Cookie": f"naranja_session={house.tokens[who]}"}


@pytest.mark.parametrize("door", [pytest.param(door, id=f"{door.method} {door.path}") for door in CHANGES])
@pytest.mark.parametrize(
    "said",
    [{}, {"Origin": "null"}, {"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "same-site"}],
    ids=["nothing", "null", "another", "a neighbour"],
)
async def test_a_cookie_changes_nothing_for_a_page_that_is_not_ours(
    house: House, door: Door, said: dict[str, str]
) -> None:
    client = await house.client()
    before = (await house.service.desk.board()).seq
    answer = await client.request(door.method, door.address, **door.sent(), headers={**cookie(house), **said})
    refused(answer, 403, "wrong_origin")
    assert (await house.service.desk.board()).seq == before


@pytest.mark.parametrize(
    "said",
    [
        [("Origin", "{own}"), ("Origin", "{own}")],
        [("Origin", "{own}"), ("Origin", "http://evil.example")],
        [("Origin", "http://evil.example"), ("Sec-Fetch-Site", "same-origin")],
        [("Origin", "")],
        [("Origin", "{own}/")],
        [("Origin", "{own}.evil.example")],
        [("Origin", "http://x@{host}")],
        [("Origin", "file://")],
        [("Sec-Fetch-Site", "cross-site")],
        [("Sec-Fetch-Site", "none")],
    ],
)
async def test_what_only_looks_like_ours_is_not(house: House, said: list[tuple[str, str]]) -> None:
    client = await house.client()
    host = house.url.removeprefix("http://")
    headers = [*cookie(house).items(), *((name, text.format(own=house.url, host=host)) for name, text in said)]
    refused(await client.patch(DOORS[5].address, json={}, headers=headers), 403, "wrong_origin")


@pytest.mark.parametrize("said", [{"Origin": "{own}"}, {"Sec-Fetch-Site": "same-origin"}])
async def test_our_own_pages_act_with_their_cookie(house: House, said: dict[str, str]) -> None:
    client = await house.client()
    headers = {**cookie(house), **{name: text.format(own=house.url) for name, text in said.items()}}
    door = DOORS[1]
    answer = await client.request(door.method, door.address, **door.sent(), headers=headers)
    assert answer.status_code == 201, answer.text


async def test_reading_needs_no_origin(house: House) -> None:
    client = await house.client()
    assert (await client.get("/api/session", headers=cookie(house))).status_code == 200


async def test_a_token_acts_from_anywhere_whatever_cookie_lies_beside_it(house: House) -> None:
    client = await house.client("operator")
    door = DOORS[1]
    for more in ({"Origin": "http://evil.example"}, cookie(house, "admin")):
        answer = await client.request(door.method, door.address, **door.sent(), headers=more)
        assert answer.status_code == 201


async def test_another_site_cannot_sign_somebody_in(house: House) -> None:
    client = await house.client()
    said = {"login": "x", "password": "x"}
    for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        refused(await client.post("/api/session", json=said, headers=headers), 403, "wrong_origin")
    refused(await client.post("/api/session", json=said), 401, "wrong_login")


async def test_where_people_reach_it_is_set_no_host_is_believed(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house.service.settings, "public_origin", "https://naranja.example")
    monkeypatch.setattr(house.service.settings, "allowed_origins", ("https://console.example",))
    client = await house.client()
    door = DOORS[1]
    for origin, status in (
        (house.url, 403),
        ("http://naranja.example", 403),
        ("https://naranja.example", 201),
        ("https://console.example", 201),
    ):
        headers = {**cookie(house), "Origin": origin}
        answer = await client.request(door.method, door.address, **door.sent(), headers=headers)
        assert answer.status_code == status, origin


@pytest.mark.parametrize(
    "said",
    [
        "null",
        "naranja.example",
        "https://naranja.example/x",
        "https://a@naranja.example",
        "ftp://x",
        "https://Naranja",
    ],
)
def test_an_origin_that_is_none_is_no_setting(said: str) -> None:
    with pytest.raises(ValueError, match="origin") as wrong:
        Settings(public_origin=said)
    assert f"'{said}'" not in str(wrong.value)


async def answered(app: ASGIApp) -> dict[str, str]:
    """The headers of what the app answers through `Browser`."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
    await Browser(app, Settings())(scope, receive, send)
    return {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}


@pytest.mark.parametrize(
    ("answer", "policy"),
    [
        (HTMLResponse("<p>"), PAGE_POLICY),
        (Response("x", media_type="text/javascript"), PAGE_POLICY),
        (PlainTextResponse("x"), HEADERS["Content-Security-Policy"]),
        (JSONResponse({}), HEADERS["Content-Security-Policy"]),
        (Response(), HEADERS["Content-Security-Policy"]),
    ],
)
async def test_pages_and_scripts_have_the_policy_of_pages_and_nothing_else_may_do_anything(
    answer: Response, policy: str
) -> None:
    headers = await answered(answer)
    assert headers["content-security-policy"] == policy
    assert {name.lower() for name in HEADERS} <= headers.keys()
    for never in ("unsafe", "*", "http:", "https:"):
        assert never not in policy
