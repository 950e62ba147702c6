"""Targets: which counts when, what is within one, and that they are said with their source."""

from datetime import date

import pytest

from app.reports.intervals import INTERVALS
from app.reports.response_times import Within, summarise
from app.reports.targets import PUBLISHED, Target, in_force
from app.settings import TargetSetting
from tests.reports.builders import START, Story

NORM = Target(
    interval="response", by="norm", within_s=600, share=1.0, source="A norm", effective=date(2019, 2, 21)
)
STRICTER = Target(
    interval="response", by="norm", within_s=420, share=1.0, source="2025", effective=date(2025, 1, 1)
)
OWN = Target(interval="response", by="center", within_s=300, share=0.9, source="Ours", effective=date(2026, 1, 1))


def test_of_each_who_sets_one_the_newest_in_effect_counts() -> None:
    every = (OWN, STRICTER, NORM)
    assert in_force(every, date(2019, 2, 20)) == {}
    assert in_force(every, date(2024, 12, 31)) == {"response": (NORM,)}
    assert in_force(every, date(2025, 1, 1)) == {"response": (STRICTER,)}
    assert in_force(every, date(2026, 6, 1)) == {"response": (OWN, STRICTER)}


def test_the_published_targets_all_count_today() -> None:
    found = in_force(PUBLISHED, date(2026, 1, 1))
    assert {name: [target.within_s for target in several] for name, several in found.items()} == {
        "call_taking": [90],
        "processing": [120, 60],
        "response": [600],
        "order": [14_400],
        "answering": [15],
    }
    assert all(target.source for target in PUBLISHED)


def test_who_waits_longer_than_the_target_has_missed_it_and_who_waits_in_time_is_undecided() -> None:
    came = [Story(f"a{n}").served(0, 5, 10, 599.9 + n / 10).timeline for n in range(3)]
    late = Story("late").stuck(0).timeline
    (row,) = summarise([*came, late], (), ["response"], at=START + 601, targets={"response": (NORM,)})
    assert row.targets == (Within(target=NORM, within=2, decided=4),)
    assert row.targets[0].share == 0.5
    (soon,) = summarise([*came, late], (), ["response"], at=START + 500, targets={"response": (NORM,)})
    assert soon.targets[0].decided == 3
    (none,) = summarise([late], (), ["response"], at=START + 5, targets={"response": (NORM,)})
    assert none.targets[0].share is None


def test_a_target_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="no interval haste"):
        Target(interval="haste", by="x", within_s=1, share=1, source="", effective=date(2020, 1, 1))
    with pytest.raises(ValueError, match="share between"):
        Target(interval="response", by="x", within_s=1, share=1.5, source="", effective=date(2020, 1, 1))


@pytest.mark.parametrize("interval", INTERVALS)
def test_a_center_can_set_a_target_for_every_interval(interval: str) -> None:
    said = TargetSetting.model_validate(
        {"interval": interval, "within_s": 60, "share": 0.9, "source": "Acuerdo 7", "effective": "2026-01-01"}
    )
    assert Target(**said.model_dump()).by == "center"
