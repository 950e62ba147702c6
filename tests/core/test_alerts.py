"""What can be asked of an alert: raising, telling more, cancelling, closing."""

import pytest

from app.dispatch import commands as c
from app.dispatch import events as e
from app.dispatch.model import AlertState, Institution, Level, NeedState
from app.dispatch.of_needs import NEEDS_MAX
from tests.builders import PROSECUTOR, SHELTER, START, Evening, a_unit, an_alert, wanted

STATION = (a_unit("P1"), a_unit("F1", PROSECUTOR), a_unit("S1", SHELTER, capacity=3))


def test_raising_with_only_a_zone_offers_all_three_needs_at_once() -> None:
    evening = Evening(*STATION)
    decision = evening.perform(c.RaiseAlert(id="A1", by="operator", zone="centro"))
    assert [(need.key, need.state) for need in evening.alert().needs] == [
        ("police", NeedState.OFFERED),
        ("prosecutor", NeedState.OFFERED),
        ("shelter", NeedState.OFFERED),
    ]
    assert decision.receipt == c.Receipt(
        command="A1",
        seq=evening.board.seq,
        at=START,
        alert="A1",
        folio="N-1",
        level="standard",
        needs=(
            c.NeedReceipt(need="police", state="offered", unit="P1"),
            c.NeedReceipt(need="prosecutor", state="offered", unit="F1"),
            c.NeedReceipt(need="shelter", state="offered", unit="S1"),
        ),
    )


def test_two_patrols_are_two_needs_with_names_of_their_own() -> None:
    evening = Evening(a_unit("P1"), a_unit("P2"))
    evening.perform(an_alert("A1", Institution.POLICE, Institution.POLICE))
    assert [(need.key, evening.holder(need.key)) for need in evening.alert().needs] == [
        ("police", "P1"),
        ("police-2", "P2"),
    ]


def test_a_need_can_be_added_later_and_is_offered_at_once() -> None:
    evening = Evening(*STATION)
    evening.perform(an_alert())
    evening.ask(c.AddNeed, alert="A1", wanted=wanted(SHELTER)[0])
    assert evening.holder("shelter") == "S1"


def test_an_alert_has_a_limited_number_of_needs() -> None:
    evening = Evening(*STATION)
    with pytest.raises(c.Refusal, match="needs"):
        evening.perform(an_alert("A1", *[Institution.POLICE] * (NEEDS_MAX + 1)))
    evening.perform(an_alert("A1", *[Institution.POLICE] * NEEDS_MAX))
    with pytest.raises(c.Refusal) as refusal:
        evening.ask(c.AddNeed, alert="A1", wanted=wanted(SHELTER)[0])
    assert refusal.value.code == "too_many_needs"


def test_folios_count_up_and_are_never_used_again() -> None:
    evening = Evening(*STATION)
    evening.perform(an_alert("A1"))
    evening.ask(c.CancelAlert, alert="A1", reason="by mistake")
    evening.perform(an_alert("A2"))
    evening.perform(an_alert("A3"))
    assert (evening.alert("A2").folio, evening.alert("A3").folio) == ("N-2", "N-3")


def test_an_open_alert_cannot_be_raised_again_under_its_id() -> None:
    evening = Evening(*STATION)
    evening.perform(an_alert())
    with pytest.raises(c.Refusal) as refusal:
        evening.perform(an_alert())
    assert refusal.value.code == "alert_exists"


@pytest.mark.parametrize(("said", "kept"), [(START - 90, START - 90), (START + 90, START), (None, START)])
def test_a_call_is_never_received_in_the_future(said: float | None, kept: float) -> None:
    evening = Evening(*STATION)
    evening.perform(c.RaiseAlert(id="A1", by="operator", zone="centro", received_at=said))
    assert evening.alert().received_at == kept


def test_cancelling_calls_off_every_unit_and_leaves_the_board() -> None:
    evening = Evening(*STATION)
    evening.perform(c.RaiseAlert(id="A1", by="operator", zone="centro"))
    evening.accepts("P1")
    evening.says("P1", c.GoEnRoute)
    evening.says("P1", c.ArriveOnScene)
    evening.ask(c.CancelAlert, alert="A1", reason="false alarm")
    assert evening.kinds() == ["CalledOff", "CalledOff", "CalledOff", "AlertCancelled"]
    assert not evening.board.alerts
    assert not evening.board.assignments
    assert all(unit.free_slot == 0 for unit in evening.board.units.values())


def test_a_need_nobody_holds_is_called_off_with_its_alarm() -> None:
    evening = Evening()
    evening.perform(an_alert())
    evening.ask(c.CallOffNeed, alert="A1", need="police", reason="she left")
    need = evening.need()
    assert (need.state, need.alarm, need.retry_at) == (NeedState.CALLED_OFF, None, None)


def test_a_need_somebody_holds_is_called_off_and_the_unit_is_free() -> None:
    evening = Evening(*STATION)
    evening.perform(an_alert())
    evening.accepts("P1")
    evening.ask(c.CallOffNeed, alert="A1", need="police", reason="she left")
    assert evening.need().state is NeedState.CALLED_OFF
    assert evening.unit("P1").free_slot == 0
    with pytest.raises(c.Refusal) as refusal:
        evening.ask(c.CallOffNeed, alert="A1", need="police", reason="again")
    assert refusal.value.code == "unknown_need"


def test_closing_refuses_while_a_need_is_unaccepted() -> None:
    evening = Evening(*STATION)
    evening.perform(an_alert())
    with pytest.raises(c.Refusal, match="police") as refusal:
        evening.ask(c.CloseAlert, alert="A1", disposition="attended", safe="yes")
    assert refusal.value.code == "need_unaccepted"
    assert evening.alert().state is AlertState.OPEN


def test_closing_asks_whether_she_is_safe() -> None:
    evening = Evening(*STATION)
    evening.perform(an_alert())
    evening.accepts("P1")
    with pytest.raises(c.Refusal, match="safe") as refusal:
        evening.ask(c.CloseAlert, alert="A1", disposition="attended", safe="")
    assert refusal.value.code == "safe_unanswered"


def test_a_closed_alert_stays_on_the_board_until_the_last_unit_is_done() -> None:
    evening = Evening(*STATION)
    evening.perform(an_alert())
    evening.accepts("P1")
    evening.ask(c.CloseAlert, alert="A1", disposition="attended", safe="unknown")
    assert evening.alert().state is AlertState.CLOSED
    evening.says("P1", c.GoEnRoute)
    evening.says("P1", c.ArriveOnScene)
    evening.says("P1", c.Finish)
    assert "A1" not in evening.board.alerts
    assert evening.unit("P1").free_slot == 0


def test_who_withdraws_from_a_closed_alert_is_called_off_and_nobody_else_is_asked() -> None:
    evening = Evening(a_unit("P1"), a_unit("P2"))
    evening.perform(an_alert())
    evening.accepts("P1")
    evening.ask(c.CloseAlert, alert="A1", disposition="attended", safe="yes")
    evening.says("P1", c.Withdraw, reason="another call")
    assert evening.kinds() == ["CalledOff"]
    assert "A1" not in evening.board.alerts


@pytest.mark.parametrize(
    "command",
    [
        c.TellMore(id="x", by="operator", alert="A1"),
        c.AddNote(id="x", by="operator", alert="A1"),
        c.CancelAlert(id="x", by="operator", alert="A1", reason="again"),
        c.CloseAlert(id="x", by="operator", alert="A1", disposition="attended", safe="yes"),
        c.AddNeed(id="x", by="operator", alert="A1", wanted=wanted(SHELTER)[0]),
        c.RaiseLevel(id="x", by="operator", alert="A1", level=Level.HIGH, reason="again"),
    ],
    ids=lambda command: type(command).__name__,
)
def test_a_closed_alert_takes_no_more_commands(command: c.Command) -> None:
    evening = Evening(*STATION)
    evening.perform(an_alert())
    evening.accepts("P1")
    evening.ask(c.CloseAlert, alert="A1", disposition="attended", safe="yes")
    with pytest.raises(c.Refusal) as refusal:
        evening.perform(command)
    assert refusal.value.code == "unknown_alert"


@pytest.mark.parametrize("kind", [c.Recall, c.CallOffNeed])
def test_a_unit_that_still_works_on_a_closed_alert_can_be_let_go(kind: type[c.NeedCommand]) -> None:
    evening = Evening(*STATION)
    evening.perform(an_alert())
    evening.accepts("P1")
    evening.ask(c.CloseAlert, alert="A1", disposition="attended", safe="yes")
    evening.ask(kind, alert="A1", need="police", reason="phone_dead")
    assert evening.kinds() == ["CalledOff"]
    assert "A1" not in evening.board.alerts
    assert evening.board.units["P1"].free_slot == 0


def test_a_note_is_one_event_that_carries_an_id_and_no_text() -> None:
    evening = Evening(*STATION)
    evening.perform(an_alert())
    evening.perform(c.AddNote(id="n1", by="operator", alert="A1"))
    assert [(type(event).__name__, event.note) for event in evening.happened if hasattr(event, "note")] == [
        ("NoteAdded", "n1")
    ]


def test_a_better_place_moves_the_alert_to_its_zone() -> None:
    evening = Evening(*STATION)
    evening.perform(an_alert())
    evening.ask(c.TellMore, alert="A1", zone="norte", zone_how="nearest")
    assert evening.alert().zone == "norte"


def test_what_was_told_that_only_the_details_keep_is_a_note_under_the_id_of_the_command() -> None:
    evening = Evening(*STATION)
    evening.perform(an_alert())
    evening.perform(c.TellMore(id="t1", by="operator", alert="A1"))
    assert evening.happened == [e.NoteAdded(alert="A1", note="t1")]
    evening.perform(c.TellMore(id="t2", by="operator", alert="A1", zone="norte", zone_how="nearest"))
    assert evening.happened == [e.PlaceMoved(alert="A1", zone="norte", zone_how="nearest")]
