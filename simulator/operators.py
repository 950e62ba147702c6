"""The people at the consoles of a night: they raise alerts, learn more, step in by hand, and close."""

from random import Random
from typing import Any

from app.dispatch import commands as c
from app.dispatch import events as e
from app.dispatch.model import SERVED, Institution, KeepOut, Level, NeedState
from simulator.engine import Engine, Steps
from simulator.randomness import stream
from simulator.scenario import Call, Night, Post


class Operators:
    """Operators and supervisors. `steps_in` ends with the night: afterwards they only acknowledge and close."""

    def __init__(self, engine: Engine, night: Night) -> None:
        self._engine = engine
        self._random: Random = stream(night.seed, "operators")
        self._units = [post.facts.code for post in night.posts]
        self.steps_in = True
        for call in night.calls:
            engine.start(self._raise(call), call.after_s)
        if night.posts:
            engine.start(self._list_again(night.posts), (night.ends - engine.at) / 2)

    def hear(self, entry: e.Entry) -> None:
        """An alarm is taken notice of; an alert all of whose needs are over is closed."""
        event = entry.event
        if isinstance(event, e.AlarmRaised):
            self._engine.start(self._acknowledge(event), self._random.uniform(5.0, 240.0))
        elif isinstance(event, e.AlertRaised):
            self._engine.start(self._attend(event.alert), self._random.uniform(10.0, 1200.0))
        elif isinstance(event, e.Done | e.NeedDropped | e.CalledOff):
            self._engine.start(self._close(event.alert), self._random.uniform(10.0, 300.0))

    def _raise(self, call: Call) -> Steps:
        self._engine.world.place_alert(call.command.id, call.place)
        self._engine.perform(call.command)
        yield from ()

    def _acknowledge(self, event: e.AlarmRaised) -> Steps:
        self._ask(c.AcknowledgeAlarm, alert=event.alert, need=event.need)
        yield from ()

    def _attend(self, alert: str) -> Steps:
        """Two or three things people do to an alert while it is open."""
        for _ in range(self._random.randint(1, 3)):
            if not self.steps_in:
                return
            self._step_in(alert)
            yield self._random.uniform(10.0, 900.0)

    def _step_in(self, alert: str) -> None:
        random = self._random
        need = random.choice(("police", "police-2", "prosecutor", "shelter"))
        unit = random.choice(self._units) if self._units else ""
        kind = random.randrange(13)
        if kind < 2:
            question = random.choice(("strangled", "children_present", "repeat"))
            self._ask(c.TellMore, alert=alert, threat={question: random.choice(("yes", "no", "unknown"))})
        elif kind < 4:
            self._ask(c.TellMore, alert=alert, keep_out=KeepOut(units=frozenset(self._holders(alert)[:1])))
        elif kind == 4:
            self._ask(c.RaiseLevel, alert=alert, level=random.choice(list(Level)), reason="heard on the line")
        elif kind == 5:
            wanted = c.NeedWanted(institution=random.choice(list(Institution)))
            self._ask(c.AddNeed, alert=alert, wanted=wanted)
        elif kind == 6:
            self._ask(c.Recall, alert=alert, need=need, reason="needed elsewhere")
        elif kind == 7:
            self._ask(c.AssignByHand, alert=alert, need=need, unit=unit)
        elif kind == 8:
            self._ask(c.CallOffNeed, alert=alert, need=need, reason="not needed")
        elif kind == 9:
            self._ask(c.CancelAlert, alert=alert, reason="by mistake")
        elif kind == 10:
            self._ask(c.TellMore, alert=alert, zone="norte")
        elif kind == 11:
            self._ask(c.AddNote, alert=alert)
        else:
            self._ask(c.CloseAlert, alert=alert, disposition="attended", safe="unknown")

    def _holders(self, alert: str) -> list[str]:
        """Who was asked or works for the alert now."""
        found = self._engine.board.alerts.get(alert)
        live = [live for need in found.needs for live in need.live] if found else []
        return [self._engine.board.assignments[assignment].unit for assignment in live]

    def _close(self, alert: str) -> Steps:
        """Close an alert that nobody is needed for any more, unless somebody has."""
        found = self._engine.board.alerts.get(alert)
        working = SERVED | {NeedState.SEARCHING, NeedState.OFFERED, NeedState.STUCK}
        if found is not None and not any(need.state in working for need in found.needs):
            self._ask(c.CloseAlert, alert=alert, disposition="attended", safe="yes")
        yield from ()

    def _list_again(self, posts: tuple[Post, ...]) -> Steps:
        """In the middle of the night one more patrol joins the center, and some that are off duty leave it."""
        units = self._engine.board.units
        stay = [post.facts for post in posts if units[post.facts.code].crew or self._random.random() < 0.5]
        facts = c.UnitFacts(code="police-0", institution=Institution.POLICE, agency="federal", zone="centro")
        self._ask(c.ListUnits, units=(*stay, facts))
        self._engine.world.station("police-0", posts[0].station, moves=True)
        yield 60.0
        self._ask(c.StartDuty, unit="police-0", crew=("p99",))

    def _ask(self, kind: type[c.Command], **fields: Any) -> c.Receipt:
        return self._engine.perform(kind(id=self._engine.new_id(), by="supervisor", **fields))
