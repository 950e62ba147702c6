"""A trial as it is told: the assumptions of its plan as rows, and what it was, for the page of the reports."""

from collections.abc import Sequence
from dataclasses import fields

from app.reports.trial_tables import About, Taken
from app.reports.words import say
from simulator.assumptions import Assumptions
from simulator.calibrate import Calibrated
from simulator.trial import Plan, Policy

OURS = Policy.OURS
FIRST_COMPARED = (Policy.RELAY, Policy.LINE, Policy.ROAD, Policy.BOUND)
"""The sentence compares ours with the first of these that was tried."""


def taken(assumptions: Assumptions) -> list[Taken]:
    """Every assumption, in their order."""
    return [
        Taken(name=one.name, value=found.value, unit=found.unit, source=found.source, why=found.why)
        for one in fields(assumptions)
        for found in [assumptions[one.name]]
    ]


def compared_with(policies: Sequence[Policy]) -> Policy:
    """Whom the sentence compares ours with; ours itself where nobody else was tried."""
    return next((one for one in FIRST_COMPARED if one in policies), OURS)


def about(plan: Plan, policies: Sequence[Policy], seeds: int, language: str, remarks: Sequence[str] = ()) -> About:
    """What was tried, in words."""
    return About(
        language=language,
        title=say("title.trial", language, region=plan.region.name),
        these=OURS.value,
        those=compared_with(policies).value,
        facts={
            "region": plan.region.name,
            "patrols": str(len(plan.region.patrols)),
            "seeds": str(seeds),
            "days": f"{plan.days:g}",
            "roads": plan.region.roads,
        },
        remarks=tuple(remarks),
    )


def calibration(found: Calibrated, language: str, wanted_s: float) -> str:
    """What was moved so that the relay's mean is the published one, and whether it could be."""

    def minutes(seconds: float) -> str:
        return f"{seconds / 60:.1f} min"

    reached = (
        say("said.reached", language)
        if found.reached
        else say("said.not_reached", language, mean=minutes(found.mean_s))
    )
    return say(
        "note.calibrated",
        language,
        mean=minutes(wanted_s),
        assumption=say(f"assumption.{found.name}", language),
        before=f"{100 * found.before:.1f} %",
        value=f"{100 * found.value:.1f} %",
        reached=reached,
    )
