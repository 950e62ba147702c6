"""What can be said of a unit: on the list, on duty, lost, heard."""

from . import commands as c
from . import events as e
from .barring import recall_barred
from .model import Assignment, NeedState, Unit, UnitState
from .refusals import refused
from .run import Run, about, known_unit

CAPACITY_MAX = 200
"""Places one unit can have."""


def start_duty(run: Run, command: c.StartDuty) -> None:
    unit = known_unit(run, command.unit)
    if unit.on_duty:
        raise refused("on_duty", unit=unit.code)
    if command.until is not None and command.until <= run.at:
        raise refused("shift_over")
    run.state(
        e.DutyStarted(unit=unit.code, crew=command.crew, crew_brings=command.crew_brings, until=command.until)
    )


def end_duty(run: Run, command: c.EndDuty) -> None:
    unit = known_unit(run, command.unit)
    if not unit.on_duty:
        raise refused("off_duty", unit=unit.code)
    if UnitState.BUSY in unit.slots:
        raise refused("unit_busy", unit=unit.code)
    for live in sorted(unit.held):
        run.state(e.Declined(**about(run.board.assignments[live]), reason="off duty"))
    run.state(e.DutyEnded(unit=unit.code))


def join_crew(run: Run, command: c.JoinCrew) -> None:
    """One more is aboard. What the unit holds and this one must not know of is recalled."""
    unit = known_unit(run, command.unit)
    if not unit.on_duty:
        raise refused("off_duty", unit=unit.code)
    hear(run, unit.code)
    if command.member in unit.crew:
        return
    run.state(e.CrewJoined(unit=unit.code, member=command.member))
    recall_barred(run, unit.code)


def lose_unit(run: Run, command: c.LoseUnit) -> None:
    """Ask the unit nothing until it is heard again. The clock may say so only of a line long dead."""
    unit = known_unit(run, command.unit)
    if not can_be_lost(unit):
        raise refused("nothing_to_lose", unit=unit.code, state=unit.state)
    if command.by == c.SERVICE:
        quiet = run.ground.quiet(run.at - run.rules.lost_after_s)
        if all(unit.code != code for _, code in quiet):
            raise refused("not_due")
    lose(run, unit.code)


def can_be_lost(unit: Unit) -> bool:
    """Whether the unit is asked anything, or could be: what it has accepted stays with it and is watched."""
    return UnitState.FREE in unit.slots or UnitState.HELD in unit.slots


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
        raise refused("unit_twice")
    for facts in sorted(command.units, key=lambda facts: facts.code):
        if not 1 <= facts.capacity <= CAPACITY_MAX:
            raise refused("wrong_capacity", unit=facts.code, most=CAPACITY_MAX)
        if facts.children_max is not None and facts.children_max < 0:
            raise refused("wrong_children", unit=facts.code)
        known = run.board.units.get(facts.code)
        if known is not None and known.on_duty and _differs(known, facts):
            raise refused("unit_on_duty", unit=facts.code)
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
                    children_max=facts.children_max,
                )
            )
    for code in sorted(set(run.board.units) - codes):
        if run.board.units[code].on_duty:
            raise refused("unit_on_duty:not_listed", unit=code)
        run.state(e.UnitRetired(unit=code))


def _differs(unit: Unit, facts: c.UnitFacts) -> bool:
    known = c.UnitFacts(
        code=unit.code,
        institution=unit.institution,
        agency=unit.agency,
        zone=unit.zone,
        capacity=len(unit.slots),
        capabilities=unit.capabilities,
        sealed=unit.sealed,
        children_max=unit.children_max,
    )
    return known != facts
