"""How fast help is meant to come: each target with its source, and from when it counts.

A center has its own (`NARANJA_TARGETS`); these are the published ones. A figure is compared with the target that
counted when the period began, so that a new target makes no old month better.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from .intervals import INTERVALS


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An interval is meant to be no longer than `within_s` in `share` (0 to 1) of all cases, as `by` says.

    Raises ValueError for an unknown interval and for numbers that are none.
    """

    interval: str
    by: str
    within_s: float
    share: float
    source: str
    effective: date

    def __post_init__(self) -> None:
        if self.interval not in INTERVALS:
            raise ValueError(f"there is no interval {self.interval}; there are {', '.join(INTERVALS)}")
        if not (self.within_s > 0 and 0 < self.share <= 1):
            raise ValueError("a target is a time above zero for a share between 0 and 1")


NORM = "Norma Técnica 911 (CNSP 06/XXXIX/15; PROY-NOM-227-SCFI-2017, DOF 21-02-2019)"
_NORM_DAY = date(2019, 2, 21)


def _norm(interval: str, within_s: float) -> Target:
    return Target(
        interval=interval, by="norma-911", within_s=within_s, share=1.0, source=NORM, effective=_NORM_DAY
    )


PUBLISHED = (
    _norm("call_taking", 90.0),
    _norm("processing", 120.0),
    _norm("response", 600.0),
    Target(
        interval="order",
        by="lgamvlv",
        within_s=14_400.0,
        share=1.0,
        source="LGAMVLV (DOF 18-03-2021)",
        effective=date(2021, 3, 19),
    ),
    Target(
        interval="answering",
        by="nena",
        within_s=15.0,
        share=0.9,
        source="NENA-STA-020.1-2020",
        effective=date(2020, 4, 16),
    ),
    Target(
        interval="processing",
        by="nfpa",
        within_s=60.0,
        share=0.9,
        source="NFPA 1225 (2022)",
        effective=date(2022, 1, 1),
    ),
)
"""What is published, for Mexico first."""


def in_force(targets: Iterable[Target], day: date) -> Mapping[str, tuple[Target, ...]]:
    """The targets of each interval that count on that day: the newest of each who sets some, in their order."""
    newest: dict[tuple[str, str], Target] = {}
    for target in targets:
        key = (target.interval, target.by)
        if target.effective <= day and (key not in newest or newest[key].effective < target.effective):
            newest[key] = target
    found: dict[str, tuple[Target, ...]] = {}
    for target in newest.values():
        found[target.interval] = (*found.get(target.interval, ()), target)
    return found
