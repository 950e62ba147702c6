"""Erasing an alert: its key is destroyed, so that nobody opens its personal data any more; the log stays as it is.

Refused while the alert is open or a unit has something of it, and while it is held for the law.
"""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncConnection

from app.clock import Clock
from app.dispatch.commands import Refusal
from app.store import audit
from app.store import erasing as rows
from app.store.session import Database

RETENTION = "retention"
"""The reason of what the schedule erases; nobody may say it by hand."""


class EraseReason(StrEnum):
    """Why a person erases an alert before its time."""

    PERSON_ASKED = "person_asked"
    COURT_ORDER = "court_order"
    RAISED_BY_MISTAKE = "raised_by_mistake"
    TRIAL_DATA = "trial_data"


class HoldReason(StrEnum):
    """Why an alert may not be erased."""

    COURT = "court"
    PROSECUTOR = "prosecutor"
    COMPLAINT = "complaint"
    INTERNAL_REVIEW = "internal_review"


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """When the alert was erased, seconds since 1970 UTC; `again` if it was so already."""

    at: float
    again: bool


class Eraser:
    """Erases and holds alerts of one center."""

    def __init__(self, database: Database, clock: Clock, center: str) -> None:
        self._database, self._clock, self._center = database, clock, center

    async def erase(self, alert: str, *, by: str, reason: str) -> Erased:
        """Destroy the alert's key, once; who did it and why is written in the same transaction.

        Raises Refusal: `unknown_alert`, `alert_open`, `alert_on_board`, `alert_held`.
        """
        at = self._clock.now()
        async with self._database.transaction() as connection:
            kept = await self._kept(connection, alert)
            if kept.erased_at is not None:
                return Erased(at=kept.erased_at, again=True)
            if kept.state == "open":
                raise Refusal("alert_open", "This alert is open; close it first.")
            if kept.on_board:
                raise Refusal("alert_on_board", "A unit still has something of this alert; wait until it is done.")
            if kept.held:
                raise Refusal("alert_held", "This alert is held for the law; its hold has to be ended first.")
            await rows.erase(connection, self._center, alert, at)
            await audit.write(
                connection, self._center, at=at, by=by, what="erase_alert", alert=alert, said={"reason": reason}
            )
        return Erased(at=at, again=False)

    async def hold(self, alert: str, *, by: str, reason: HoldReason) -> None:
        """Nobody erases this alert until it is released. Raises Refusal: `unknown_alert`, `details_erased`."""
        at = self._clock.now()
        async with self._database.transaction() as connection:
            kept = await self._kept(connection, alert)
            if kept.erased_at is not None:
                raise Refusal(
                    "details_erased", "The personal data of this alert were erased; nothing is left to hold."
                )
            if await rows.hold(connection, self._center, alert, at=at, by=by, reason=reason):
                said = {"reason": reason.value}
                await audit.write(
                    connection, self._center, at=at, by=by, what="hold_alert", alert=alert, said=said
                )

    async def release(self, alert: str, *, by: str) -> None:
        """The alert may be erased again. Raises Refusal: `unknown_alert`."""
        at = self._clock.now()
        async with self._database.transaction() as connection:
            await self._kept(connection, alert)
            if await rows.release(connection, self._center, alert):
                await audit.write(connection, self._center, at=at, by=by, what="release_alert", alert=alert)

    async def _kept(self, connection: AsyncConnection, alert: str) -> rows.Kept:
        kept = await rows.locked(connection, self._center, alert)
        if kept is None:
            raise Refusal("unknown_alert", "There is no alert with this id.")
        return kept
