"""Risk screens asked on scene, as data: a center brings the validated one it uses. A screen only raises a level.

The lethality screen's facts (eleven questions; any of the first three, or four of the others) are those of the
Lethality Assessment Program, Maryland; the wording is ours. Not asked and could not answer are both `unknown`, and
`unknown` never counts as `no`: a sum that reaches its mark without them has reached it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from .model import Level


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenQuestion:
    """One question. `same_as` names the intake question it repeats, so that she is not asked twice."""

    code: str
    es: str
    en: str
    points: float = 1.0
    same_as: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """So many points of yes among these questions raise to this level."""

    questions: tuple[str, ...]
    points: float
    level: Level
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A screen. `version` changes whenever a question, its points or a mark does: answers are kept with it."""

    code: str
    version: str
    name: str
    source: str
    questions: tuple[ScreenQuestion, ...]
    marks: tuple[Mark, ...]

    def points(self, answers: Mapping[str, str], among: tuple[str, ...] | None = None) -> float:
        """The points of the questions answered `yes`."""
        return sum(
            question.points
            for question in self.questions
            if answers.get(question.code) == "yes" and (among is None or question.code in among)
        )

    def reached(self, answers: Mapping[str, str]) -> Mark | None:
        """The highest mark these answers reach, or None."""
        marks = [mark for mark in self.marks if self.points(answers, mark.questions) >= mark.points]
        return max(marks, key=lambda mark: mark.level.rank, default=None)


def _ask(code: str, es: str, en: str, same_as: str | None = None) -> ScreenQuestion:
    return ScreenQuestion(code=code, es=es, en=en, same_as=same_as)


_FIRST = ("weapon_used", "threatened_to_kill", "fears_death")
_OTHERS = (
    "gun_at_hand",
    "strangled",
    "jealous",
    "left_him",
    "unemployed",
    "tried_suicide",
    "other_child",
    "follows",
)

LAP = Profile(
    code="lap",
    version="1",
    name="Lethality screen",
    source="Lethality Assessment Program (Maryland): facts of questions and scoring; our own wording",
    questions=(
        _ask(
            "weapon_used",
            "¿Ha usado un arma contra usted o la ha amenazado con una?",
            "Has he used a weapon against you, or threatened you with one?",
            "weapon_used",
        ),
        _ask(
            "threatened_to_kill",
            "¿Ha amenazado con matarla a usted o a sus hijas o hijos?",
            "Has he threatened to kill you or your children?",
            "threatened_to_kill",
        ),
        _ask(
            "fears_death",
            "¿Cree usted que podría intentar matarla?",
            "Do you think he might try to kill you?",
            "fears_death",
        ),
        _ask(
            "gun_at_hand",
            "¿Tiene una pistola o puede conseguir una con facilidad?",
            "Does he have a gun, or could he easily get one?",
        ),
        _ask(
            "strangled",
            "¿Alguna vez le ha apretado el cuello o la ha asfixiado?",
            "Has he ever put his hands around your neck or cut off your breath?",
            "strangled",
        ),
        _ask(
            "jealous",
            "¿Es muy celoso, o controla casi todo lo que usted hace?",
            "Is he very jealous, or does he control most of what you do?",
        ),
        _ask(
            "left_him",
            "¿Lo ha dejado o se han separado después de vivir juntos?",
            "Have you left him or separated after living together?",
        ),
        _ask("unemployed", "¿Está sin trabajo?", "Is he out of work?"),
        _ask("tried_suicide", "¿Ha intentado quitarse la vida?", "Has he ever tried to end his own life?"),
        _ask(
            "other_child",
            "¿Tiene usted una hija o un hijo que él sabe que no es suyo?",
            "Do you have a child that he knows is not his?",
        ),
        _ask(
            "follows",
            "¿La sigue, la vigila o le deja mensajes amenazantes?",
            "Does he follow you, watch you, or leave you threatening messages?",
        ),
    ),
    marks=(
        Mark(questions=_FIRST, points=1, level=Level.EXTREME, reason="screen_life_threat"),
        Mark(questions=_OTHERS, points=4, level=Level.EXTREME, reason="screen_points"),
    ),
)
