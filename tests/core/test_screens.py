"""Risk screens: data of a center, asked on scene, raising and never lowering."""

from dataclasses import replace

import pytest

from app.dispatch import commands as c
from app.dispatch import events as e
from app.dispatch.model import Level
from app.dispatch.rules import Rules
from app.dispatch.screens import LAP, Mark, Profile, ScreenQuestion
from tests.builders import Evening, a_unit, an_alert

PATROLS = (a_unit("P1"), a_unit("P2"))
FIRST, OTHERS = LAP.marks[0].questions, LAP.marks[1].questions


def on_scene(threat: dict[str, str] | None = None, rules: Rules | None = None) -> Evening:
    """A patrol that has accepted and is with her."""
    evening = Evening(*PATROLS, rules=rules)
    evening.perform(an_alert(threat=threat))
    evening.accepts("P1")
    evening.says("P1", c.ArriveOnScene)
    return evening


@pytest.mark.parametrize("question", FIRST)
def test_one_yes_among_the_first_three_is_extreme(question: str) -> None:
    assert LAP.reached({question: "yes"}) == LAP.marks[0]


@pytest.mark.parametrize("count", range(len(OTHERS) + 1))
def test_four_yes_among_the_others_are_extreme(count: int) -> None:
    answers = dict.fromkeys(OTHERS[:count], "yes") | dict.fromkeys(OTHERS[count:], "unknown")
    assert (LAP.reached(answers) is not None) == (count >= 4)


def test_the_screen_has_eleven_questions_in_both_languages() -> None:
    assert len(LAP.questions) == 11
    assert all(question.es and question.en for question in LAP.questions)
    assert {question.code for question in LAP.questions} == {*FIRST, *OTHERS}


def test_a_screen_that_reaches_its_mark_raises_with_the_reason_of_the_mark() -> None:
    evening = on_scene()
    evening.says("P1", c.AnswerScreen, profile="lap", answers=dict.fromkeys(OTHERS[:4], "yes"))
    assert evening.alert().level is Level.EXTREME
    assert evening.alert().steps[-1].reason == "screen_points"
    (answered,) = [event for event in evening.happened if isinstance(event, e.ScreenAnswered)]
    assert (answered.profile, answered.version, answered.points) == ("lap", LAP.version, 4)


def test_a_screen_without_a_yes_is_kept_and_lowers_nothing() -> None:
    evening = on_scene({"repeat": "yes"})
    evening.says("P1", c.AnswerScreen, profile="lap", answers=dict.fromkeys((*FIRST, *OTHERS), "no"))
    assert evening.alert().level is Level.HIGH
    assert "ScreenAnswered" in evening.kinds()


def test_what_she_answers_on_scene_is_known_as_if_the_call_had_said_it_and_unknown_unsays_nothing() -> None:
    evening = on_scene({"weapon_used": "yes"})
    evening.says("P1", c.AnswerScreen, profile="lap", answers={"strangled": "yes", "weapon_used": "unknown"})
    assert evening.alert().threat == {"weapon_used": "yes", "strangled": "yes"}


def test_what_the_call_has_answered_counts_so_that_she_is_not_asked_twice() -> None:
    profile = replace(LAP, marks=(Mark(questions=OTHERS, points=4, level=Level.HIGH, reason="screen_points"),))
    evening = on_scene(rules=Rules(screens=(profile,)))
    evening.ask(c.TellMore, alert="A1", threat={"strangled": "yes"})
    asked = [question for question in OTHERS if question != "strangled"][:3]
    evening.says("P1", c.AnswerScreen, profile="lap", answers=dict.fromkeys(asked, "yes"))
    (answered,) = [event for event in evening.happened if isinstance(event, e.ScreenAnswered)]
    assert answered.points == 4
    assert answered.answers["strangled"] == "yes"


def test_a_center_brings_its_own_screen() -> None:
    own = Profile(
        code="own",
        version="3",
        name="Own",
        source="us",
        questions=(ScreenQuestion(code="a", es="¿A?", en="A?", points=2.5),),
        marks=(Mark(questions=("a",), points=2, level=Level.HIGH, reason="own_mark"),),
    )
    evening = on_scene(rules=Rules(screens=(LAP, own)))
    evening.says("P1", c.AnswerScreen, profile="own", answers={"a": "yes"})
    assert (evening.alert().level, evening.alert().steps[-1].reason) == (Level.HIGH, "own_mark")


@pytest.mark.parametrize(
    ("profile", "answers", "code"),
    [
        ("dash", {}, "unknown_screen"),
        ("lap", {"shoe_size": "yes"}, "unknown_question"),
        ("lap", {"strangled": "perhaps"}, "unknown_answer"),
    ],
)
def test_a_screen_takes_its_own_questions_and_the_three_answers(
    profile: str, answers: dict[str, str], code: str
) -> None:
    evening = on_scene()
    with pytest.raises(c.Refusal) as refusal:
        evening.says("P1", c.AnswerScreen, profile=profile, answers=answers)
    assert refusal.value.code == code


def test_only_who_has_accepted_answers_and_only_for_its_own() -> None:
    evening = Evening(*PATROLS)
    evening.perform(an_alert())
    with pytest.raises(c.Refusal) as refusal:
        evening.says("P1", c.AnswerScreen, profile="lap", answers={})
    assert refusal.value.code == "wrong_state"
    (assignment,) = evening.unit("P1").held
    with pytest.raises(c.Refusal) as refusal:
        evening.perform(
            c.AnswerScreen(id="x", by="P2", unit="P2", assignment=assignment, profile="lap", answers={})
        )
    assert refusal.value.code == "unknown_assignment"


def test_a_closed_alert_takes_no_screen_and_a_merged_one_gives_it_to_the_other() -> None:
    evening = on_scene()
    evening.perform(an_alert("A2"))
    evening.ask(c.MergeAlerts, alert="A1", into="A2")
    evening.says("P1", c.AnswerScreen, profile="lap", answers={"fears_death": "yes"})
    assert evening.alert("A2").level is Level.EXTREME
    evening.ask(c.CancelAlert, alert="A2", reason="false_alarm")

    evening = on_scene()
    evening.ask(c.CloseAlert, alert="A1", disposition="attended", safe="yes")
    with pytest.raises(c.Refusal) as refusal:
        evening.says("P1", c.AnswerScreen, profile="lap", answers={})
    assert refusal.value.code == "unknown_alert"


def test_of_all_marks_that_are_reached_the_highest_counts_wherever_it_stands() -> None:
    high = Mark(questions=FIRST, points=1, level=Level.HIGH, reason="one")
    extreme = Mark(questions=FIRST, points=2, level=Level.EXTREME, reason="two")
    profile = replace(LAP, marks=(high, extreme, high))
    assert profile.reached(dict.fromkeys(FIRST[:1], "yes")) == high
    assert profile.reached(dict.fromkeys(FIRST[:2], "yes")) == extreme


def test_what_she_says_on_scene_counts_before_what_the_call_said_and_no_answer_is_made_up() -> None:
    evening = on_scene({"weapon_used": "yes", "strangled": "yes", "fears_death": "unknown"})
    evening.says("P1", c.AnswerScreen, profile="lap", answers={"strangled": "no", "jealous": "unknown"})
    (answered,) = [event for event in evening.happened if isinstance(event, e.ScreenAnswered)]
    assert answered.answers == {"strangled": "no", "jealous": "unknown", "weapon_used": "yes"}
    assert answered.points == 1
