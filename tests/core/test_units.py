"""Duty, the list of units, and units that fall silent."""

from dataclasses import replace
from typing import Any

import pytest

from app.dispatch import commands as c
from app.dispatch.model import KeepOut, NeedState, UnitState
from app.dispatch.of_units import CAPACITY_MAX
from tests.builders import POLICE, SHELTER, START, Evening, a_unit, an_alert


def refused(evening: Evening, kind: type[c.Command], **fields: object) -> str:
    """The code of the refusal, after a look that nothing has changed."""
    before = evening.board
    with pytest.raises(c.Refusal) as refusal:
        evening.ask(kind, **fields)
    assert evening.board == before
    assert refusal.value.sentence
    return refusal.value.code


def test_a_unit_comes_on_duty_with_its_crew_and_goes_without() -> None:
    evening = Evening(a_unit("S1", SHELTER, capacity=2), on_duty=False)
    evening.ask(c.StartDuty, unit="S1", crew=("ana", "luz"))
    assert (evening.unit("S1").crew, evening.unit("S1").slots) == (("ana", "luz"), (UnitState.FREE,) * 2)
    evening.ask(c.EndDuty, unit="S1")
    assert (evening.unit("S1").crew, evening.unit("S1").slots) == ((), (UnitState.OFF_DUTY,) * 2)


def test_a_unit_that_ends_its_duty_while_it_is_asked_declines() -> None:
    evening = Evening(a_unit("P1"), a_unit("P2"))
    evening.perform(an_alert())
    evening.ask(c.EndDuty, unit="P1")
    assert evening.kinds() == ["Declined", "DutyEnded", "Offered"]
    assert getattr(evening.happened[0], "reason", None) == "off duty"
    assert evening.holder() == "P2"


def test_a_busy_unit_cannot_end_its_duty() -> None:
    evening = Evening(a_unit("P1"))
    evening.perform(an_alert())
    evening.accepts("P1")
    assert refused(evening, c.EndDuty, unit="P1") == "unit_busy"


def test_duty_that_has_begun_does_not_begin_again_nor_end_twice() -> None:
    evening = Evening(a_unit("P1"))
    assert refused(evening, c.StartDuty, unit="P1") == "on_duty"
    evening.ask(c.EndDuty, unit="P1")
    assert refused(evening, c.EndDuty, unit="P1") == "off_duty"
    assert refused(evening, c.StartDuty, unit="P9") == "unknown_unit"


def test_a_shift_has_its_crew_what_that_brings_and_an_end_to_come() -> None:
    evening = Evening(a_unit("P1", capabilities=("tzotzil",)), on_duty=False)
    evening.ask(c.StartDuty, unit="P1", crew=("ana",), crew_brings=frozenset({"officer_f"}), until=START + 60)
    unit = evening.unit("P1")
    assert (unit.until, unit.has("officer_f"), unit.has("tzotzil"), unit.has("vehicle")) == (
        START + 60,
        True,
        True,
        False,
    )
    evening.ask(c.EndDuty, unit="P1")
    assert (evening.unit("P1").until, evening.unit("P1").has("officer_f")) == (None, False)


@pytest.mark.parametrize("until", [START, START - 1])
def test_a_shift_does_not_end_before_it_begins(until: float) -> None:
    evening = Evening(a_unit("P1"), on_duty=False)
    assert refused(evening, c.StartDuty, unit="P1", until=until) == "shift_over"


def test_who_signs_in_on_the_units_phone_is_aboard_once() -> None:
    evening = Evening(a_unit("P1"), on_duty=False)
    evening.ask(c.StartDuty, unit="P1", crew=("ana",))
    for member in ("luz", "luz", "ana"):
        evening.ask(c.JoinCrew, unit="P1", member=member)
    assert evening.unit("P1").crew == ("ana", "luz")
    assert evening.happened == []


@pytest.mark.parametrize("steps", [(), (c.Accept,), (c.Accept, c.GoEnRoute), (c.Accept, c.ArriveOnScene)])
def test_when_somebody_kept_out_comes_aboard_the_unit_loses_what_it_must_not_know(
    steps: tuple[type[c.AssignmentCommand], ...],
) -> None:
    evening = Evening(a_unit("P1"), a_unit("P2"))
    evening.perform(an_alert(keep_out=KeepOut(crew=frozenset({"luz"}))))
    for step in steps:
        evening.says("P1", step)
    evening.ask(c.JoinCrew, unit="P1", member="ana")
    assert evening.unit("P1").held
    evening.ask(c.JoinCrew, unit="P1", member="luz")
    assert not evening.unit("P1").held
    assert [assignment.unit for assignment in evening.board.assignments.values()] == ["P2"]


def test_nobody_joins_the_crew_of_a_unit_off_duty() -> None:
    evening = Evening(a_unit("P1"), on_duty=False)
    assert refused(evening, c.JoinCrew, unit="P1", member="luz") == "off_duty"
    assert refused(evening, c.JoinCrew, unit="P9", member="luz") == "unknown_unit"


def test_a_shelter_in_which_somebody_lives_can_end_its_duty_one_that_awaits_her_cannot() -> None:
    evening = Evening(a_unit("S1", SHELTER, capacity=2))
    evening.perform(an_alert("A1", SHELTER))
    evening.accepts("S1")
    assert refused(evening, c.EndDuty, unit="S1") == "unit_busy"
    evening.says("S1", c.ReachSafety)
    evening.says("S1", c.Finish)
    evening.ask(c.EndDuty, unit="S1")
    assert evening.unit("S1").slots == (UnitState.OCCUPIED, UnitState.OFF_DUTY)


def test_a_lost_unit_can_end_its_duty() -> None:
    evening = Evening(a_unit("P1"))
    evening.ask(c.LoseUnit, unit="P1")
    evening.ask(c.EndDuty, unit="P1")
    assert evening.unit("P1").state is UnitState.OFF_DUTY


def test_losing_a_unit_moves_its_offer_on_and_leaves_what_it_has_accepted() -> None:
    evening = Evening(a_unit("S1", SHELTER, capacity=2), a_unit("S2", SHELTER))
    evening.perform(an_alert("A1", SHELTER))
    evening.accepts("S1")
    evening.perform(an_alert("A2", SHELTER))
    assert evening.holder("shelter", "A2") == "S1"
    evening.ask(c.LoseUnit, unit="S1")
    assert evening.kinds() == ["OfferExpired", "UnitLost", "Offered"]
    assert evening.unit("S1").slots == (UnitState.BUSY, UnitState.UNREACHABLE)
    assert (evening.holder("shelter", "A1"), evening.holder("shelter", "A2")) == ("S1", "S2")


def test_whatever_a_lost_unit_says_it_is_heard() -> None:
    evening = Evening(a_unit("S1", SHELTER, capacity=2, capabilities=("vehicle",)))
    evening.perform(an_alert("A1", SHELTER))
    evening.accepts("S1")
    evening.ask(c.LoseUnit, unit="S1")
    evening.says("S1", c.ReachSafety)
    assert evening.kinds() == ["UnitHeard", "ReachedSafety"]
    assert evening.unit("S1").slots == (UnitState.BUSY, UnitState.FREE)


def test_only_a_unit_on_duty_and_heard_can_be_lost() -> None:
    evening = Evening(a_unit("P1"))
    evening.ask(c.LoseUnit, unit="P1")
    assert refused(evening, c.LoseUnit, unit="P1") == "nothing_to_lose"
    evening.ask(c.EndDuty, unit="P1")
    assert refused(evening, c.LoseUnit, unit="P1") == "nothing_to_lose"


def test_the_clock_may_lose_a_unit_only_when_its_line_has_been_dead_for_long() -> None:
    evening = Evening(a_unit("P1"), a_unit("P2"))
    evening.ground.dead["P1"] = START
    lose = c.LoseUnit(id="tick", by=c.SERVICE, unit="P1")
    evening.at += evening.rules.lost_after_s - 0.1
    with pytest.raises(c.Refusal, match="not come") as refusal:
        evening.perform(lose)
    assert refusal.value.code == "not_due"
    evening.at += 0.1
    evening.perform(lose)
    assert evening.kinds() == ["UnitLost"]
    with pytest.raises(c.Refusal):
        evening.perform(c.LoseUnit(id="tock", by=c.SERVICE, unit="P2"))


def test_a_unit_that_only_holds_what_it_has_accepted_has_nothing_to_lose() -> None:
    evening = Evening(a_unit("P1"))
    evening.perform(an_alert())
    evening.accepts("P1")
    assert refused(evening, c.LoseUnit, unit="P1") == "nothing_to_lose"


def test_hearing_a_unit_that_was_never_lost_is_no_news() -> None:
    evening = Evening(a_unit("P1"))
    evening.ask(c.HearUnit, unit="P1")
    assert evening.happened == []


def test_the_list_brings_units_in_changes_their_facts_and_retires_those_not_on_it() -> None:
    evening = Evening(a_unit("P1"), a_unit("P2"), on_duty=False)
    evening.ask(c.ListUnits, units=(a_unit("P3"), a_unit("P1", zone="norte")))
    assert evening.kinds() == ["UnitListed", "UnitListed", "UnitRetired"]
    assert sorted(evening.board.units) == ["P1", "P3"]
    assert evening.unit("P1").zone == "norte"


def test_the_same_list_again_is_no_news() -> None:
    evening = Evening(a_unit("P1"), a_unit("S1", SHELTER, capacity=4))
    evening.ask(c.ListUnits, units=(a_unit("P1"), a_unit("S1", SHELTER, capacity=4)))
    assert evening.happened == []


def test_a_unit_on_duty_neither_changes_nor_retires_and_then_the_whole_list_is_refused() -> None:
    evening = Evening(a_unit("P1"))
    assert refused(evening, c.ListUnits, units=(a_unit("P0"), a_unit("P1", zone="norte"))) == "unit_on_duty"
    assert refused(evening, c.ListUnits, units=(a_unit("P0"),)) == "unit_on_duty"


def test_a_code_stands_once_in_the_list() -> None:
    assert refused(Evening(), c.ListUnits, units=(a_unit("P1"), a_unit("P1", SHELTER))) == "unit_twice"


def test_the_list_says_how_many_children_a_place_takes() -> None:
    evening = Evening(a_unit("S1", SHELTER), on_duty=False)
    evening.ask(c.ListUnits, units=(replace(a_unit("S1", SHELTER), children_max=2),))
    assert evening.unit("S1").children_max == 2
    assert refused(evening, c.ListUnits, units=(replace(a_unit("S1"), children_max=-1),)) == "wrong_children"


@pytest.mark.parametrize("capacity", [0, -1, CAPACITY_MAX + 1])
def test_a_unit_can_hold_at_least_one_thing_and_not_without_limit(capacity: int) -> None:
    assert refused(Evening(), c.ListUnits, units=(a_unit("S1", SHELTER, capacity=capacity),)) == "wrong_capacity"


def test_a_unit_listed_as_another_institution_is_found_as_that_one() -> None:
    evening = Evening(a_unit("X1"))
    evening.ask(c.EndDuty, unit="X1")
    evening.ask(c.ListUnits, units=(a_unit("X1", SHELTER, capacity=2),))
    evening.ask(c.StartDuty, unit="X1")
    evening.perform(an_alert("A1", POLICE, SHELTER))
    assert (evening.holder("police"), evening.holder("shelter")) == (None, "X1")


@pytest.mark.parametrize(
    "keep_out",
    [
        KeepOut(units=frozenset({"P1"})),
        KeepOut(crew=frozenset({"luz"})),
        KeepOut(agencies=frozenset({"municipal"})),
    ],
    ids=["unit", "crew", "agency"],
)
def test_who_is_kept_out_is_never_asked(keep_out: KeepOut) -> None:
    evening = Evening(a_unit("P1"), on_duty=False)
    evening.ask(c.StartDuty, unit="P1", crew=("ana", "luz"))
    evening.perform(an_alert(keep_out=keep_out))
    assert evening.need().state is NeedState.STUCK
    assert evening.goes(3600)
    assert not evening.board.assignments


def test_a_unit_is_asked_again_when_the_kept_out_person_has_left_its_crew() -> None:
    evening = Evening(a_unit("P1"), on_duty=False)
    evening.ask(c.StartDuty, unit="P1", crew=("luz",))
    evening.perform(an_alert(keep_out=KeepOut(crew=frozenset({"luz"}))))
    evening.ask(c.EndDuty, unit="P1")
    evening.ask(c.StartDuty, unit="P1", crew=("ana",))
    assert evening.holder() == "P1"


def test_all_that_the_list_says_of_a_unit_is_known_and_said_again_it_is_no_news() -> None:
    place = replace(a_unit("S1", SHELTER, capacity=CAPACITY_MAX), sealed=True, children_max=0)
    patrol = a_unit("P1", agency="estatal", zone="norte", capabilities=("english",))
    evening = Evening()
    evening.ask(c.ListUnits, units=(place, patrol))
    for facts in (place, patrol):
        unit = evening.unit(facts.code)
        assert (unit.institution, unit.agency, unit.zone) == (facts.institution, facts.agency, facts.zone)
        assert (unit.capabilities, len(unit.slots)) == (facts.capabilities, facts.capacity)
        assert (unit.sealed, unit.children_max) == (facts.sealed, facts.children_max)
    evening.ask(c.ListUnits, units=(patrol, place))
    assert evening.happened == []


@pytest.mark.parametrize(
    "change", [{"capabilities": frozenset[str]()}, {"sealed": False}, {"children_max": 2}], ids=str
)
def test_a_unit_of_which_the_list_says_something_else_is_listed_anew(change: dict[str, Any]) -> None:
    place = replace(a_unit("S1", SHELTER, capabilities=("vehicle",)), sealed=True, children_max=1)
    evening = Evening()
    evening.ask(c.ListUnits, units=(place,))
    evening.ask(c.ListUnits, units=(replace(place, **change),))
    assert evening.kinds() == ["UnitListed"]
