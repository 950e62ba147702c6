"""The one page of a trial, put together in the reader's language: what a stranger asks first, and the answers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from .drawings import BARS_MAX, Bar, Drawing, distributions, tornado
from .findings import Comparison, Figures, Findings, comparisons_table, notes, policies_table
from .intervals import INTERVALS, VERSION, Outcome
from .seeds import CONFIDENCE, INTERVAL, Estimate, Measure
from .table import Column, Fact, Kind, Table, clock, percent, text_of, whole
from .words import say

ASSUMED = "assumed"
"""What a source begins with where nobody has published the figure."""
_NAMED = 3
"""So many of the assumptions the answer depends on most are named in words."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A question that a stranger asks, and its answer."""

    question: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Everything on the page, worded. The first of `tables` is the results, the last the assumptions."""

    language: str
    title: str
    sentence: str
    facts: tuple[Fact, ...]
    answers: tuple[Answer, ...]
    drawings: tuple[Drawing, ...]
    tables: tuple[Table, ...]
    notes: tuple[str, ...]


def trial_page(
    found: Findings, taken: Sequence[Taken], moved: Sequence[Moved], about: About, more: Sequence[Table] = ()
) -> Page:
    """The page of these findings. Without `moved` there is no tornado; `more` stands before the assumptions."""
    language = about.language
    moved = sorted(moved, key=lambda one: -one.swing)
    sentence = _sentence(found, about)
    tables = [policies_table(found, language, say("title.policies", language), sentence)]
    if found.comparisons:
        tables.append(comparisons_table(found, language))
    if moved:
        tables.append(_tornado_table(moved, about))
    drawings = [distributions(found, language)]
    if moved:
        bars = [
            Bar(label=say(f"assumption.{one.name}", language), less=one.difference[0], more=one.difference[1])
            for one in moved[:BARS_MAX]
        ]
        drawings.append(tornado(bars, language))
    return Page(
        language=language,
        title=about.title,
        sentence=sentence,
        facts=tuple(
            Fact(key=key, label=say(f"fact.{key}", language), text=text) for key, text in about.facts.items()
        ),
        answers=_answers(found, moved, about),
        drawings=tuple(drawings),
        tables=(*tables, *more, _assumptions(taken, language)),
        notes=(*notes(language), *(say(f"note.{note}", language) for note in ("paired",)), *about.remarks),
    )


def _answers(found: Findings, moved: Sequence[Moved], about: About) -> tuple[Answer, ...]:
    language, interval = about.language, INTERVALS[INTERVAL]
    compared = found.against(about.those)
    texts = {
        "what": say("answer.what", language, number=interval.number, version=VERSION),
        "how_many": say(
            "answer.how_many",
            language,
            alerts=_grouped(_alerts(found.of(about.these))),
            seeds=found.seeds,
            counted=_counts(found, about, lambda one: one.n),
        ),
        "left_out": say(
            "answer.left_out",
            language,
            unattended=_counts(found, about, lambda one: one.unattended, of=True),
            left_out=_counts(found, about, lambda one: one.left_out),
        ),
        "real": _real(found, compared, moved, about),
    }
    return tuple(Answer(question=say(f"question.{key}", language), text=text) for key, text in texts.items())


def _real(found: Findings, compared: Comparison | None, moved: Sequence[Moved], about: About) -> str:
    language = about.language
    mean = compared.differences[Measure.MEAN] if compared else None
    if mean is None:
        return say("answer.alone", language)
    names = [say(f"assumption.{one.name}", language) for one in moved[:_NAMED]]
    bound = found.against("bound")
    told = say(
        "answer.real",
        language,
        real=say("said.real" if mean.real else "said.chance", language),
        change=text_of(whole(mean.value), Kind.CHANGE),
        low=text_of(whole(mean.low), Kind.CHANGE),
        high=text_of(whole(mean.high), Kind.CHANGE),
        most=say("answer.most", language, names=", ".join(names)) if names else "",
    )
    if bound is not None and bound.ratio is not None:
        shares = (bound.ratio.value, bound.ratio.low, bound.ratio.high)
        told += say("answer.bound", language, these=say(f"policy.{about.these}", language), **_inverse(shares))
    return told


def _inverse(shares: tuple[float, float | None, float | None]) -> dict[str, object]:
    """What the other takes of ours, where it was how many times ours takes the other's."""
    value, low, high = shares
    return {
        "share": percent(1.0 / value),
        "low": percent(1.0 / high) if high else "?",
        "high": percent(1.0 / low) if low else "?",
    }


def _sentence(found: Findings, about: About) -> str:
    language = about.language
    compared = found.against(about.those)
    mean = compared.differences[Measure.MEAN] if compared else None
    these = found.of(about.these).measures[Measure.MEAN]
    those = found.of(about.those).measures[Measure.MEAN] if compared else None
    if mean is None or these is None or those is None:
        return say("answer.alone", language)
    bounds = sorted(abs(one) for one in (mean.low, mean.high) if one is not None) or [0.0]
    if not mean.real:
        low, high = text_of(whole(mean.low), Kind.CHANGE), text_of(whole(mean.high), Kind.CHANGE)
    else:
        low, high = _spoken(bounds[0], language), _spoken(bounds[-1], language)
    return say(
        "said.trial",
        language,
        alerts=_grouped(_alerts(found.of(about.these))),
        these=say(f"policy.{about.these}", language),
        those=say(f"policy.{about.those}", language),
        these_mean=_spoken(these.value, language),
        those_mean=_spoken(those.value, language),
        change=say(
            "said.faster" if mean.value < 0 else "said.slower",
            language,
            seconds=_spoken(abs(mean.value), language),
        ),
        low=low,
        high=high,
        real=say("said.real" if mean.real else "said.chance", language),
        never=_never(found, about),
    )


def _never(found: Findings, about: About) -> str:
    """To how many nobody came: they are in no mean, so whoever hears the mean hears of them."""
    these, those = found.of(about.these), found.of(about.those)
    if not these.unattended and not those.unattended:
        return ""
    return say(
        "said.never",
        about.language,
        these=say(f"policy.{about.these}", about.language),
        those=say(f"policy.{about.those}", about.language),
        these_never=_grouped(these.unattended),
        those_never=_grouped(those.unattended),
    )


def _spoken(seconds: float, language: str) -> str:
    """As it is read aloud."""
    minutes, rest = divmod(round(seconds), 60)
    return say("said.length", language, minutes=minutes, seconds=rest)


def _alerts(figures: Figures) -> int:
    return sum(figures.counts.values())


def _grouped(count: int) -> str:
    return f"{count:,}"


def _counts(found: Findings, about: About, count: Callable[[Figures], int], *, of: bool = False) -> str:
    """That count of both policies of the sentence; `of`: beside how many alerts there were."""
    language = about.language
    return "; ".join(
        say(
            "count.of" if of else "count.plain",
            language,
            policy=say(f"policy.{one.policy}", language),
            count=_grouped(count(one)),
            all=_grouped(_alerts(one)),
        )
        for one in found.policies
        if one.policy in {about.these, about.those}
    )


def _tornado_table(moved: Sequence[Moved], about: About) -> Table:
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


def _assumptions(taken: Sequence[Taken], language: str) -> Table:
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
