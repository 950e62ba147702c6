"""What measured seconds are printed as."""

import statistics
from collections.abc import Sequence


def ms(seconds: Sequence[float], percent: int) -> float:
    """This percentile of them in milliseconds."""
    return round(statistics.quantiles(seconds, n=100, method="inclusive")[percent - 1] * 1000, 3)
