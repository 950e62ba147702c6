"""What watches every page of the suite does see: a broken policy, an error, a script that fails, another place."""

from playwright.async_api import expect

from app.security.sessions import Role
from tests.patience import until

from .seats import Theatre

WRONG = {
    "document.body.setAttribute('style', 'color: red')": "violated: style-src",
    "console.error('it broke')": "error: it broke",
    "setTimeout(() => { throw new Error('on its own') })": "exception: on its own",
    "fetch('https://tiles.example/1.png').catch(() => {})": "violated: connect-src https://tiles.example",
}


async def test_nothing_wrong_goes_unseen_on_any_page_that_was_open(theatre: Theatre) -> None:
    seat = await theatre.seat(Role.OPERATOR)
    for breaks, seen in WRONG.items():
        await seat.page.goto(f"{seat.url}/")
        await expect(seat.page.get_by_label("Usuario")).to_be_visible()
        await seat.page.evaluate(f"() => {{ {breaks} }}")
        # Another page is open by the time it is asked about.
        await seat.page.wait_for_timeout(300)
        await seat.page.goto(f"{seat.url}/")
        await until(lambda seen=seen: any(said.startswith(seen) for said in seat.wrong))  # type: ignore[misc]
        seat.wrong.clear()


async def test_a_pointer_is_counted_and_a_key_is_not(theatre: Theatre) -> None:
    operator = await theatre.operator()
    await operator.page.get_by_role("button", name="Noche").press("Enter")
    assert await operator.pointers() == 0
    await operator.page.get_by_role("button", name="Día", exact=True).click()
    assert await operator.pointers() > 0
