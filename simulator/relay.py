"""The relay, today's way: telephone, then radio, and nobody owns what was handed over.

1. An operator answers, takes the minimum data down, and telephones the institutions one after the other, the
   police first. The police's own dispatcher has one line and other jobs; the operator waits for it.
2. The dispatcher takes the job down and raises patrols by radio, those of the sector first and then around it, in
   no order of distance, for nobody knows where they are. Busy ones say so.
3. A hand-over may be lost. Nobody is told; some time later she calls again, and it all begins anew.

The same crews answer and drive as under any other policy, and the same log is written.
"""

from collections.abc import Generator

from app.dispatch import events as e
from app.dispatch.model import Institution, Level, Why
from simulator.drawn import Drawn, Help
from simulator.operating import operators, other_call
from simulator.queueing import Agenda, Line, Visit
from simulator.randomness import stream

NEED = "police"


def relayed(drawn: Drawn) -> list[e.Entry]:
    """The log of these days under the relay."""
    relay = _Relay(drawn)
    relay.agenda.run(drawn.ends)
    return relay.log


class _Relay:
    """The room of operators, the dispatchers, and who is taken."""

    def __init__(self, drawn: Drawn) -> None:
        self._drawn, self._a = drawn, drawn.assumptions
        self.agenda = agenda = Agenda(drawn.begins)
        self.log: list[e.Entry] = []
        self._taken: set[str] = set()
        self._asked: dict[str, int] = {}
        self._room = Line(agenda, operators(drawn))
        self._by_zone: dict[str, list[str]] = {}
        for row in drawn.region.patrols:
            self._by_zone.setdefault(row.zone, []).append(row.code)
        self._dispatchers = self._channels()
        for at, length_s in drawn.other_calls:
            agenda.start(other_call(self._room, length_s), at)
        for call in drawn.calls:
            agenda.start(self._call(call, 1), call.at)

    def _channels(self) -> dict[str, Line]:
        """Zone -> its dispatcher, with the other jobs of the channel under way."""
        a, zones = self._a, [zone.id for zone in self._drawn.region.zones]
        patrols = len(self._drawn.region.patrols)
        channels = max(1, round(patrols / a.patrols_a_channel.value))
        lines = [Line(self.agenda, 1) for _ in range(channels)]
        a_second = patrols / channels * a.other_work.value / a.other_job_s.value
        for number, line in enumerate(lines):
            draw, at = stream(self._drawn.seed, f"channel/{number}"), self._drawn.begins
            while a_second > 0 and (at := at + draw.expovariate(a_second)) < self._drawn.last_call_by:
                self.agenda.start(other_call(line, a.dispatcher_s.draw(draw)), at)
        return {zone: lines[number * channels // len(zones)] for number, zone in enumerate(zones)}

    def _call(self, call: Help, attempt: int) -> Visit:
        """The operator's part; `attempt` counts her calls about the same."""
        draw = stream(self._drawn.seed, f"relay/{call.id}/{attempt}")
        a, dispatcher = self._a, self._dispatchers[call.zone]
        yield self._room
        answered = self.agenda.at + call.rings_s
        yield call.rings_s + call.place_s
        located = self.agenda.at
        yield call.form_s
        if attempt == 1:
            self._raise(call, answered, located)
        yield dispatcher
        yield a.handover_s.draw(draw)
        if a.dropped.draw(draw):
            dispatcher.leave()
            self.agenda.start(self._call(call, attempt + 1), self.agenda.at + a.noticed_s.draw(draw))
        else:
            self.agenda.start(self._dispatch(call, attempt, dispatcher))
        for _ in range(round(a.institutions.value) - 1):
            yield a.handover_s.draw(draw)
        self._room.leave()

    def _dispatch(self, call: Help, attempt: int, dispatcher: Line) -> Visit:
        """The dispatcher's part, who stays on it until a patrol says yes; where none is free, comes back to it."""
        draw = stream(self._drawn.seed, f"dispatch/{call.id}/{attempt}")
        a = self._a
        yield a.dispatcher_s.draw(draw)
        while True:
            for unit in self._roll(call, draw.random()):
                yield a.radio_s.draw(draw)
                if unit in self._taken or self._drawn.beats[unit].working_until(self.agenda.at) > self.agenda.at:
                    continue
                if (yield from self._ask(call, unit)):
                    dispatcher.leave()
                    return
            dispatcher.leave()
            yield a.asks_again_s.draw(draw)
            yield dispatcher

    def _roll(self, call: Help, turn: float) -> list[str]:
        """Patrols of the sector, then of those around it; who comes first does not depend on where it is."""
        zones = [[call.zone], self._drawn.region.zones.neighbours(call.zone)]
        found = []
        for group in zones:
            units = sorted(unit for zone in group for unit in self._by_zone.get(zone, ()))
            start = int(turn * len(units))
            found += units[start:] + units[:start]
        return found

    def _ask(self, call: Help, unit: str) -> Generator[float | Line, None, bool]:
        """Whether the crew that was raised says yes; if so, it goes."""
        crew = self._drawn.crew(call, unit)
        number = self._asked[call.id] = self._asked.get(call.id, 0) + 1
        about = {"alert": call.id, "need": NEED, "assignment": f"{call.id}/{number}", "unit": unit}
        at = self.agenda.at
        self._write(e.Offered(**about, slot=0, why=Why(rule="by_hand"), seen_by=at, answer_by=at))
        if crew.answers is None:
            self._write(e.OfferExpired(**about, cause="unanswered"))
            return False
        self._taken.add(unit)
        yield crew.seen_s + crew.answer_s
        if crew.answers == "decline":
            self._taken.discard(unit)
            self._write(e.Declined(**about, reason="busy"))
            return False
        accepted = e.Accepted(alert=call.id, need=NEED, assignment=about["assignment"], unit=unit)
        self._write(accepted)
        self.agenda.start(self._go(call, about))
        return True

    def _go(self, call: Help, about: dict[str, str]) -> Visit:
        """The crew's part, as under every policy."""
        drawn, unit = self._drawn, about["unit"]
        yield drawn.crew(call, unit).turnout_s
        self._write(e.WentEnRoute(**about, travel_s=None, arrive_by=None))
        yield drawn.trip_s(call, unit, self.agenda.at)
        self._write(e.ArrivedOnScene(**about))
        yield call.scene_s
        back = self.agenda.at + drawn.back_s(call, unit, self.agenda.at)
        yield drawn.beats[unit].working_until(back) - self.agenda.at
        self._taken.discard(unit)
        self._write(e.Done(**about))
        self._write(e.AlertClosed(alert=call.id, disposition="attended", safe="yes"))

    def _raise(self, call: Help, answered: float, located: float) -> None:
        self._write(
            e.AlertRaised(
                alert=call.id,
                folio=f"N-{len(self.log) + 1}",
                zone=call.zone,
                zone_how="inside",
                level=Level.STANDARD,
                incident="30503",
                received_at=call.at,
                answered_at=answered,
                located_at=located,
            )
        )
        self._write(e.NeedAdded(alert=call.id, need=NEED, institution=Institution.POLICE))

    def _write(self, event: e.Event) -> None:
        seq = len(self.log) + 1
        self.log.append(e.Entry(seq=seq, at=self.agenda.at, by="relay", command=f"r{seq}", event=event))
