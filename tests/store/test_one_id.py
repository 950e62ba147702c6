"""One effect for one id: an answer is kept and given again, and another command under it is refused."""

import asyncio
from dataclasses import replace
from uuid import uuid4

import pytest

from app.clock import HandClock
from app.desk import Desk, IdReused
from app.details import PLACE
from app.dispatch import commands as c
from app.dispatch.commands import Refusal
from app.dispatch.model import Institution

from .desks import HOME, a_call, a_desk, must_agree, raise_alert


async def test_an_answer_is_kept_with_its_id_and_given_again(desk: Desk, url: str) -> None:
    call = a_call()
    first = await raise_alert(desk, call)
    seq = (await desk.board()).seq
    assert await raise_alert(desk, call) == first
    assert (await desk.board()).seq == seq
    assert first.folio == "N-1"
    assert [(need.need, need.state, need.unit) for need in first.needs] == [("police", "offered", "P1")]
    await must_agree(url, desk)


async def test_the_same_id_many_times_in_one_batch_is_one_command(desk: Desk, url: str) -> None:
    call = a_call()
    receipts = await asyncio.gather(*(raise_alert(desk, call) for _ in range(20)))
    assert all(receipt == receipts[0] for receipt in receipts)
    entries = await must_agree(url, desk)
    assert sum(entry.command == call.id for entry in entries) == 3


async def test_an_answer_is_known_to_a_desk_that_was_not_there(desk: Desk, url: str, clock: HandClock) -> None:
    call = a_call()
    first = await raise_alert(desk, call)
    await desk.perform(c.CancelAlert(id=str(uuid4()), by="x", alert=call.id, reason="mistake"))
    async with a_desk(url, clock) as later:
        assert await raise_alert(later, call) == first
        await must_agree(url, desk, later)


async def test_a_refusal_is_an_answer_too(desk: Desk) -> None:
    early = c.EndDuty(id=str(uuid4()), by="x", unit="P9")
    for _ in range(2):
        with pytest.raises(Refusal, match="There is no unit P9") as refused:
            await desk.perform(early)
        assert refused.value.code == "unknown_unit"


async def test_what_the_service_is_refused_today_it_may_do_tomorrow(desk: Desk, clock: HandClock) -> None:
    call = a_call()
    await raise_alert(desk, call)
    (assignment,) = (await desk.board()).assignments
    expire = c.ExpireOffer(id="expire-1", by=c.SERVICE, assignment=assignment)
    with pytest.raises(Refusal):
        await desk.perform(expire)
    clock.advance(20)
    await desk.perform(expire)
    assert assignment not in (await desk.board()).assignments


async def test_another_command_under_a_used_id_is_refused(desk: Desk, url: str) -> None:
    call = a_call()
    await raise_alert(desk, call)
    with pytest.raises(IdReused):
        await raise_alert(desk, a_call(call.id, Institution.SHELTER))
    with pytest.raises(IdReused):
        await desk.perform(c.StartDuty(id=call.id, by="operator", unit="P1"))
    await must_agree(url, desk)


async def test_a_later_device_clock_makes_it_no_other_command(desk: Desk) -> None:
    call = a_call()
    first = await raise_alert(desk, replace(call, at_device=1.0))
    assert await raise_alert(desk, replace(call, at_device=2.0)) == first


async def test_zones_drawn_anew_between_two_tries_make_it_no_other_command(desk: Desk) -> None:
    call = a_call()
    first = await raise_alert(desk, call)
    assert await raise_alert(desk, replace(call, zone="norte", zone_how="nearest")) == first
    more = c.TellMore(id=str(uuid4()), by="x", alert=call.id, zone="centro")
    told = await desk.perform(more, {PLACE: HOME})
    assert await desk.perform(replace(more, zone="norte"), {PLACE: HOME}) == told
    with pytest.raises(IdReused):
        await desk.perform(replace(more, zone=None, threat={"strangled": "yes"}))


async def test_the_same_id_with_other_personal_data_is_another_command(desk: Desk) -> None:
    call = a_call()
    await raise_alert(desk, call, note="he is armed")
    assert (await raise_alert(desk, call, note="he is armed")).alert == call.id
    with pytest.raises(IdReused):
        await raise_alert(desk, call, note="he has left")
