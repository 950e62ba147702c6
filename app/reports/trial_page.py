"""The one page of a trial, put together in the reader's language: what a stranger asks first, and the answers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .drawings import BARS_MAX, Bar, Drawing, distributions, tornado
from .findings import Comparison, Figures, Findings, comparisons_table, notes, policies_table
from .intervals import INTERVALS, VERSION
from .seeds import INTERVAL, Measure
from .table import Fact, Kind, Table, percent, text_of, whole
from .trial_tables import About, Moved, Taken, assumptions_table, tornado_table
from .words import say

_NAMED = 3
"""So many of the assumptions the answer depends on most are named in words."""


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
        tables.append(tornado_table(moved, about))
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
        tables=(*tables, *more, assumptions_table(taken, language)),
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
