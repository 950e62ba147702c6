"""What a trial takes to be so: every figure by name, with its unit, its source, and how it is spread.

A figure without a published source says `assumed`, and why it is taken to be so. None is tuned to a result but
those that `calibrate` names.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from random import Random
from typing import Literal

from app.reports.targets import NORM

type Spread = Literal["fixed", "share", "exponential", "lognormal"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumed:
    """One figure.

    Attributes:
        value: in `unit`; of a spread one, its mean.
        source: who published it, or `assumed`.
        why: how the value follows from the source, or why it is assumed.
        spread: how single draws lie around the mean; a `share` is the chance of a yes.
        sigma: of a lognormal, the standard deviation of the logarithm.
    """

    value: float
    unit: str
    source: str
    why: str
    spread: Spread = "fixed"
    sigma: float = 0.0

    def draw(self, random: Random) -> float:
        """One draw. A share gives 1 or 0. A larger mean makes every draw of the same stream larger alike."""
        match self.spread:
            case "fixed":
                return self.value
            case "share":
                return float(random.random() < self.value)
            case "exponential":
                return -self.value * math.log(1.0 - random.random())
            case "lognormal":
                return self.value * math.exp(self.sigma * random.gauss() - self.sigma**2 / 2)


def _s(value: float, source: str, why: str, spread: Spread = "exponential", sigma: float = 0.0) -> Assumed:
    return Assumed(value=value, unit="s", source=source, why=why, spread=spread, sigma=sigma)


def _share(value: float, source: str, why: str, spread: Spread = "share") -> Assumed:
    return Assumed(value=value, unit="share", source=source, why=why, spread=spread)


def _number(value: float, unit: str, source: str, why: str) -> Assumed:
    return Assumed(value=value, unit=unit, source=source, why=why)


DETROIT = "Detroit police, computer-aided dispatch: a domestic incident keeps a patrol 64.3 min (travel and scene)"
SESNSP = "SESNSP 2021: 690,295 calls of family and 259,452 of partner violence to 911 (El Sol de México 7797766)"
NORM_911 = f"{NORM}: minimum data within 90 s, dispatch within 120 s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """All figures of a trial: the call, the relay, the crew, the patrol's day, the demand."""

    answer_s: Assumed = field(
        default_factory=lambda: _s(
            3.0,
            "CDMX C5, *765 SOS Mujeres: answered in under 5 s (mxnoticias.mx, Apr 2025)",
            "the ringing alone; waiting for a free operator comes on top of it",
        )
    )
    answered_within_s: Assumed = field(
        default_factory=lambda: _s(
            15.0,
            "NENA-STA-020.1: 90 % answered within 15 s",
            "operators are as many as keep this in the week's busiest hour (Erlang C)",
            "fixed",
        )
    )
    place_s: Assumed = field(
        default_factory=lambda: _s(
            85.0,
            "San Francisco fire: received to dispatch, median 80 s",
            "less the answering: median 75 s until the place is known and the alert can be raised",
            "lognormal",
            0.5,
        )
    )
    form_s: Assumed = field(
        default_factory=lambda: _s(
            15.0, NORM_911, "the relay hands over when the minimum data are down: 75 s + 15 s"
        )
    )
    other_calls: Assumed = field(
        default_factory=lambda: _number(
            78.0,
            "calls to 911 for each of ours",
            f"{SESNSP}; 75 M calls to 911 in 2019",
            "75 M / 0.95 M, less one",
        )
    )
    other_call_s: Assumed = field(
        default_factory=lambda: _s(150.0, "assumed", "an operator's time for another call; most are no emergency")
    )
    handover_s: Assumed = field(
        default_factory=lambda: _s(
            240.0,
            "UK MAIT (gov.uk): a hand-over between agencies by telephone takes 4 min, electronically 16 s",
            "each institution that the operator telephones",
        )
    )
    institutions: Assumed = field(
        default_factory=lambda: _number(
            3.0,
            "telephone calls",
            "police, fiscalía, shelter",
            "police first: no other order helps the relay more",
        )
    )
    dispatcher_s: Assumed = field(
        default_factory=lambda: _s(
            120.0, NORM_911, "a job at the institution's own dispatcher takes what the norm allows"
        )
    )
    patrols_a_channel: Assumed = field(
        default_factory=lambda: _number(
            24.0,
            "patrols",
            "assumed",
            "one radio channel and its one dispatcher, who has their other jobs as well",
        )
    )
    radio_s: Assumed = field(
        default_factory=lambda: _s(
            30.0, "assumed", "to raise one patrol by radio and hear where it is", "exponential"
        )
    )
    asks_again_s: Assumed = field(
        default_factory=lambda: _s(300.0, "assumed", "the dispatcher asks again when nobody was free", "fixed")
    )
    dropped: Assumed = field(
        default_factory=lambda: _share(
            0.31,
            "calibrated (simulator/calibrate.py): no source; CLADEM: 60 % of such calls get no patrol "
            "(El Universal, 2 Nov 2022)",
            "the hand-over is lost and nobody owns it: what makes the relay's mean 42 min in the made-up city",
        )
    )
    noticed_s: Assumed = field(
        default_factory=lambda: _s(
            2700.0,
            "CLADEM: patrols that come take 45 min on average, some 2 to 3 h (El Universal, 2 Nov 2022)",
            "until somebody asks where the patrol is: she calls again after the time others waited",
        )
    )
    silent: Assumed = field(
        default_factory=lambda: _share(
            0.05, "assumed", "the crew is out of the car and hears neither phone nor radio"
        )
    )
    declines: Assumed = field(default_factory=lambda: _share(0.05, "assumed", "the crew cannot, and says so"))
    seen_s: Assumed = field(default_factory=lambda: _s(4.0, "assumed", "until somebody looks at the phone"))
    crew_answer_s: Assumed = field(
        default_factory=lambda: _s(
            12.0, "assumed", "from the offer to yes or no, by phone or radio", "lognormal", 0.5
        )
    )
    turnout_s: Assumed = field(
        default_factory=lambda: _s(35.0, "NFPA 1710: turnout within 80 s in 90 %", "exponential with that P90")
    )
    traffic: Assumed = field(
        default_factory=lambda: _number(
            1.0,
            "times",
            "TomTom Traffic Index 2025, Mexico City, by hour; Ho and Lindquist 2001 for lights and siren",
            "times the seconds of the free road by congestion of the hour and lights, as in app/geo/travel.py",
        )
    )
    luck: Assumed = field(
        default_factory=lambda: Assumed(
            value=1.0,
            unit="times",
            source="assumed",
            why="how one trip differs from what the road service says; nobody knows it before",
            spread="lognormal",
            sigma=0.15,
        )
    )
    scene_s: Assumed = field(
        default_factory=lambda: _s(3400.0, DETROIT, "64.3 min less 7.6 min of travel", "lognormal", 0.6)
    )
    other_work: Assumed = field(
        default_factory=lambda: _share(
            0.5, "assumed", "a patrol's time on jobs it cannot leave; the rest it drives its beat", "fixed"
        )
    )
    other_job_s: Assumed = field(
        default_factory=lambda: _s(2400.0, "assumed", "shorter than a domestic job of 64.3 min", "lognormal", 0.6)
    )
    beat_rest_s: Assumed = field(
        default_factory=lambda: _s(120.0, "assumed", "how long a free patrol stands before it drives on")
    )
    shift_s: Assumed = field(default_factory=lambda: _number(28800.0, "s", "assumed", "three shifts a day"))
    shift_change_s: Assumed = field(
        default_factory=lambda: _s(1200.0, "assumed", "the car changes crews and cannot be sent", "fixed")
    )
    calls_a_year: Assumed = field(
        default_factory=lambda: _number(
            7.5, "calls for 1,000 people and year", SESNSP, "949,747 calls among 126.0 M people (INEGI 2020)"
        )
    )
    people_a_patrol: Assumed = field(
        default_factory=lambda: _number(
            10_766.0, "people", "SSC CDMX 2023: 9.12 M people in 847 police quadrants", "one patrol a quadrant"
        )
    )
    high: Assumed = field(default_factory=lambda: _share(0.3, "assumed", "calls of level high"))
    extreme: Assumed = field(default_factory=lambda: _share(0.1, "assumed", "calls of level extreme"))
    aggressor: Assumed = field(
        default_factory=lambda: _share(0.3, "assumed", "of high and extreme calls: the aggressor is there")
    )

    def scaled(self, name: str, factor: float) -> "Assumptions":
        """These, with the value of `name` times `factor`; a share stays below one. Raises ValueError."""
        return self.with_value(name, self[name].value * factor)

    def with_value(self, name: str, value: float) -> "Assumptions":
        """These, with this value for `name`, in its unit. Raises ValueError for no such."""
        assumed = self[name]
        if assumed.unit == "share":
            value = min(value, 0.99)
        return replace(self, **{name: replace(assumed, value=value)})

    def __getitem__(self, name: str) -> Assumed:
        if name not in (one.name for one in fields(self)):
            raise ValueError(f"there is no assumption {name}")
        found: Assumed = getattr(self, name)
        return found

    def listed(self) -> Sequence[tuple[str, float, str, str]]:
        """Name, value, unit and source of each, in their order."""
        named = [(one.name, self[one.name]) for one in fields(self)]
        return [(name, assumed.value, assumed.unit, assumed.source) for name, assumed in named]
