"""What cannot have happened is not folded into a board: the core says what contradicts it, and changes nothing."""

import pytest

from app.dispatch import commands as c
from app.dispatch import events as e
from app.dispatch.evolve import evolve
from app.dispatch.matching import offer, seek
from app.dispatch.model import Institution, KeepOut, Level, Why
from app.dispatch.run import Run
from tests.builders import PROSECUTOR, START, Evening, a_call, a_unit


def a_board() -> Evening:
    """P1 has accepted A1, for which two calls of a household came; P2 is off duty, F1 free."""
    evening = Evening(a_unit("P1"), a_unit("P2"), a_unit("F1", PROSECUTOR))
    evening.ask(c.EndDuty, unit="P2")
    evening.perform(a_call("A1", a_unit().institution))
    evening.perform(a_call("C2", a_unit().institution))
    evening.accepts("P1")
    return evening


ACCEPTED = a_board().assignment().id


def raised(alert: str, household: str = "h-other") -> e.AlertRaised:
    return e.AlertRaised(
        alert=alert,
        folio="N-9",
        zone="centro",
        zone_how="inside",
        level=Level.STANDARD,
        incident="",
        received_at=START,
        keep_out=KeepOut(),
        household=frozenset({household}),
    )


def offered(assignment: str, unit: str = "F1", slot: int = 0, need: str = "police-2") -> e.Offered:
    return e.Offered(
        alert="A1",
        need=need,
        assignment=assignment,
        unit=unit,
        slot=slot,
        why=Why(rule="nearest"),
        seen_by=START + 20,
        answer_by=START + 45,
    )


def of_it(kind: type[e.AssignmentEvent], **others: str) -> e.AssignmentEvent:
    about = {"alert": "A1", "need": "police", "assignment": ACCEPTED, "unit": "P1"} | others
    return kind(**about)


SEARCHING = e.NeedAdded(alert="A1", need="police-2", institution=Institution.POLICE)
"""One more need, which rests with nobody."""


@pytest.mark.parametrize(
    ("event", "contradiction"),
    [
        (raised("A1"), "alert A1 is raised twice"),
        (raised("A9", "h-phone"), "alert A9 is of the same household as A1, which is open"),
        (e.CallJoined(alert="A1", call="C2", received_at=START), "call C2 joins twice"),
        (e.CallSplit(alert="A1", call="C7", into="A9"), "call C7 cannot leave alert A1"),
        (e.LevelRaised(alert="A1", level=Level.STANDARD, reason="x"), "standard cannot rise to standard"),
        (e.LevelLowered(alert="A1", level=Level.STANDARD, reason="x"), "standard cannot fall to standard"),
        (e.OriginHeard(alert="A1", state="done"), "alert A1 was not handed here"),
        (
            e.NeedAdded(alert="A1", need="police", institution=Institution.POLICE),
            "need police is added twice",
        ),
        (e.AlarmAcknowledged(alert="A1", need="police", by="maria"), "no alarm to acknowledge"),
        (e.AlertAlarmAcknowledged(alert="A1", by="maria"), "no alarm to acknowledge"),
        (
            e.NeighbourHeard(alert="A1", need="police", other="B1", folio="V-1", state="done"),
            "no neighbour was asked for police",
        ),
        (of_it(e.WentEnRoute, unit="P9"), "unit P9 is not listed"),
        (of_it(e.ArrivedOnScene, unit="F1"), f"assignment {ACCEPTED} is not live between police and F1"),
        (of_it(e.ArrivedOnScene, assignment="Z"), "assignment Z is not live between police and P1"),
        (offered(ACCEPTED), f"assignment {ACCEPTED} is offered twice"),
        (offered("Z", slot=1), "unit F1 has no slot 1"),
        (offered("Z", slot=-1), "unit F1 has no slot -1"),
        (offered("Z", unit="P2"), "off_duty knows no Offered"),
        (offered("Z", need="police-9"), "alert A1 has no need police-9"),
        (e.NoteAdded(alert="A9", note="n"), "alert A9 is not on the board"),
        (e.AlertCancelled(alert="A1", reason="x"), "alert A1 ends with a need that nobody has accepted"),
        (e.UnitLost(unit="P9"), "unit P9 is not listed"),
        (e.UnitRetired(unit="P1"), "unit P1 retires on duty"),
        (e.DutyStarted(unit="P1"), "unit P1 is on duty"),
        (e.DutyEnded(unit="P2"), "unit P2 is off duty"),
        (e.CrewJoined(unit="P2", member="ana"), "unit P2 is off duty"),
        (e.PlaceTaken(unit="F1", slot=1), "unit F1 has no slot 1"),
        (
            e.UnitListed(unit="P1", institution=Institution.POLICE, agency="x", zone="centro", capacity=1),
            "unit P1 is listed anew on duty",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_contradicts_the_board_is_named(event: e.Event, contradiction: str) -> None:
    board = evolve(a_board().board, SEARCHING, START)
    if isinstance(event, e.AlertCancelled):
        board = evolve(board, of_it(e.Done), START)
    with pytest.raises(c.BrokenRule) as broken:
        evolve(board, event, START)
    assert str(broken.value) == contradiction


def test_the_last_call_never_leaves_its_alert() -> None:
    board = evolve(a_board().board, e.CallSplit(alert="A1", call="C2", into="A9"), START)
    with pytest.raises(c.BrokenRule, match="call A1 cannot leave alert A1"):
        evolve(board, e.CallSplit(alert="A1", call="A1", into="A9"), START)


def test_time_that_runs_backwards_is_named() -> None:
    with pytest.raises(c.BrokenRule, match=rf"the log runs backwards: {START - 1} after {START}"):
        evolve(a_board().board, e.UnitLost(unit="F1"), START - 1)


def test_nobody_is_offered_or_looked_for_what_there_is_not() -> None:
    evening = a_board()
    command = c.HearUnit(id="x", by="test", unit="P1")
    run = Run(board=evening.board, command=command, at=START, rules=evening.rules, ground=evening.ground)
    with pytest.raises(c.BrokenRule, match="P1 has no free slot to offer for police"):
        offer(run, evening.alert(), "police", evening.unit("P1"), Why(rule="by_hand"))
    with pytest.raises(c.BrokenRule, match="F1 has no free slot to offer for police-9"):
        offer(run, evening.alert(), "police-9", evening.unit("F1"), Why(rule="by_hand"))
    with pytest.raises(c.BrokenRule, match="alert A1 waits for a need police-9 it has not"):
        seek(run, "A1", "police-9")
    assert not run.events
