"""Logs made by hand: one alert told step by step, with a known time for each step."""

from typing import Any, Self

from app.dispatch import events as e
from app.dispatch.model import Institution, Level, Why, WhyNot
from app.reports.timeline import Timeline, timelines

POLICE, PROSECUTOR, SHELTER = Institution.POLICE, Institution.PROSECUTOR, Institution.SHELTER
START = 1_700_000_000.0
"""2023-11-14 22:13:20 UTC, 16:13 in Mexico City."""


class Story:
    """One alert's log. Each method is one thing that happened, `at` seconds after `START`."""

    def __init__(
        self,
        alert: str = "a1",
        *,
        raised: float = 0.0,
        received: float | None = None,
        zone: str = "centro",
        needs: tuple[Institution, ...] = (POLICE,),
    ) -> None:
        self.alert = alert
        self.log: list[e.Entry] = []
        self.happens(
            raised,
            e.AlertRaised,
            folio="N-1",
            zone=zone,
            zone_how="inside",
            level=Level.STANDARD,
            incident="30503",
            received_at=START + (raised if received is None else received),
            answered_at=START + raised,
        )
        for institution in needs:
            self.need(raised, institution)

    def happens(self, at: float, kind: type[e.AlertEvent], **fields: Any) -> Self:
        event = kind(alert=self.alert, **fields)
        self.log.append(e.Entry(seq=len(self.log) + 1, at=START + at, by="p1", command="c", event=event))
        return self

    def need(self, at: float, institution: Institution) -> Self:
        return self.happens(at, e.NeedAdded, need=institution.value, institution=institution)

    def offered(self, at: float, unit: str = "P-1", need: Institution = POLICE) -> Self:
        asked = {"why": Why(rule="nearest"), "slot": 0, "seen_by": at + 20, "answer_by": at + 45}
        return self.happens(at, e.Offered, **self._of(unit, need), **asked)

    def says(
        self, at: float, kind: type[e.AssignmentEvent], unit: str = "P-1", need: Institution = POLICE
    ) -> Self:
        why: dict[type[e.AssignmentEvent], dict[str, str]] = {
            e.Declined: {"reason": "busy"},
            e.Withdrawn: {"reason": "flat tyre"},
            e.Recalled: {"reason": "by hand"},
            e.CalledOff: {"reason": "not needed"},
            e.OfferExpired: {"cause": "unseen"},
            e.Reassigned: {"reason": "nearer_unit"},
        }
        return self.happens(at, kind, **self._of(unit, need), **why.get(kind, {}))

    def served(self, offered: float, accepted: float, en_route: float, on_scene: float, unit: str = "P-1") -> Self:
        """A police unit is offered the alert, takes it and comes."""
        self.offered(offered, unit).says(accepted, e.Accepted, unit)
        return self.says(en_route, e.WentEnRoute, unit).says(on_scene, e.ArrivedOnScene, unit)

    def stuck(self, at: float, need: Institution = POLICE) -> Self:
        return self.happens(at, e.NeedStuck, need=need.value, retry_at=START + at + 30, why_not=WhyNot())

    def dropped(self, at: float, need: Institution = POLICE) -> Self:
        return self.happens(at, e.NeedDropped, need=need.value, reason="not needed")

    def closed(self, at: float) -> Self:
        return self.happens(at, e.AlertClosed, disposition="attended", safe="yes")

    def cancelled(self, at: float) -> Self:
        return self.happens(at, e.AlertCancelled, reason="wrong number")

    def calls(self, at: float, call: str, received: float) -> Self:
        """Another call for the same household joins."""
        return self.happens(at, e.CallJoined, call=call, received_at=START + received)

    def merged(self, at: float, into: str) -> Self:
        return self.happens(at, e.AlertMerged, into=into)

    def order(self, at: float, outcome: str) -> Self:
        return self.happens(at, e.OrderSettled, outcome=outcome)

    def elsewhere(self, at: float, kind: type[e.NeedEvent], need: Institution = POLICE) -> Self:
        """What the neighbouring center did with a need."""
        return self.happens(at, kind, need=need.value)

    @property
    def timeline(self) -> Timeline:
        return timelines(self.log)[self.alert]

    def _of(self, unit: str, need: Institution) -> dict[str, str]:
        return {"need": need.value, "assignment": f"{self.alert}/{unit}", "unit": unit}
