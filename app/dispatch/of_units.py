"""What can be said of a unit: on the list, on duty, lost, heard."""

from . import commands as c
from . import events as e
from .model import Assignment, NeedState, Unit, UnitState
from .run import Run, about, known_unit

CAPACITY_MAX = 200
"""Places one unit can have."""


def start_duty(run: Run, command: c.StartDuty) -> None:
    unit = known_unit(run, command.unit)
    if unit.state is not UnitState.OFF_DUTY:
        raise c.Refusal("on_duty", f"{unit.code} is on duty already.")
    run.state(e.DutyStarted(unit=unit.code, crew=command.crew))


def end_duty(run: Run, command: c.EndDuty) -> None:
    unit = known_unit(run, command.unit)
    if unit.state is UnitState.OFF_DUTY:
        raise c.Refusal("off_duty", f"{unit.code} is off duty already.")
    if UnitState.BUSY in unit.slots:
        raise c.Refusal("unit_busy", f"{unit.code} holds an assignment; finish it or withdraw first.")
    for live in sorted(unit.held):
        run.state(e.Declined(**about(run.board.assignments[live]), reason="off duty"))
    run.state(e.DutyEnded(unit=unit.code))


def lose_unit(run: Run, command: c.LoseUnit) -> None:
    unit = known_unit(run, command.unit)
    if unit.state in {UnitState.OFF_DUTY, UnitState.UNREACHABLE}:
        raise c.Refusal("nothing_to_lose", f"{unit.code} is {unit.state.value.replace('_', ' ')}.")
    lose(run, unit.code)


def lose(run: Run, code: str) -> None:
    """Release every offer the unit has not answered, then ask it nothing until it is heard again."""
    for live in sorted(run.board.units[code].held):
        assignment = run.board.assignments[live]
        if assignment.state is NeedState.OFFERED:
            expire_offer(run, assignment)
    if UnitState.FREE in run.board.units[code].slots:
        run.state(e.UnitLost(unit=code))


def expire_offer(run: Run, assignment: Assignment) -> None:
    cause = "unanswered" if "seen" in assignment.stamps else "unseen"
    run.state(e.OfferExpired(**about(assignment), cause=cause))


def hear_unit(run: Run, command: c.HearUnit) -> None:
    hear(run, known_unit(run, command.unit).code)


def hear(run: Run, code: str) -> None:
    if UnitState.UNREACHABLE in run.board.units[code].slots:
        run.state(e.UnitHeard(unit=code))


def list_units(run: Run, command: c.ListUnits) -> None:
    codes = {facts.code for facts in command.units}
    if len(codes) != len(command.units):
        raise c.Refusal("unit_twice", "A unit code stands twice in the list.")
    for facts in sorted(command.units, key=lambda facts: facts.code):
        if not 1 <= facts.capacity <= CAPACITY_MAX:
            raise c.Refusal("wrong_capacity", f"{facts.code} can hold 1 to {CAPACITY_MAX} at once.")
        known = run.board.units.get(facts.code)
        if known is not None and known.state is not UnitState.OFF_DUTY and _differs(known, facts):
            raise c.Refusal("unit_on_duty", f"{facts.code} is on duty; its facts change when it is off duty.")
        if known is None or _differs(known, facts):
            run.state(
                e.UnitListed(
                    unit=facts.code,
                    institution=facts.institution,
                    agency=facts.agency,
                    zone=facts.zone,
                    capacity=facts.capacity,
                    capabilities=facts.capabilities,
                    sealed=facts.sealed,
                )
            )
    for code in sorted(set(run.board.units) - codes):
        if run.board.units[code].state is not UnitState.OFF_DUTY:
            raise c.Refusal("unit_on_duty", f"{code} is on duty and not in the list.")
        run.state(e.UnitRetired(unit=code))


def _differs(unit: Unit, facts: c.UnitFacts) -> bool:
    return (unit.institution, unit.agency, unit.zone, len(unit.slots), unit.capabilities, unit.sealed) != (
        facts.institution,
        facts.agency,
        facts.zone,
        facts.capacity,
        facts.capabilities,
        facts.sealed,
    )
