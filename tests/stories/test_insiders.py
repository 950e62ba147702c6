"""Insiders: twenty ways in which people who may read misuse it, each flagged by its rule and by no other.

Everything goes through the doors that people have: what is not theirs by the table, they read under broken glass.
"""

from collections.abc import Awaitable, Callable

import pytest

from app.clock import rfc3339
from app.security.looks import Rule

from .center import Center
from .insiders import (
    ADDRESS,
    HOUR,
    SPELLED_OTHERWISE,
    TELEPHONE,
    WRITTEN_OTHERWISE,
    at,
    attended,
    breaks_glass,
    caller,
    finds_no_glass,
    flagged,
    is_refused,
    lives,
    opens,
    queue,
)

# --- the twenty cases


async def a_patrolman_looks_up_his_former_partner_after_her_alert_was_closed(center: Center) -> None:
    alert = await attended(center, "KILO-7", crew=("A-101", "A-102"))
    await center.clock_advance(2 * HOUR)
    await center.phone("KILO-7", crew=("A-333",))
    await center.joins("A-333", "unit", "KILO-7")
    await breaks_glass(center, "A-333", alert)


async def an_operator_looks_up_an_alert_of_last_week_that_others_worked_on(center: Center) -> None:
    alert = await attended(center)
    await center.clock_advance(7 * 24 * HOUR)
    await center.joins("operator-2", "operator")
    await breaks_glass(center, "operator-2", alert)


async def an_officer_of_another_shift_signs_in_at_a_colleagues_phone(center: Center) -> None:
    kilo7 = await center.phone("KILO-7", crew=("A-101", "A-102"))
    alert = await center.raise_alert()
    await kilo7.takes(alert, "en-route")
    await center.clock_advance(60)
    his = await center.colleague("A-777", "KILO-7")
    await his.expect_place(alert)


async def a_shelters_staff_tries_to_read_of_a_woman_who_never_came_to_the_house(center: Center) -> None:
    alert = await attended(center)
    casa1 = await center.phone("CASA-1")
    await casa1.expect_nothing()
    await center.clock_advance(HOUR)
    await finds_no_glass(center, "CASA-1", alert, times=6)


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
        await breaks_glass(center, "operator-1", alert)


async def a_supervisor_keeps_coming_back_to_a_closed_alert(center: Center) -> None:
    alert = await attended(center)
    await center.clock_advance(HOUR)
    await breaks_glass(center, "supervisor-1", alert, times=4)


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
        await breaks_glass(center, "coordinator-1", alert)
        await center.clock_advance(15)


async def a_supervisor_lists_the_open_alerts_again_and_again(center: Center) -> None:
    await center.raise_alert()
    for _ in range(31):
        (await center.get("/api/alerts", token=center.supervisor)).must_be(200)
        await center.clock_advance(10)


async def a_patrolman_tries_alerts_that_are_not_his(center: Center) -> None:
    await center.phone("LIMA-2")
    alert = await center.raise_alert()
    await is_refused(center, "LIMA-2", alert, times=6)


async def an_admin_tries_to_read_what_the_machine_holds(center: Center) -> None:
    alert = await center.raise_alert()
    await is_refused(center, "admin-1", alert, times=6)


async def the_officer_who_is_kept_out_tries_it_all_the_same(center: Center) -> None:
    await center.phone("LIMA-2")
    alert = await center.raise_alert(keep_out={"units": ["LIMA-2"]})
    await center.clock_advance(60)
    await is_refused(center, "LIMA-2", alert)


async def an_operator_who_is_named_by_her_staff_number_tries_to_open_it(center: Center) -> None:
    await center.joins("2017", "operator")
    alert = await center.raise_alert()
    await center.tell_more(alert, keep_out={"crew": ["2017"]})
    await center.clock_advance(60)
    await is_refused(center, "2017", alert, status=404, code="unknown_alert")


CASES = (
    ("no_assignment", "A-333", a_patrolman_looks_up_his_former_partner_after_her_alert_was_closed),
    ("no_assignment", "operator-2", an_operator_looks_up_an_alert_of_last_week_that_others_worked_on),
    ("no_assignment", "A-777", an_officer_of_another_shift_signs_in_at_a_colleagues_phone),
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
    ("bulk", "supervisor-1", a_supervisor_lists_the_open_alerts_again_and_again),
    ("refused_often", "LIMA-2", a_patrolman_tries_alerts_that_are_not_his),
    ("refused_often", "CASA-1", a_shelters_staff_tries_to_read_of_a_woman_who_never_came_to_the_house),
    ("refused_often", "admin-1", an_admin_tries_to_read_what_the_machine_holds),
    ("kept_out", "LIMA-2", the_officer_who_is_kept_out_tries_it_all_the_same),
    ("kept_out", "2017", an_operator_who_is_named_by_her_staff_number_tries_to_open_it),
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


# --- what is handed out, and what only looks like a look


async def test_who_exports_a_person_is_flagged_for_each_alert_whatever_its_age(center: Center) -> None:
    over = await attended(center, caller=caller(TELEPHONE))
    await center.clock_advance(3 * HOUR)
    still_open = await center.raise_alert(caller=caller(WRITTEN_OTHERWISE))
    await center.raise_alert(caller=caller("81 5550 1111"))
    told = (await center.post("/api/exports", {"telephone": TELEPHONE}, token=center.coordinator)).must_be(200)
    assert {alert["folio"] for alert in told.body["alerts"]} == {over.folio, still_open.folio}
    assert await flagged(center) == {("no_assignment", "coordinator-1")}
    assert {flag["alert"] for flag in await queue(center)} == {over.id, still_open.id}


async def test_who_is_kept_out_exports_erases_and_holds_nothing_and_is_flagged_for_trying(center: Center) -> None:
    alert = await attended(center, caller=caller(TELEPHONE), keep_out={"crew": ["coordinator-1"]})
    his = center.coordinator
    await center.clock_advance(60)
    told = (await center.post("/api/exports", {"telephone": TELEPHONE}, token=his)).must_be(200)
    assert told.body["alerts"] == []
    for action, reason in (("hold", "court"), ("erase", "person_asked")):
        answer = await center.tell(alert, action, token=his, reason=reason)
        answer.must_be(404, "unknown_alert")
    assert await flagged(center) == {("kept_out", "coordinator-1")}


async def test_evidence_holding_and_erasing_show_nobody_anything(center: Center) -> None:
    await lives(center, "operator-1", telephones=[TELEPHONE])
    alert = await attended(center, caller=caller(WRITTEN_OTHERWISE))
    of_the_night = await flagged(center)
    assert of_the_night == {("colleague", "KILO-7")}
    await center.clock_advance(7 * 24 * HOUR)
    await center.sign_in()
    auditor = await center.token_for("auditor-1")
    (await center.get(f"/api/alerts/{alert.id}/evidence", token=auditor)).must_be(200)
    (await center.tell(alert, "hold", token=center.coordinator, reason="court")).must_be(200)
    assert await flagged(center) == of_the_night
