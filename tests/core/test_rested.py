"""Who said no to one need of an alert rests from all of them, and is then asked for whichever still waits."""

from dataclasses import replace

from app.dispatch import commands as c
from app.dispatch.model import NeedState
from app.dispatch.rules import Rules
from tests.builders import POLICE, Evening, a_unit, an_alert

RULES = replace(Rules(), ask_again_after_s=120.0, stuck_retry_s=600.0)


def test_who_has_rested_is_asked_for_the_need_that_waits_though_it_said_no_to_another() -> None:
    evening = Evening(a_unit("P1"), rules=RULES)
    evening.perform(an_alert("A1", POLICE, POLICE))
    evening.goes(10.0)
    evening.says("P1", c.Decline, reason="busy")
    evening.ask(c.CallOffNeed, alert="A1", need="police", reason="not_needed")
    evening.goes(119.0)
    assert evening.need("police-2").state is NeedState.STUCK
    evening.goes(1.0)
    assert evening.holder("police-2") == "P1"


def test_a_need_that_is_tried_sooner_anyway_keeps_its_time() -> None:
    evening = Evening(a_unit("P1"), rules=replace(RULES, stuck_retry_s=60.0))
    evening.perform(an_alert("A1", POLICE, POLICE))
    evening.goes(10.0)
    tried_at = evening.need("police-2").retry_at
    evening.says("P1", c.Decline, reason="busy")
    assert evening.need("police-2").retry_at == tried_at
