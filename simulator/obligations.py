"""What must have happened by when: a table of its own, written from the rules and not from the core.

For every state of a need and of an alert it says the latest second at which somebody else is asked, a human is
called, or the same human is called again. Whoever is left beyond it was forgotten.
"""

import heapq
import math
from collections.abc import Iterator

from app.dispatch.model import Alarm, Alert, AlertState, Assignment, Institution, Need, NeedState, Unit
from simulator.engine import Engine
from simulator.promises import Broken
from simulator.world import World

UNACCEPTED = frozenset({NeedState.SEARCHING, NeedState.OFFERED, NeedState.OFFERED_TWICE, NeedState.STUCK})
GRACE_S = 0.001
"""Sums of floating-point seconds may differ in their last bit."""

LOST_EVERY = 50
"""Looks from one look at the dead lines to the next."""

IDLE_EVERY = 5
"""Looks from one look at who has nothing to do to the next."""


class Obligations:
    """The nearest second at which something has to have happened for each open alert. Raises Broken."""

    def __init__(self, engine: Engine[World]) -> None:
        self._engine = engine
        self._heap: list[tuple[float, str]] = []
        self._first: dict[str, float] = {}
        self._looks = 0

    def renew(self, alerts: set[str]) -> None:
        """These alerts changed."""
        for ref in sorted(alerts):
            alert = self._engine.board.alerts.get(ref)
            if alert is not None:
                self._push(alert)

    def check(self) -> None:
        """Nothing is left undone at its time: all that is due was performed before this is asked."""
        at, heap = self._engine.at, self._heap
        while heap and heap[0][0] < at - GRACE_S:
            when, ref = heapq.heappop(heap)
            if self._first.get(ref) != when:
                continue
            alert = self._engine.board.alerts.get(ref)
            if alert is None:
                del self._first[ref]
                continue
            late = [what for second, what in self._all(alert) if second < at - GRACE_S]
            if late:
                raise Broken(f"{alert.folio}: nothing happened at its time: {'; '.join(late)}")
            self._push(alert)
        self._looks += 1
        if self._looks % LOST_EVERY == 0:
            self._look_at_lines()
        if self._looks % IDLE_EVERY == 0:
            self._look_at_idle()

    def _push(self, alert: Alert) -> None:
        """Look at it again at its first second; what was noted of it before does not count any more."""
        first = min((when for when, _ in self._all(alert)), default=math.inf)
        if self._first.get(alert.id) != first:
            self._first[alert.id] = first
            heapq.heappush(self._heap, (first, alert.id))

    def _look_at_lines(self) -> None:
        """Whose line has been dead for long is not asked."""
        before = self._engine.at - self._engine.rules.lost_after_s - GRACE_S
        for _, code in self._engine.world.quiet(before):
            unit = self._engine.board.units.get(code)
            if unit is not None and any(state.value == "free" for state in unit.slots):
                raise Broken(f"{code} has not been heard of for long and would be asked")

    def _look_at_idle(self) -> None:
        """Nobody waits while somebody who may be asked has nothing to do; whom a person names is enough."""
        board, rules = self._engine.board, self._engine.rules
        twice = rules.offers_at_once > 1
        for ref, key in sorted((*board.waiting, *(board.thin if twice else ()))):
            alert = board.alerts[ref]
            need = alert.need(key)
            named = [one for one in need.live if board.assignments[one].why.rule == "by_hand"] if need else []
            if need is None or named or (need.live and need.institution is Institution.SHELTER):
                continue
            for code in board.idle.get(need.institution, ()):
                if self._may_be_asked(alert, need, board.units[code]):
                    raise Broken(f"{alert.folio} {key} waits and {code} has nothing to do")

    def _may_be_asked(self, alert: Alert, need: Need, unit: Unit) -> bool:
        """Whether nothing speaks against it. For a second offer who was asked before is left in peace."""
        rules, out = self._engine.rules, alert.keep_out
        alike = [other.asked.get(unit.code) for other in alert.needs if other.institution is need.institution]
        asked_at = max((at for at in alike if at is not None), default=None)
        rests = asked_at is not None and (bool(need.live) or self._engine.at <= asked_at + rules.ask_again_after_s)
        can = set(need.requires) <= unit.capabilities | unit.crew_brings
        room = unit.children_max is None or need.children <= unit.children_max
        barred = unit.code in out.units or not out.crew.isdisjoint(unit.crew) or bool(out.agencies)
        if rests or barred or not can or not room:
            return False
        if unit.institution is not Institution.SHELTER:
            return True
        metres = self._engine.world.avoided_m(alert.id, unit.code)
        near = metres is not None and metres < rules.aggressor_distance_min_m
        return not near and unit.zone not in alert.avoid_zones

    def _all(self, alert: Alert) -> Iterator[tuple[float, str]]:
        """(second, what has to have happened by then) of an alert and its needs."""
        rules = self._engine.rules
        is_open = alert.state is AlertState.OPEN
        if is_open:
            yield from self._of_alert(alert)
        for need in alert.needs:
            if need.state in UNACCEPTED:
                yield from self._unaccepted(alert, need)
            elif need.state is NeedState.ELSEWHERE and need.neighbour is not None and need.alarm is None:
                yield need.neighbour.heard_at + rules.neighbour_silent_s, f"{need.key}: neighbour_silent"
            for live in need.live:
                yield from self._of_assignment(alert, need, self._engine.board.assignments[live])
            if need.alarm is not None and is_open:
                yield self._again(need, need.alarm), f"{need.key}: {need.alarm.cause} sounds again"

    def _of_alert(self, alert: Alert) -> Iterator[tuple[float, str]]:
        """An order is late only while a prosecutor is asked for; duress is past once somebody has taken notice."""
        rules, alarm = self._engine.rules, alert.alarm
        wanted = [need for need in alert.needs if need.institution is Institution.PROSECUTOR]
        runs = alert.order is None and any(need.state is not NeedState.CALLED_OFF for need in wanted)
        if alarm is not None:
            past = {"duress": alarm.acknowledged_at is not None, "order_late": not runs}.get(alarm.cause, False)
            if not past:
                again_at = max(alarm.raised_at, alarm.acknowledged_at or 0.0) + rules.alarm_again_s
                yield again_at, f"{alarm.cause} sounds again"
                return
        if alert.order_by is not None and runs:
            yield alert.order_by, "order_late"
        if alert.at_rest_since is not None:
            yield alert.at_rest_since + rules.close_within_s, "not_closed"

    def _unaccepted(self, alert: Alert, need: Need) -> Iterator[tuple[float, str]]:
        rules, alarm, other = self._engine.rules, need.alarm, need.neighbour
        if need.state is NeedState.SEARCHING:
            yield 0.0, f"{need.key}: rests with nobody"
        if need.retry_at is not None:
            yield need.retry_at, f"{need.key}: tried again"
        if alarm is None:
            yield need.unaccepted_since + rules.accept_alarm_s[alert.level], f"{need.key}: unaccepted"
        elif alert.origin is None and other is None and rules.neighbours:
            wait_s = 0.0 if alarm.cause == "kept_out" else rules.neighbour_after_s
            yield alarm.first_at + wait_s, f"{need.key}: the neighbouring center is asked"

    def _of_assignment(self, alert: Alert, need: Need, one: Assignment) -> Iterator[tuple[float, str]]:
        if one.state is NeedState.OFFERED:
            seen = "seen" in one.stamps
            yield (
                one.answer_by if seen else min(one.seen_by, one.answer_by),
                f"{need.key}: {one.unit} has not answered",
            )
            return
        if need.institution is Institution.SHELTER:
            if "safe" not in one.stamps and one.hold_until is not None:
                yield one.hold_until, f"{need.key}: the place is kept no longer"
            elif one.hold_until is None:
                yield 0.0, f"{need.key}: a place is kept for ever"
        if need.alarm is not None:
            return
        for when, cause in self._watched(need, one):
            yield when, f"{need.key}: {cause}"

    def _watched(self, need: Need, one: Assignment) -> Iterator[tuple[float, str]]:
        """When a unit that has accepted makes a human be called. Nobody knows where one is that left with her."""
        rules, patrol = self._engine.rules, need.institution is Institution.POLICE
        left = "departed" in one.stamps or "safe" in one.stamps
        if patrol and (one.state is NeedState.ON_SCENE or left or "contact" in one.stamps):
            yield one.heard_at + rules.welfare_s, "welfare"
        elif one.state is NeedState.ACCEPTED and need.institution in rules.turnout_within_s:
            if "contact" not in one.stamps:
                yield one.heard_at + rules.turnout_within_s[need.institution], "not_under_way"
        elif one.state is NeedState.EN_ROUTE and not left:
            yield 0.0 if one.arrive_by is None else one.arrive_by, "overdue"
            if need.institution is not Institution.SHELTER and not self._engine.board.units[one.unit].withheld:
                moved_at = self._engine.world.moved_at(one.unit) or 0.0
                yield max(one.stamps["en_route"], moved_at) + rules.frozen_after_s, "frozen"

    def _again(self, need: Need, alarm: Alarm) -> float:
        """When a standing alarm has to have sounded again."""
        again_at = max(alarm.raised_at, alarm.acknowledged_at or 0.0) + self._engine.rules.alarm_again_s
        if alarm.cause != "frozen" or not need.live:
            return again_at
        one = self._engine.board.assignments[need.live[0]]
        moved_at = self._engine.world.moved_at(one.unit) or 0.0
        return max(again_at, max(one.stamps["en_route"], moved_at) + self._engine.rules.frozen_after_s)
