"""The insider rules by themselves: where each begins to speak, and what it leaves alone."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from app.dispatch import events as e
from app.dispatch.model import Institution, KeepOut, Level, Why
from app.security.insiders import findings
from app.security.looks import (
    NO_LOOKS,
    InsiderRules,
    InsiderRulesRefused,
    Known,
    Look,
    Reader,
    Rule,
    rules_of,
)
from app.security.parts import AlertFacts, Held, Shift, alert_facts, shifts
from app.security.sessions import Role

RULES = InsiderRules()
NOW = 1_000_000.0
HOUR, DAY = 3_600.0, 86_400.0
OPERATOR = Reader(id="p1", login="1042", role=Role.OPERATOR)
SUPERVISOR = replace(OPERATOR, role=Role.SUPERVISOR)
PATROL = Reader(id="p1", login="A-101", role=Role.UNIT, unit="KILO-7", agency="Policía Municipal")
SHELTER = Reader(id="p1", login="S-1", role=Role.SHELTER, unit="CASA-1", agency="red")
AUDITOR = replace(OPERATOR, role=Role.AUDITOR)
ON_SHIFT = {"KILO-7": (Shift(began_at=NOW - 2 * HOUR, crew=frozenset({"A-101"})),)}
HELD = (Held(unit="KILO-7", since=NOW - HOUR, until=None),)
OPEN = AlertFacts()
Flagged = dict[tuple[str, str, str | None], float]


def a_look(at: float = NOW, *, row: int = 1, what: str = "alert", alert: str | None = "a1", **more: Any) -> Look:
    return Look(row=row, at=at, by="p1", what=what, alert=alert, **more)


def said(reader: Reader, facts: AlertFacts = OPEN, *looks: Look, **known: Any) -> dict[str, Mapping[str, Any]]:
    """Rule -> what it says of the last of these looks, by this reader, at alerts of which the log says this."""
    told = looks or (a_look(),)
    alerts = {look.alert: facts for look in told if look.alert is not None}
    return _said(told, Known(readers={"p1": reader}, **{"alerts": alerts, **_of_looks(told), **known}))


def _of_looks(looks: Sequence[Look]) -> dict[str, Any]:
    earlier: dict[tuple[str, str], list[float]] = {}
    for look in looks:
        if look.shown and look.alert is not None:
            earlier.setdefault((look.by, look.alert), []).append(look.at)
    return {"recent": {"p1": looks}, "earlier": earlier}


def _said(looks: Sequence[Look], known: Known) -> dict[str, Mapping[str, Any]]:
    return {found.rule.value: found.said for found in findings(looks[-1:], known, RULES)}


# --- no part in it


def test_any_open_alert_may_be_looked_at_by_the_desk() -> None:
    assert said(OPERATOR) == {}


@pytest.mark.parametrize(
    ("reader", "over_for_s", "flagged"),
    [
        (OPERATOR, 1_800, False),
        (OPERATOR, 1_801, True),
        (SUPERVISOR, 3 * DAY, False),
        (SUPERVISOR, 3 * DAY + 1, True),
        (replace(OPERATOR, role=Role.COORDINATOR), 3 * DAY, False),
        (replace(OPERATOR, role=Role.COORDINATOR), 3 * DAY + 1, True),
        (AUDITOR, 30 * DAY, False),
    ],
)
def test_an_alert_of_others_that_is_over_may_be_looked_at_for_so_long(
    reader: Reader, over_for_s: float, flagged: bool
) -> None:
    facts = AlertFacts(over_at=NOW - over_for_s, acted={"p2": NOW - over_for_s})
    assert said(reader, facts) == ({"no_assignment": {"part": "none"}} if flagged else {})


def test_who_did_something_in_an_alert_had_a_part_in_it_and_who_does_so_later_had_none() -> None:
    over = AlertFacts(over_at=NOW - DAY)
    for acted_at in (NOW - 2 * DAY, NOW):
        assert said(OPERATOR, replace(over, acted={"p1": acted_at})) == {}
    assert said(OPERATOR, replace(over, acted={"p1": NOW + 1})) == {"no_assignment": {"part": "none"}}


def test_an_alert_that_was_merged_is_over_when_what_goes_on_for_it_is() -> None:
    merged = {"a1": AlertFacts(merged_into="a2"), "a2": AlertFacts(merged_into="a3")}
    assert said(OPERATOR, alerts={**merged, "a3": OPEN}) == {}
    over = {**merged, "a3": AlertFacts(over_at=NOW - DAY)}
    assert said(OPERATOR, alerts=over) == {"no_assignment": {"part": "none"}}
    in_a_ring = {"a1": AlertFacts(merged_into="a2"), "a2": AlertFacts(merged_into="a1")}
    assert said(OPERATOR, alerts=in_a_ring) == {}


@pytest.mark.parametrize(
    ("held", "part"),
    [
        ((), "none"),
        ((Held(unit="LIMA-2", since=NOW - HOUR, until=None),), "none"),
        ((Held(unit="KILO-7", since=NOW + 1, until=None),), "none"),
        ((Held(unit="KILO-7", since=NOW - 9 * HOUR, until=NOW - 8 * HOUR),), "other_crew"),
        ((Held(unit="KILO-7", since=NOW - HOUR, until=NOW - 60),), None),
        ((Held(unit="KILO-7", since=NOW, until=None),), None),
        (HELD, None),
    ],
)
def test_a_unit_reads_what_it_has_accepted_with_this_crew(held: tuple[Held, ...], part: str | None) -> None:
    flagged = said(PATROL, AlertFacts(held=held), shifts=ON_SHIFT)
    assert flagged == ({} if part is None else {"no_assignment": {"part": part}})


def test_who_comes_aboard_of_a_patrol_by_signing_in_when_it_has_the_alert_already_is_flagged() -> None:
    def joined(at: float) -> dict[str, Any]:
        shift = Shift(began_at=NOW - 2 * HOUR, crew=frozenset({"A-102"}), joined={"A-101": at})
        return {"shifts": {"KILO-7": (shift,), "CASA-1": (replace(shift, joined={"S-1": at}),)}}

    facts = AlertFacts(held=HELD)
    assert said(PATROL, facts, **joined(NOW - HOUR)) == {}
    assert said(PATROL, facts, **joined(NOW - HOUR + 1)) == {"no_assignment": {"part": "came_aboard_later"}}
    in_the_house = AlertFacts(held=(replace(HELD[0], unit="CASA-1"),))
    assert said(SHELTER, in_the_house, **joined(NOW - 60)) == {}


def test_who_was_not_aboard_of_a_unit_that_had_it_had_no_part_though_the_shift_was_the_same() -> None:
    without = Shift(began_at=NOW - 2 * HOUR, crew=frozenset({"A-102"}))
    flagged = said(PATROL, AlertFacts(held=HELD), shifts={"KILO-7": (without,)})
    assert flagged == {"no_assignment": {"part": "other_crew"}}


def test_the_next_crew_of_a_unit_that_has_it_still_had_its_part() -> None:
    before = Shift(began_at=NOW - 9 * HOUR, ended_at=NOW - HOUR / 2, crew=frozenset({"A-999"}))
    now = Shift(began_at=NOW - HOUR / 2, crew=frozenset({"A-101"}))
    assert said(PATROL, AlertFacts(held=HELD), shifts={"KILO-7": (before, now)}) == {}


def test_broken_glass_opens_an_open_alert_and_not_one_that_is_over() -> None:
    under_glass = a_look(under="glass")
    assert said(PATROL, OPEN, under_glass, shifts=ON_SHIFT) == {}
    over = AlertFacts(over_at=NOW - HOUR)
    assert said(PATROL, over, under_glass, shifts=ON_SHIFT) == {"no_assignment": {"part": "none"}}


@pytest.mark.parametrize("what", sorted(NO_LOOKS))
def test_where_no_details_were_shown_nobody_needed_a_part(what: str) -> None:
    assert said(OPERATOR, AlertFacts(over_at=NOW - DAY), a_look(what=what)) == {}


# --- colleagues, and who is kept out


def test_a_household_of_staff_is_flagged_whoever_reads_and_whatever_their_part() -> None:
    facts = AlertFacts(acted={"p1": NOW - 60}, held=HELD)
    assert said(OPERATOR, facts, staff={"a1": frozenset({"p1", "p2"})}) == {"colleague": {"whose": "own"}}
    for reader in (OPERATOR, PATROL, AUDITOR):
        flagged = said(reader, facts, staff={"a1": frozenset({"p2"})}, shifts=ON_SHIFT)
        assert flagged == {"colleague": {"whose": "colleague"}}
    assert said(OPERATOR, facts, a_look(what="refused"), staff={"a1": frozenset({"p2"})}) == {}


@pytest.mark.parametrize(
    ("keep_out", "by"),
    [
        (KeepOut(crew=frozenset({"A-101"})), "crew"),
        (KeepOut(units=frozenset({"KILO-7"})), "unit"),
        (KeepOut(agencies=frozenset({"policia municipal"})), "agency"),
        (KeepOut(units=frozenset({"LIMA-2"}), crew=frozenset({"A-102"}), agencies=frozenset({"ssc"})), None),
    ],
)
def test_who_is_kept_out_and_reads_or_tries_is_flagged_by_that_alone(keep_out: KeepOut, by: str | None) -> None:
    facts = AlertFacts(keep_out=((NOW - 60, keep_out),), held=HELD)
    for what, shown in (("assignment card", "yes"), ("refused", "no")):
        flagged = said(PATROL, facts, a_look(what=what), shifts=ON_SHIFT)
        assert flagged == ({} if by is None else {"kept_out": {"by": by, "shown": shown}})


def test_a_card_that_was_under_way_when_somebody_was_kept_out_is_no_try() -> None:
    named = KeepOut(units=frozenset({"KILO-7"}))
    late = AlertFacts(keep_out=((NOW - 4, named),), held=HELD)
    assert said(PATROL, late, shifts=ON_SHIFT) == {}
    assert "kept_out" in said(PATROL, replace(late, keep_out=((NOW - 5, named),)), shifts=ON_SHIFT)


# --- after closing, off shift


def test_coming_back_to_an_alert_that_is_over_is_flagged_from_the_fourth_time_within_a_day() -> None:
    over = AlertFacts(over_at=NOW - 2 * DAY, acted={"p1": NOW - 3 * DAY})
    times = [a_look(NOW - hours * HOUR, row=10 - hours) for hours in (3, 2, 1, 0)]
    assert said(OPERATOR, over, *times[1:]) == {}
    assert said(OPERATOR, over, *times) == {"after_closing": {"looks": 4}}
    assert said(OPERATOR, over, a_look(NOW - DAY), *times[1:]) == {}
    just_closed = replace(over, over_at=NOW - HOUR)
    assert said(OPERATOR, just_closed, *times) == {}, "what was read before, and in the half hour after, is work"


def test_what_a_unit_works_on_still_is_not_over_for_it() -> None:
    over = AlertFacts(over_at=NOW - DAY, held=HELD)
    times = [a_look(NOW - 10 * minute, row=9 - minute) for minute in (4, 3, 2, 1, 0)]
    assert said(PATROL, over, *times, shifts=ON_SHIFT) == {}
    left = replace(over, held=(replace(HELD[0], until=NOW - HOUR / 2),))
    assert said(PATROL, left, *times, shifts=ON_SHIFT) == {"after_closing": {"looks": 5}}


def test_a_unit_off_duty_or_long_after_its_planned_end_is_flagged() -> None:
    facts = AlertFacts(held=HELD)
    shift = ON_SHIFT["KILO-7"][0]
    ended = replace(shift, ended_at=NOW - 60)
    assert said(PATROL, facts, shifts={"KILO-7": (ended,)}) == {"off_shift": {"shift": "off_duty"}}
    for until, flagged in ((NOW - 4 * HOUR, {}), (NOW - 4 * HOUR - 1, {"off_shift": {"shift": "over"}})):
        assert said(PATROL, facts, shifts={"KILO-7": (replace(shift, until=until),)}) == flagged


@pytest.mark.parametrize(
    ("sessions", "hours"),
    [
        ((), None),
        (((NOW - 14 * HOUR, None),), None),
        (((NOW - 14 * HOUR - 1, None),), 14),
        (((NOW - 20 * HOUR, None), (NOW - HOUR, None)), None),
        (((NOW - 20 * HOUR, None), (NOW - HOUR, NOW - 60)), 20),
        (((NOW - 20 * HOUR, None), (NOW + 60, None)), 20),
    ],
)
def test_nobody_sits_at_the_desk_for_longer_than_a_double_shift(
    sessions: tuple[tuple[float, float | None], ...], hours: int | None
) -> None:
    flagged = said(replace(OPERATOR, sessions=sessions))
    assert flagged == ({} if hours is None else {"off_shift": {"session_h": hours}})
    assert said(replace(AUDITOR, sessions=sessions)) == {}


# --- how much


@pytest.mark.parametrize(
    ("reader", "most"), [(OPERATOR, 15), (SUPERVISOR, 25), (replace(OPERATOR, role=Role.COORDINATOR), 25)]
)
def test_more_alerts_in_ten_minutes_than_anybody_works_on_are_flagged(reader: Reader, most: int) -> None:
    looks = [a_look(NOW - most + row, row=row, alert=f"a{row}") for row in range(most + 1)]
    assert said(reader, OPEN, *looks[:-1]) == {}
    assert said(reader, OPEN, *looks) == {"bulk": {"alerts": most + 1}}
    assert said(reader, OPEN, *looks[:-1], a_look(row=99, alert="a0")) == {}, "the same alert is no other one"
    assert said(reader, OPEN, a_look(NOW - 600, row=0, alert="a0"), *looks[1:]) == {}


def test_of_a_unit_only_what_it_does_not_hold_counts() -> None:
    looks = [a_look(row=row, alert=f"a{row}", under="glass") for row in range(5)]
    assert said(PATROL, AlertFacts(held=HELD), *looks, shifts=ON_SHIFT) == {}
    assert said(PATROL, OPEN, *looks[:3], shifts=ON_SHIFT) == {}
    assert said(PATROL, OPEN, *looks, shifts=ON_SHIFT) == {"bulk": {"alerts": 5}}


def test_the_list_of_all_again_and_again_is_flagged_and_what_is_pushed_is_not() -> None:
    lists = [a_look(row=row, alert=None, what="open alerts") for row in range(31)]
    assert said(OPERATOR, OPEN, *lists[:-1]) == {}
    assert said(OPERATOR, OPEN, *lists) == {"bulk": {"lists": 31}}
    assert said(OPERATOR, OPEN, *(replace(look, what="console") for look in lists)) == {}


def test_refusals_count_as_often_as_they_were_and_from_the_sixth() -> None:
    refused = [a_look(row=row, what="refused") for row in range(6)]
    for reader in (OPERATOR, PATROL, AUDITOR, replace(OPERATOR, role=Role.ADMIN)):
        assert said(reader, OPEN, *refused[:-1]) == {}
        assert said(reader, OPEN, *refused) == {"refused_often": {"refusals": 6}}
    assert said(OPERATOR, OPEN, a_look(what="refused", count=6)) == {"refused_often": {"refusals": 6}}


# --- all together


def test_the_same_is_flagged_again_after_a_day_and_not_before() -> None:
    known = Known(readers={"p1": OPERATOR}, alerts={"a1": OPEN}, staff={"a1": frozenset({"p2"})})
    looks = [a_look(NOW + hours * HOUR, row=hours) for hours in range(50)]
    assert [found.look.row for found in findings(looks, known, RULES)] == [0, 24, 48]
    before: Flagged = {(Rule.COLLEAGUE, "p1", "a1"): NOW}
    assert findings(looks[:24], replace(known, flagged=before), RULES) == []
    of_another: Flagged = {(Rule.COLLEAGUE, "p1", "a2"): NOW, (Rule.COLLEAGUE, "p2", "a1"): NOW}
    assert len(findings(looks[:1], replace(known, flagged=of_another), RULES)) == 1


def test_who_is_no_person_is_a_part_of_the_service_and_is_not_flagged() -> None:
    assert findings([a_look()], Known(readers={}, alerts={}, staff={"a1": frozenset({"p2"})}), RULES) == []


def test_a_center_changes_numbers_and_what_is_none_is_refused() -> None:
    changed = rules_of({"bulk_window_s": 60, "bulk_alerts_max": {"operator": 4}})
    assert (changed.bulk_window_s, changed.bulk_alerts_max["operator"]) == (60, 4)
    assert changed.bulk_alerts_max["supervisor"] == RULES.bulk_alerts_max["supervisor"]
    assert rules_of({}) == RULES
    assert rules_of({"lists_max": 0}).lists_max == 0
    for wrong, word in (
        ({"bulk": 3}, "bulk"),
        ({"bulk_alerts_max": {"janitor": 3}}, "janitor"),
        ({"bulk_alerts_max": 3}, "bulk_alerts_max"),
        ({"bulk_alerts_max": {"operator": -1}}, "operator"),
        ({"overtime_s": -1}, "overtime_s"),
        ({"overtime_s": "long"}, "overtime_s"),
    ):
        with pytest.raises(InsiderRulesRefused, match=word):
            rules_of(wrong)


# --- what the log says


def an_entry(seq: int, event: e.Event, by: str = "p1") -> e.Entry:
    return e.Entry(seq=seq, at=float(seq), by=by, command=f"c{seq}", event=event)


def test_the_log_says_who_acted_who_held_who_is_kept_out_and_when_it_was_over() -> None:
    of: dict[str, Any] = {"alert": "a1", "need": "police", "unit": "KILO-7"}
    first, second = {**of, "assignment": "x1"}, {**of, "assignment": "x2", "unit": "LIMA-2"}
    named = KeepOut(units=frozenset({"MIKE-9"}))
    told: list[e.Event] = [
        e.AlertRaised(
            alert="a1", folio="N-1", zone="z", zone_how="inside", level=Level.HIGH, incident="1", received_at=0.0
        ),
        e.NeedAdded(alert="a1", need="police", institution=Institution.POLICE),
        e.Offered(**first, slot=0, why=Why(rule="nearest"), seen_by=9.0, answer_by=9.0),
        e.Accepted(**first),
        e.Withdrawn(**first, reason="crash"),
        e.KeptOut(alert="a1", keep_out=named),
        e.Accepted(**second),
        e.AlertClosed(alert="a1", disposition="attended", safe="yes"),
        e.UnitHeard(unit="KILO-7"),
        e.AlertMerged(alert="a2", into="a1"),
    ]
    facts = alert_facts(an_entry(seq, event, by=f"p{seq % 3}") for seq, event in enumerate(told, 1))
    assert facts["a1"].held == (
        Held(unit="KILO-7", since=4.0, until=5.0),
        Held(unit="LIMA-2", since=7.0, until=None),
    )
    assert facts["a1"].over_at == 8.0
    assert facts["a1"].acted == {"p1": 1.0, "p2": 2.0, "p0": 3.0}
    assert (facts["a1"].kept_out_at(5.9), facts["a1"].kept_out_at(6.0)) == (KeepOut(), named)
    assert facts["a2"].merged_into == "a1"
    assert facts.keys() == {"a1", "a2"}


def test_the_log_says_who_was_on_which_shift() -> None:
    told = [
        e.CrewJoined(unit="KILO-7", member="lost"),
        e.DutyStarted(unit="KILO-7", crew=("A-101",), until=9.0),
        e.CrewJoined(unit="KILO-7", member="A-102"),
        e.DutyEnded(unit="KILO-7"),
        e.DutyStarted(unit="KILO-7", crew=("A-103",)),
    ]
    assert shifts(an_entry(seq, event) for seq, event in enumerate(told, 1)) == (
        Shift(began_at=2.0, ended_at=4.0, until=9.0, crew=frozenset({"A-101"}), joined={"A-102": 3.0}),
        Shift(began_at=5.0, crew=frozenset({"A-103"})),
    )


def test_the_moment_in_which_something_begins_or_ends_belongs_to_it() -> None:
    held, shift = Held(unit="KILO-7", since=1.0, until=2.0), Shift(began_at=1.0, ended_at=2.0)
    for moment, inside in ((0.9, False), (1.0, True), (2.0, True), (2.1, False)):
        assert (held.at(moment), shift.at(moment)) == (inside, inside)
    for since, until, meets in ((0.0, 0.9, False), (0.0, 1.0, True), (2.0, None, True), (2.1, None, False)):
        assert shift.meets(Held(unit="KILO-7", since=since, until=until)) is meets
