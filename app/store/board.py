"""The board out of its tables, and the rows a batch of decisions leaves in them."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.dispatch.decide import Decision
from app.dispatch.events import (
    AlertCancelled,
    AlertClosed,
    AlertEvent,
    AlertMerged,
    AlertRaised,
    AssignmentEvent,
    CallJoined,
    Offered,
)
from app.dispatch.indexes import board_of
from app.dispatch.model import AlertState, Board

from .log import AlertRow, AssignmentRow, HouseholdRow, UnitRow
from .rows import alert_from, as_json, assignment_from, unit_from, unit_of


async def load(connection: Any, center: str) -> Board:
    """The board as of the last commit (asyncpg connection). Raises LookupError for an unknown center."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        row = await connection.fetchrow(
            "SELECT folio_prefix, last_seq, last_at, folios FROM centers WHERE id = $1", center
        )
        if row is None:
            raise LookupError(f"there is no center {center}")
        alerts = [
            alert_from(found["body"])
            for found in await connection.fetch(
                "SELECT body::text AS body FROM alerts WHERE center = $1 AND on_board ORDER BY id", center
            )
        ]
        assignments = [
            assignment_from(found["body"])
            for found in await connection.fetch(
                "SELECT body::text AS body FROM assignments WHERE center = $1 AND live ORDER BY id", center
            )
        ]
        units = [
            unit_from(found["body"])
            for found in await connection.fetch(
                "SELECT body::text AS body FROM units WHERE center = $1 AND listed ORDER BY code", center
            )
        ]
    return board_of(
        center=center,
        prefix=row["folio_prefix"],
        seq=row["last_seq"],
        at=row["last_at"],
        folios=row["folios"],
        alerts={alert.id: alert for alert in alerts},
        assignments={assignment.id: assignment for assignment in assignments},
        units={unit.code: unit for unit in units},
    )


def touched(
    before: Board, decisions: Sequence[Decision]
) -> tuple[list[AlertRow], list[UnitRow], list[AssignmentRow]]:
    """The rows that change when `before` becomes the board after the last of these decisions.

    Assignments that are over come before those that are live, so that a slot is free before it is taken.
    """
    after = decisions[-1].board if decisions else before
    alerts: dict[str, AlertRow] = {}
    units: dict[str, UnitRow] = {}
    assignments: dict[str, AssignmentRow] = {}
    ended: dict[str, str] = {}
    slots: dict[str, int] = {}
    prior = before
    for decision in decisions:
        for event in decision.events:
            if isinstance(event, Offered):
                slots[event.assignment] = event.slot
            if isinstance(event, AlertEvent):
                if type(event) in _ENDS:
                    ended[event.alert] = _ENDS[type(event)].value
                alerts[event.alert] = _alert_row(event, prior, decision.board, after, ended.get(event.alert))
            if isinstance(event, AssignmentEvent):
                # One decision may offer a unit and take it back for a higher level: no board ever had that.
                known = before.assignments.get(event.assignment)
                slot = slots[event.assignment] if known is None else known.slot
                assignments[event.assignment] = _assignment_row(event, slot, after)
            code = unit_of(event)
            if code is not None:
                units[code] = _unit_row(code, prior, after)
        prior = decision.board
    ordered = sorted(assignments.values(), key=lambda row: row.body is not None)
    return list(alerts.values()), list(units.values()), ordered


def households_of(decisions: Sequence[Decision]) -> list[HouseholdRow]:
    """Under which names of households these decisions raised alerts, or joined calls to one."""
    rows: dict[tuple[str, str], HouseholdRow] = {}
    for decision in decisions:
        for event in decision.events:
            if isinstance(event, AlertRaised | CallJoined):
                known = decision.board.alerts.get(event.alert)
                raised_at = decision.receipt.at if known is None else known.raised_at
                for token in sorted(event.household):
                    rows[token, event.alert] = HouseholdRow(token=token, alert=event.alert, raised_at=raised_at)
    return list(rows.values())


_ENDS: Mapping[type[AlertEvent], AlertState] = {
    AlertClosed: AlertState.CLOSED,
    AlertCancelled: AlertState.CANCELLED,
    AlertMerged: AlertState.MERGED,
}


def _alert_row(event: AlertEvent, prior: Board, then: Board, after: Board, ended: str | None) -> AlertRow:
    alert = then.alerts.get(event.alert) or prior.alerts.get(event.alert)
    if alert is None:
        raise LookupError(f"nothing is known of alert {event.alert}")
    stays = after.alerts.get(alert.id)
    state = stays.state.value if stays else ended or alert.state.value
    return AlertRow(
        id=alert.id,
        folio=alert.folio,
        state=state,
        raised_at=alert.raised_at,
        body=as_json(stays) if stays else None,
    )


def _assignment_row(event: AssignmentEvent, slot: int, after: Board) -> AssignmentRow:
    stays = after.assignments.get(event.assignment)
    return AssignmentRow(
        id=event.assignment,
        alert=event.alert,
        need=event.need,
        unit=event.unit,
        slot=slot,
        capacity=len(after.units[event.unit].slots) if stays else None,
        state=stays.state.value if stays else type(event).__name__,
        body=as_json(stays) if stays else None,
    )


def _unit_row(code: str, prior: Board, after: Board) -> UnitRow:
    unit = after.units.get(code) or prior.units.get(code)
    if unit is None:
        raise LookupError(f"nothing is known of unit {code}")
    return UnitRow(code=code, capacity=len(unit.slots), listed=code in after.units, body=as_json(unit))
