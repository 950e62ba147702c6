"""The one place where the times of a single alert go out in a report.

What lies between leaving with her (T11) and being free again (T13) says how far a sealed place is. So a report
tells no time of a single alert after T10 but that of the order, and no length that ends there.
"""

from collections.abc import Mapping

from .points import TimePoint
from .timeline import Timeline

TOLD = (
    TimePoint.RECEIVED,
    TimePoint.ANSWERED,
    TimePoint.RAISED,
    TimePoint.OFFERED,
    TimePoint.ACCEPTED,
    TimePoint.EN_ROUTE,
    TimePoint.ON_SCENE,
    TimePoint.CONTACT,
    TimePoint.PROSECUTOR_CONTACT,
)
"""The time points of one alert that a report tells."""

TOLD_LENGTHS = ("processing", "acceptance", "turnout", "travel", "response", "order", "answering", "call_taking")
"""The intervals whose length a report tells of one alert."""


def outward(timeline: Timeline) -> Mapping[TimePoint, float | None]:
    """The times of one alert as a report tells them; None where it has not come to that."""
    return {point: timeline.at(point) for point in TOLD}
