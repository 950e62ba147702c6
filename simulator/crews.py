"""The crews of a night: they see offers on their screens, answer, drive, come late, tap twice, fall silent."""

from collections.abc import Generator
from random import Random
from typing import Any

from app.dispatch import commands as c
from app.dispatch import events as e
from app.dispatch.model import Institution
from app.dispatch.screens import LAP
from simulator.engine import Engine, Steps
from simulator.faults import HOUR
from simulator.network import Network, Sending
from simulator.phones import Card, Phones
from simulator.randomness import stream
from simulator.scenario import CREW_NAMES, GOOD, Night, Post
from simulator.world import World

type Doing = Generator[float, None, bool]
"""Something a crew does over time; in the end, whether the assignment is still theirs."""

PATIENCE_S = 5400.0
"""How long a shelter waits for her before it keeps the place longer, or gives it back."""


class Crews:
    """Everybody aboard a unit. They know what their screen shows and nothing else."""

    def __init__(self, engine: Engine[World], night: Night, network: Network, phones: Phones) -> None:
        self._engine, self._world, self._network, self._phones = engine, engine.world, network, phones
        self._random: Random = stream(night.seed, "crews")
        self._shifts: Random = stream(night.seed, "shifts")
        self._kinds: dict[str, Institution] = {}
        self._vehicles: set[str] = set()
        self._brought: set[str] = set()
        self._over = False
        self.manners = night.manners
        phones.on_card = self._see
        for post in night.posts:
            self.enlist(post, night.ends)

    def enlist(self, post: Post, ends: float) -> None:
        """This unit works tonight."""
        self._kinds[post.facts.code] = post.facts.institution
        self._phones.add(post.facts.code)
        if "vehicle" in post.facts.capabilities:
            self._vehicles.add(post.facts.code)
        self._engine.start(self._shift(post, ends))
        if post.facts.institution is Institution.SHELTER:
            self._engine.start(self._count_places(post, ends))

    def hear(self, entry: e.Entry) -> None:
        """She has arrived somewhere safe; the shelter opens the door. Or the very one is to come aboard."""
        event = entry.event
        if isinstance(event, e.ReachedSafety):
            self._brought.add(event.alert)
        elif isinstance(event, e.Accepted) and not self._over and self._shifts.random() < 0.2:
            out = sorted(self._engine.board.alerts[event.alert].keep_out.crew)
            if out:
                wait_s = self._shifts.uniform(5.0, 900.0)
                self._engine.start(self._comes_aboard(event.unit, self._shifts.choice(out)), wait_s)

    def calm_down(self) -> None:
        """From now on every crew behaves."""
        self.manners = GOOD
        self._over = True

    # --- shifts

    def _shift(self, post: Post, ends: float) -> Steps:
        """On duty; off duty when the shift is over and nothing is in hand; after a while the next crew."""
        code, shelter = post.facts.code, post.facts.institution is Institution.SHELTER
        crew, shift_s = post.crew, post.shift_s
        if not shelter:
            yield self._shifts.uniform(0.0, 300.0)
        while True:
            until = self._engine.at + shift_s if self._shifts.random() < 0.7 else None
            brings = frozenset({"english"}) if self._shifts.random() < 0.2 else frozenset()
            yield from self._ask(code, c.StartDuty, unit=code, crew=crew, crew_brings=brings, until=until)
            if self.manners.joins_an_hour:
                self._engine.start(self._joins(code, shift_s))
            yield shift_s
            # After the storm the last crew stays on duty until the night is judged.
            if self._over or self._engine.at >= ends:
                return
            while (yield from self._ask(code, c.EndDuty, unit=code)).refused == "unit_busy":
                yield 300.0
            yield self._shifts.uniform(60.0, 2.0 * HOUR)
            crew, shift_s = tuple(self._shifts.sample(CREW_NAMES, 2)), HOUR * self._shifts.uniform(3.0, 14.0)

    def _joins(self, code: str, shift_s: float) -> Steps:
        """Now and then somebody else signs in on the unit's phone; he may be the aggressor."""
        wait_s = self._shifts.expovariate(self.manners.joins_an_hour / HOUR)
        if wait_s < shift_s:
            yield wait_s
            if not self._over:
                yield from self._ask(code, c.JoinCrew, unit=code, member=self._shifts.choice(CREW_NAMES))

    def _comes_aboard(self, code: str, member: str) -> Steps:
        yield from self._ask(code, c.JoinCrew, unit=code, member=member)

    def _count_places(self, post: Post, ends: float) -> Steps:
        """A shelter says how many places are free, rightly or not; people come by themselves, and leave."""
        code, capacity = post.facts.code, post.facts.capacity
        while self._engine.at < ends:
            yield self._shifts.uniform(1.0, 6.0) * HOUR
            free = capacity if self._over else self._shifts.randint(0, capacity)
            yield from self._ask(code, c.SetPlaces, unit=code, free=free)

    # --- offers

    def _see(self, card: Card) -> None:
        """The screen shows something new."""
        self._engine.start(self._answer(card))

    def _answer(self, card: Card) -> Steps:
        """What a crew does with an offer, up to yes or no."""
        random, manners = self._random, self.manners
        ignores, late, declines = (
            random.random() < share for share in (manners.ignores, manners.answers_late, manners.declines)
        )
        yield random.uniform(0.2, 1.0)
        if ignores and random.random() < 0.5:
            return
        yield from self._say(card, c.ConfirmDelivery)
        if ignores:
            return
        yield random.uniform(0.5, 8.0)
        yield from self._say(card, c.SeeOffer)
        yield random.uniform(1.0, 10.0) + (random.uniform(20.0, 120.0) if late else 0.0)
        if declines:
            yield from self._say(card, c.Decline, reason="busy")
        elif (yield from self._say(card, c.Accept)).refused is None:
            kind = self._kinds[card.unit]
            if kind is Institution.SHELTER and card.unit in self._vehicles and random.random() < 0.5:
                yield from self._fetch(card)
            elif kind is Institution.SHELTER:
                yield from self._house(card)
            elif kind is Institution.PROSECUTOR and random.random() < 0.3:
                yield from self._by_telephone(card)
            else:
                yield from self._serve(card)

    def _house(self, card: Card) -> Steps:
        """A shelter waits for her, keeps the place longer if she does not come, and takes her in."""
        waits_until = self._engine.at + PATIENCE_S / (3.0 if self._over else 1.0)
        while card.alert not in self._brought:
            yield self._random.uniform(120.0, 600.0)
            if self._phones.showing(card.unit, card.id) is None:
                return
            if self._random.random() < 0.05:
                yield from self._say(card, c.ExtendHold)
            if self._engine.at > waits_until:
                if self._random.random() < 0.7:
                    break
                yield from self._say(card, c.Withdraw, reason="she_did_not_come")
                return
        yield from self._all(card, (c.ReachSafety, 300.0), (c.Finish, 0.0))

    def _fetch(self, card: Card) -> Steps:
        """A shelter brings her with its own vehicle."""
        yield self._random.uniform(60.0, 600.0)
        ways = [self._random.uniform(300.0, 2400.0) for _ in range(2)]
        yield from self._all(
            card, (c.GoEnRoute, ways[0]), (c.Depart, ways[1]), (c.ReachSafety, 300.0), (c.Finish, 0.0)
        )

    def _by_telephone(self, card: Card) -> Steps:
        """A prosecutor helps from where she is."""
        steps = ((c.MakeContact, self._random.uniform(300.0, 1800.0)), (c.Finish, 0.0))
        yield self._random.uniform(10.0, 600.0)
        yield from self._all(card, steps[0])
        yield from self._maybe_order(card)
        yield from self._all(card, steps[1])

    def _serve(self, card: Card) -> Steps:
        """What a crew does once it has said yes."""
        random, institution = self._random, self._kinds[card.unit]
        dawdles, withdraws = (random.random() < s for s in (self.manners.dawdles, self.manners.withdraws))
        yield random.uniform(5.0, 60.0) + (random.uniform(100.0, 2500.0) if dawdles else 0.0)
        if not (yield from self._done(card, c.GoEnRoute)):
            return
        travel_s = self._world.go_to_alert(card.unit, card.alert, institution)
        if dawdles:
            travel_s *= random.uniform(1.0, 4.0)
        if withdraws:
            yield travel_s * random.random()
            yield from self._say(card, c.Withdraw, reason="another_call")
        else:
            yield travel_s
            yield from self._on_scene(card, institution)
        self._world.go_home(card.unit)

    def _on_scene(self, card: Card, institution: Institution) -> Steps:
        if not (yield from self._all(card, (c.ArriveOnScene, self._random.uniform(10.0, 120.0)))):
            return
        if not (yield from self._all(card, (c.MakeContact, self._random.uniform(60.0, 600.0)))):
            return
        if institution is Institution.POLICE and self._random.random() < 0.3:
            answers = {q.code: self._random.choice(("yes", "no", "unknown")) for q in LAP.questions}
            yield from self._say(card, c.AnswerScreen, profile=LAP.code, answers=answers)
        if institution is Institution.PROSECUTOR:
            yield from self._maybe_order(card)
        yield from self._stay(card)
        if institution is Institution.POLICE and self._random.random() < 0.7:
            leave_s, safe_s = self._random.uniform(300.0, 900.0), self._random.uniform(60.0, 600.0)
            if not (yield from self._all(card, (c.Depart, leave_s), (c.ReachSafety, safe_s))):
                return
        yield from self._all(card, (c.Finish, 0.0))

    def _stay(self, card: Card) -> Steps:
        """On scene for a while; every quarter of an hour somebody says that all are well, unless nobody does."""
        leaves_at = self._engine.at + self._random.uniform(60.0, 2400.0)
        silent = self._random.random() < self.manners.says_nothing
        if self._random.random() < self.manners.calls_for_help:
            yield from self._say(card, c.CallForHelp)
        while self._engine.at < leaves_at:
            yield min(600.0, leaves_at - self._engine.at + 1.0)
            if not silent:
                yield from self._say(card, c.ConfirmWell)

    def _maybe_order(self, card: Card) -> Steps:
        if self._random.random() < 0.7:
            outcome = self._random.choice(("issued", "issued", "refused", "not_wanted"))
            yield from self._say(card, c.SayOrder, outcome=outcome)

    # --- saying it

    def _all(self, card: Card, *steps: tuple[type[c.AssignmentCommand], float]) -> Doing:
        """Say each of these and wait its seconds; False as soon as it is not theirs any more."""
        for kind, wait_s in steps:
            if not (yield from self._done(card, kind)):
                return False
            yield wait_s
        return True

    def _done(self, card: Card, kind: type[c.AssignmentCommand]) -> Doing:
        """Say it; whether the assignment is still theirs."""
        return (yield from self._say(card, kind)).refused != "unknown_assignment"

    def _say(self, card: Card, kind: type[c.AssignmentCommand], **fields: Any) -> Sending:
        """Say it once the line lives; sometimes a thumb taps twice."""
        while self._world.is_dark(card.unit):
            yield 15.0
        if self._random.random() < self.manners.taps_twice:
            self._engine.start(self._tap(card, kind, fields), self._random.uniform(0.0, 3.0))
        return (yield from self._ask(card.unit, kind, assignment=card.id, unit=card.unit, **fields))

    def _tap(self, card: Card, kind: type[c.AssignmentCommand], fields: dict[str, Any]) -> Steps:
        yield from self._ask(card.unit, kind, assignment=card.id, unit=card.unit, **fields)

    def _ask(self, link: str, kind: type[c.Command], **fields: Any) -> Sending:
        command = kind(id=self._engine.new_id(), by=f"crew:{link}", **fields)
        return (yield from self._network.send(link, command))
