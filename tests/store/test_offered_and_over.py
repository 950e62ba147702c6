"""A unit may be offered and taken back within one decision: no board ever had that, and the tables do."""

from app.dispatch import commands as c
from app.dispatch import events as e
from app.dispatch.decide import Decision
from app.dispatch.model import Board, NeedState
from app.dispatch.rules import Rules
from app.store.board import touched
from tests.builders import Evening, a_unit, an_alert


def freed_while_three_levels_want_it() -> tuple[Board, Decision, Evening]:
    """V has just been given to a high alert when an extreme and a standard one come; then F, far away, comes."""
    evening = Evening(a_unit("V"), a_unit("W"), a_unit("F"), on_duty=False, rules=Rules(offers_at_once=1))
    evening.ground.stations = {"V": (1000.0, 0.0), "W": (6000.0, 0.0), "F": (8000.0, 0.0)}
    evening.ask(c.StartDuty, unit="W")
    evening.perform(an_alert("high", threat={"order_in_force": "yes"}))
    evening.ask(c.StartDuty, unit="V")
    assert evening.holder(alert="high") == "V"
    evening.accepts("V")
    evening.ask(c.EndDuty, unit="W")
    evening.perform(an_alert("extreme", threat={"weapon_used": "yes"}))
    evening.perform(an_alert("standard"))
    evening.goes(121)
    before = evening.board
    return before, evening.ask(c.StartDuty, unit="F"), evening


def test_an_offer_that_one_decision_makes_and_takes_back_has_its_row() -> None:
    before, decision, evening = freed_while_three_levels_want_it()
    offers = [x for x in decision.events if isinstance(x, e.Offered)]
    assert [(x.alert, x.unit) for x in offers] == [("extreme", "V"), ("standard", "F"), ("high", "F")]
    assert evening.need(alert="standard").state is NeedState.STUCK
    _, _, rows = touched(before, [decision])
    assert {(row.alert, row.unit, row.state, row.body is None) for row in rows} == {
        ("high", "V", "Reassigned", True),
        ("standard", "F", "Reassigned", True),
        ("extreme", "V", "offered", False),
        ("high", "F", "offered", False),
    }
