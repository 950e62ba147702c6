"""Several calls of one household, one alert: who joins, what it adds, what a history raises."""

import pytest

from app.dispatch import commands as c
from app.dispatch.model import KeepOut, Level, NeedState, Origin
from tests.builders import POLICE, PROSECUTOR, START, Evening, a_call, a_unit, an_alert

PATROLS = (a_unit("P1"), a_unit("P2"), a_unit("P3"))
PHONE, DOOR = "h-phone", "h-door"


def test_a_second_call_of_the_household_joins_the_open_alert() -> None:
    evening = Evening(*PATROLS)
    evening.perform(a_call("A1", POLICE))
    receipt = evening.perform(a_call("C2", POLICE)).receipt
    assert (receipt.alert, receipt.joined, receipt.folio) == ("A1", True, "N-1")
    assert set(evening.board.alerts) == {"A1"}
    assert set(evening.alert().calls) == {"A1", "C2"}
    assert evening.kinds() == ["CallJoined"]


def test_calls_of_different_households_and_of_none_are_different_alerts() -> None:
    evening = Evening(*PATROLS)
    evening.perform(a_call("A1", POLICE))
    evening.perform(a_call("A2", POLICE, household=("another",)))
    evening.perform(a_call("A3", POLICE, household=()))
    assert set(evening.board.alerts) == {"A1", "A2", "A3"}


def test_an_address_that_a_second_call_adds_is_known_for_the_third() -> None:
    evening = Evening(*PATROLS)
    evening.perform(a_call("A1", POLICE))
    evening.perform(a_call("C2", POLICE, household=(PHONE, DOOR)))
    evening.perform(a_call("C3", POLICE, household=(DOOR,)))
    assert set(evening.alert().calls) == {"A1", "C2", "C3"}


def test_a_call_that_could_join_two_alerts_joins_the_one_raised_first_and_takes_nothing_from_the_other() -> None:
    evening = Evening(*PATROLS)
    evening.perform(a_call("A2", POLICE, household=(DOOR,)))
    evening.at += 60
    evening.perform(a_call("A1", POLICE))
    receipt = evening.perform(a_call("C3", POLICE, household=(PHONE, DOOR))).receipt
    assert receipt.alert == "A2"
    assert evening.alert("A1").household == {PHONE}
    assert evening.alert("A2").household == {DOOR}


@pytest.mark.parametrize(("second", "kept"), [(START - 300, START - 300), (START + 10, START), (None, START)])
def test_the_earliest_call_is_t0_and_the_order_counts_from_it(second: float | None, kept: float) -> None:
    evening = Evening(*PATROLS)
    evening.perform(a_call("A1", POLICE))
    evening.at += 30
    evening.perform(a_call("C2", POLICE, received_at=second))
    assert evening.alert().received_at == kept
    assert evening.alert().order_by == kept + evening.rules.order_within_s


def test_a_joining_call_may_raise_the_level_and_never_unsays_what_another_said() -> None:
    evening = Evening(*PATROLS)
    evening.perform(a_call("A1", POLICE, threat={"children_present": "yes"}))
    evening.perform(a_call("C2", POLICE, threat={"children_present": "no", "strangled": "yes", "repeat": "no"}))
    assert evening.alert().level is Level.EXTREME
    assert evening.alert().threat == {"children_present": "yes", "strangled": "yes", "repeat": "no"}


def test_a_joining_call_adds_only_what_is_not_asked_for_already() -> None:
    evening = Evening(*PATROLS, a_unit("F1", PROSECUTOR))
    evening.perform(a_call("A1", POLICE))
    evening.perform(a_call("C2", POLICE, POLICE, PROSECUTOR))
    assert [need.key for need in evening.alert().needs] == ["police", "police-2", "prosecutor"]
    assert evening.holder("prosecutor") == "F1"


def test_a_joining_call_that_says_no_more_than_where_adds_nothing_while_help_is_sought() -> None:
    evening = Evening(*PATROLS)
    evening.perform(a_call("A1", POLICE))
    evening.perform(a_call("C2"))
    assert [need.key for need in evening.alert().needs] == ["police"]


def test_a_call_after_the_patrol_has_gone_is_not_swallowed_though_the_alert_stands_open() -> None:
    evening = Evening(*PATROLS, a_unit("F1", PROSECUTOR))
    evening.perform(a_call("A1", POLICE, PROSECUTOR))
    evening.accepts("F1")
    evening.accepts("P1")
    evening.says("P1", c.ArriveOnScene)
    evening.says("P1", c.Finish)
    evening.perform(a_call("C2"))
    assert evening.need("police-2").state is NeedState.OFFERED
    assert len(evening.alert().needs) == 3


def test_a_call_for_an_alert_at_rest_asks_for_everything_anew() -> None:
    evening = Evening(*PATROLS)
    evening.perform(a_call("A1", POLICE))
    evening.ask(c.CallOffNeed, alert="A1", need="police", reason="she_left")
    evening.perform(a_call("C2"))
    assert [need.key for need in evening.alert().needs] == ["police", "police-2", "prosecutor", "shelter"]


def test_whom_a_joining_call_names_is_kept_out_at_once() -> None:
    evening = Evening(*PATROLS)
    evening.perform(a_call("A1", POLICE))
    assert evening.holder() == "P1"
    receipt = evening.perform(a_call("C2", keep_out=KeepOut(units=frozenset({"P1", "P77"})))).receipt
    assert evening.holder() == "P2"
    assert receipt.unmatched == 1


def test_after_closing_the_same_household_has_a_new_alert() -> None:
    evening = Evening(*PATROLS)
    evening.perform(a_call("A1", POLICE))
    evening.accepts("P1")
    evening.ask(c.CloseAlert, alert="A1", disposition="attended", safe="yes")
    receipt = evening.perform(a_call("A2", POLICE, history=1)).receipt
    assert (receipt.alert, receipt.joined, receipt.level) == ("A2", False, "high")
    assert evening.alert("A2").history == 1
    assert [(step.level, step.reason) for step in evening.alert("A2").steps] == [(Level.HIGH, "repeat")]


@pytest.mark.parametrize(
    ("incident", "reason"),
    [
        ("60202", "silent_call_with_history"),
        ("70104", "silent_call_with_history"),
        ("70109", "silent_call_with_history"),
        ("60205", "reported_again"),
        ("30503", "repeat"),
    ],
)
def test_a_call_without_words_of_a_household_with_a_history_is_high(incident: str, reason: str) -> None:
    evening = Evening(*PATROLS)
    evening.perform(a_call("A1", POLICE, incident=incident, history=2))
    assert [(step.level, step.reason) for step in evening.alert().steps] == [(Level.HIGH, reason)]


def test_a_history_and_worse_are_both_steps() -> None:
    evening = Evening(*PATROLS)
    evening.perform(a_call("A1", POLICE, history=1, threat={"strangled": "yes"}))
    assert [step.reason for step in evening.alert().steps] == ["repeat", "strangled"]


def test_what_a_neighbouring_center_hands_here_joins_nothing() -> None:
    evening = Evening(*PATROLS)
    evening.perform(a_call("A1", POLICE))
    origin = Origin(center="north", alert="X", need="police", folio="S-9")
    receipt = evening.perform(a_call("A2", POLICE, origin=origin)).receipt
    assert (receipt.alert, receipt.joined) == ("A2", False)
    assert evening.alert("A2").household == frozenset()


def test_the_receipt_of_a_plain_call_says_that_it_joined_nothing() -> None:
    evening = Evening(*PATROLS)
    assert evening.perform(an_alert()).receipt.joined is False


def test_a_joining_call_that_says_no_more_than_where_brings_no_patrol_to_an_alert_that_asked_for_none() -> None:
    evening = Evening(*PATROLS, a_unit("F1", PROSECUTOR))
    evening.perform(a_call("A1", PROSECUTOR))
    evening.perform(a_call("C2"))
    assert [need.key for need in evening.alert().needs] == ["prosecutor"]


def test_where_the_aggressor_has_a_place_is_known_from_whichever_call_says_it() -> None:
    evening = Evening(*PATROLS)
    evening.perform(a_call("A1", POLICE, avoid_zones=frozenset({"norte"})))
    evening.perform(a_call("C2", avoid_zones=frozenset({"sur"})))
    assert evening.alert().avoid_zones == {"norte", "sur"}


def test_who_says_it_too_raises_a_level_again_that_a_person_had_lowered() -> None:
    evening = Evening(*PATROLS)
    evening.perform(a_call("A1", POLICE, threat={"strangled": "yes"}))
    evening.ask(c.LowerLevel, alert="A1", level=Level.STANDARD, reason="misheard")
    evening.perform(a_call("C2", threat={"strangled": "yes"}))
    assert evening.alert().level is Level.EXTREME
