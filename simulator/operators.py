"""The people at the consoles of a night: they raise alerts, learn more, step in, answer alarms, and close."""

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

from app.dispatch import commands as c
from app.dispatch import events as e
from app.dispatch.model import OVER, UNACCEPTED, Alert, AlertState, Institution, KeepOut, Level, Need
from app.dispatch.risk import QUESTIONS
from simulator.engine import Engine, Steps
from simulator.network import Network, Sending
from simulator.randomness import stream
from simulator.scenario import Call, Night
from simulator.world import ZONES, World

SUPERVISOR = "supervisor-1"
DESKS = ("desk-1", "desk-2", "desk-3")
ROUND_S = 240.0
"""How often somebody looks over the whole board."""

LONG_S = 600.0
"""A need nobody takes for so long is called off by people, or they take other ways."""

type Choice = Callable[[Alert], tuple[type[c.Command], dict[str, Any]]]


class Operators:
    """Operators and supervisors. When the night is over they acknowledge, help and close, and no more."""

    def __init__(self, engine: Engine[World], night: Night, network: Network) -> None:
        self._engine, self._network = engine, network
        self._random: Random = stream(night.seed, "operators")
        self._units = [post.facts.code for post in night.posts]
        self._manners = night.manners
        self._over = False
        self._seen: dict[str, int] = {}
        self._forgotten: set[str] = set()
        for call in night.calls:
            engine.start(self._raise(call), call.after_s)
        engine.start(self._rounds())

    def hear(self, entry: e.Entry) -> None:
        """An alarm is taken notice of; of an alert more becomes known."""
        event, random = entry.event, self._random
        if isinstance(event, e.AlarmRaised | e.AlertAlarmRaised):
            if self._over or random.random() >= self._manners.overlooks:
                need = event.need if isinstance(event, e.AlarmRaised) else None
                wait_s = random.uniform(2.0, 10.0) if self._over else random.uniform(5.0, 200.0)
                self._engine.start(self._acknowledge(event.alert, need), wait_s)
        elif isinstance(event, e.CallJoined) and not self._over and random.random() < 0.1:
            self._engine.start(self._split_off(event), random.uniform(10.0, 900.0))
        elif isinstance(event, e.AlertRaised) and not self._over:
            self._take_up(event.alert)

    def _take_up(self, alert: str) -> None:
        """Some alerts are looked after closely, others as they come, a few are forgotten until an alarm sounds."""
        random = self._random
        if random.random() < self._manners.steps_in:
            self._engine.start(self._attend(alert), random.random() * random.choice((20.0, 600.0)))
        elif random.random() < 0.1:
            self._forgotten.add(alert)

    def _split_off(self, event: e.CallJoined) -> Steps:
        """Somebody has listened: this call is about another woman."""
        fields = {"call": event.call, "zone": self._random.choice(ZONES)}
        yield from self._ask(c.SplitCall, alert=event.alert, **fields)

    def calm_down(self) -> None:
        """From now on they do what is asked of them and nothing else."""
        self._over = True

    def _raise(self, call: Call) -> Steps:
        """Take the call. The history of the household is what the center knows by then."""
        self._engine.world.place_alert(call.command.id, call.place, call.avoided)
        self._seen.update({name: self._seen.get(name, 0) + 1 for name in call.command.household})
        again = max((self._seen[name] - 1 for name in call.command.household), default=0)
        command = call.command
        if again:
            command = replace(command, history=again)
        yield from self._network.send(self._random.choice(DESKS), command)

    def _acknowledge(self, alert: str, need: str | None) -> Steps:
        if need is None:
            yield from self._ask(c.AcknowledgeAlertAlarm, alert=alert)
        else:
            yield from self._ask(c.AcknowledgeAlarm, alert=alert, need=need)

    # --- the rounds: what is open is moved on, and what is over is closed

    def _rounds(self) -> Steps:
        while True:
            yield ROUND_S if not self._over else ROUND_S / 2
            for _, alert in sorted(self._engine.board.alerts.items()):
                if alert.state is AlertState.OPEN:
                    self._engine.start(self._move_on(alert.id), self._random.uniform(0.0, ROUND_S / 4))

    def _move_on(self, alert_id: str) -> Steps:
        """What a careful desk does: close what is over, settle what is late, help what is stuck."""
        alert = self._engine.board.alerts.get(alert_id)
        if alert is None or alert.state is not AlertState.OPEN:
            return
        if alert_id in self._forgotten and alert.alarm is None and not self._over:
            return
        random = self._random
        if all(need.state in OVER for need in alert.needs):
            if self._over or random.random() >= self._manners.overlooks:
                yield from self._ask(c.CloseAlert, alert=alert_id, **self._ending(alert))
            return
        if (
            alert.alarm is not None
            and alert.alarm.cause == "order_late"
            and alert.alarm.times > random.randint(1, 4)
        ):
            yield from self._ask(c.SettleOrder, alert=alert_id, outcome=random.choice(c.ORDER_OUTCOMES))
        for need in alert.needs:
            if need.state in UNACCEPTED and self._engine.at - need.unaccepted_since > LONG_S * random.uniform(
                0.5, 3
            ):
                yield from self._help(alert, need)
            elif need.alarm is not None and need.alarm.times > 12 + random.randint(0, 6):
                yield from self._ask(c.CallOffNeed, alert=alert_id, need=need.key, reason="went_another_way")

    def _help(self, alert: Alert, need: Need) -> Steps:
        """Nobody takes it: name somebody, ask next door, or go another way; in the end nobody waits for ever."""
        kind = self._random.random()
        units = [u for u in self._units if u.startswith(need.institution.value)]
        if kind < 0.2 and units:
            yield from self._ask(c.AssignByHand, alert=alert.id, need=need.key, unit=self._random.choice(units))
        elif kind < 0.4:
            yield from self._ask(c.AskNeighbour, alert=alert.id, need=need.key)
        else:
            yield from self._ask(c.CallOffNeed, alert=alert.id, need=need.key, reason="went_another_way")

    def _ending(self, alert: Alert) -> dict[str, Any]:
        order = None if alert.order is not None else self._random.choice(c.ORDER_OUTCOMES)
        safe = self._random.choice(("yes", "no", "unknown"))
        where = self._random.choice(c.WHEREABOUTS)
        return {"disposition": "attended", "safe": safe, "whereabouts": where, "order": order}

    # --- stepping in, wisely or not

    def _attend(self, alert: str) -> Steps:
        """One to six things people do to an alert while it is open."""
        for _ in range(self._random.randint(1, 6)):
            found = self._engine.board.alerts.get(alert)
            if self._over or found is None:
                return
            kind, fields = self._random.choice(self._choices())(found)
            yield from self._ask(kind, alert=alert, **fields)
            yield self._random.random() * self._random.choice((20.0, 300.0, 1200.0))

    def _choices(self) -> tuple[Choice, ...]:
        return (
            self._tell, self._tell, self._keep_out_holder, self._keep_out_holder, self._avoid, self._move,
            self._raise_level, self._lower, self._lower, self._add, self._recall, self._by_hand, self._call_off,
            self._cancel, self._merge, self._merge, self._split, self._split, self._note, self._settle,
            self._neighbour, self._close_early,
        )  # fmt: skip

    def _need(self, alert: Alert) -> str:
        return self._random.choice([need.key for need in alert.needs] or ["police"])

    def _tell(self, alert: Alert) -> tuple[type[c.Command], dict[str, Any]]:
        question = self._random.choice(tuple(QUESTIONS))
        return c.TellMore, {"threat": {question: self._random.choice(("yes", "no", "unknown"))}}

    def _keep_out_holder(self, alert: Alert) -> tuple[type[c.Command], dict[str, Any]]:
        """Who was asked or works for the alert must not know of it: the unit, somebody aboard, all of them."""
        board, kind = self._engine.board, self._random.random()
        live = [one for need in alert.needs for one in need.live]
        if not live:
            return c.TellMore, {"keep_out": KeepOut(units=frozenset(self._units[:1]))}
        unit = board.units[board.assignments[self._random.choice(live)].unit]
        if kind < 0.4:
            return c.TellMore, {"keep_out": KeepOut(units=frozenset({unit.code}))}
        if kind < 0.8 and unit.crew:
            return c.TellMore, {"keep_out": KeepOut(crew=frozenset({unit.crew[-1]}))}
        return c.TellMore, {"keep_out": KeepOut(agencies=frozenset({unit.agency.upper()}))}

    def _avoid(self, alert: Alert) -> tuple[type[c.Command], dict[str, Any]]:
        return c.TellMore, {"avoid_zones": frozenset({self._random.choice(ZONES)})}

    def _move(self, alert: Alert) -> tuple[type[c.Command], dict[str, Any]]:
        return c.TellMore, {"zone": self._random.choice(ZONES)}

    def _raise_level(self, alert: Alert) -> tuple[type[c.Command], dict[str, Any]]:
        return c.RaiseLevel, {"level": self._random.choice(list(Level)), "reason": "heard_on_the_line"}

    def _lower(self, alert: Alert) -> tuple[type[c.Command], dict[str, Any]]:
        return c.LowerLevel, {"level": self._random.choice(list(Level)), "reason": "she_is_with_her_sister"}

    def _add(self, alert: Alert) -> tuple[type[c.Command], dict[str, Any]]:
        children = self._random.randint(0, 2)
        return c.AddNeed, {
            "wanted": c.NeedWanted(institution=self._random.choice(list(Institution)), children=children)
        }

    def _recall(self, alert: Alert) -> tuple[type[c.Command], dict[str, Any]]:
        return c.Recall, {"need": self._need(alert), "reason": "needed_elsewhere"}

    def _by_hand(self, alert: Alert) -> tuple[type[c.Command], dict[str, Any]]:
        key = self._need(alert)
        institution = next((need.institution for need in alert.needs if need.key == key), Institution.POLICE)
        free = sorted(self._engine.board.idle.get(institution, ()))
        return c.AssignByHand, {"need": key, "unit": self._random.choice(free or self._units or ["nobody"])}

    def _call_off(self, alert: Alert) -> tuple[type[c.Command], dict[str, Any]]:
        return c.CallOffNeed, {"need": self._need(alert), "reason": "not_needed"}

    def _cancel(self, alert: Alert) -> tuple[type[c.Command], dict[str, Any]]:
        word = self._random.choice(("none", "right", "wrong", "duress", "duress"))
        return c.CancelAlert, {"reason": "by_mistake", "word": word}

    def _merge(self, alert: Alert) -> tuple[type[c.Command], dict[str, Any]]:
        others = sorted(other for other in self._engine.board.alerts if other != alert.id)
        return c.MergeAlerts, {"into": self._random.choice(others or [alert.id])}

    def _split(self, alert: Alert) -> tuple[type[c.Command], dict[str, Any]]:
        return c.SplitCall, {
            "call": self._random.choice(sorted(call for call in alert.calls if call != alert.id) or [alert.id]),
            "zone": self._random.choice(ZONES),
        }

    def _note(self, alert: Alert) -> tuple[type[c.Command], dict[str, Any]]:
        return c.AddNote, {}

    def _settle(self, alert: Alert) -> tuple[type[c.Command], dict[str, Any]]:
        return c.SettleOrder, {"outcome": self._random.choice(c.ORDER_OUTCOMES)}

    def _neighbour(self, alert: Alert) -> tuple[type[c.Command], dict[str, Any]]:
        return c.AskNeighbour, {"need": self._need(alert)}

    def _close_early(self, alert: Alert) -> tuple[type[c.Command], dict[str, Any]]:
        return c.CloseAlert, self._ending(alert)

    def _ask(self, kind: type[c.Command], **fields: Any) -> Sending:
        person = SUPERVISOR if kind is c.LowerLevel else f"operator-{self._random.randint(1, 3)}"
        command = kind(id=self._engine.new_id(), by=person, **fields)
        if isinstance(command, c.SplitCall):
            self._engine.world.place_like(command.id, command.alert)
        return (yield from self._network.send(self._random.choice(DESKS), command))
