"""Seeds that once found something wrong, each with a sentence of what it showed. They are played again always."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A night that broke a promise before it was mended."""

    seed: int
    hours: float
    showed: str


SEEDS = (
    Found(seed=21, hours=24.0, showed="a need waits on though the patrol that said no to another has rested"),
    Found(seed=57, hours=24.0, showed="the same where the other need is served meanwhile"),
)
