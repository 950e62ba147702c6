"""How long a unit takes when the roads cannot be asked: the named estimate.

    seconds = straight distance × DETOUR ÷ speed(institution, local hour)

It is a stand-in. Line × constant was measured against real road times: median error 15 %, a tenth of the trips
off by 40 % or more. Two units of one institution at one hour keep the order of their distances.
"""

import math
from functools import cache
from typing import Literal, NamedTuple

DETOUR = 1.34
"""Road metres per straight metre. 1.343 is the mean over 300 European cities (Environment and Planning B, 2023,
doi 10.1177/23998083231168870); 1.2 to 1.4 in other studies of cities."""

FREE_FLOW_KMH = 30.8
"""Speed on city roads without congestion: 1 min 57 s a kilometre, Mexico City (TomTom Traffic Index 2025)."""

CONGESTION_MORNING = 1.066
"""Extra time, as a share, in the morning peak: 106.6 %, Mexico City (TomTom Traffic Index 2025)."""

CONGESTION_DAY = 0.759
"""The same over the whole day: 75.9 %."""

CONGESTION_EVENING = 1.258
"""The same in the evening peak: 125.8 %."""

LIGHTS_SAVE = 0.309
"""Share of the time that lights and siren save: 30.9 % in the country (Ho and Lindquist, Prehospital Emergency
Care 5, 2001), 38.5 % in a city (Ho and Casey, Annals of Emergency Medicine 32, 1998). The lower one, so as not
to promise.
"""

NIGHT_ENDS, NIGHT_BEGINS = 6, 22
"""Local hours: from 22:00 to 5:59 the road is taken to be free."""

INSTITUTIONS = ("police", "prosecutor", "shelter")


class Travel(NamedTuple):
    """How long a way takes, and how that is known."""

    seconds: float
    how: Literal["road", "estimate"]


@cache
def speed_m_s(institution: str, hour: int) -> float:
    """Metres of road a second at a local hour (0 to 23): 3.8 to 8.6 without lights, 5.5 to 12.4 with.

    Police drive with lights and siren; a prosecutor drives as everybody does, and so does whoever brings a
    woman to a shelter. Raises ValueError for an institution or an hour that does not exist.
    """
    if institution not in INSTITUTIONS:
        raise ValueError(f"no such institution: one of {', '.join(INSTITUTIONS)}")
    if not 0 <= hour <= 23:
        raise ValueError("an hour lies between 0 and 23")
    saved = LIGHTS_SAVE if institution == "police" else 0.0
    return FREE_FLOW_KMH / 3.6 / (1 + _congestion(hour)) / (1 - saved)


def estimate(distance_m: float, institution: str, hour: int) -> Travel:
    """The estimate for a straight distance in metres at a local hour (0 to 23).

    Raises ValueError for a distance below zero or not finite, and as `speed_m_s` does.
    """
    return at_speed(distance_m, speed_m_s(institution, hour))


def at_speed(distance_m: float, speed: float) -> Travel:
    """The estimate at a speed, road metres a second. Raises ValueError for a distance below zero or not finite."""
    if not 0.0 <= distance_m < math.inf:
        raise ValueError("a distance is a finite number of metres, zero or more")
    return Travel(distance_m * DETOUR / speed, "estimate")


def _congestion(hour: int) -> float:
    """Share of extra time at a local hour. The figures are of the source, the hours are ours."""
    if hour < NIGHT_ENDS or hour >= NIGHT_BEGINS:
        return 0.0
    if 7 <= hour <= 9:
        return CONGESTION_MORNING
    if 17 <= hour <= 20:
        return CONGESTION_EVENING
    return CONGESTION_DAY
