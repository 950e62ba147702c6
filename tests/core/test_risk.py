"""Levels only rise, and each step has its reason."""

import pytest

from app.dispatch import commands as c
from app.dispatch import events as e
from app.dispatch.model import Level
from app.dispatch.risk import QUESTIONS, assess
from tests.builders import Evening, a_unit, an_alert


def test_an_alert_without_answers_is_standard_and_there_is_no_lower_level() -> None:
    evening = Evening(a_unit())
    evening.perform(an_alert())
    assert evening.alert().level is Level.STANDARD
    assert min(Level, key=lambda level: level.rank) is Level.STANDARD


@pytest.mark.parametrize("question", sorted(QUESTIONS))
def test_a_yes_raises_to_the_level_of_its_question_and_names_it(question: str) -> None:
    assert assess({question: "yes"}, Level.STANDARD) == (QUESTIONS[question], question)


@pytest.mark.parametrize("level", list(Level))
@pytest.mark.parametrize("answer", ["no", "unknown"])
def test_neither_no_nor_unknown_moves_a_level(level: Level, answer: str) -> None:
    assert assess(dict.fromkeys(QUESTIONS, answer), level) is None


def test_the_highest_yes_counts() -> None:
    assert assess({"children_present": "yes", "strangled": "yes", "repeat": "yes"}, Level.STANDARD) == (
        Level.EXTREME,
        "strangled",
    )


def test_unknown_afterwards_never_lowers_the_level() -> None:
    evening = Evening(a_unit())
    evening.perform(an_alert(threat={"weapon_used": "yes"}))
    evening.ask(c.TellMore, alert="A1", threat={"weapon_used": "unknown", "repeat": "yes"})
    assert evening.alert().level is Level.EXTREME
    assert not any(isinstance(event, e.LevelRaised) for event in evening.happened)


def test_more_facts_raise_the_level_with_the_question_as_the_reason() -> None:
    evening = Evening(a_unit())
    evening.perform(an_alert())
    evening.ask(c.TellMore, alert="A1", threat={"children_present": "yes"})
    assert evening.happened[-1] == e.LevelRaised(alert="A1", level=Level.HIGH, reason="children_present")


def test_a_person_raises_and_nobody_lowers_here() -> None:
    evening = Evening(a_unit())
    evening.perform(an_alert())
    evening.ask(c.RaiseLevel, alert="A1", level=Level.HIGH, reason="heard on the line")
    assert evening.alert().level is Level.HIGH
    for level in (Level.HIGH, Level.STANDARD):
        with pytest.raises(c.Refusal) as refusal:
            evening.ask(c.RaiseLevel, alert="A1", level=level, reason="calm")
        assert refusal.value.code == "level_not_higher"


@pytest.mark.parametrize(
    ("threat", "code"),
    [({"shoe_size": "yes"}, "unknown_question"), ({"repeat": "perhaps"}, "unknown_answer")],
)
def test_only_known_questions_and_answers_are_taken(threat: dict[str, str], code: str) -> None:
    evening = Evening(a_unit())
    with pytest.raises(c.Refusal) as refusal:
        evening.perform(an_alert(threat=threat))
    assert refusal.value.code == code
    assert not evening.board.alerts


@pytest.mark.parametrize("level", [Level.HIGH, Level.EXTREME])
def test_a_yes_that_weighs_no_more_than_the_level_raises_nothing(level: Level) -> None:
    assert assess({"children_present": "yes", "repeat": "yes"}, level) is None
