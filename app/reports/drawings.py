"""The drawings of a trial as SVG, the same for the page on paper and the page on a screen.

Lines differ in dash and width as well as in colour, so that they can be told apart in grey and by everybody.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from .censored import reached
from .findings import Findings
from .seeds import Estimate, Measure
from .table import Kind, text_of, whole
from .words import say

WIDTH, HEIGHT = 640, 310
"""Of the distributions, without their legend."""
_LEGEND_ROW = 22
_NARROW = 500
"""How wide the tornado is; its height depends on how many bars it has."""
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 16, 12, 44
_STYLES: Mapping[str, tuple[str, str, float]] = {
    "relay": ("#33302e", "", 2.2),
    "line": ("#6a5acd", "7 4", 2.0),
    "road": ("#12806a", "2 3", 2.2),
    "ours": ("#d9480f", "", 3.4),
    "bound": ("#8a8580", "10 3 2 3", 1.8),
    "measured": ("#33302e", "", 2.2),
    "as_it_was": ("#6a5acd", "7 4", 2.2),
    "if": ("#d9480f", "", 3.4),
}
"""Policy -> colour, dashes, width."""
_TICKS_MIN = (1, 2, 5, 10, 20, 30, 60, 120, 240, 480, 1440)
"""Minutes that are written under the axis. It is logarithmic: one policy may take ten times as long as another,
and the difference between the others is to be seen all the same."""
_POINTS = 240
_SHOWN = 0.97
"""The axis ends where so many of all that were reached lie, under the slowest policy."""
BARS_MAX = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """`alt` says in words what `svg` shows, for those who cannot see it."""

    name: str
    title: str
    svg: str
    alt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One assumption at 20 % less and 20 % more: how the difference between two policies moves, in seconds."""

    label: str
    less: Estimate
    more: Estimate

    @property
    def swing(self) -> float:
        """The larger of both moves."""
        return max(abs(self.less.value), abs(self.more.value))


def distributions(found: Findings, language: str) -> Drawing:
    """Which share of all calls police had reached by when, under each policy; nobody left out."""
    ends = [float(np.quantile(lengths, _SHOWN)) for lengths in found.lengths_s.values() if lengths]
    end_min = max(10.0, max(ends, default=0.0) / 60.0)

    def x(minutes: float) -> float:
        return float(_LEFT + (WIDTH - _LEFT - _RIGHT) * np.log(minutes) / np.log(end_min))

    def y(share: float) -> float:
        return _TOP + (HEIGHT - _TOP - _BOTTOM) * (1.0 - share)

    left, right = x(1.0), x(end_min)
    parts = [_grid(share, left, right, y(share)) for share in (0.0, 0.25, 0.5, 0.75, 0.9, 1.0)]
    for tick in _TICKS_MIN:
        if tick <= end_min:
            parts.append(_line(x(tick), y(0), x(tick), y(0) + 4, "#55504c"))
            parts.append(_text(x(tick), y(0) + 18, str(tick), "middle"))
    parts.append(_text((left + right) / 2, HEIGHT - 6, say("axis.minutes", language), "middle"))
    minutes = np.geomspace(1.0, end_min, _POINTS)
    order = sorted(found.policies, key=lambda one: one.policy in {"ours", "if"})
    for one in order:
        shares = reached(found.lengths_s[one.policy], found.waits_s[one.policy], (minutes * 60.0).tolist())
        points = " ".join(f"{x(at):.1f},{y(share):.1f}" for at, share in zip(minutes, shares, strict=True))
        parts.append(f'<polyline points="{points}" fill="none" {_stroke(one.policy)}/>')
    parts += _legend(found, language)
    height = HEIGHT + 6 + _LEGEND_ROW * ((len(found.policies) + 1) // 2)
    title = say("drawing.distributions", language)
    return Drawing(
        name="distributions", title=title, svg=_svg(parts, WIDTH, height, title), alt=_said(found, language)
    )


def tornado(bars: Sequence[Bar], language: str) -> Drawing:
    """What the answer is most sensitive to: the largest first, `BARS_MAX` at most."""
    shown = sorted(bars, key=lambda bar: -bar.swing)[:BARS_MAX]
    height = 30 * len(shown) + 56
    reach = max((bar.swing for bar in shown), default=1.0) or 1.0
    middle, half = 352.0, 92.0
    parts = [_line(middle, 22, middle, height - 30, "#55504c")]
    parts.append(_text(_NARROW - 8, 14, say("axis.tornado", language), "end"))
    for row, bar in enumerate(shown):
        top = 28.0 + 30 * row
        parts.append(_text(middle - half - 50, top + 15, bar.label, "end"))
        places = []
        for found, colour in ((bar.less, "#6a5acd"), (bar.more, "#d9480f")):
            reached_x = middle + half * found.value / reach
            left, width = min(middle, reached_x), abs(reached_x - middle)
            parts.append(f'<rect x="{left:.1f}" y="{top}" width="{width:.1f}" height="20" fill="{colour}"/>')
            places.append((reached_x, text_of(whole(found.value), Kind.CHANGE)))
        for at, said in _apart(places, middle):
            parts.append(_text(at, top + 15, said, "end" if at < middle else "start"))
    below = height - 8
    for at, colour, key in ((8, "#6a5acd", "less"), (_NARROW / 2, "#d9480f", "more")):
        parts.append(f'<rect x="{at}" y="{below - 11}" width="14" height="12" fill="{colour}"/>')
        parts.append(_text(at + 20, below, say(f"tornado.{key}", language), "start"))
    title = say("drawing.tornado", language)
    alt = "; ".join(
        f"{bar.label}: {less}, {more}"
        for bar in shown
        for less, more in [[text_of(whole(end.value), Kind.CHANGE) for end in (bar.less, bar.more)]]
    )
    return Drawing(name="tornado", title=title, svg=_svg(parts, _NARROW, height, title), alt=f"{title}. {alt}.")


def _apart(places: Sequence[tuple[float, str]], middle: float) -> list[tuple[float, str]]:
    """Where to write both ends: each outside of its bar; of two on one side, only the farther."""
    sides = [[one for one in places if (one[0] < middle) == left] for left in (True, False)]
    far = [max(side, key=lambda one: abs(one[0] - middle)) for side in sides if side]
    return [(at - 5 if at < middle else at + 5, said) for at, said in far]


def _legend(found: Findings, language: str) -> list[str]:
    """Below, in two columns: inside it would lie on a line, whatever the findings are."""
    parts = []
    for number, one in enumerate(found.policies):
        left, at = 4.0 + WIDTH / 2 * (number % 2), HEIGHT + 16.0 + _LEGEND_ROW * (number // 2)
        mean = one.measures[Measure.MEAN]
        told = say("drawing.mean", language, mean=text_of(whole(mean.value if mean else None), Kind.SECONDS))
        parts.append(f'<line x1="{left}" y1="{at - 5}" x2="{left + 34}" y2="{at - 5}" {_stroke(one.policy)}/>')
        parts.append(_text(left + 40, at, f"{say(f'policy.{one.policy}', language)}, {told}", "start"))
    return parts


def _said(found: Findings, language: str) -> str:
    lines = []
    for one in found.policies:
        half, most = one.measures[Measure.CENSORED_P50], one.measures[Measure.CENSORED_P90]
        lines.append(
            say(
                "drawing.said",
                language,
                policy=say(f"policy.{one.policy}", language),
                half=text_of(whole(half.value if half else None), Kind.SECONDS),
                most=text_of(whole(most.value if most else None), Kind.SECONDS),
            )
        )
    return f"{say('drawing.distributions', language)}. {' '.join(lines)}"


def _grid(share: float, left: float, right: float, y: float) -> str:
    return _line(left, y, right, y, "#d8d3ce" if share else "#55504c") + _text(
        left - 6, y + 4, f"{100 * share:g} %", "end"
    )


def _line(x1: float, y1: float, x2: float, y2: float, colour: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" stroke-width="1"/>'


def _stroke(policy: str) -> str:
    colour, dashes, width = _STYLES[policy]
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return f'stroke="{colour}" stroke-width="{width}" stroke-linejoin="round"{dashed}'


def _text(x: float, y: float, said: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(said)}</text>'


def _svg(parts: Sequence[str], width: float, height: float, title: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"'
        f' font-family="Libertinus Serif" font-size="15" fill="#1d1a18"><title>{escape(title)}</title>'
        f"{''.join(parts)}</svg>"
    )
