"""Evenings with a shelter in them: one that has accepted, one that somebody has to take her to."""

from collections.abc import Sequence

import pytest

from app.dispatch import commands as c
from app.dispatch.decide import Decision
from app.dispatch.model import UnitState
from tests.builders import POLICE, SHELTER, Evening, a_unit, an_alert

HOLD_S = Evening().rules.hold_s
FREE, HELD, BUSY, OCCUPIED = UnitState.FREE, UnitState.HELD, UnitState.BUSY, UnitState.OCCUPIED


def a_place(*, capacity: int = 1, capabilities: Sequence[str] = ("vehicle",)) -> Evening:
    """A shelter that fetches her itself, and has accepted."""
    evening = Evening(a_unit("S1", SHELTER, capacity=capacity, capabilities=capabilities))
    evening.perform(an_alert("A1", SHELTER))
    evening.accepts("S1")
    return evening


def a_way(*patrols: str) -> Evening:
    """Patrols, the first of them asked, and a shelter that cannot fetch her and has been asked."""
    evening = Evening(*[a_unit(code) for code in patrols or ("P1",)], a_unit("S1", SHELTER))
    evening.perform(an_alert("A1", POLICE, SHELTER))
    return evening


def on_scene(evening: Evening, unit: str = "P1") -> None:
    """The patrol accepts, and is there."""
    evening.accepts(unit)
    evening.says(unit, c.ArriveOnScene)


def expires(evening: Evening, need: str = "shelter") -> Decision:
    """The place has been kept long enough, and the clock says so."""
    place = evening.assignment(need)
    assert place.hold_until is not None
    evening.at = place.hold_until
    return evening.ask(c.ExpireHold, assignment=place.id)


def refused(evening: Evening, kind: type[c.Command], **fields: object) -> c.Refusal:
    """The refusal, after a look that nothing has changed."""
    before = evening.board
    with pytest.raises(c.Refusal) as refusal:
        evening.ask(kind, **fields)
    assert evening.board == before
    return refusal.value
