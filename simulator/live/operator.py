"""The people at the desk: they take calls, acknowledge alarms and close what is over."""

import asyncio
from collections import Counter
from collections.abc import Coroutine
from random import Random
from uuid import UUID

from app.clock import ScaledClock, rfc3339
from app.dispatch.model import UNACCEPTED, NeedState
from simulator.calls import Call
from simulator.live.console import Console
from simulator.live.ledger import Ledger
from simulator.live.pace import Pace, drawn
from simulator.live.phone import Heard, Phone
from simulator.live.wire import Answer, Json, Person


class Operator:
    """Plays one person at a console; `number` of `among` says which alerts are this one's to look after.

    `console` keeps what the screen shows, where somebody wants to see it.
    """

    def __init__(
        self,
        person: Person,
        phone: Phone,
        console: Console | None,
        clock: ScaledClock,
        pace: Pace,
        draw: Random,
        ledger: Ledger,
        number: int,
        among: int,
    ) -> None:
        self.person, self.phone, self.console = person, phone, console
        self.clock, self.pace, self.draw, self.ledger = clock, pace, draw, ledger
        self._number, self._among = number, among
        self._begun: set[str] = set()
        self._closings: Counter[str] = Counter()
        self._group = asyncio.TaskGroup()

    async def run(self) -> None:
        """Watch the console until cancelled."""
        async with self._group as group:
            group.create_task(self.phone.run(self.hear))

    async def raise_alert(self, call: Call) -> Answer:
        """Take a call: post the alert, as often as it needs, under the one id of the call."""
        body: Json = {
            "id": call.id,
            "where": {"lat": call.place.lat, "lon": call.place.lon, "accuracy_m": 30, "source": "caller"},
            "incident": call.incident,
            "threat": dict.fromkeys(call.threat, "yes"),
            "received_at": rfc3339(call.at),
        }
        if call.needs:
            body["needs"] = list(call.needs)
        if call.note:
            body["note"] = call.note
        self.ledger.posts(call.id)
        answer = await self.person.send("POST", "/api/alerts", body)
        self.ledger.alert(call.id, answer)
        return answer

    def hear(self, heard: Heard) -> None:
        """What one frame brought: see what there is to do."""
        if self.console is not None:
            self.console.hear(heard)
        for card in heard.cards:
            if card["card"] != "alert" or card["state"] != "open" or not self._mine(card["id"]):
                continue
            for need in card["needs"]:
                alarm = need["alarm"]
                if alarm is not None and alarm["acknowledged_at"] is None:
                    self._begin(
                        f"{card['id']}/{need['need']}/{alarm['raised_at']}",
                        self._acknowledge(card["id"], need["need"], alarm["raised_at"]),
                    )
            if _is_over(card):
                self._begin(card["id"], self._close(card["id"]))

    def _mine(self, alert: str) -> bool:
        return UUID(alert).int % self._among == self._number

    def _begin(self, what: str, work: Coroutine[None, None, None]) -> None:
        if what in self._begun:
            work.close()
            return
        self._begun.add(what)
        self._group.create_task(work)

    async def _acknowledge(self, alert: str, need: str, alarm: str) -> None:
        await self.clock.sleep(drawn(self.draw, self.pace.acknowledge_s))
        body = {"id": self.person.command_id(alert, need, alarm, "acknowledge"), "need": need}
        self.ledger.answer(await self.person.send("POST", f"/api/alerts/{alert}/acknowledge", body))

    async def _close(self, alert: str) -> None:
        await self.clock.sleep(drawn(self.draw, self.pace.close_s))
        self._closings[alert] += 1
        command = self.person.command_id(alert, "close", str(self._closings[alert]))
        body = {
            "id": command,
            "disposition": "attended",
            "safe": "yes",
            "whereabouts": "relatives",
            "order": "issued",
        }
        answer = await self.person.send("POST", f"/api/alerts/{alert}/close", body)
        self.ledger.answer(answer)
        if not answer.ok:
            # A need was added or given back meanwhile: closed when the next card says that all is well again.
            self._begun.discard(alert)


def _is_over(alert: Json) -> bool:
    """Whether every need is accepted and the patrols are done."""
    needs = alert["needs"]
    patrols = [need for need in needs if need["institution"] == "police"]
    return all(NeedState(need["state"]) not in UNACCEPTED for need in needs) and all(
        NeedState(need["state"]) in {NeedState.DONE, NeedState.CALLED_OFF} for need in patrols
    )
