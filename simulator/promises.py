"""What must be true from event to event: nobody is asked who may not be, no call is lost, no level falls."""

from app.dispatch import commands as c
from app.dispatch import events as e
from app.dispatch.model import Alert, Board, Institution, Level, NeedRef
from app.dispatch.risk import QUESTIONS
from app.dispatch.rules import Rules
from simulator.world import World

LEVELS = [Level.STANDARD, Level.HIGH, Level.EXTREME]
BY_PEOPLE = "by_hand"


class Broken(AssertionError):
    """Something that must always be true is not."""


class Promises:
    """What was promised so far, kept apart from the board. Raises Broken.

    `_home` says in which alert a call is now, `_received` when it came, as it was told and not as the log has it.
    """

    def __init__(self, rules: Rules, world: World) -> None:
        self._rules, self._world = rules, world
        self._home: dict[str, str] = {}
        self._received: dict[str, float] = {}
        self._changed: dict[NeedRef, float] = {}

    def keep(self, before: Board, command: c.Command, entry: e.Entry) -> None:
        """One event, and the board right before it."""
        match entry.event:
            case e.Offered():
                self._look_at_offer(before, entry.event, entry.at)
            case e.LevelLowered():
                person = isinstance(command, c.LowerLevel) and entry.by.startswith("supervisor")
                if not person or not entry.event.reason:
                    raise Broken(f"{entry.by} lowers a level by {type(command).__name__}")
            case e.Reassigned():
                self._look_at_change(before, entry.event, entry.at)
            case e.AlertRaised():
                self._home[entry.event.alert] = entry.event.alert
                # That a call was not joined wrongly is looked at in `after`.
            case e.CallJoined():
                self._home[entry.event.call] = entry.event.alert
            case e.CallSplit():
                self._home.pop(entry.event.call, None)
            case e.AlarmAcknowledged() | e.AlertAlarmAcknowledged():
                if entry.event.by == c.SERVICE:
                    raise Broken("nobody in person has taken notice")
            case e.OfferExpired():
                self._look_at_expiry(before, entry.event, command, entry.at)

    def after(self, before: Board, board: Board, command: c.Command, alerts: set[str]) -> None:
        """The boards before and after a command, and the alerts it touched."""
        if isinstance(command, c.RaiseAlert):
            said = entry_time(command.received_at, board.at)
            self._received.setdefault(command.id, said)
            if command.id not in self._home:
                raise Broken(f"call {command.id} was taken and stands nowhere")
        elif isinstance(command, c.SplitCall):
            self._received.setdefault(command.id, self._received.get(command.call, board.at))
        self._look_at_what_was_said(board, command)
        for ref in sorted(alerts):
            alert, known = board.alerts.get(ref), before.alerts.get(ref)
            if alert is None:
                continue
            self._look_at_calls(alert)
            if known is not None:
                self._look_at_level(known, alert, command)

    def at_the_end(self, board: Board) -> None:
        """Every call that was ever taken stands in the alert it belongs to, if that is still open."""
        for call, home in self._home.items():
            alert = board.alerts.get(home)
            if alert is not None and alert.state.value == "open" and call not in alert.calls and call != home:
                raise Broken(f"call {call} is not in {alert.folio}")

    def _look_at_offer(self, before: Board, offer: e.Offered, at: float) -> None:
        """Nobody is asked who lacks something, is too near, or has said no a moment ago; nobody is asked twice."""
        unit, alert = before.units[offer.unit], before.alerts[offer.alert]
        need = alert.need(offer.need)
        if need is None or unit.institution is not need.institution:
            raise Broken(f"{unit.code} is asked for {offer.need} and cannot give it")
        if any(before.assignments[live].unit == unit.code for live in need.live):
            raise Broken(f"{unit.code} is asked twice for {offer.need} at once")
        if need.live and alert.level is not Level.EXTREME:
            raise Broken(f"two are asked for {alert.folio}, which is {alert.level}")
        if unit.institution is Institution.SHELTER:
            metres = self._world.avoided_m(alert.id, unit.code)
            near = metres is not None and metres < self._rules.aggressor_distance_min_m
            if near or unit.zone in alert.avoid_zones:
                raise Broken(f"{unit.code} is too close to where the aggressor is known to be")
        if offer.why.rule == BY_PEOPLE:
            return
        if set(need.requires) - unit.capabilities - unit.crew_brings:
            raise Broken(f"{unit.code} is asked for {offer.need} and cannot give it")
        if need.children and unit.children_max is not None and need.children > unit.children_max:
            raise Broken(f"{unit.code} has no place for {need.children} children")
        alike = [other for other in alert.needs if other.institution is need.institution]
        asked_at = max((other.asked[unit.code] for other in alike if unit.code in other.asked), default=None)
        if asked_at is not None and at < asked_at + self._rules.ask_again_after_s:
            raise Broken(f"{unit.code} is asked again for {offer.need} too soon")

    def _look_at_change(self, before: Board, event: e.Reassigned, at: float) -> None:
        """Nobody on the way is turned round, and no need goes from hand to hand."""
        ref = (event.alert, event.need)
        changed_at = self._changed.get(ref)
        if changed_at is not None and at < changed_at + self._rules.change_min_s:
            raise Broken(f"{event.need} is taken from somebody twice within {at - changed_at:.0f} s")
        self._changed[ref] = at
        if "en_route" in before.assignments[event.assignment].stamps:
            raise Broken(f"{event.unit} is on the way and is turned round")

    def _look_at_expiry(self, before: Board, event: e.OfferExpired, command: c.Command, at: float) -> None:
        """An offer ends before its time only with the line of its unit."""
        offer = before.assignments[event.assignment]
        deadline = offer.answer_by if "seen" in offer.stamps else min(offer.seen_by, offer.answer_by)
        lost = isinstance(command, c.LoseUnit | c.ExpireOffer)
        if at < deadline and not lost:
            raise Broken(f"an offer to {event.unit} ends {deadline - at:.1f} s too early")

    def _look_at_what_was_said(self, board: Board, command: c.Command) -> None:
        """What was said has raised the level, wherever it went; a cancel under duress has ended nothing."""
        least = Level.STANDARD
        if isinstance(command, c.RaiseAlert | c.TellMore):
            said = [QUESTIONS[question] for question, answer in command.threat.items() if answer == "yes"]
            least = max(said, key=LEVELS.index, default=least)
        if isinstance(command, c.RaiseAlert):
            alert = board.alerts[self._home[command.id]]
            if command.history and alert.id == command.id and least is Level.STANDARD:
                least = Level.HIGH
        elif isinstance(command, c.TellMore):
            alert = board.alerts[command.alert]
        elif isinstance(command, c.CancelAlert) and command.word == "duress":
            found = board.alerts.get(command.alert)
            if found is None or found.alarm is None or found.alarm.cause != "duress":
                raise Broken("a cancel under duress was believed")
            alert, least = found, Level.EXTREME
        else:
            return
        if LEVELS.index(alert.level) < LEVELS.index(least):
            raise Broken(f"{alert.folio} is {alert.level}, though what was said makes it {least}")

    def _look_at_calls(self, alert: Alert) -> None:
        """T0 is the earliest of the calls that belong here, as they were told."""
        mine = [call for call in alert.calls if self._home.get(call) == alert.id]
        if alert.state.value == "open" and len(mine) != len(alert.calls):
            raise Broken(f"{alert.folio} has calls that are elsewhere too")
        told = [self._received[call] for call in alert.calls if call in self._received]
        if told and alert.received_at != min(told):
            raise Broken(f"T0 of {alert.folio} is {alert.received_at - min(told):.1f} s later than its first call")

    def _look_at_level(self, known: Alert, alert: Alert, command: c.Command) -> None:
        """It falls only when a supervisor says so, and every step of it is kept."""
        fell = LEVELS.index(alert.level) < LEVELS.index(known.level)
        if fell and not isinstance(command, c.LowerLevel):
            raise Broken(f"the level of {alert.folio} falls from {known.level} to {alert.level}")
        if alert.level is not known.level and (not alert.steps or alert.steps[-1].level is not alert.level):
            raise Broken(f"nobody can say why {alert.folio} is {alert.level}")


def entry_time(told: float | None, now: float) -> float:
    """When a call came, as it was told; nobody calls in the future."""
    return now if told is None else min(told, now)
