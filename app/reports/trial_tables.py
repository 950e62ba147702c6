"""What a trial was of and what moved its answer, as values, as tables, and all that it found for programs."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from .findings import Findings
from .intervals import INTERVALS, VERSION, Outcome
from .seeds import CONFIDENCE, INTERVAL, Estimate, Measure
from .table import Column, Kind, Table, clock, whole
from .words import say

ASSUMED = "assumed"
"""What a source begins with where nobody has published the figure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """One assumption: its name, its value in `unit` (`s`, `share`, or words), and who published it."""

    name: str
    value: float
    unit: str
    source: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """One assumption at 20 % less and more: how many seconds the means of both policies and their difference move.

    Each is (20 % less, 20 % more). The difference is these less those.
    """

    name: str
    these: tuple[Estimate, Estimate]
    those: tuple[Estimate, Estimate]
    difference: tuple[Estimate, Estimate]

    @property
    def swing(self) -> float:
        """The larger of both moves of the difference."""
        return max(abs(one.value) for one in self.difference)


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What was tried. `facts`: key -> value, worded as `fact.<key>`; `those`: whom the sentence compares with."""

    language: str
    title: str
    these: str
    those: str
    facts: Mapping[str, str]
    remarks: tuple[str, ...] = ()


def tornado_table(moved: Sequence[Moved], about: About) -> Table:
    """Two lines for each assumption, the largest swing first."""
    language = about.language
    named = {"these_s": about.these, "those_s": about.those}
    return Table(
        name="tornado",
        language=language,
        title=say("title.tornado", language),
        sentence="",
        columns=(
            Column(key="assumption", label=say("column.assumption", language), kind=Kind.TEXT),
            Column(key="factor", label=say("column.factor", language), kind=Kind.TEXT),
            *(
                Column(
                    key=f"{key}{end}",
                    label=say(f"column.{end[1:]}", language)
                    if end
                    else say("column.moved", language, policy=say(f"policy.{named[key]}", language))
                    if key in named
                    else say(f"column.{key}", language),
                    kind=Kind.CHANGE,
                )
                for key in ("these_s", "those_s", "difference_s")
                for end in ("", "_low", "_high")
            ),
        ),
        rows=tuple(
            (
                say(f"assumption.{one.name}", language),
                sign,
                *(
                    whole(value)
                    for found in (one.these[at], one.those[at], one.difference[at])
                    for value in (found.value, found.low, found.high)
                ),
            )
            for one in moved
            for at, sign in enumerate(("−20 %", "+20 %"))
        ),
        notes=(say("note.tornado", language),),
    )


def assumptions_table(taken: Sequence[Taken], language: str) -> Table:
    """A line for each, with its source."""
    return Table(
        name="assumptions",
        language=language,
        title=say("title.assumptions", language),
        sentence="",
        columns=tuple(
            Column(key=key, label=say(f"column.{key}", language), kind=Kind.TEXT)
            for key in ("assumption", "value", "source", "why")
        ),
        rows=tuple(
            (say(f"assumption.{one.name}", language), _value(one), _source(one.source, language), one.why)
            for one in taken
        ),
    )


def _value(one: Taken) -> str:
    match one.unit:
        case "share":
            return f"{100 * one.value:.3g} %"
        case "s":
            return f"{one.value:g} s" if one.value < 60 else clock(round(one.value))
        case "times":
            return f"× {one.value:g}"
        case _:
            return f"{one.value:,g}"


def _source(source: str, language: str) -> str:
    return source.replace(ASSUMED, say("source.assumed", language), 1) if source.startswith(ASSUMED) else source


def trial_dict(found: Findings, taken: Sequence[Taken], moved: Sequence[Moved], about: About) -> dict[str, Any]:
    """The same for programs: seconds to the millisecond, null where there is no figure."""

    def told(one: Estimate | None) -> dict[str, float | None] | None:
        if one is None:
            return None
        ends = (("value", one.value), ("low", one.low), ("high", one.high))
        return {end: None if value is None else round(value, 3) for end, value in ends}

    return {
        "title": about.title,
        "definitions_version": VERSION,
        "interval": {
            "name": INTERVAL,
            "number": INTERVALS[INTERVAL].number,
            "formula": INTERVALS[INTERVAL].formula,
        },
        "confidence": CONFIDENCE,
        "seeds": found.seeds,
        "about": dict(about.facts),
        "policies": [
            {
                "policy": one.policy,
                "n": one.n,
                **{
                    outcome.value: one.counts.get(outcome, 0)
                    for outcome in Outcome
                    if outcome is not Outcome.MEASURED
                },
                **{measure.value: told(one.measures[measure]) for measure in Measure},
                "mean_s_by_part": {name: round(seconds, 1) for name, seconds in one.parts_s.items()},
                "mean_s_by_seed": {seed: round(seconds, 1) for seed, seconds in one.means_s.items()},
            }
            for one in found.policies
        ],
        "comparisons": [
            {
                "these": one.these,
                "those": one.those,
                **{measure.value: told(one.differences[measure]) for measure in Measure},
                "ratio_of_means": told(one.ratio),
            }
            for one in found.comparisons
        ],
        "tornado": [
            {
                "assumption": one.name,
                **{
                    name: {"less": told(both[0]), "more": told(both[1])}
                    for name, both in (
                        (about.these, one.these),
                        (about.those, one.those),
                        ("difference", one.difference),
                    )
                },
            }
            for one in moved
        ],
        "assumptions": [asdict(one) for one in taken],
        "remarks": list(about.remarks),
    }
