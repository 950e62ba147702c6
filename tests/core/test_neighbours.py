"""Neighbouring centers: asked when nobody here accepts, heard, believed, and let go."""

from dataclasses import replace

import pytest

from app.dispatch import commands as c
from app.dispatch import events as e
from app.dispatch.deadlines import due
from app.dispatch.model import Alert, KeepOut, NeedState, Origin
from app.dispatch.rules import Rules
from tests.builders import POLICE, PROSECUTOR, START, Evening, a_unit, an_alert

RULES = Rules(neighbours={"centro": "next-door", "*": "far-away"})
AFTER_S = RULES.neighbour_after_s
ORIGIN = Origin(center="next-door", alert="B1", need="police", folio="V-1")


def nobody_here(zone: str = "centro", rules: Rules = RULES) -> Evening:
    evening = Evening(rules=rules)
    evening.perform(an_alert(zone=zone))
    return evening


def asked() -> Evening:
    """Nobody is there, and the neighbouring center has been asked."""
    evening = nobody_here()
    evening.goes(AFTER_S)
    return evening


def elsewhere(*units: c.UnitFacts) -> Evening:
    """A unit of the neighbouring center has accepted."""
    evening = Evening(*units, rules=RULES, on_duty=False)
    evening.perform(an_alert())
    evening.goes(AFTER_S)
    hear(evening, "accepted")
    assert evening.need().state is NeedState.ELSEWHERE
    return evening


def hear(evening: Evening, state: str, other: str = "B1") -> None:
    evening.perform(
        c.HearNeighbour(
            id=f"hear-{state}-{evening.board.seq}-{evening.at}",
            by=c.SERVICE,
            alert="A1",
            need="police",
            other=other,
            folio="V-1",
            state=state,
        )
    )


def kinds_of(events: list[e.Event]) -> list[str]:
    return [type(event).__name__ for event in events]


def refused(evening: Evening, kind: type[c.Command], **fields: object) -> str:
    with pytest.raises(c.Refusal) as refusal:
        evening.ask(kind, **fields)
    return refusal.value.code


# --- asking


def test_when_the_alarm_has_stood_long_enough_the_neighbouring_center_is_asked_once() -> None:
    evening = nobody_here()
    assert "NeighbourAsked" not in kinds_of(evening.goes(AFTER_S - 1))
    assert kinds_of(evening.goes(1)) == ["NeighbourAsked"]
    neighbour = evening.need().neighbour
    assert neighbour is not None
    assert (neighbour.center, neighbour.asked_at, neighbour.state) == ("next-door", START + AFTER_S, None)
    assert "NeighbourAsked" not in kinds_of(evening.goes(10 * AFTER_S))


def test_the_alarm_goes_on_sounding_while_the_neighbour_does_not_answer() -> None:
    evening = asked()
    evening.goes(3600)
    assert evening.kinds().count("AlarmRaised") == 3600 // evening.rules.alarm_again_s


def test_it_is_asked_though_somebody_here_is_being_asked_if_nobody_accepts() -> None:
    evening = Evening(*(a_unit(f"P{n}") for n in range(1, 40)), rules=RULES)
    evening.perform(an_alert())
    evening.goes(evening.rules.accept_alarm_s[evening.alert().level] + AFTER_S)
    assert evening.need().state is NeedState.OFFERED
    assert evening.need().neighbour is not None


def test_every_zone_has_its_neighbour_and_the_others_one_together() -> None:
    evening = nobody_here(zone="norte")
    evening.goes(AFTER_S)
    neighbour = evening.need().neighbour
    assert neighbour is not None
    assert neighbour.center == "far-away"


def test_a_center_without_neighbours_asks_nobody_and_the_alarm_sounds_on() -> None:
    evening = nobody_here(rules=Rules())
    assert set(kinds_of(evening.goes(3600))) == {"AlarmRaised", "NeedStuck"}
    assert refused(evening, c.AskNeighbour, alert="A1", need="police") == "no_neighbour"


def test_where_everybody_who_is_there_is_kept_out_the_neighbour_is_asked_at_once() -> None:
    evening = Evening(a_unit("P1"), rules=RULES)
    evening.perform(an_alert(keep_out=KeepOut(units=frozenset({"P1"}))))
    assert kinds_of(evening.goes(0)) == ["NeighbourAsked"]


def test_a_person_may_ask_at_any_time_but_not_twice() -> None:
    evening = Evening(a_unit("P1"), rules=RULES)
    evening.perform(an_alert())
    evening.ask(c.AskNeighbour, alert="A1", need="police")
    assert evening.kinds() == ["NeighbourAsked"]
    assert evening.need().state is NeedState.OFFERED
    assert refused(evening, c.AskNeighbour, alert="A1", need="police") == "neighbour_asked"


def test_nobody_is_asked_for_a_need_that_somebody_has_accepted() -> None:
    evening = Evening(a_unit("P1"), rules=RULES)
    evening.perform(an_alert())
    evening.accepts("P1")
    assert refused(evening, c.AskNeighbour, alert="A1", need="police") == "need_accepted"


def test_the_service_asks_only_when_it_is_due() -> None:
    evening = nobody_here()
    with pytest.raises(c.Refusal) as refusal:
        evening.perform(c.AskNeighbour(id="early", by=c.SERVICE, alert="A1", need="police"))
    assert refusal.value.code == "not_due"


def test_a_neighbour_that_says_no_is_asked_again_after_a_while_and_not_at_once() -> None:
    evening = asked()
    evening.at += 10
    hear(evening, "called_off")
    assert "NeighbourAsked" not in kinds_of(evening.goes(AFTER_S - 1))
    assert "NeighbourAsked" in kinds_of(evening.goes(1))
    neighbour = evening.need().neighbour
    assert neighbour is not None
    assert neighbour.state is None
    hear(evening, "offered", other="B2")
    neighbour = evening.need().neighbour
    assert neighbour is not None
    assert neighbour.alert == "B2"


# --- hearing


@pytest.mark.parametrize("state", ["searching", "offered", "offered_twice", "stuck"])
def test_what_the_neighbour_says_is_kept_while_it_has_nobody_either(state: str) -> None:
    evening = asked()
    hear(evening, state)
    assert evening.kinds() == ["NeighbourHeard"]
    neighbour = evening.need().neighbour
    assert neighbour is not None
    assert (neighbour.alert, neighbour.folio, neighbour.state) == ("B1", "V-1", state)
    hear(evening, state)
    assert evening.kinds() == []


@pytest.mark.parametrize("state", ["accepted", "en_route", "on_scene", "elsewhere"])
def test_when_a_unit_of_theirs_comes_nobody_is_looked_for_here(state: str) -> None:
    evening = asked()
    hear(evening, state)
    assert evening.kinds() == ["NeighbourHeard", "TakenElsewhere"]
    need = evening.need()
    assert (need.state, need.alarm, need.retry_at) == (NeedState.ELSEWHERE, None, None)


def test_what_is_done_before_it_was_heard_to_be_accepted_is_done() -> None:
    evening = asked()
    hear(evening, "done")
    assert evening.kinds() == ["NeighbourHeard", "TakenElsewhere", "DoneElsewhere"]


def test_when_theirs_is_done_so_is_ours() -> None:
    evening = elsewhere()
    hear(evening, "done")
    assert evening.kinds() == ["NeighbourHeard", "DoneElsewhere"]
    assert evening.need().state is NeedState.DONE


@pytest.mark.parametrize("state", ["searching", "stuck", "offered", "called_off", "unknown", "cancelled"])
def test_when_theirs_does_not_come_after_all_the_search_here_goes_on_in_the_same_command(state: str) -> None:
    evening = elsewhere(a_unit("P1"))
    evening.ask(c.StartDuty, unit="P1")
    hear(evening, state)
    assert evening.kinds() == ["NeighbourHeard", "GivenBack", "Offered"]


def test_given_back_to_nobody_a_human_is_called_anew() -> None:
    evening = elsewhere()
    hear(evening, "called_off")
    assert evening.kinds() == ["NeighbourHeard", "GivenBack", "NeedStuck", "AlarmRaised"]


def closed_elsewhere() -> Evening:
    """A closed alert whose prosecutor is ours, and whose patrol is one of the neighbouring center."""
    evening = Evening(a_unit("P1"), a_unit("F1", PROSECUTOR), rules=RULES)
    evening.ask(c.LoseUnit, unit="P1")
    evening.perform(an_alert("A1", POLICE, PROSECUTOR))
    evening.accepts("F1")
    evening.ask(c.AskNeighbour, alert="A1", need="police")
    hear(evening, "accepted")
    evening.ask(c.CloseAlert, alert="A1", disposition="attended", safe="yes", order="not_wanted")
    return evening


def test_what_a_neighbour_has_of_a_closed_alert_is_dropped_when_a_person_recalls_it() -> None:
    evening = closed_elsewhere()
    evening.ask(c.Recall, alert="A1", need="police", reason="not_needed")
    assert evening.happened == [e.NeedDropped(alert="A1", need="police", reason="not_needed")]


def test_given_back_to_an_alert_that_is_closed_nobody_is_looked_for_any_more() -> None:
    evening = closed_elsewhere()
    evening.ask(c.HearUnit, unit="P1")
    hear(evening, "called_off")
    assert evening.kinds() == ["NeighbourHeard", "NeedDropped"]
    assert getattr(evening.happened[-1], "reason", None) == "neighbour_gave_back"
    assert evening.unit("P1").free_slot == 0


def test_theirs_that_comes_while_one_of_ours_is_asked_changes_nothing_until_ours_says_no() -> None:
    evening = Evening(a_unit("P1"), rules=RULES)
    evening.perform(an_alert())
    evening.ask(c.AskNeighbour, alert="A1", need="police")
    hear(evening, "accepted")
    assert evening.kinds() == ["NeighbourHeard"]
    evening.says("P1", c.Decline, reason="far")
    assert evening.need().state is NeedState.STUCK
    hear(evening, "accepted")
    assert evening.kinds() == ["TakenElsewhere"]


def test_when_ours_accepts_meanwhile_nothing_is_taken_back_here() -> None:
    evening = Evening(a_unit("P1"), rules=RULES)
    evening.perform(an_alert())
    evening.ask(c.AskNeighbour, alert="A1", need="police")
    evening.accepts("P1")
    hear(evening, "accepted")
    assert evening.kinds() == ["NeighbourHeard"]
    assert evening.need().state is NeedState.ACCEPTED


def test_that_nothing_is_new_is_written_down_only_now_and_then() -> None:
    evening = elsewhere()
    said = []
    for _ in range(60):
        evening.goes(6)
        hear(evening, "accepted")
        said += evening.kinds()
    assert said == ["NeighbourHeard"] * int(360 // (RULES.neighbour_silent_s / 3))
    assert evening.need().alarm is None


def test_a_new_folio_over_there_is_written_down_at_once() -> None:
    evening = elsewhere()
    evening.ask(c.HearNeighbour, alert="A1", need="police", other="B1", folio="V-2", state="accepted")
    assert evening.kinds() == ["NeighbourHeard"]
    neighbour = evening.need().neighbour
    assert neighbour is not None
    assert neighbour.folio == "V-2"


def test_a_neighbour_that_has_it_and_is_not_heard_calls_a_human_until_it_is() -> None:
    evening = elsewhere()
    evening.goes(RULES.neighbour_silent_s)
    alarm = evening.need().alarm
    assert alarm is not None
    assert alarm.cause == "neighbour_silent"
    hear(evening, "accepted")
    assert evening.need().alarm is None


def test_words_that_are_not_ours_do_not_get_into_the_log() -> None:
    evening = asked()
    hear(evening, "Maria Perez, Calle 5")
    neighbour = evening.need().neighbour
    assert neighbour is not None
    assert neighbour.state == "unknown"


def test_who_was_not_asked_and_who_speaks_of_another_alert_is_refused() -> None:
    evening = nobody_here()
    said = {"alert": "A1", "need": "police", "folio": "V-1", "state": "accepted"}
    assert refused(evening, c.HearNeighbour, other="B1", **said) == "not_asked"
    evening.goes(AFTER_S)
    hear(evening, "offered")
    assert refused(evening, c.HearNeighbour, other="B9", **said) == "not_asked"


def test_a_need_a_neighbour_has_is_called_off_and_nobody_here_is_named_for_it() -> None:
    evening = elsewhere(a_unit("P1"))
    evening.ask(c.StartDuty, unit="P1")
    assert refused(evening, c.AssignByHand, alert="A1", need="police", unit="P1") == "need_elsewhere"
    assert refused(evening, c.Recall, alert="A1", need="police", reason="no") == "nothing_to_recall"
    evening.ask(c.CallOffNeed, alert="A1", need="police", reason="not_needed")
    assert evening.kinds() == ["NeedDropped"]


# --- handed here by a neighbour


def handed_here(*units: c.UnitFacts) -> Evening:
    evening = Evening(*units, rules=RULES)
    evening.perform(replace(an_alert("A1", POLICE, PROSECUTOR), origin=ORIGIN))
    return evening


def origin_of(alert: Alert) -> str:
    assert alert.origin is not None
    return alert.origin.state


def test_what_was_handed_here_is_not_handed_on_by_itself_nor_back() -> None:
    evening = handed_here()
    kinds = kinds_of(evening.goes(3600))
    assert "NeighbourAsked" not in kinds
    assert "AlarmRaised" in kinds
    assert refused(evening, c.AskNeighbour, alert="A1", need="police") == "no_neighbour"


def test_how_it_stands_at_its_origin_is_kept_when_it_changes() -> None:
    evening = handed_here(a_unit("P1"))
    evening.ask(c.HearOrigin, alert="A1", state="stuck")
    assert evening.kinds() == []
    evening.ask(c.HearOrigin, alert="A1", state="elsewhere")
    assert evening.kinds() == ["OriginHeard"]
    assert origin_of(evening.alert()) == "elsewhere"


@pytest.mark.parametrize("state", ["accepted", "en_route", "on_scene", "done", "called_off", "cancelled"])
def test_when_its_origin_needs_nobody_any_more_nobody_who_has_not_accepted_is_kept(state: str) -> None:
    evening = handed_here(a_unit("P1"))
    evening.ask(c.HearOrigin, alert="A1", state=state)
    assert evening.kinds() == ["OriginHeard", "CalledOff", "NeedDropped"]
    assert {getattr(event, "reason", None) for event in evening.happened[1:]} == {"taken_by_origin"}
    assert evening.unit("P1").free_slot == 0


def test_who_has_accepted_for_a_neighbour_goes_on_until_a_person_says_otherwise() -> None:
    evening = handed_here(a_unit("P1"))
    evening.accepts("P1")
    evening.ask(c.HearOrigin, alert="A1", state="accepted")
    assert evening.need().state is NeedState.ACCEPTED
    assert evening.need("prosecutor").state is NeedState.CALLED_OFF


def test_an_alert_of_our_own_has_no_origin_to_hear() -> None:
    evening = nobody_here()
    assert refused(evening, c.HearOrigin, alert="A1", state="done") == "not_handed_here"


def test_whose_time_has_come_is_asked_under_one_id_by_every_ticker() -> None:
    evening = nobody_here()
    at = START + AFTER_S
    asks = [each for each in due(evening.board, at, RULES, evening.ground) if isinstance(each, c.AskNeighbour)]
    later = due(evening.board, at + 60, RULES, evening.ground)
    assert len(asks) == 1
    assert asks[0] in later


def test_a_neighbour_that_is_there_for_one_zone_only_is_asked_for_that_one() -> None:
    evening = nobody_here(rules=Rules(neighbours={"centro": "next-door"}))
    assert "NeighbourAsked" in kinds_of(evening.goes(AFTER_S))
    evening = nobody_here(zone="norte", rules=Rules(neighbours={"centro": "next-door"}))
    assert "NeighbourAsked" not in kinds_of(evening.goes(AFTER_S))
