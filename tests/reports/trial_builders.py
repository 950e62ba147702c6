"""An invented trial: two policies over a few seeds, one of which reaches not everybody."""

import numpy as np

from app.reports.findings import Findings, find
from app.reports.intervals import Outcome
from app.reports.seeds import Estimate, Sample
from app.reports.trial_page import Page, trial_page
from app.reports.trial_tables import About, Moved, Taken

NAMES = ("answer_s", "dropped", "traffic")


def samples(mean_s: float, never: float, seeds: int = 6) -> list[Sample]:
    """Nights of 40 calls; `never` is the share that nobody comes to."""
    found = []
    for seed in range(seeds):
        draw = np.random.default_rng(seed)
        lengths = mean_s * np.exp(draw.normal(-0.1, 0.45, 40))
        gone = draw.random(40) < never
        counts = {Outcome.MEASURED: int((~gone).sum()), Outcome.UNATTENDED: int(gone.sum()), Outcome.EXCLUDED: 1}
        found.append(
            Sample(
                seed=seed,
                lengths_s=tuple(lengths[~gone].tolist()),
                waits_s=tuple([20_000.0] * int(gone.sum())),
                counts=counts,
            )
        )
    return found


def findings(*, ours_s: float = 900.0) -> Findings:
    return find(
        {"relay": samples(2520.0, 0.25), "ours": samples(ours_s, 0.0), "bound": samples(800.0, 0.0)}, "ours"
    )


def taken() -> list[Taken]:
    return [
        Taken(name="answer_s", value=3.0, unit="s", source="Some C5: under 5 s", why="the ringing alone"),
        Taken(name="dropped", value=0.25, unit="share", source="assumed; some survey", why="nobody owns it"),
        Taken(name="traffic", value=1.0, unit="times", source="Some index <2025>", why="by hour"),
    ]


def moved() -> list[Moved]:
    def both(size: float) -> tuple[Estimate, Estimate]:
        less, more = (Estimate(value=value, low=value - 5, high=value + 5) for value in (-size, size))
        return less, more

    return [
        Moved(name=name, these=both(size / 10), those=both(size), difference=both(-size))
        for name, size in zip(NAMES, (10.0, 300.0, 90.0), strict=True)
    ]


def about(language: str = "es") -> About:
    return About(
        language=language,
        title="Ensayo <uno>",
        these="ours",
        those="relay",
        facts={"region": "ciudad inventada", "seeds": "6"},
        remarks=("Una observación.",),
    )


def a_page(language: str = "es", found: Findings | None = None, *, tornado: bool = True) -> Page:
    return trial_page(found or findings(), taken(), moved() if tornado else [], about(language))
