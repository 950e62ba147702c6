"""How a level comes about: every step has a reason, rules only raise, a supervisor alone lowers."""

from dataclasses import replace

import pytest

from app.dispatch import commands as c
from app.dispatch import events as e
from app.dispatch.model import Institution, Level
from app.dispatch.rules import Rules
from tests.builders import POLICE, SHELTER, Evening, a_unit, an_alert

PATROLS = (a_unit("P1"), a_unit("P2"), a_unit("P3"))
BOTH = {"aggressor_present": "yes", "weapon_present": "yes"}


def test_every_step_is_kept_with_its_reason_and_its_time() -> None:
    evening = Evening(*PATROLS)
    evening.perform(an_alert(threat={"children_present": "yes"}))
    evening.at += 10
    evening.ask(c.TellMore, alert="A1", threat={"strangled": "yes"})
    evening.at += 10
    evening.ask(c.LowerLevel, alert="A1", level=Level.STANDARD, reason="misheard")
    steps = [
        (step.level, step.reason, step.at - evening.board.alerts["A1"].raised_at) for step in evening.alert().steps
    ]
    assert steps == [
        (Level.HIGH, "children_present", 0),
        (Level.EXTREME, "strangled", 10),
        (Level.STANDARD, "misheard", 20),
    ]


def test_the_service_never_lowers_a_level() -> None:
    evening = Evening(*PATROLS)
    evening.perform(an_alert(threat={"strangled": "yes"}))
    with pytest.raises(c.Refusal) as refusal:
        evening.perform(c.LowerLevel(id="x", by=c.SERVICE, alert="A1", level=Level.HIGH, reason="calm"))
    assert refusal.value.code == "service_may_not"
    assert evening.alert().level is Level.EXTREME


@pytest.mark.parametrize("level", [Level.HIGH, Level.EXTREME])
def test_lowering_is_to_a_lower_level(level: Level) -> None:
    evening = Evening(*PATROLS)
    evening.perform(an_alert(threat={"repeat": "yes"}))
    with pytest.raises(c.Refusal) as refusal:
        evening.ask(c.LowerLevel, alert="A1", level=level, reason="calm")
    assert refusal.value.code == "level_not_lower"


def test_what_is_told_after_lowering_raises_again() -> None:
    evening = Evening(*PATROLS)
    evening.perform(an_alert(threat={"repeat": "yes"}))
    evening.ask(c.LowerLevel, alert="A1", level=Level.STANDARD, reason="misheard")
    evening.ask(c.TellMore, alert="A1", threat={"fears_death": "yes"})
    assert evening.alert().level is Level.EXTREME


# --- a patrol for each party


def parties(evening: Evening) -> list[tuple[str, str | None]]:
    return [(need.key, need.party) for need in evening.alert().needs]


def test_where_he_is_there_and_it_is_extreme_a_second_patrol_goes_for_him() -> None:
    evening = Evening(*PATROLS)
    evening.perform(an_alert(threat=BOTH))
    assert parties(evening) == [("police", None), ("police-2", "aggressor")]


def test_a_second_patrol_goes_as_soon_as_the_last_of_the_two_is_known() -> None:
    evening = Evening(*PATROLS)
    evening.perform(an_alert(threat={"aggressor_present": "yes"}))
    assert parties(evening) == [("police", None)]
    evening.ask(c.RaiseLevel, alert="A1", level=Level.EXTREME, reason="heard_on_the_line")
    assert parties(evening) == [("police", None), ("police-2", "aggressor")]


def test_a_second_patrol_is_sent_once_an_alert() -> None:
    evening = Evening(*PATROLS)
    evening.perform(an_alert(threat=BOTH))
    evening.ask(c.CallOffNeed, alert="A1", need="police-2", reason="he_left")
    evening.ask(c.TellMore, alert="A1", threat=BOTH)
    assert len(evening.alert().needs) == 2


@pytest.mark.parametrize("institutions", [(SHELTER,), (POLICE, POLICE)])
def test_nobody_is_paired_where_no_patrol_goes_or_two_do(institutions: tuple[Institution, ...]) -> None:
    evening = Evening(*PATROLS)
    evening.perform(an_alert("A1", *institutions, threat=BOTH))
    assert len(evening.alert().needs) == len(institutions)


def test_a_center_that_sends_no_pairs_says_so_in_its_rules() -> None:
    evening = Evening(*PATROLS, rules=Rules(pair_from=None))
    evening.perform(an_alert(threat=BOTH))
    assert parties(evening) == [("police", None)]


def test_the_second_patrol_needs_what_the_first_needs() -> None:
    evening = Evening(a_unit("P1", capabilities=["english"]), a_unit("P2"), a_unit("P3", capabilities=["english"]))
    patrol = c.NeedWanted(institution=POLICE, requires=("english",), prefers=("officer_f",))
    evening.perform(replace(an_alert(threat=BOTH), needs=(patrol,)))
    assert (evening.need("police-2").requires, evening.need("police-2").prefers) == (("english",), ("officer_f",))


def test_no_event_but_a_lowering_ever_lowers() -> None:
    evening = Evening(*PATROLS)
    evening.perform(an_alert(threat=BOTH))
    for threat in ({"weapon_present": "no"}, dict.fromkeys(BOTH, "unknown"), dict.fromkeys(BOTH, "no")):
        evening.ask(c.TellMore, alert="A1", threat=threat)
        assert not any(isinstance(event, e.LevelLowered) for event in evening.happened)
        assert evening.alert().level is Level.EXTREME
