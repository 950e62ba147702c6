"""From answers to a level, with the reason of each step. Answers may raise it; nothing here lowers it.

The questions are facts an operator can hear on the line; the three first are the life-threat questions of the
Lethality Assessment Program (Maryland), in our own words. `unknown` is asked and could not be answered; a
question without an answer was not asked. Neither is a `no`, and neither unsays what was known.
"""

from collections.abc import Mapping

from .model import Level

ANSWERS = frozenset({"yes", "no", "unknown"})

QUESTIONS: Mapping[str, Level] = {
    "weapon_used": Level.EXTREME,
    "threatened_to_kill": Level.EXTREME,
    "fears_death": Level.EXTREME,
    "strangled": Level.EXTREME,
    "weapon_present": Level.EXTREME,
    "aggressor_present": Level.HIGH,
    "children_present": Level.HIGH,
    "order_in_force": Level.HIGH,
    "repeat": Level.HIGH,
}
"""Question -> the level a `yes` raises to."""


def assess(threat: Mapping[str, str], level: Level) -> tuple[Level, str] | None:
    """The level these answers raise `level` to, with the question that did; None where they do not raise it."""
    raised = [(QUESTIONS[question], question) for question, answer in threat.items() if answer == "yes"]
    if not raised:
        return None
    highest = max(raised, key=lambda step: (step[0].rank, step[1]))
    return highest if highest[0].rank > level.rank else None
