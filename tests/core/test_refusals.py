"""A refusal says in words what stands in the way: the facts of each sentence are those of the board."""

import pytest

from app.dispatch import commands as c
from app.dispatch.model import Level
from app.dispatch.of_needs import NEEDS_MAX
from app.dispatch.of_units import CAPACITY_MAX
from app.dispatch.refusals import SENTENCES
from app.dispatch.risk import QUESTIONS
from app.dispatch.rules import Rules
from tests.builders import POLICE, PROSECUTOR, SHELTER, Evening, a_unit, an_alert, wanted
from tests.core.evenings import hear

UNITS = (
    a_unit("P1"),
    a_unit("P2"),
    a_unit("P3"),
    a_unit("P4"),
    a_unit("F1", PROSECUTOR),
    a_unit("S1", SHELTER, capacity=2),
    a_unit("S2", SHELTER, zone="sur"),
)


def a_full_board() -> Evening:
    """P1 is on the scene of A1, for which S1 and F1 are asked; P2 is asked for A2; P3 is off duty, P4 is lost."""
    evening = Evening(*UNITS, rules=Rules(offers_at_once=1))
    evening.ask(c.EndDuty, unit="P3")
    evening.ask(c.LoseUnit, unit="P4")
    evening.perform(an_alert("A1", POLICE, PROSECUTOR, SHELTER))
    evening.ask(c.TellMore, alert="A1", avoid_zones=frozenset({"sur"}))
    evening.accepts("P1")
    evening.says("P1", c.ArriveOnScene)
    evening.perform(an_alert("A2"))
    return evening


ASKED = [
    ("The level is standard already; only", c.RaiseLevel, {"alert": "A1", "level": Level.STANDARD, "reason": "x"}),
    ("The level is standard; only", c.LowerLevel, {"alert": "A1", "level": Level.STANDARD, "reason": "x"}),
    (
        "Nobody has accepted yet: prosecutor, shelter.",
        c.CloseAlert,
        {"alert": "A1", "disposition": "x", "safe": "yes"},
    ),
    (
        "Say where she is: home, relatives,",
        c.CloseAlert,
        {"alert": "A1", "disposition": "x", "safe": "yes", "whereabouts": "Calle 5"},
    ),
    (
        "An order is one of issued, refused, not_wanted, elsewhere.",
        c.SettleOrder,
        {"alert": "A1", "outcome": "lost"},
    ),
    (f"One alert can have {NEEDS_MAX} needs.", c.RaiseAlert, {"zone": "centro", "needs": wanted(*[POLICE] * 13)}),
    (
        f"There is no such question; there are {', '.join(QUESTIONS)}.",
        c.TellMore,
        {"alert": "A1", "threat": {"shoe_size": "yes"}},
    ),
    ("This need is on scene; nobody can be", c.Recall, {"alert": "A1", "need": "police", "reason": "x"}),
    ("This alert has no open need police-9.", c.Recall, {"alert": "A1", "need": "police-9", "reason": "x"}),
    ("There is no unit P9 for this need.", c.AssignByHand, {"alert": "A2", "need": "police", "unit": "P9"}),
    ("P2 is asked for this need already.", c.AssignByHand, {"alert": "A2", "need": "police", "unit": "P2"}),
    ("P4 is unreachable.", c.AssignByHand, {"alert": "A2", "need": "police", "unit": "P4"}),
    ("S2 is too close to a known place", c.AssignByHand, {"alert": "A1", "need": "shelter", "unit": "S2"}),
    ("P1 is on duty already.", c.StartDuty, {"unit": "P1"}),
    ("P3 is off duty.", c.EndDuty, {"unit": "P3"}),
    ("P1 holds an assignment; finish it", c.EndDuty, {"unit": "P1"}),
    ("P3 is off duty.", c.JoinCrew, {"unit": "P3", "member": "ana"}),
    ("P1 is busy.", c.LoseUnit, {"unit": "P1"}),
    ("There is no unit P9.", c.LoseUnit, {"unit": "P9"}),
    ("P1 has no places.", c.SetPlaces, {"unit": "P1", "free": 1}),
    ("S1 has 2 places and 1 of them are held", c.SetPlaces, {"unit": "S1", "free": 2}),
    ("P1 is on duty; its facts change", c.ListUnits, {"units": (a_unit("P1", zone="norte"),)}),
    ("F1 is on duty and not in the list.", c.ListUnits, {"units": (a_unit("P0"),)}),
    (f"P0 can hold 1 to {CAPACITY_MAX} at once.", c.ListUnits, {"units": (a_unit("P0", capacity=0),)}),
]


@pytest.mark.parametrize(("sentence", "kind", "fields"), ASKED, ids=[sentence for sentence, _, _ in ASKED])
def test_who_is_refused_hears_what_stands_in_the_way(
    sentence: str, kind: type[c.Command], fields: dict[str, object]
) -> None:
    with pytest.raises(c.Refusal) as refusal:
        a_full_board().ask(kind, **fields)
    assert refusal.value.sentence.startswith(sentence)


SAID = [
    ("F1", "This assignment is offered.", c.GoEnRoute, {}),
    ("P1", "This assignment is on scene.", c.GoEnRoute, {}),
    ("P1", "The screen lap has no such question.", c.AnswerScreen, {"profile": "lap", "answers": {"a": "yes"}}),
]


@pytest.mark.parametrize(
    ("unit", "sentence", "kind", "fields"), SAID, ids=[sentence for _, sentence, _, _ in SAID]
)
def test_a_unit_that_is_refused_hears_what_stands_in_the_way(
    unit: str, sentence: str, kind: type[c.AssignmentCommand], fields: dict[str, object]
) -> None:
    with pytest.raises(c.Refusal) as refusal:
        a_full_board().says(unit, kind, **fields)
    assert refusal.value.sentence == sentence


def test_who_settles_an_order_otherwise_hears_how_it_was_settled() -> None:
    evening = a_full_board()
    evening.ask(c.SettleOrder, alert="A1", outcome="not_wanted")
    with pytest.raises(c.Refusal, match="settled already: not_wanted"):
        evening.ask(c.SettleOrder, alert="A1", outcome="issued")


def test_who_closes_while_the_order_is_open_hears_what_can_become_of_it() -> None:
    evening = Evening(a_unit("F1", PROSECUTOR))
    evening.perform(an_alert("A1", PROSECUTOR))
    evening.accepts("F1")
    with pytest.raises(c.Refusal, match="order: issued, refused, not_wanted, elsewhere"):
        evening.ask(c.CloseAlert, alert="A1", disposition="attended", safe="yes")


def test_who_merges_an_alert_that_a_neighbour_helps_with_hears_which_needs_it_has() -> None:
    evening = Evening(rules=Rules(neighbours={"*": "next-door"}))
    evening.perform(an_alert("A1"))
    evening.perform(an_alert("A2"))
    evening.ask(c.AskNeighbour, alert="A1", need="police")
    hear(evening, "accepted")
    with pytest.raises(c.Refusal, match="A neighbouring center has police of this alert"):
        evening.ask(c.MergeAlerts, alert="A1", into="A2")
    evening.ask(c.MergeAlerts, alert="A2", into="A1")


def test_every_sentence_is_one_and_ends_as_one() -> None:
    for case, sentence in SENTENCES.items():
        assert sentence[:1].isupper() or sentence.startswith("{"), case
        assert sentence.endswith("."), case
