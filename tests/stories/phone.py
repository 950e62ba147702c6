"""A unit's phone: what it is shown over its socket, and what its crew answers over HTTP."""

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from app.clock import rfc3339

from .screen import Card, Screen

if TYPE_CHECKING:
    from .center import Answer, Center, Raised


class Phone(Screen):
    """The phone of one unit. Its crew says things; the phone itself says `received` and `pong` unless silent."""

    def __init__(self, center: "Center", code: str, token: str) -> None:
        super().__init__(code, token)
        self.code = code
        self._center = center
        self._looked_at = 0

    # --- what it is shown

    async def expect_offer(self, alert: "Raised") -> Card:
        """An offer for this alert is on the screen; returns its card."""
        await self.until(lambda: self._card(alert, "offered") is not None, f"an offer for {alert.folio}")
        self._looked_at = len(self.frames)
        return self.card(alert)

    async def expect_place(self, alert: "Raised") -> Card:
        """The card of an accepted assignment says where; returns it."""
        await self.until(
            lambda: (card := self._card(alert)) is not None and card["where"] is not None,
            f"where {alert.folio} is",
        )
        return self.card(alert)

    async def expect_state(self, alert: "Raised", state: str) -> Card:
        """The assignment for this alert is shown in this state."""
        await self.until(lambda: self._card(alert, state) is not None, f"{alert.folio} {state}")
        return self.card(alert)

    async def expect_unit(self, state: str) -> None:
        """Its own unit is shown in this state."""
        await self.until(lambda: self.cards.get(self.code, {}).get("state") == state, f"itself {state}")

    async def expect_nothing(self) -> None:
        """Everything sent so far has come, and no assignment is on the screen."""
        await self.everything_sent()
        assert self.assignments() == [], f"{self.code} is shown {self.assignments()}"

    def assignments(self) -> list[Card]:
        """The assignments on the screen."""
        return [card for card in self.cards.values() if card["card"] == "assignment"]

    def card(self, alert: "Raised") -> Card:
        """The card of this alert's assignment."""
        card = self._card(alert)
        assert card is not None, f"{self.code} has no card for {alert.folio}"
        return card

    def was_ever_shown(self, alert: "Raised") -> bool:
        """Whether any frame ever named the alert."""
        return any(alert.id in str(frame) or alert.folio in str(frame) for frame in self.frames)

    # --- what its crew says

    async def says(self, step: str, alert: "Raised", **body: Any) -> "Answer":
        """One step over HTTP, with a command id of its own unless `id` is given."""
        return await self._center.post(f"/api/assignments/{self.card(alert)['id']}/{step}", body, token=self.token)

    async def looks_at(self, alert: "Raised") -> None:
        """A person looks at the offer."""
        (await self.says("seen", alert)).must_be(200)

    async def accepts(self, alert: "Raised") -> None:
        """A person says yes."""
        (await self.says("accept", alert)).must_be(200)

    async def takes(self, alert: "Raised", *steps: str) -> Card:
        """The offer comes, a person says yes, and then these steps; returns the card as it was accepted."""
        await self.expect_offer(alert)
        await self.accepts(alert)
        card = await self.expect_state(alert, "accepted")
        await self.goes(alert, *steps)
        return card

    async def goes(self, alert: "Raised", *steps: str) -> None:
        """These steps, one after the other: `en-route`, `on-scene`, …"""
        for step in steps:
            (await self.says(step, alert)).must_be(200)

    async def declines(self, alert: "Raised", reason: str = "no_fuel") -> None:
        """A person says no."""
        (await self.says("decline", alert, reason=reason)).must_be(200)

    async def starts_duty(self, *crew: str, **more: Any) -> None:
        """On shift; `more` says what the crew brings, and until when."""
        await self._duty(on=True, crew=list(crew), **more)

    async def ends_duty(self) -> None:
        """Off shift."""
        await self._duty(on=False)

    async def reports_position(self, lat: float, lon: float) -> None:
        """The device says over the socket where it is, now."""
        at = rfc3339(self._center.clock.now())
        await self._say(type="position", lat=lat, lon=lon, accuracy_m=10, at=at)

    async def receives(self) -> None:
        """The device says again that it has everything it was sent."""
        await self._say(type="received", seq=self.last_seq)

    async def goes_away(self) -> None:
        """No network: the socket closes."""
        await self.disconnect()

    async def comes_back(self) -> None:
        """The network is there again: sign in where that is needed, resume from what it has."""
        self.token = await self._center.token_for(self.code)
        await self.connect(self._center.url)

    async def _duty(self, **body: Any) -> None:
        said = {"id": str(uuid4()), **body}
        (await self._center.put(f"/api/units/{self.code}/duty", said, token=self.token)).must_be(200)

    def _card(self, alert: "Raised", state: str | None = None) -> Card | None:
        found = [
            card
            for card in self.assignments()
            if card["alert"] == alert.id and (state is None or card["state"] == state)
        ]
        return found[-1] if found else None


class Console(Screen):
    """What an operator has on the screen: alerts and units."""

    async def expect_alarm(self, alert: "Raised", need: str, cause: str | None = None, times: int = 1) -> Card:
        """The need calls for a human, for this cause where one is named, so many times; returns the alarm."""

        def calls() -> bool:
            alarm = self._alarm(alert, need)
            return alarm is not None and cause in {None, alarm["cause"]} and alarm["times"] >= times

        await self.until(calls, f"an alarm {cause or ''} on {need} of {alert.folio}")
        return self.need(alert, need)["alarm"]  # type: ignore[no-any-return]

    async def expect_quiet(self, alert: "Raised", need: str) -> None:
        """Everything sent so far has come, and the need calls for nobody."""
        await self.everything_sent()
        assert self._alarm(alert, need) is None, f"{need} of {alert.folio} calls: {self._alarm(alert, need)}"

    async def expect_need(self, alert: "Raised", need: str, state: str, unit: str | None = None) -> Card:
        """The need stands so, with this unit; returns it."""

        def stands() -> bool:
            if alert.id not in self.cards:
                return False
            shown = self.need(alert, need)
            return shown["state"] == state and (unit is None or shown["unit"] == unit)

        await self.until(stands, f"{need} of {alert.folio} {state} {unit or ''}")
        return self.need(alert, need)

    async def expect_alert(self, alert: "Raised", **facts: Any) -> Card:
        """The alert is shown with these facts; returns its card."""
        await self.until(
            lambda: (
                (shown := self.cards.get(alert.id)) is not None
                and all(shown[name] == fact for name, fact in facts.items())
            ),
            f"{alert.folio} with {facts}",
        )
        return self.cards[alert.id]

    async def expect_alert_alarm(self, alert: "Raised", cause: str | None) -> Card:
        """The alert as a whole calls for a human for this cause, or, None, for nobody; returns its card."""
        await self.until(
            lambda: alert.id in self.cards and (self.cards[alert.id]["alarm"] or {}).get("cause") == cause,
            f"the alarm {cause} on {alert.folio}",
        )
        return self.cards[alert.id]

    async def expect_unit(self, code: str, state: str) -> None:
        """The unit is shown in this state."""
        await self.until(lambda: self.cards.get(code, {}).get("state") == state, f"{code} {state}")

    def need(self, alert: "Raised", need: str) -> Card:
        """One need of the alert's card."""
        (found,) = (shown for shown in self.cards[alert.id]["needs"] if shown["need"] == need)
        return found  # type: ignore[no-any-return]

    def _alarm(self, alert: "Raised", need: str) -> Card | None:
        return self.need(alert, need)["alarm"] if alert.id in self.cards else None
