"""What a trial found: each policy's responses with intervals, and each policy against ours on the same calls."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from .intervals import INTERVALS, VERSION, Outcome
from .seeds import INTERVAL, Estimate, Measure, Sample, difference, estimate, ratio
from .table import Cell, Column, Kind, Table, percent, whole
from .words import say

LEFT_OUT = (Outcome.MISSING, Outcome.CANCELLED, Outcome.EXCLUDED, Outcome.NEGATIVE)
"""Alerts that are in no figure but their own count. The unattended are not among them: they are censored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One policy's: how many alerts ended as what, and every measure, None where there is none.

    `means_s`: of each seed that reached anybody. `parts_s`: mean seconds of each part of the response.
    """

    policy: str
    counts: Mapping[Outcome, int]
    measures: Mapping[Measure, Estimate | None]
    means_s: Mapping[int, float]
    parts_s: Mapping[str, float]

    @property
    def n(self) -> int:
        """How many were measured."""
        return self.counts.get(Outcome.MEASURED, 0)

    @property
    def unattended(self) -> int:
        """To how many nobody came."""
        return self.counts.get(Outcome.UNATTENDED, 0)

    @property
    def left_out(self) -> int:
        """How many are in no figure."""
        return sum(self.counts.get(outcome, 0) for outcome in LEFT_OUT)

    @property
    def attended(self) -> float | None:
        """Of those to whom help was to come, the share to whom it is known to have come."""
        wanted = self.n + self.unattended + self.counts.get(Outcome.MISSING, 0)
        return self.n / wanted if wanted else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """These against those on the same seeds: seconds more (below zero: faster), and how many times the mean."""

    those: str
    these: str
    differences: Mapping[Measure, Estimate | None]
    ratio: Estimate | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """All of one trial. `lengths_s`, `waits_s`: of each policy, every single one, for its drawing."""

    seeds: int
    policies: tuple[Figures, ...]
    comparisons: tuple[Comparison, ...]
    lengths_s: Mapping[str, Sequence[float]]
    waits_s: Mapping[str, Sequence[float]]

    def of(self, policy: str) -> Figures:
        """That policy's. Raises KeyError where it was not tried."""
        for figures in self.policies:
            if figures.policy == policy:
                return figures
        raise KeyError(policy)

    def against(self, those: str) -> Comparison | None:
        """The comparison with that policy, or None."""
        return next((one for one in self.comparisons if one.those == those), None)


def find(samples: Mapping[str, Sequence[Sample]], these: str) -> Findings:
    """The findings of these samples, by policy; `these` is the one the others are compared with.

    Raises ValueError where the policies were not played on the same seeds, or on fewer than two.
    """
    policies = tuple(
        Figures(
            policy=policy,
            counts=sum((Counter(one.counts) for one in of), Counter[Outcome]()),
            measures={measure: estimate(of, measure) for measure in Measure},
            means_s={one.seed: float(np.mean(one.lengths_s)) for one in of if one.lengths_s},
            parts_s=_parts(of),
        )
        for policy, of in samples.items()
    )
    comparisons = tuple(
        Comparison(
            those=those,
            these=these,
            differences={measure: difference(of, samples[these], measure) for measure in Measure},
            ratio=ratio(of, samples[these], Measure.MEAN),
        )
        for those, of in samples.items()
        if those != these and these in samples
    )
    return Findings(
        seeds=len(next(iter(samples.values()), ())),
        policies=policies,
        comparisons=comparisons,
        lengths_s={policy: _all(one.lengths_s for one in of) for policy, of in samples.items()},
        waits_s={policy: _all(one.waits_s for one in of) for policy, of in samples.items()},
    )


def _parts(samples: Sequence[Sample]) -> dict[str, float]:
    """The means of the seeds' parts, each seed by how many it reached."""
    told = [one for one in samples if one.parts_s]
    weights = [len(one.lengths_s) for one in told]
    names = told[0].parts_s if told else ()
    return {name: float(np.average([one.parts_s[name] for one in told], weights=weights)) for name in names}


def _all(parts: Iterable[Sequence[float]]) -> tuple[float, ...]:
    return tuple(sorted(chain.from_iterable(parts)))


def policies_table(found: Findings, language: str, title: str, sentence: str) -> Table:
    """One line for each policy: counts, then each measure with where it lies."""
    counts = [
        Column(key=key, label=say(f"column.{key}", language), kind=kind)
        for key, kind in (
            ("n", Kind.COUNT),
            ("unattended", Kind.COUNT),
            ("attended", Kind.PERCENT),
            ("left_out", Kind.COUNT),
        )
    ]
    return Table(
        name="policies",
        language=language,
        title=title,
        sentence=sentence,
        columns=(_policy(language), *counts, *_columns(language, Kind.SECONDS)),
        rows=tuple(
            (
                say(f"policy.{one.policy}", language),
                *(one.n, one.unattended, percent(one.attended), one.left_out),
                *chain.from_iterable(_cells(one.measures[measure]) for measure in Measure),
            )
            for one in found.policies
        ),
        notes=notes(language),
    )


def comparisons_table(found: Findings, language: str) -> Table:
    """One line for each other policy: how much more or less ours takes, and whether that is more than chance."""
    return Table(
        name="comparisons",
        language=language,
        title=say("title.comparisons", language, policy=_name(found, language)),
        sentence="",
        columns=(
            _policy(language),
            *_columns(language, Kind.CHANGE),
            Column(key="of_mean", label=say("column.of_mean", language), kind=Kind.PERCENT),
            Column(key="of_mean_low", label=say("column.low", language), kind=Kind.PERCENT),
            Column(key="of_mean_high", label=say("column.high", language), kind=Kind.PERCENT),
            Column(key="real", label=say("column.real", language), kind=Kind.TEXT),
        ),
        rows=tuple(
            (
                say("comparison", language, policy=say(f"policy.{one.those}", language)),
                *chain.from_iterable(_cells(one.differences[measure]) for measure in Measure),
                *_shares(one.ratio),
                say("yes" if _real(one) else "no", language),
            )
            for one in found.comparisons
        ),
        notes=(say("note.paired", language),),
    )


def notes(language: str) -> tuple[str, ...]:
    """What has to be known to read the figures: the definition in its version, the counts, the intervals."""
    interval = INTERVALS[INTERVAL]
    definition = f"{interval.number} {say(f'interval.{interval.name}', language)} = {interval.formula}."
    return (
        f"{say('fact.version', language)}: {VERSION}. {definition} {interval.definition[language]}",
        *(say(f"note.{note}", language) for note in ("seeds", "waiting")),
    )


def _name(found: Findings, language: str) -> str:
    return say(f"policy.{found.comparisons[0].these}", language) if found.comparisons else ""


def _real(one: Comparison) -> bool:
    mean = one.differences[Measure.MEAN]
    return mean is not None and mean.real


def _policy(language: str) -> Column:
    return Column(key="policy", label=say("column.policy", language), kind=Kind.TEXT)


def _columns(language: str, kind: Kind) -> list[Column]:
    return [
        Column(key=f"{measure}{end}", label=say(f"column.{end[1:] or measure}", language), kind=kind)
        for measure in Measure
        for end in ("", "_low", "_high")
    ]


def _cells(found: Estimate | None) -> tuple[Cell, ...]:
    if found is None:
        return (None, None, None)
    return (whole(found.value), whole(found.low), whole(found.high))


def _shares(found: Estimate | None) -> tuple[Cell, ...]:
    if found is None:
        return (None, None, None)
    return (percent(found.value), percent(found.low), percent(found.high))
