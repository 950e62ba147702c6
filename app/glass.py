"""Breaking glass: reading what the table of permissions does not give, for a named reason and a short time.

Whoever breaks it has just proved who they are. Supervisors are told at once, and somebody else judges it later.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from app.clock import Clock, rfc3339
from app.details import Details
from app.dispatch.commands import Refusal
from app.dispatch.model import KeepOut
from app.security.fields import Kind
from app.security.permissions import Action, Forbidden, NotTheirs
from app.security.scope import kept_out
from app.security.sessions import Viewer
from app.store import audit, queries
from app.store import glass as rows
from app.store.glass import ACKNOWLEDGED, BROKEN, REVIEWED, GlassRow
from app.store.session import GONE, Database

GlassReason = Literal["danger", "handover", "complaint", "court", "correction", "review"]
"""Why glass may be broken: she is in danger; the case goes to somebody else; somebody complained; a court asks;
what was written is wrong; the work on it is looked over."""
GlassOutcome = Literal["justified", "unclear", "unjustified"]
QUEUE_MAX = 500

_LOG = logging.getLogger("naranja.glass")


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Glass that no supervisor has taken notice of yet; `keep_out` is who is kept out of its alert."""

    row: GlassRow
    keep_out: KeepOut

    def shape(self) -> dict[str, str]:
        """As it goes out: ids, a code and two times."""
        return {
            "id": self.row.id,
            "alert": self.row.alert,
            "by": self.row.person,
            "reason": self.row.reason,
            "opened_at": rfc3339(self.row.opened_at),
            "until": rfc3339(self.row.until),
        }


class IdTaken(Exception):
    """Other glass was broken under this id before."""


Listener = Callable[[Sequence[Notice]], None]
"""Told of all notices whenever they change. Must not wait."""


class Glass:
    """The glass of one center. `proof_s`: how fresh a proof has to be; `open_s`: how long it stays open."""

    def __init__(
        self, database: Database, details: Details, clock: Clock, center: str, *, proof_s: float, open_s: float
    ) -> None:
        self.notices: tuple[Notice, ...] = ()
        self._database, self._details, self._clock, self._center = database, details, clock, center
        self._proof_s, self._open_s = proof_s, open_s
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        """Tell `listener` whenever the notices have changed."""
        self._listeners.append(listener)

    async def look(self) -> None:
        """See what of all processes no supervisor has taken notice of."""
        async with self._database.transaction() as connection:
            found = await rows.unacknowledged(connection, self._center)
            known = await queries.bounds(connection, self._center, {row.alert for row in found}) if found else {}
        notices = tuple(Notice(row=row, keep_out=known[row.alert].keep_out) for row in found)
        if notices != self.notices:
            self.notices = notices
            for listener in self._listeners:
                listener(notices)

    async def smash(self, viewer: Viewer, *, glass: str, alert: str, reason: GlassReason, note: str) -> GlassRow:
        """Break it: for this person, on this alert. The same id again changes nothing and gives the same answer.

        Whether the alert is theirs to ask for is asked before. Raises Forbidden (`proof_needed`) or IdTaken.
        """
        at = self._clock.now()
        if not viewer.proved_at > 0 or at - viewer.proved_at > self._proof_s:
            raise Forbidden(
                viewer, Action.BREAK_GLASS, "Prove again who you are, then break the glass.", code="proof_needed"
            )
        key = await self._details.key(alert)
        (sealed,) = self._details.seal(key, alert, glass, at, viewer.person, {Kind.GLASS_NOTE.value: note})
        async with self._database.transaction() as connection:
            is_new = await rows.add(
                connection,
                self._center,
                glass=glass,
                alert=alert,
                person=viewer.person,
                reason=reason,
                note=sealed.sealed,
                at=at,
                until=at + self._open_s,
            )
            row = await rows.one(connection, self._center, glass)
            if row is None or (row.person, row.alert, row.reason) != (viewer.person, alert, reason):
                raise IdTaken(glass)
            if is_new:
                said = {"glass": glass, "reason": reason}
                await self._audit(connection, viewer, BROKEN, alert, said)
        await self._told()
        return row

    async def standing(self, viewer: Viewer, alert: str) -> str | None:
        """The id of this person's glass on this alert that is open now, or None."""
        async with self._database.transaction() as connection:
            return await rows.standing(connection, self._center, viewer.person, alert, self._clock.now())

    async def queue(self, viewer: Viewer, *, unreviewed: bool) -> list[GlassRow]:
        """What is to be judged, or everything; without what is on alerts that keep the reader out."""
        async with self._database.transaction() as connection:
            found = await rows.queue(connection, self._center, unreviewed=unreviewed, limit=QUEUE_MAX)
            known = await queries.bounds(connection, self._center, {row.alert for row in found}) if found else {}
        return [row for row in found if not kept_out(viewer, known[row.alert].keep_out)]

    async def note(self, viewer: Viewer, row: GlassRow) -> Any:
        """What was said on breaking it, None where it does not open any more; that it is read is written down."""
        async with self._database.transaction() as connection:
            await self._audit(connection, viewer, "glass note", row.alert, {"glass": row.id})
        kind = Kind.GLASS_NOTE.value
        return await self._details.opened(row.alert, kind, f"{row.id}/{kind}", row.note)

    async def acknowledge(self, viewer: Viewer, glass: str) -> GlassRow:
        """A supervisor has taken notice, not of their own. Raises Refusal or Forbidden."""
        row = await self._of_another(viewer, Action.ACKNOWLEDGE_GLASS, glass)
        async with self._database.transaction() as connection:
            await rows.acknowledge(connection, glass, viewer.person, self._clock.now())
            await rows.ring(connection, self._center)
            await self._audit(connection, viewer, ACKNOWLEDGED, row.alert, {"glass": glass})
        await self._told()
        return await self._again(row)

    async def review(self, viewer: Viewer, glass: str, outcome: GlassOutcome) -> GlassRow:
        """Judge it, not one's own. Raises Refusal (`reviewed_before`) or Forbidden."""
        row = await self._of_another(viewer, Action.REVIEW_GLASS, glass)
        async with self._database.transaction() as connection:
            if not await rows.review(connection, glass, viewer.person, outcome, self._clock.now()):
                if (row.reviewed_by, row.outcome) == (viewer.person, outcome):
                    return row
                raise Refusal("reviewed_before", "This was reviewed already.")
            said = {"glass": glass, "outcome": outcome}
            await self._audit(connection, viewer, REVIEWED, row.alert, said)
        return await self._again(row)

    async def _of_another(self, viewer: Viewer, action: Action, glass: str) -> GlassRow:
        async with self._database.transaction() as connection:
            row = await rows.one(connection, self._center, glass)
            known = await queries.bounds(connection, self._center, [row.alert]) if row else {}
        unknown = Refusal("unknown_glass", "There is no glass with this id.")
        if row is None:
            raise unknown
        if kept_out(viewer, known[row.alert].keep_out):
            raise NotTheirs(viewer, action, unknown, alert=row.alert)
        if row.person == viewer.person:
            raise Forbidden(viewer, action, "Somebody else has to look at this: it is your own.")
        return row

    async def _again(self, row: GlassRow) -> GlassRow:
        async with self._database.transaction() as connection:
            return await rows.one(connection, self._center, row.id) or row

    async def _told(self) -> None:
        """It is saved; where it cannot be told now, the next look tells it."""
        try:
            await self.look()
        except GONE as problem:
            _LOG.warning("notices not looked at", extra={"error": type(problem).__name__})

    async def _audit(self, connection: Any, viewer: Viewer, what: str, alert: str, said: dict[str, str]) -> None:
        await audit.write(
            connection, self._center, at=self._clock.now(), by=viewer.person, what=what, alert=alert, said=said
        )
