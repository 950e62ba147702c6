"""The crews of a night: they answer offers, drive, come late, tap twice, change their mind, fall silent."""

from random import Random
from typing import Any

from app.dispatch import commands as c
from app.dispatch import events as e
from app.dispatch.model import Institution
from simulator.engine import Engine, Steps
from simulator.randomness import stream
from simulator.scenario import GOOD, HOUR, Night, Post

LOST_AFTER_S = 60.0
"""Seconds of silence after which the service says that a unit is lost."""


class Crews:
    """Everybody aboard a unit."""

    def __init__(self, engine: Engine, night: Night) -> None:
        self._engine, self._world = engine, engine.world
        self._random: Random = stream(night.seed, "crews")
        self._shifts: Random = stream(night.seed, "shifts")
        self._outages: Random = stream(night.seed, "outages")
        self.manners = night.manners
        for post in night.posts:
            engine.start(self._shift(post))
            if post.facts.institution is not Institution.SHELTER and night.manners.outages_an_hour:
                engine.start(self._silences(post.facts.code))

    def hear(self, entry: e.Entry) -> None:
        """Somebody is asked."""
        if isinstance(entry.event, e.Offered):
            self._engine.start(self._answer(entry.event))

    def calm_down(self) -> None:
        """From now on every crew behaves."""
        self.manners = GOOD

    def _shift(self, post: Post) -> Steps:
        """On duty; off duty when the shift is over and nothing is in hand; after a while the next crew."""
        code = post.facts.code
        self._ask(c.StartDuty, unit=code, crew=post.crew)
        yield post.shift_s
        while self._ask(c.EndDuty, unit=code).refused == "unit_busy":
            yield 300.0
        yield self._shifts.uniform(60.0, 1800.0)
        self._ask(c.StartDuty, unit=code, crew=post.crew[:1])

    def _silences(self, unit: str) -> Steps:
        """Now and then nothing is heard of a unit for a while, and after a minute the service says so."""
        while self.manners.outages_an_hour:
            yield self._outages.expovariate(self.manners.outages_an_hour / HOUR)
            if self.manners.outages_an_hour:
                self._world.darken(unit)
                yield LOST_AFTER_S
                self._ask(c.LoseUnit, unit=unit)
                yield self._outages.uniform(60.0, 1200.0)
                self._world.brighten(unit)
                self._ask(c.HearUnit, unit=unit)

    def _answer(self, offer: e.Offered) -> Steps:
        """What a crew does with an offer, up to yes or no."""
        random, manners = self._random, self.manners
        ignores, late, declines = (
            random.random() < share for share in (manners.ignores, manners.answers_late, manners.declines)
        )
        yield random.uniform(0.5, 3.0)
        if self._world.is_dark(offer.unit) or (ignores and random.random() < 0.5):
            return
        self._say(offer, c.ConfirmDelivery)
        if ignores:
            return
        yield random.uniform(1.0, 12.0)
        self._say(offer, c.SeeOffer)
        yield random.uniform(2.0, 20.0) + (60.0 if late else 0.0)
        if declines:
            self._say(offer, c.Decline, reason="busy")
        elif self._say(offer, c.Accept).refused is None:
            yield from self._serve(offer)

    def _serve(self, offer: e.Offered) -> Steps:
        """What a crew does once it has said yes."""
        random = self._random
        institution = self._engine.board.units[offer.unit].institution
        if institution is Institution.SHELTER:
            yield random.uniform(1200.0, 5400.0)
            yield from self._all(offer, (c.ReachSafety, 600.0), (c.Finish, 0.0))
            return
        withdraws = random.random() < self.manners.withdraws
        yield random.uniform(10.0, 90.0)
        if self._say(offer, c.GoEnRoute).refused is not None:
            return
        travel_s = self._world.go_to_alert(offer.unit, offer.alert, institution)
        if withdraws:
            yield travel_s * random.random()
            self._say(offer, c.Withdraw, reason="another call on the way")
        else:
            yield travel_s
            yield from self._all(
                offer,
                (c.ArriveOnScene, random.uniform(10.0, 120.0)),
                (c.MakeContact, random.uniform(300.0, 1800.0)),
                (c.Depart, random.uniform(300.0, 900.0)),
                (c.ReachSafety, random.uniform(60.0, 600.0)),
                (c.Finish, 0.0),
            )
        self._world.go_home(offer.unit)

    def _all(self, offer: e.Offered, *steps: tuple[type[c.AssignmentCommand], float]) -> Steps:
        """Say each of these and wait its seconds; while dark nothing gets through and is said afterwards."""
        for kind, wait_s in steps:
            while self._world.is_dark(offer.unit):
                yield 30.0
            if self._say(offer, kind).refused is not None:
                return
            yield wait_s

    def _say(self, offer: e.Offered, kind: type[c.AssignmentCommand], **fields: Any) -> c.Receipt:
        """Say it; sometimes the same command is sent again, sometimes a thumb taps twice."""
        command = kind(
            id=self._engine.new_id(), by=offer.unit, assignment=offer.assignment, unit=offer.unit, **fields
        )
        receipt = self._engine.perform(command)
        if self._random.random() < self.manners.sends_again and self._engine.perform(command) is not receipt:
            raise AssertionError(f"{command.id} was sent twice and got two answers")
        if self._random.random() < self.manners.taps_twice:
            self._ask(kind, assignment=offer.assignment, unit=offer.unit, **fields)
        return receipt

    def _ask(self, kind: type[c.Command], **fields: Any) -> c.Receipt:
        return self._engine.perform(kind(id=self._engine.new_id(), by="crew", **fields))
