"""How quick, how busy and how careless the simulator's people are. Seconds of the service's clock."""

from dataclasses import dataclass
from random import Random

type Range = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Ranges that delays are drawn from, evenly.

    Attributes:
        seen_s: from the offer until a person looks at it; answer_s: from then until the answer.
        turnout_s: from yes to on the way; contact_s: from on scene to with her.
        stay_s: on scene, before a patrol leaves with her or a prosecutor is done.
        hand_over_s: from the safe place to clear again.
        place_taken_s: how long a shelter's place stays taken; None: to the end.
        faster: vehicles drive so many times as fast as the road allows, for shows that must be short.
        declines, ignores: shares of offers that are answered no, or not at all.
        acknowledge_s: a supervisor's delay before an alarm is acknowledged; close_s: before an alert is closed.
    """

    seen_s: Range
    answer_s: Range
    turnout_s: Range
    contact_s: Range
    stay_s: Range
    hand_over_s: Range
    place_taken_s: Range | None
    faster: float
    declines: float
    ignores: float
    acknowledge_s: Range
    close_s: Range
    position_every_s: float


BRISK = Pace(
    seen_s=(0.4, 1.5),
    answer_s=(0.6, 3.0),
    turnout_s=(1.0, 2.0),
    contact_s=(1.0, 2.0),
    stay_s=(2.0, 5.0),
    hand_over_s=(1.0, 2.0),
    place_taken_s=(40.0, 90.0),
    faster=12.0,
    declines=0.06,
    ignores=0.02,
    acknowledge_s=(1.0, 3.0),
    close_s=(1.0, 2.0),
    position_every_s=10.0,
)
"""For a show: a whole story in half a minute."""

LIFELIKE = Pace(
    seen_s=(2.0, 9.0),
    answer_s=(3.0, 20.0),
    turnout_s=(20.0, 90.0),
    contact_s=(30.0, 180.0),
    stay_s=(1200.0, 3000.0),
    hand_over_s=(120.0, 600.0),
    place_taken_s=(6 * 3600.0, 24 * 3600.0),
    faster=1.0,
    declines=0.05,
    ignores=0.03,
    acknowledge_s=(10.0, 60.0),
    close_s=(30.0, 120.0),
    position_every_s=60.0,
)
"""For a replay: an incident keeps a patrol for about an hour, as it does in Detroit."""


def drawn(draw: Random, within: Range) -> float:
    """A delay from a range."""
    return draw.uniform(*within)
