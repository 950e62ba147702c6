"""A place that nobody may find: how long the drive there was is no more than that it was within the hour."""

from typing import Any

import pytest

from app.cards.arrival import STEP_S, as_told, late
from app.dispatch import events as e

BEGAN = 1_000.0


def an_entry(seq: int, at: float, event: e.Event, at_device: float | None = None) -> e.Entry:
    return e.Entry(seq=seq, at=at, by="p", command=f"c{seq}", event=event, at_device=at_device)


def story(unit: str = "CASA-1", *, says_so: bool = True) -> list[e.Entry]:
    """She is taken from the scene to a shelter; without `says_so` nobody says that they leave."""
    patrol: dict[str, Any] = {"alert": "a", "need": "police", "assignment": "P", "unit": "KILO-7"}
    shelter: dict[str, Any] = {"alert": "a", "need": "shelter", "assignment": "S", "unit": unit}
    told: list[tuple[float, e.Event]] = [
        (900.0, e.Accepted(**shelter)),
        (BEGAN, e.Departed(**patrol) if says_so else e.ContactMade(**patrol)),
        (BEGAN + 1_320, e.ReachedSafety(**patrol)),
        (BEGAN + 1_330, e.ReachedSafety(**shelter)),
        (BEGAN + 1_500, e.Done(**patrol)),
    ]
    return [an_entry(seq, at, event, at_device=at - 1) for seq, (at, event) in enumerate(told, 1)]


@pytest.mark.parametrize("drive_s", [1.0, 600.0, 3_599.0, 3_600.0])
def test_every_drive_within_the_hour_ends_at_the_same_moment(drive_s: float) -> None:
    assert late(BEGAN, BEGAN + drive_s) == BEGAN + STEP_S


def test_a_longer_one_ends_with_the_next() -> None:
    assert late(BEGAN, BEGAN + 3_601) == BEGAN + 2 * STEP_S
    assert late(BEGAN, BEGAN) == BEGAN


@pytest.mark.parametrize("says_so", [True, False])
def test_the_arrival_and_what_comes_with_it_are_told_late_and_without_the_devices_time(says_so: bool) -> None:
    told = as_told(story(says_so=says_so), {"CASA-1"}.__contains__)
    assert [entry.at for entry in told] == [900.0, BEGAN, *[BEGAN + STEP_S] * 3]
    assert [entry.at_device for entry in told] == [899.0, BEGAN - 1, None, None, None]
    assert [entry.seq for entry in told] == [1, 2, 3, 4, 5]


def test_of_a_place_that_everybody_may_find_it_is_told_as_it_was() -> None:
    assert as_told(story("OPEN-1"), {"CASA-1"}.__contains__) == story("OPEN-1")
