"""The ways in, through the page: password and code, one-time secret, the device's own lock; and one's sessions."""

from dataclasses import replace
from typing import Any

import pyotp
import pytest
from playwright.async_api import Page, expect

from app.security.sessions import Role
from app.settings import OidcIssuer
from tests.api.issuer import CLIENT, SECRET, an_issuer
from tests.service_fixture import House

from .seats import PASSWORD, PATIENCE_MS, Seat, Theatre

LOCK = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
"""A device that knows its person by finger or face."""


def known_by_address(house: House) -> None:
    """The service is told where browsers reach it; passkeys need that, and a test knows it only now."""
    origin = f"http://localhost:{house.port}"
    service = house.service
    service.settings.public_origin = origin
    service.ways = replace(service.ways, passkeys=replace(service.ways.passkeys, origin=origin))


async def with_a_lock(seat: Seat) -> list[dict[str, Any]]:
    """The seat's device has a lock of its own. What of it is asked grows in the list."""
    line = await seat.context.new_cdp_session(seat.page)
    await line.send("WebAuthn.enable")
    await line.send("WebAuthn.addVirtualAuthenticator", {"options": LOCK})
    asserted: list[dict[str, Any]] = []

    def heard(said: dict[str, Any]) -> None:
        asserted.append(said)

    line.on("WebAuthn.credentialAsserted", heard)
    return asserted


async def account(seat: Seat) -> Page:
    await seat.page.get_by_role("link", name="Mi cuenta").click()
    await seat.page.wait_for_url(f"{seat.url}/account")
    await expect(seat.page.get_by_test_id("session").first).to_be_visible()
    return seat.page


async def signs_out(seat: Seat) -> None:
    await seat.page.get_by_role("button", name="Salir", exact=True).click()
    await seat.page.wait_for_url(f"{seat.url}/")


async def types(seat: Seat, *fields: tuple[str, str]) -> None:
    for label, said in fields:
        await seat.page.get_by_label(label, exact=True).fill(said)
    await seat.page.get_by_role("button", name="Entrar", exact=True).click()


async def test_a_device_becomes_a_passkey_and_signs_in_without_a_login(theatre: Theatre) -> None:
    known_by_address(theatre.house)
    seat = await theatre.coordinator()
    asserted = await with_a_lock(seat)
    page = await account(seat)
    await page.get_by_role("button", name="Agregar la llave de este aparato").click()
    await expect(page.get_by_text("La llave quedó agregada.")).to_be_visible()
    await expect(page.get_by_test_id("passkey")).to_have_count(1)
    await signs_out(seat)

    await seat.page.get_by_role("button", name="Con la llave de este aparato").click()
    await seat.page.wait_for_url(f"{seat.url}/coordinator", timeout=PATIENCE_MS)
    assert len(asserted) == 1
    page = await account(seat)
    await expect(page.get_by_text("Con llave")).to_be_visible()

    await page.get_by_role("button", name="Quitar").click()
    await expect(page.get_by_test_id("passkey")).to_have_count(0)
    await signs_out(seat)
    await seat.page.get_by_role("button", name="Con la llave de este aparato").click()
    await expect(seat.page.get_by_text("Esa llave no abre esta cuenta.")).to_be_visible()


async def test_a_password_is_asked_for_a_code_from_when_an_app_is_set_up(theatre: Theatre) -> None:
    seat = await theatre.coordinator()
    page = await account(seat)
    await page.get_by_role("button", name="Usar códigos", exact=True).click()
    app = pyotp.TOTP(await page.get_by_test_id("totp-secret").inner_text())
    await page.get_by_label("Código de 6 cifras").fill(app.at(theatre.house.service.clock.now()))
    await page.get_by_role("button", name="Confirmar").click()
    await expect(page.get_by_text("Desde ahora se pide también un código.")).to_be_visible()
    await signs_out(seat)

    await types(seat, ("Usuario", seat.login), ("Contraseña", PASSWORD))
    await expect(seat.page.get_by_label("Código de 6 cifras")).to_be_focused()
    await types(seat, ("Código de 6 cifras", "000000"))
    await expect(seat.page.get_by_role("alert")).not_to_be_empty()
    # One code opens once: the one after it.
    await types(seat, ("Código de 6 cifras", app.at(theatre.house.service.clock.now() + app.interval)))
    await seat.page.wait_for_url(f"{seat.url}/coordinator", timeout=PATIENCE_MS)


async def test_what_would_let_in_for_good_asks_again_who_it_is(theatre: Theatre) -> None:
    seat = await theatre.coordinator()
    seat.refusals |= {403, 409}
    settings = theatre.house.service.settings
    page = await account(seat)
    fresh_s, settings.proof_fresh_s = settings.proof_fresh_s, 0.0
    await page.get_by_label("Contraseña nueva").fill("another horse, another battery")
    await page.get_by_role("button", name="Cambiar contraseña").click()
    await expect(page.get_by_role("heading", name="Confirme que es usted")).to_be_visible()
    settings.proof_fresh_s = fresh_s
    await page.locator('input[name="proof"]').fill("not the one it is")
    await page.get_by_role("button", name="Confirmar").click()
    await expect(page.get_by_text("Eso no confirma que sea usted.")).to_be_visible()
    await page.locator('input[name="proof"]').fill(PASSWORD)
    await page.get_by_role("button", name="Confirmar").click()
    await expect(page.get_by_text("La contraseña cambió, y las otras sesiones se cerraron.")).to_be_visible()
    await signs_out(seat)
    await types(seat, ("Usuario", seat.login), ("Contraseña", "another horse, another battery"))
    await seat.page.wait_for_url(f"{seat.url}/coordinator", timeout=PATIENCE_MS)


async def test_a_phone_that_was_lost_is_ended_from_another_device(theatre: Theatre) -> None:
    lost = await theatre.unit("P-1")
    desk = await theatre.seat(Role.COORDINATOR)
    desk.login = lost.login
    await desk.signs_in("/unit")
    page = await account(desk)
    await expect(page.get_by_test_id("session")).to_have_count(2)
    await page.get_by_role("button", name="Cerrar esta").click()
    await expect(page.get_by_test_id("session")).to_have_count(1)
    await expect(page.get_by_text("este aparato")).to_be_visible()
    await lost.page.wait_for_url(f"{lost.url}/")


async def test_a_new_person_makes_a_password_of_a_one_time_secret(theatre: Theatre) -> None:
    seat = await theatre.seat(Role.COORDINATOR)
    admin = await theatre.house.client(
        await theatre.house.proves(await theatre.house.person(Role.ADMIN, "the-admin"))
    )
    made = await admin.post("/api/people", json={"login": "new-here", "role": "coordinator"})
    await seat.page.goto(f"{seat.url}/")
    await seat.page.get_by_role("button", name="Tengo una clave de un solo uso").click()
    fields = (("Usuario", "new-here"), ("Clave de un solo uso", made.json()["secret"]))
    await types(seat, *fields, ("Contraseña nueva", "a horse of my own, and its battery"))
    await seat.page.wait_for_url(f"{seat.url}/coordinator", timeout=PATIENCE_MS)


async def test_the_agencys_own_sign_in_leads_there_and_back_to_the_persons_page(theatre: Theatre) -> None:
    known_by_address(theatre.house)
    service = theatre.house.service
    async with an_issuer(service.clock) as issuer:
        seat = await theatre.seat(Role.COORDINATOR)
        said = {"issuer": issuer.url, "client_id": CLIENT, "client_secret": SECRET, "login_claim": "staff_number"}
        there = replace(
            service.ways.oidc, issuer=OidcIssuer.model_validate(said), origin=service.settings.public_origin
        )
        service.ways = replace(service.ways, oidc=there)
        issuer.claims = {"staff_number": seat.login}
        await seat.page.goto(f"{seat.url}/")
        await seat.page.get_by_role("link", name="Con la cuenta de la corporación").click()
        await seat.page.wait_for_url(f"{seat.url}/coordinator", timeout=PATIENCE_MS)
        page = await account(seat)
        await expect(page.get_by_test_id("session")).to_contain_text("Con la cuenta de la corporación")


@pytest.mark.parametrize("shown", [True, False])
async def test_only_ways_that_this_center_has_are_offered(theatre: Theatre, *, shown: bool) -> None:
    service = theatre.house.service
    if shown:
        known_by_address(theatre.house)
        issuer = OidcIssuer.model_validate(
            {"issuer": "https://agency.example", "client_id": "naranja", "client_secret": "x"}
        )
        service.ways = replace(service.ways, oidc=replace(service.ways.oidc, issuer=issuer))
    seat = await theatre.seat(Role.OPERATOR)
    async with seat.page.expect_response("**/api/session/ways"):
        await seat.page.goto(f"{seat.url}/")
    link = seat.page.get_by_role("link", name="Con la cuenta de la corporación")
    await expect(link).to_have_count(int(shown))
    await expect(seat.page.get_by_role("button", name="Con la llave de este aparato")).to_have_count(int(shown))
    if shown:
        assert await link.get_attribute("href") == "/api/session/oidc"
