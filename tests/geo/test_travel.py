"""The estimate."""

import math

import pytest

from app.geo.travel import DETOUR, INSTITUTIONS, estimate, speed_m_s


@pytest.mark.parametrize("institution", INSTITUTIONS)
@pytest.mark.parametrize("hour", range(24))
def test_the_estimate_is_line_times_detour_by_speed_at_every_hour(institution: str, hour: int) -> None:
    travel = estimate(3_000.0, institution, hour)
    assert travel.how == "estimate"
    assert travel.seconds == pytest.approx(3_000.0 * DETOUR / speed_m_s(institution, hour))
    assert 3.5 < speed_m_s(institution, hour) < 13


def test_police_are_faster_than_the_others_and_the_night_than_the_evening() -> None:
    for hour in range(24):
        assert speed_m_s("police", hour) > speed_m_s("prosecutor", hour) == speed_m_s("shelter", hour)
    assert speed_m_s("police", 3) > speed_m_s("police", 12) > speed_m_s("police", 8) > speed_m_s("police", 18)


def test_a_kilometre_at_night_without_lights_takes_what_the_source_says_on_the_road() -> None:
    assert estimate(1_000.0, "prosecutor", 3).seconds / DETOUR == pytest.approx(117, abs=0.5)


def test_no_distance_takes_no_time() -> None:
    assert estimate(0.0, "police", 0).seconds == 0.0


@pytest.mark.parametrize("metres", [-1.0, math.nan, math.inf])
def test_a_distance_that_is_none_is_refused(metres: float) -> None:
    with pytest.raises(ValueError, match="distance"):
        estimate(metres, "police", 0)


@pytest.mark.parametrize(("institution", "hour"), [("fire", 0), ("police", 24), ("police", -1)])
def test_an_institution_or_an_hour_that_does_not_exist_is_refused(institution: str, hour: int) -> None:
    with pytest.raises(ValueError, match=r"institution|hour"):
        estimate(1.0, institution, hour)
