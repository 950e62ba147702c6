"""The places of alerts: the last one told counts, at every desk, and one that was refused steers nobody."""

import asyncio
from dataclasses import replace
from uuid import uuid4

import pytest

from app.clock import HandClock
from app.desk import Desk
from app.details import PLACE
from app.dispatch import commands as c
from app.dispatch.commands import Refusal
from app.dispatch.model import Institution, NeedState

from .desks import EVERYBODY, HOME, a_call, a_desk, caught_up, raise_alert, staff, station


async def test_a_place_told_later_is_where_another_desk_searches(desk: Desk, url: str, clock: HandClock) -> None:
    receipt = await raise_alert(desk)
    moved = {"lat": 25.7, "lon": -100.4}
    more = c.TellMore(id=str(uuid4()), by="x", alert=receipt.alert or "", zone="norte")
    async with a_desk(url, clock) as other:
        await other.board()
        await desk.perform(more, {PLACE: moved})
        await caught_up(desk, other)
        place = other.ground.alert_place(receipt.alert or "")
        assert place is not None
        assert (place.lat, place.lon) == (moved["lat"], moved["lon"])


async def test_of_two_places_told_in_one_moment_the_later_one_counts(
    desk: Desk, url: str, clock: HandClock
) -> None:
    receipt = await raise_alert(desk)
    places = [{"lat": 25.6 + number / 100, "lon": -100.4} for number in range(6)]
    for place in places:
        more = c.TellMore(id=str(uuid4()), by="x", alert=receipt.alert or "", zone="norte")
        await desk.perform(more, {PLACE: place})
    async with a_desk(url, clock) as later:
        await later.board()
        known = later.ground.alert_place(receipt.alert or "")
    assert known is not None
    assert known.lat == places[-1]["lat"]


async def test_the_place_of_a_refused_command_steers_nobody_in_its_batch(desk: Desk) -> None:
    receipt = await raise_alert(desk)
    alert = receipt.alert or ""
    (live,) = (await desk.board()).assignments.values()
    far = {"lat": 25.66 + 0.1, "lon": -100.32}
    wrong = c.TellMore(id=str(uuid4()), by="x", alert=alert, zone="norte", threat={"no_such_question": "yes"})
    no = c.Decline(id=str(uuid4()), by="x", assignment=live.id, unit=live.unit, reason="far")
    told, _ = await asyncio.gather(desk.perform(wrong, {PLACE: far}), desk.perform(no), return_exceptions=True)
    assert isinstance(told, Refusal)
    (again,) = (await desk.board()).assignments.values()
    assert again.why.distance_m is not None
    assert again.why.distance_m < 2000
    place = desk.ground.alert_place(alert)
    assert place is not None
    assert place.lat == HOME["lat"]


@pytest.mark.parametrize("told", ["with the alert", "later"])
async def test_a_shelter_where_the_aggressor_may_be_is_not_asked_from_the_very_command_that_says_so(
    url: str, clock: HandClock, told: str
) -> None:
    async with a_desk(url, clock) as desk:
        await staff(desk, EVERYBODY)
        beside = station([facts.code for facts in EVERYBODY].index("R1"))
        his = {"avoid": [{"lat": beside.lat, "lon": beside.lon}]}
        call = replace(a_call(None, Institution.SHELTER), avoid_zones=frozenset({"norte"}))
        if told == "later":
            await raise_alert(desk, replace(call, avoid_zones=frozenset()))
            more = c.TellMore(id=str(uuid4()), by="x", alert=call.id, avoid_zones=frozenset({"norte"}))
            await desk.perform(more, his)
        else:
            await raise_alert(desk, call, **his)
        (need,) = (await desk.board()).alerts[call.id].needs
        assert need.state is NeedState.STUCK
        assert need.why_not is not None
        assert need.why_not.too_close == 1
