"""One stamp of another system as seconds since 1970 UTC, or why it is none.

A local time without its offset says two things in the night when clocks are set back, and nothing in the night
when they are set forward. Which of both is meant is guessed only where the map says so.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo

from .map import EPOCH, Choice, Clock
from .refused import Reason


def stamp(text: str, clock: Clock, formats: Sequence[str], now: float) -> float | Reason:
    """The moment that `text` names; its reason where it names none, or one later than `now`."""
    at = _read(text, clock, formats)
    if isinstance(at, float) and at > now:
        return Reason.FUTURE_STAMP
    return at


def _read(text: str, clock: Clock, formats: Sequence[str]) -> float | Reason:
    for form in formats:
        if form == EPOCH:
            if text.replace(".", "", 1).isdecimal() and text.isascii():
                return float(text)
            continue
        try:
            told = datetime.strptime(text, form)  # noqa: DTZ007 - its zone is the map's
        except ValueError:
            continue
        return told.timestamp() if told.tzinfo else _local(told, _zone(clock.zone), clock)
    return Reason.BAD_STAMP


def _local(told: datetime, zone: ZoneInfo, clock: Clock) -> float | Reason:
    try:
        both = [told.replace(tzinfo=zone, fold=fold).timestamp() for fold in (0, 1)]
    except OverflowError:
        return Reason.BAD_STAMP
    if both[0] == both[1]:
        return both[0]
    # A time that came reads the same on its way back from UTC.
    came = datetime.fromtimestamp(both[0], UTC).astimezone(zone).replace(tzinfo=None) == told
    if came:
        return _chosen(clock.repeated, both, Reason.REPEATED_STAMP)
    return _chosen(clock.skipped, both, Reason.SKIPPED_STAMP)


def _chosen(choice: Choice, both: Sequence[float], reason: Reason) -> float | Reason:
    if choice == "refuse":
        return reason
    return min(both) if choice == "earlier" else max(both)


_zone = cache(ZoneInfo)
