"""Insiders: twenty ways in which people who may read misuse it, each flagged by its rule; a busy night without.

What units can only read under broken glass, and what was refused, is put into the audit as those doors write it.
"""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest

from app.clock import rfc3339
from app.security.looks import Rule
from app.store import audit

from .center import Center, Raised
from .phone import Phone

HOUR = 3600.0
TELEPHONE, WRITTEN_OTHERWISE = "81 5550 4417", "+52 (81) 5550-4417"
ADDRESS, SPELLED_OTHERWISE = "Av. Juárez 4417, Col. Centro", "AVENIDA JUAREZ No. 4417, colonia Centro"
ENDING = {"disposition": "attended", "safe": "yes", "whereabouts": "home"}
Flagged = set[tuple[str, str]]
"""(rule, login)"""


def caller(telephone: str) -> dict[str, Any]:
    return {"role": "neighbour", "name": "Eusebio Testigo", "telephone": telephone}


def at(address: str, **more: Any) -> dict[str, Any]:
    return {"lat": 25.6601, "lon": -100.3201, "address": address, **more}


# --- what people do


async def opens(center: Center, alert: Raised, token: str, times: int = 1) -> None:
    """Somebody of the desk opens the alert with its details."""
    for _ in range(times):
        (await center.get(f"/api/alerts/{alert.id}", token=token)).must_be(200)


async def breaks_glass(center: Center, login: str, alert: Raised, times: int = 1) -> None:
    """Somebody reads an alert that is not theirs, under broken glass."""
    for _ in range(times):
        await writes(center, login, "alert", alert, said={"under": "glass"})


async def is_refused(center: Center, login: str, alert: Raised, times: int = 1) -> None:
    """Somebody asks for an alert they may not read, and that is written down."""
    token = await center.token_for(login)
    for _ in range(times):
        before = await last_row(center)
        (await center.get(f"/api/alerts/{alert.id}", token=token)).must_be(403, "forbidden")
        if await last_row(center) == before:
            await writes(center, login, "refused", alert, said={"action": "read_alert"})


async def writes(center: Center, login: str, what: str, alert: Raised, said: dict[str, str]) -> None:
    """A row of the audit as a door writes it."""
    by = await center.person(login)
    async with center.service.database.transaction() as connection:
        await audit.write(
            connection,
            center.settings.center,
            at=center.clock.now(),
            by=by,
            what=what,
            alert=alert.id,
            said=said,
        )


async def last_row(center: Center) -> int:
    async with center.service.database.transaction() as connection:
        rows = await audit.page(connection, center.settings.center, 1)
    return rows[0].row if rows else 0


async def attended(center: Center, code: str = "KILO-7", **facts: Any) -> Raised:
    """An alert that this patrol attended and that was closed."""
    phone = await center.phone(code)
    alert = await center.raise_alert(**facts)
    await phone.takes(alert, "en-route", "on-scene", "done")
    (await center.tell(alert, "close", **ENDING)).must_be(200)
    await phone.ends_duty()
    await phone.disconnect()
    return alert


async def lives(center: Center, login: str, **home: list[str]) -> None:
    """An admin has told where this person lives."""
    admin = await center.employs(f"admin-{uuid4().hex[:6]}", "admin")
    said = {"id": str(uuid4()), **home}
    answer = (await center.put(f"/api/people/{login}/household", said, token=admin)).must_be(200)
    assert answer.body["known"] == sum(len(each) for each in home.values())


async def flagged(center: Center) -> Flagged:
    """What is in the auditor's queue after the next look."""
    await center.looks()
    return {(flag["rule"], flag["login"]) for flag in await queue(center)}


async def queue(center: Center) -> list[dict[str, Any]]:
    auditor = await center.employs(f"auditor-{uuid4().hex[:6]}", "auditor")
    found: list[dict[str, Any]] = (
        (await center.get("/api/flags?limit=200", token=auditor)).must_be(200).body["flags"]
    )
    return found


# --- the twenty cases


async def a_patrolman_looks_up_his_former_partner_after_her_alert_was_closed(center: Center) -> None:
    alert = await attended(center, "KILO-7")
    await center.phone("LIMA-2")
    await center.clock_advance(2 * HOUR)
    await breaks_glass(center, "LIMA-2", alert)


async def an_operator_looks_up_an_alert_of_last_week_that_others_worked_on(center: Center) -> None:
    alert = await attended(center)
    await center.clock_advance(7 * 24 * HOUR)
    await opens(center, alert, await center.employs("operator-2", "operator"))


async def an_officer_of_another_shift_signs_in_at_a_colleagues_phone(center: Center) -> None:
    kilo7 = await center.phone("KILO-7", crew=("A-101", "A-102"))
    alert = await center.raise_alert()
    await kilo7.takes(alert, "en-route")
    await center.clock_advance(60)
    his = await center.colleague("A-777", "KILO-7")
    await his.expect_place(alert)


async def a_shelters_staff_reads_of_a_woman_who_went_to_another_house(center: Center) -> None:
    alert = await attended(center)
    casa1 = await center.phone("CASA-1")
    await casa1.expect_nothing()
    await center.clock_advance(HOUR)
    await breaks_glass(center, "CASA-1", alert)


async def an_operator_opens_the_alert_of_her_own_home(center: Center) -> None:
    await lives(center, "operator-1", telephones=[TELEPHONE])
    alert = await center.raise_alert(caller=caller(WRITTEN_OTHERWISE))
    await opens(center, alert, center.operator)


async def an_operator_opens_the_alert_of_a_colleagues_home_known_by_its_address(center: Center) -> None:
    await center.employs("operator-2", "operator")
    await lives(center, "operator-2", addresses=[ADDRESS])
    alert = await center.raise_alert(where=at(SPELLED_OTHERWISE))
    await opens(center, alert, center.supervisor)


async def a_patrol_is_sent_to_the_home_of_one_of_its_crew(center: Center) -> None:
    await center.employs("A-101", "unit", "KILO-7")
    await lives(center, "A-101", telephones=[TELEPHONE], addresses=[ADDRESS])
    kilo7 = await center.phone("KILO-7", crew=("A-101",))
    alert = await center.raise_alert(where=at(SPELLED_OTHERWISE))
    await kilo7.takes(alert)
    await kilo7.expect_place(alert)


async def an_operator_opens_a_closed_alert_of_hers_again_and_again(center: Center) -> None:
    alert = await attended(center)
    for _ in range(4):
        await center.clock_advance(HOUR)
        await opens(center, alert, center.operator)


async def a_supervisor_keeps_coming_back_to_a_closed_alert(center: Center) -> None:
    alert = await attended(center)
    await center.clock_advance(HOUR)
    await opens(center, alert, center.supervisor, times=4)


async def the_officer_who_was_there_looks_her_up_again_and_again_afterwards(center: Center) -> None:
    alert = await attended(center, "KILO-7")
    await center.phone("KILO-7")
    for _ in range(4):
        await center.clock_advance(HOUR)
        await breaks_glass(center, "KILO-7", alert)


async def an_officer_off_duty_reads_at_home(center: Center) -> None:
    kilo7 = await center.phone("KILO-7")
    alert = await center.raise_alert()
    await kilo7.takes(alert)
    (await kilo7.says("withdraw", alert, reason="crash")).must_be(200)
    await kilo7.ends_duty()
    await center.clock_advance(HOUR)
    await breaks_glass(center, "KILO-7", alert)


async def a_patrol_whose_shift_ended_long_ago_still_reads(center: Center) -> None:
    until = rfc3339(center.clock.now() + HOUR)
    kilo7 = await center.phone("KILO-7", until=until)
    await center.clock_advance(6 * HOUR)
    alert = await center.raise_alert()
    await kilo7.takes(alert)
    await kilo7.expect_place(alert)


async def an_operator_reads_from_a_session_that_was_opened_yesterday(center: Center) -> None:
    token = await center.employs("operator-2", "operator")
    for _ in range(2):
        await center.clock_advance(8 * HOUR)
        await center.get("/api/session", token=token)
    center.operator = await center.token_for("operator-1")
    alert = await center.raise_alert()
    await opens(center, alert, token)


async def an_operator_opens_one_alert_after_the_other_at_night(center: Center) -> None:
    token = await center.employs("operator-2", "operator")
    for _ in range(16):
        await opens(center, await center.raise_alert(), token)


async def a_coordinator_copies_the_alerts_of_the_month(center: Center) -> None:
    for _ in range(26):
        alert = await center.raise_alert()
        await opens(center, alert, center.coordinator)
        await center.clock_advance(15)


async def a_coordinator_lists_the_open_alerts_again_and_again(center: Center) -> None:
    await center.raise_alert()
    for _ in range(31):
        (await center.get("/api/alerts", token=center.coordinator)).must_be(200)
        await center.clock_advance(10)


async def a_patrolman_tries_alerts_that_are_not_his(center: Center) -> None:
    await center.phone("LIMA-2")
    alert = await center.raise_alert()
    await is_refused(center, "LIMA-2", alert, times=6)


async def an_admin_tries_to_read_what_the_machine_holds(center: Center) -> None:
    await center.employs("admin-1", "admin")
    alert = await center.raise_alert()
    await is_refused(center, "admin-1", alert, times=6)


async def the_officer_who_is_kept_out_tries_it_all_the_same(center: Center) -> None:
    await center.phone("LIMA-2")
    alert = await center.raise_alert(keep_out={"units": ["LIMA-2"]})
    await center.clock_advance(60)
    await is_refused(center, "LIMA-2", alert)


async def an_operator_who_is_named_by_her_staff_number_opens_it(center: Center) -> None:
    token = await center.employs("2017", "operator")
    alert = await center.raise_alert()
    await center.tell_more(alert, keep_out={"crew": ["2017"]})
    await center.clock_advance(60)
    await opens(center, alert, token)


CASES = (
    ("no_assignment", "LIMA-2", a_patrolman_looks_up_his_former_partner_after_her_alert_was_closed),
    ("no_assignment", "operator-2", an_operator_looks_up_an_alert_of_last_week_that_others_worked_on),
    ("no_assignment", "A-777", an_officer_of_another_shift_signs_in_at_a_colleagues_phone),
    ("no_assignment", "CASA-1", a_shelters_staff_reads_of_a_woman_who_went_to_another_house),
    ("colleague", "operator-1", an_operator_opens_the_alert_of_her_own_home),
    ("colleague", "supervisor-1", an_operator_opens_the_alert_of_a_colleagues_home_known_by_its_address),
    ("colleague", "KILO-7", a_patrol_is_sent_to_the_home_of_one_of_its_crew),
    ("after_closing", "operator-1", an_operator_opens_a_closed_alert_of_hers_again_and_again),
    ("after_closing", "supervisor-1", a_supervisor_keeps_coming_back_to_a_closed_alert),
    ("after_closing", "KILO-7", the_officer_who_was_there_looks_her_up_again_and_again_afterwards),
    ("off_shift", "KILO-7", an_officer_off_duty_reads_at_home),
    ("off_shift", "KILO-7", a_patrol_whose_shift_ended_long_ago_still_reads),
    ("off_shift", "operator-2", an_operator_reads_from_a_session_that_was_opened_yesterday),
    ("bulk", "operator-2", an_operator_opens_one_alert_after_the_other_at_night),
    ("bulk", "coordinator-1", a_coordinator_copies_the_alerts_of_the_month),
    ("bulk", "coordinator-1", a_coordinator_lists_the_open_alerts_again_and_again),
    ("refused_often", "LIMA-2", a_patrolman_tries_alerts_that_are_not_his),
    ("refused_often", "admin-1", an_admin_tries_to_read_what_the_machine_holds),
    ("kept_out", "LIMA-2", the_officer_who_is_kept_out_tries_it_all_the_same),
    ("kept_out", "2017", an_operator_who_is_named_by_her_staff_number_opens_it),
)
"""(rule, login of who is flagged, what they do)"""


@pytest.mark.parametrize(("rule", "login", "case"), CASES, ids=[case.__name__ for _, _, case in CASES])
async def test_an_insider_is_flagged_by_the_rule_that_is_meant_and_by_no_other(
    center: Center, rule: str, login: str, case: Callable[[Center], Awaitable[None]]
) -> None:
    await case(center)
    assert await flagged(center) == {(rule, login)}
    assert len(await queue(center)) == 1


def test_there_are_twenty_cases_and_each_rule_has_two_or_more_of_different_roles() -> None:
    assert len({case for _, _, case in CASES}) == 20
    roles: dict[str, set[str]] = {rule.value: set() for rule in Rule}
    for rule, login, _ in CASES:
        roles[rule].add(login)
    assert all(len(who) > 1 for who in roles.values()), roles


# --- a night by the book


class Night:
    """A busy night: thirty alerts, two shifts, three patrols, a prosecutor, a shelter, a desk that knows how."""

    def __init__(self, center: Center) -> None:
        self.center = center
        self.patrols: list[Phone] = []
        self.fiscal: Phone | None = None
        self.casa: Phone | None = None

    async def begins(self) -> None:
        """Whoever works is on shift, and where staff lives is known."""
        center = self.center
        await lives(center, "operator-1", telephones=["81 1111 2222"], addresses=["Calle Pino 7"])
        self.casa = await center.phone("CASA-1")
        self.fiscal = await center.phone("FISCAL-1")
        await self.shift("A")

    async def shift(self, name: str) -> None:
        """The patrols of the shift before go home, these begin, and the desk signs in anew."""
        for phone in self.patrols:
            await phone.ends_duty()
            await phone.disconnect()
        await self.center.sign_in()
        until = rfc3339(self.center.clock.now() + 8 * HOUR)
        codes = ("KILO-7", "LIMA-2", "MIKE-9")
        self.patrols = [await self.center.phone(code, crew=(f"{name}-{code}",), until=until) for code in codes]

    async def alert(self, number: int) -> None:
        """One alert from the call to the end, as the book says."""
        center = self.center
        facts: dict[str, Any] = {"caller": caller(f"81 5550 {4400 + number}")}
        if number % 7 == 3:
            facts["keep_out"] = {"units": ["LIMA-2"], "crew": ["A-KILO-7"]}
        if number % 10 == 5:
            facts["needs"] = ["police", "prosecutor", "shelter"]
        alert = await center.raise_alert(**facts)
        await opens(center, alert, center.operator, times=2)
        if number % 5 == 0:
            (await center.calls(caller=caller(f"81 5550 {4400 + number}"))).must_be(200)
            await opens(center, alert, center.supervisor)
        patrol = await self.who_is_asked(alert)
        await patrol.takes(alert, "en-route")
        if number % 10 == 5:
            await self.two_more_come(alert)
        await center.clock_advance(120)
        await patrol.goes_away()
        await patrol.comes_back()
        await patrol.expect_place(alert)
        await patrol.goes(alert, "on-scene")
        if number % 10 == 5:
            await self.takes_her_to_safety(alert, patrol)
        await center.clock_advance(300)
        await patrol.goes(alert, "done")
        await center.tell(alert, "close", **ENDING)
        await center.clock_advance(120)
        await opens(center, alert, center.operator)
        if number % 3 == 0:
            await center.clock_advance(1_500)
            await opens(center, alert, center.supervisor)
        if number % 6 == 0:
            await center.clock_advance(600)
            await opens(center, alert, center.coordinator)
            await opens(center, alert, center.operator)

    async def who_is_asked(self, alert: Raised) -> Phone:
        """The patrol that has the offer."""
        board = await self.center.service.desk.board()
        (live,) = next(need.live for need in board.alerts[alert.id].needs if need.key == "police")
        return next(phone for phone in self.patrols if phone.code == board.assignments[live].unit)

    async def two_more_come(self, alert: Raised) -> None:
        """The prosecutor comes, the shelter keeps a place, and its night staff signs in when it has it already."""
        assert self.fiscal is not None
        assert self.casa is not None
        await self.fiscal.takes(alert, "en-route", "on-scene", "contact", "done")
        await self.casa.takes(alert)
        night = await self.center.colleague(f"S-{uuid4().hex[:6]}", "CASA-1")
        await night.expect_state(alert, "accepted")
        await night.disconnect()

    async def takes_her_to_safety(self, alert: Raised, patrol: Phone) -> None:
        """The patrol takes her to the shelter, which has its places free again when she has gone on."""
        assert self.casa is not None
        await patrol.goes(alert, "contact", "depart")
        held = next(card for card in patrol.assignments() if card["alert"] == alert.id)
        place = await self.center.get(f"/api/assignments/{held['id']}/destination", token=patrol.token)
        place.must_be(200)
        await patrol.goes(alert, "safe")
        await self.casa.goes(alert, "safe", "done")
        said = {"id": str(uuid4()), "free": 3}
        (await self.center.put("/api/units/CASA-1/places", said, token=self.casa.token)).must_be(200)


async def test_a_busy_night_by_the_book_flags_nobody(center: Center) -> None:
    night = Night(center)
    console = await center.console()
    await night.begins()
    for number in range(30):
        if number == 15:
            await night.shift("B")
        await night.alert(number)
        (await center.get("/api/alerts", token=center.coordinator)).must_be(200)
        if number % 4 == 0:
            await console.disconnect()
            await console.connect(center.url)
        if number % 8 == 0:
            await is_refused(center, "MIKE-9", Raised(id=str(uuid4()), folio="", sent={}, receipt={}), times=2)
        await center.looks()
    looks = await last_row(center)
    assert looks > 150
    assert await queue(center) == []
