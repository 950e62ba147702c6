"""Where nobody here accepts, the neighbouring center is asked: its desk has an alert of its own, and each seeh.

Here is the center that asks, there the one that is asked. Each writes its own log; what goes between them is HTTP.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest_asyncio
from pydantic import SecretStr

from app.dispatch import events as e
from app.envoy import Envoy
from app.settings import NeighbourAddress

from .center import Center, Raised, a_center, time_passes
from .phone import Console, Phone

PASSWORD = "a long word between two desks"
SELDOM_S = 3600.0
"""The envoys go round when a story says so."""

_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Two:
    """Two neighbouring centers with one clock, and a console in each."""

    here: Center
    there: Center
    console: Console
    console_there: Console

    async def talk(self) -> None:
        """Ours goes round, then theirs, then ours again: each has heard what the other knows."""
        for center in (self.here, self.there, self.here):
            await center.goes_round()

    async def pass_time(self, seconds: float) -> None:
        """Time passes for both."""
        await time_passes(seconds, self.here, self.there)

    async def handed_over(self, alert: Raised) -> Raised:
        """The alert their desk has for a need of this one."""

        def found() -> list[str]:
            return [
                card["id"]
                for card in self.console_there.cards.values()
                if card["card"] == "alert" and (card["origin"] or {}).get("alert") == alert.id
            ]

        await self.console_there.until(lambda: bool(found()), f"an alert for {alert.folio}")
        (there,) = found()
        return Raised(id=there, folio=self.console_there.cards[there]["folio"], sent={}, receipt={})

    async def hear_of(self, alert: Raised, state: str) -> None:
        """Our console shows how the need stands there."""
        await self.console.until(
            lambda: (self.console.need(alert, "police")["neighbour"] or {}).get("state") == state,
            f"{alert.folio} to be {state} there",
        )


@pytest_asyncio.fixture(loop_scope="session")
async def two(tmp_path: Path, stories_url: str) -> AsyncIterator[Two]:
    """Two running centers that know of each other; nobody is on duty in either."""
    number = next(_numbers)
    here = a_center(
        tmp_path / "here", stories_url, center=f"here-{number}", folio_prefix="H", neighbours_every_s=SELDOM_S
    )
    there = a_center(
        tmp_path / "there", stories_url, center=f"there-{number}", folio_prefix="T", neighbours_every_s=SELDOM_S
    )
    there.clock = here.clock
    try:
        for one, other in ((here, there), (there, here)):
            other.listens()
            one.settings.neighbours = {other.settings.center: a_way_to(other, by=one)}
        for one, other in ((here, there), (there, here)):
            await one.start()
            await one.settle()
            await one.lets_in(other, PASSWORD)
            await one.goes_by(neighbours={"*": other.settings.center})
        yield Two(here, there, await here.console(), await there.console())
    finally:
        await here.stop()
        await there.stop()


def a_way_to(center: Center, *, by: Center) -> NeighbourAddress:
    """Where `center` answers, and as whom `by` signs in there."""
    return NeighbourAddress(url=center.url, login=by.settings.center, password=SecretStr(PASSWORD))


async def asked(two: Two) -> tuple[Raised, Raised, Phone]:
    """Nobody was here, so their desk has an alert for ours and their patrol an offer."""
    theirs = await two.there.phone("KILO-7")
    alert = await two.here.raise_alert()
    await two.pass_time(180)
    await two.talk()
    there = await two.handed_over(alert)
    await theirs.expect_offer(there)
    return alert, there, theirs


async def test_the_neighbours_desk_gets_an_alert_of_its_own_when_the_alarm_has_stood_for_three_minutes(
    two: Two,
) -> None:
    theirs = await two.there.phone("KILO-7")
    caller = {"role": "daughter", "name": "Rosa", "telephone": "81 1234 5678"}
    alert = await two.here.raise_alert(caller=caller, threat={"strangled": "yes"})
    await two.console.expect_alarm(alert, "police", "nobody_to_ask")
    await two.pass_time(179)
    await two.talk()
    assert two.console.need(alert, "police")["neighbour"] is None
    await two.pass_time(1)
    await two.talk()
    there = await two.handed_over(alert)
    shown = await two.console_there.expect_alert(there, level="extreme")
    assert shown["received_at"] == two.console.cards[alert.id]["received_at"]
    assert (shown["origin"]["center"], shown["origin"]["folio"]) == (two.here.settings.center, alert.folio)
    await two.hear_of(alert, "offered")
    assert two.console.need(alert, "police")["neighbour"]["folio"] == there.folio
    # Asked again and again, they have it once; and here the alarm sounds on until somebody comes.
    await two.talk()
    await two.handed_over(alert)
    await two.console.expect_alarm(alert, "police", "nobody_to_ask", times=2)
    await theirs.accepts(there)
    card = await theirs.expect_place(there)
    assert card["told"]["caller"] == [caller]


async def test_however_many_processes_go_round_at_once_their_desk_has_it_once_and_hears_each_word_once(
    two: Two,
) -> None:
    theirs = await two.there.phone("KILO-7")
    alert = await two.here.raise_alert()
    await two.pass_time(180)
    envoys = [Envoy(two.here.service) for _ in range(3)]
    try:
        for _ in range(2):
            await asyncio.gather(*(envoy.round() for envoy in envoys))
    finally:
        await asyncio.gather(*(envoy.stop() for envoy in envoys))
    there = await two.handed_over(alert)
    await theirs.expect_offer(there)
    heard = [entry.event for entry in await two.here.log(alert) if isinstance(entry.event, e.NeighbourHeard)]
    assert [event.state for event in heard] == ["offered"]


async def test_who_comes_from_there_is_seen_here_from_the_yes_to_the_end(two: Two) -> None:
    alert, there, theirs = await asked(two)
    await theirs.accepts(there)
    await two.talk()
    await two.console.expect_need(alert, "police", "elsewhere")
    await two.console.expect_quiet(alert, "police")
    await two.hear_of(alert, "accepted")
    shown = await two.console_there.expect_need(there, "police", "accepted", "KILO-7")
    assert shown["neighbour"] is None
    await two.console_there.until(
        lambda: two.console_there.cards[there.id]["origin"]["state"] == "elsewhere", "how it stands here"
    )
    # Nobody of ours is asked any more.
    ours = await two.here.phone("KILO-7")
    await ours.expect_nothing()
    for step, state in (("en-route", "en_route"), ("on-scene", "on_scene")):
        await theirs.goes(there, step)
        await two.talk()
        await two.hear_of(alert, state)
    await theirs.goes(there, "done")
    await two.talk()
    await two.console.expect_need(alert, "police", "done")


async def test_when_theirs_comes_to_nothing_the_search_goes_on_here(two: Two) -> None:
    alert, there, theirs = await asked(two)
    await theirs.accepts(there)
    await two.talk()
    await two.console.expect_need(alert, "police", "elsewhere")
    ours = await two.here.phone("LIMA-2")
    (await theirs.says("withdraw", there, reason="crash")).must_be(200)
    await two.talk()
    await ours.expect_offer(alert)
    await ours.accepts(alert)
    await two.console.expect_need(alert, "police", "accepted", "LIMA-2")


async def test_when_ours_says_yes_first_theirs_is_asked_no_more(two: Two) -> None:
    alert, there, theirs = await asked(two)
    offered = theirs.card(there)["id"]
    ours = await two.here.phone("KILO-7")
    await ours.takes(alert)
    await two.talk()
    await theirs.expect_gone(offered)
    await two.console_there.expect_need(there, "police", "called_off")
    await two.console.expect_need(alert, "police", "accepted", "KILO-7")


async def test_a_neighbour_that_has_the_need_and_falls_silent_calls_a_human(two: Two) -> None:
    alert, there, theirs = await asked(two)
    await theirs.accepts(there)
    await two.talk()
    await two.console.expect_need(alert, "police", "elsewhere")
    await two.there.stop()
    await time_passes(179, two.here)
    await two.here.goes_round()
    await two.console.expect_quiet(alert, "police")
    await time_passes(1, two.here)
    await two.console.expect_alarm(alert, "police", "neighbour_silent")


async def test_a_desk_that_does_not_answer_yet_is_asked_until_it_does(two: Two) -> None:
    await two.there.stop()
    alert = await two.here.raise_alert()
    await time_passes(180, two.here)
    await two.here.goes_round()
    await two.console.expect_alarm(alert, "police", "nobody_to_ask")
    assert two.console.need(alert, "police")["neighbour"]["state"] is None
    await two.there.start()
    await two.console_there.connect(two.there.url)
    await two.talk()
    await two.handed_over(alert)


async def test_a_neighbour_sees_what_it_was_asked_for_and_nothing_else(two: Two) -> None:
    alert, _, _ = await asked(two)
    own = await two.here.raise_alert()
    token = await two.here.token_for(two.there.settings.center)
    heard = await two.here.get(f"/api/neighbours/alerts/{alert.id}/needs/police", token=token)
    assert heard.must_be(200).body["state"] == "stuck"
    assert set(heard.body) == {"alert", "folio", "need", "state"}
    path = f"/api/neighbours/alerts/{own.id}/needs/police"
    (await two.here.get(path, token=token)).must_be(404, "unknown_alert")
    for path in ("/api/alerts", f"/api/alerts/{alert.id}", "/api/units"):
        (await two.here.get(path, token=token)).must_be(403, "forbidden")
