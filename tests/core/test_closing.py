"""How an alert ends: what closing asks, what a cancel under duress only seems to do, what of the order."""

import pytest

from app.dispatch import commands as c
from app.dispatch import events as e
from app.dispatch.model import AlertState, Level, NeedState
from tests.builders import PROSECUTOR, SHELTER, Evening, a_unit, an_alert

STATION = (a_unit("P1"), a_unit("P2"), a_unit("F1", PROSECUTOR), a_unit("S1", SHELTER, capacity=3))


def accepted(evening: Evening) -> None:
    """An alert for police and a prosecutor, both accepted."""
    evening.perform(an_alert("A1", a_unit().institution, PROSECUTOR))
    evening.accepts("P1")
    evening.accepts("F1")


def closes(evening: Evening, **said: str) -> c.Receipt:
    answers = {"disposition": "attended", "safe": "yes", "whereabouts": "relatives"} | said
    return evening.ask(c.CloseAlert, alert="A1", **answers).receipt


def refused(evening: Evening, **said: str) -> str:
    with pytest.raises(c.Refusal) as refusal:
        closes(evening, **said)
    assert evening.alert().state is AlertState.OPEN
    return refusal.value.code


# --- closing


def test_closing_asks_where_she_is_and_takes_no_address() -> None:
    evening = Evening(*STATION)
    accepted(evening)
    assert refused(evening, whereabouts="Calle 5", order="issued") == "whereabouts_unknown"
    closes(evening, order="issued")
    assert [type(event).__name__ for event in evening.happened] == ["OrderSettled", "AlertClosed"]
    assert evening.happened[-1] == e.AlertClosed(
        alert="A1", disposition="attended", safe="yes", whereabouts="relatives"
    )


def test_closing_asks_what_became_of_the_order_while_its_clock_runs() -> None:
    evening = Evening(*STATION)
    accepted(evening)
    assert refused(evening) == "order_open"
    assert refused(evening, order="lost") == "order_outcome_unknown"
    evening.ask(c.SettleOrder, alert="A1", outcome="not_wanted")
    assert refused(evening, order="issued") == "order_settled"
    closes(evening)
    assert evening.alert().order == "not_wanted"


def test_an_alert_without_a_prosecutor_has_no_order_to_ask_for() -> None:
    evening = Evening(*STATION)
    evening.perform(an_alert())
    evening.accepts("P1")
    closes(evening)
    assert evening.alert().state is AlertState.CLOSED


def test_a_prosecutor_who_was_called_off_leaves_no_order_open() -> None:
    evening = Evening(*STATION)
    accepted(evening)
    evening.ask(c.CallOffNeed, alert="A1", need="prosecutor", reason="not_wanted")
    closes(evening)


def test_that_she_is_not_safe_may_be_the_truth() -> None:
    evening = Evening(*STATION)
    accepted(evening)
    closes(evening, safe="no", order="refused")
    assert getattr(evening.happened[-1], "safe", None) == "no"


def test_only_a_person_closes_and_cancels() -> None:
    evening = Evening(*STATION)
    accepted(evening)
    for command in (
        c.CloseAlert(id="x", by=c.SERVICE, alert="A1", disposition="attended", safe="yes", order="issued"),
        c.CancelAlert(id="y", by=c.SERVICE, alert="A1", reason="silent_call"),
    ):
        with pytest.raises(c.Refusal) as refusal:
            evening.perform(command)
        assert refusal.value.code == "service_may_not"


def test_the_receipt_of_an_end_says_how_the_alert_ended() -> None:
    evening = Evening(*STATION)
    evening.perform(an_alert())
    evening.accepts("P1")
    evening.says("P1", c.GoEnRoute)
    evening.says("P1", c.ArriveOnScene)
    evening.says("P1", c.Finish)
    receipt = closes(evening)
    assert not evening.board.alerts
    assert (receipt.alert, receipt.folio, receipt.level) == ("A1", "N-1", "standard")
    assert receipt.needs == (c.NeedReceipt(need="police", state="done"),)


def test_the_last_unit_of_a_closed_alert_hears_how_it_ended() -> None:
    evening = Evening(*STATION)
    evening.perform(an_alert())
    evening.accepts("P1")
    closes(evening)
    evening.says("P1", c.GoEnRoute)
    evening.says("P1", c.ArriveOnScene)
    receipt = evening.says("P1", c.Finish).receipt
    assert (receipt.folio, receipt.needs) == ("N-1", (c.NeedReceipt(need="police", state="done"),))


def test_the_last_unit_of_several_hears_how_each_need_of_a_closed_alert_ended() -> None:
    evening = Evening(*STATION)
    accepted(evening)
    evening.says("F1", c.MakeContact)
    evening.says("F1", c.Finish)
    closes(evening, order="issued")
    receipt = evening.says("P1", c.Withdraw, reason="engine").receipt
    assert [(need.need, need.state) for need in receipt.needs] == [
        ("police", "called_off"),
        ("prosecutor", "done"),
    ]


# --- the order


def test_the_prosecutor_says_what_became_of_the_order() -> None:
    evening = Evening(*STATION)
    accepted(evening)
    evening.says("F1", c.SayOrder, outcome="issued")
    assert evening.kinds() == ["OrderSettled"]
    evening.says("F1", c.SayOrder, outcome="issued")
    assert evening.kinds() == []
    with pytest.raises(c.Refusal) as refusal:
        evening.says("F1", c.SayOrder, outcome="refused")
    assert refusal.value.code == "order_settled"


def test_nobody_but_the_prosecutor_who_serves_it_says_so() -> None:
    evening = Evening(*STATION)
    evening.perform(an_alert("A1", a_unit().institution, PROSECUTOR))
    evening.accepts("P1")
    for unit, code in (("P1", "not_prosecutor"), ("F1", "wrong_state")):
        with pytest.raises(c.Refusal) as refusal:
            evening.says(unit, c.SayOrder, outcome="issued")
        assert refusal.value.code == code
    assert evening.alert().order is None


def test_the_prosecutor_of_a_merged_alert_settles_the_order_of_the_one_that_goes_on() -> None:
    evening = Evening(*STATION)
    evening.perform(an_alert("A2", PROSECUTOR))
    evening.accepts("F1")
    evening.perform(an_alert("A1"))
    evening.ask(c.MergeAlerts, alert="A2", into="A1")
    evening.accepts("P1")
    assert refused(evening) == "order_open"
    evening.says("F1", c.SayOrder, outcome="issued")
    assert evening.alert("A1").order == "issued"


# --- cancelling


def test_a_wrong_word_cancels_nothing() -> None:
    evening = Evening(*STATION)
    evening.perform(an_alert())
    with pytest.raises(c.Refusal) as refusal:
        evening.ask(c.CancelAlert, alert="A1", reason="false_alarm", word="wrong")
    assert refusal.value.code == "code_word_wrong"
    assert evening.need().state is NeedState.OFFERED


@pytest.mark.parametrize("word", ["none", "right"])
def test_the_right_word_cancels_and_so_does_none_where_there_is_none(word: str) -> None:
    evening = Evening(*STATION)
    evening.perform(an_alert())
    evening.ask(c.CancelAlert, alert="A1", reason="false_alarm", word=word)
    assert not evening.board.alerts


def test_the_word_of_duress_raises_calls_a_human_and_the_alert_goes_on() -> None:
    evening = Evening(*STATION)
    evening.perform(an_alert())
    evening.ask(c.CancelAlert, alert="A1", reason="false_alarm", word="duress")
    assert evening.kinds()[:3] == ["DuressGiven", "LevelRaised", "AlertAlarmRaised"]
    assert evening.alert().state is AlertState.OPEN
    assert evening.alert().level is Level.EXTREME
    assert evening.alert().steps[-1].reason == "duress"
    assert evening.alert().alarm is not None
    assert evening.holder() == "P1"


@pytest.mark.parametrize("threat", [{}, {"strangled": "yes"}])
def test_under_duress_the_answer_looks_exactly_like_that_of_a_cancel(threat: dict[str, str]) -> None:
    answers = []
    for word in ("right", "duress"):
        evening = Evening(*STATION)
        evening.perform(an_alert("A1", a_unit().institution, PROSECUTOR, SHELTER, threat=threat))
        evening.accepts("F1")
        evening.ask(c.CallOffNeed, alert="A1", need="shelter", reason="not_wanted")
        receipt = evening.ask(c.CancelAlert, alert="A1", reason="false_alarm", word=word).receipt
        answers.append(
            (receipt.alert, receipt.folio, receipt.level, receipt.needs, receipt.joined, receipt.unmatched)
        )
    assert answers[0] == answers[1]
    assert {need.state for need in answers[0][3]} == {"called_off"}
    assert {need.unit for need in answers[0][3]} == {None}


def test_a_cancel_lets_go_of_everybody_and_looks_for_nobody_for_that_reason() -> None:
    evening = Evening(a_unit("P1"))
    evening.perform(an_alert("A1", a_unit().institution, PROSECUTOR))
    evening.ask(c.CancelAlert, alert="A1", reason="false_alarm")
    assert [(type(event).__name__, getattr(event, "reason", None)) for event in evening.happened] == [
        ("CalledOff", "alert_cancelled"),
        ("NeedDropped", "alert_cancelled"),
        ("AlertCancelled", "false_alarm"),
    ]


@pytest.mark.parametrize("word", ["right", "duress"])
def test_what_was_done_before_a_cancel_stays_done_in_its_answer(word: str) -> None:
    evening = Evening(*STATION)
    evening.perform(an_alert("A1", a_unit().institution, PROSECUTOR))
    evening.accepts("F1")
    evening.says("F1", c.MakeContact)
    evening.says("F1", c.Finish)
    receipt = evening.ask(c.CancelAlert, alert="A1", reason="false_alarm", word=word).receipt
    assert [(need.need, need.state) for need in receipt.needs] == [
        ("police", "called_off"),
        ("prosecutor", "done"),
    ]
