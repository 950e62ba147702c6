"""The calls of a trial before the pure core: operators raise alerts, crews answer as they would, and drive.

Nobody at the desk does anything by hand: what comes of an alarm is not counted as help.
"""

from collections.abc import Sequence
from itertools import count

from app.dispatch import commands as c
from app.dispatch import events as e
from app.dispatch.model import UNACCEPTED, Board, Institution, Need
from app.dispatch.rules import Rules
from simulator.drawn import Drawn, Help
from simulator.engine import Engine, Steps
from simulator.field import Field
from simulator.operating import answered_at

DELIVERED_S = 0.5
"""An offer is on the phone after so long."""

WELL_EVERY_S = 600.0
"""A crew on scene says that it is well this often."""

RELEASES = (
    e.Declined, e.OfferExpired, e.Outrun, e.Recalled, e.Reassigned, e.Withdrawn, e.CalledOff, e.Done,
)  # fmt: skip
"""After these a unit may have nothing any more."""


def dispatched(drawn: Drawn, rules: Rules, *, by_road: bool) -> list[e.Entry]:
    """The log of these days under the core with these rules."""
    desk = _Desk(drawn, rules, by_road=by_road)
    desk.engine.run(drawn.ends)
    return desk.engine.log


class _Desk:
    """The engine with everybody around it."""

    def __init__(self, drawn: Drawn, rules: Rules, *, by_road: bool) -> None:
        self._drawn = drawn
        self._field = Field(drawn, by_road=by_road)
        self.engine = Engine(Board(center="trial"), rules, self._field, drawn.begins)
        self._calls = {call.id: call for call in drawn.calls}
        self._numbers = count(1)
        facts = [
            c.UnitFacts(code=row.code, institution=Institution.POLICE, agency=row.agency, zone=row.zone)
            for row in drawn.region.patrols
        ]
        self.engine.perform(c.ListUnits(id="list", by="coordinator", units=tuple(facts)))
        for row in drawn.region.patrols:
            self.engine.start(self._day(row.code))
        for call, answered in zip(drawn.calls, answered_at(drawn), strict=True):
            self.engine.start(self._call(call, answered), answered + call.place_s - drawn.begins)
        self.engine.listeners.append(self._hear)

    def _id(self) -> str:
        return f"t{next(self._numbers)}"

    # --- the call

    def _call(self, call: Help, answered: float) -> Steps:
        self._field.place_alert(call)
        self.engine.perform(
            c.RaiseAlert(
                id=call.id,
                by="operator",
                zone=call.zone,
                needs=(c.NeedWanted(institution=Institution.POLICE),),
                threat=call.threat,
                received_at=call.at,
                answered_at=answered,
                located_at=self.engine.at,
            )
        )
        yield from ()

    # --- the patrol's own day

    def _day(self, unit: str) -> Steps:
        """On duty outside its other work. A job that comes while it is asked or sent begins when that is over."""
        beat = self._drawn.beats[unit]
        self._take_duty(unit)
        for start, end in beat.work:
            if end <= self.engine.at:
                continue
            yield max(0.0, start - self.engine.at)
            self._leave(unit)
            yield end - self.engine.at
            self._take_duty(unit)

    def _take_duty(self, unit: str) -> None:
        beat, at = self._drawn.beats[unit], self.engine.at
        if not self.engine.board.units[unit].on_duty and beat.working_until(at) == at:
            self.engine.perform(c.StartDuty(id=self._id(), by=unit, unit=unit, until=beat.until(at)))

    def _leave(self, unit: str) -> None:
        """Off to its other work, if that has begun and it holds nothing."""
        at, known = self.engine.at, self.engine.board.units[unit]
        if known.on_duty and not known.held and self._drawn.beats[unit].working_until(at) > at:
            self.engine.perform(c.EndDuty(id=self._id(), by=unit, unit=unit))

    def _leave_now(self, unit: str) -> Steps:
        self._leave(unit)
        yield from ()

    # --- the patrol and an alert

    def _hear(self, entry: e.Entry) -> None:
        event = entry.event
        if isinstance(event, e.Offered):
            self.engine.start(self._serve(event, self._calls[event.alert]), DELIVERED_S)
        elif isinstance(event, RELEASES):
            self.engine.start(self._leave_now(event.unit))

    def _serve(self, offer: e.Offered, call: Help) -> Steps:
        """What the crew of an offer does, step by step; where somebody else has it by then, no more."""
        unit, drawn, engine = offer.unit, self._drawn, self.engine
        offered_at, crew = engine.at - DELIVERED_S, drawn.crew(call, unit)
        if not self._says(c.ConfirmDelivery, offer) or crew.answers is None:
            return
        yield crew.seen_s
        if not self._says(c.SeeOffer, offer):
            return
        yield crew.answer_s
        # Offered while it goes back to its other work, it is at that already.
        if crew.answers == "decline" or drawn.beats[unit].working_until(offered_at) > offered_at:
            no = c.Decline(id=self._id(), by=unit, assignment=offer.assignment, unit=unit, reason="busy")
            self.engine.perform(no)
            return
        if not self._says(c.Accept, offer):
            return
        yield crew.turnout_s
        trip_s = drawn.trip_s(call, unit, engine.at)
        if not self._says(c.GoEnRoute, offer):
            return
        yield trip_s
        self._says(c.ArriveOnScene, offer)
        leaves = engine.at + call.scene_s
        while engine.at + WELL_EVERY_S < leaves:
            yield WELL_EVERY_S
            self._says(c.ConfirmWell, offer)
        yield leaves - engine.at
        back = engine.at + drawn.back_s(call, unit, engine.at)
        # Back on its beat in the middle of its other work, it is at that before anybody can ask it.
        yield drawn.beats[unit].working_until(back) - engine.at
        self._says(c.Finish, offer)
        self._close(call)

    def _says(self, what: type[c.AssignmentCommand], offer: e.Offered) -> bool:
        """Whether the desk took it."""
        unit = offer.unit
        receipt = self.engine.perform(what(id=self._id(), by=unit, assignment=offer.assignment, unit=unit))
        return receipt is not None and receipt.refused is None

    def _close(self, call: Help) -> None:
        """Who has served it to the end says that it is over; nobody else is needed any more."""
        alert, engine = self.engine.board.alerts.get(call.id), self.engine
        for need in _unaccepted(alert.needs if alert else ()):
            engine.perform(
                c.CallOffNeed(id=self._id(), by="operator", alert=call.id, need=need.key, reason="over")
            )
        engine.perform(
            c.CloseAlert(id=self._id(), by="operator", alert=call.id, disposition="attended", safe="yes")
        )


def _unaccepted(needs: Sequence[Need]) -> list[Need]:
    return [need for need in needs if need.state in UNACCEPTED]
