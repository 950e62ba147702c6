"""What a person sees of a show: a table that lives in a terminal, or a plain line now and then in a file."""

import asyncio
from collections import Counter
from collections.abc import Iterator

from rich.columns import Columns
from rich.console import Console, Group, RenderableType
from rich.live import Live as Screen
from rich.table import Table
from rich.text import Text

from app.dispatch.model import NeedState
from simulator.live.audit import percentile
from simulator.live.console import seconds
from simulator.live.stage import Stage
from simulator.live.wire import Json

SCREEN_EVERY_S, LINE_EVERY_S = 0.25, 5.0
ALERTS_MAX = 18
"""Rows on the screen; the oldest open alerts come first."""

COLOURS = {
    NeedState.SEARCHING: "bold red",
    NeedState.OFFERED: "yellow",
    NeedState.ACCEPTED: "cyan",
    NeedState.EN_ROUTE: "blue",
    NeedState.ON_SCENE: "magenta",
    NeedState.STUCK: "bold white on red",
    NeedState.DONE: "green",
    NeedState.CALLED_OFF: "dim",
}
LEVELS = {"standard": "", "high": "yellow", "extreme": "bold red"}


async def watch(stage: Stage, terminal: Console) -> None:
    """Show the show until cancelled."""
    if not terminal.is_terminal:
        while True:
            await asyncio.sleep(LINE_EVERY_S)
            terminal.print(line(stage), soft_wrap=True, highlight=False)
    with Screen(console=terminal, auto_refresh=False, transient=True) as screen:
        while True:
            screen.update(picture(stage), refresh=True)
            await asyncio.sleep(SCREEN_EVERY_S)


def line(stage: Stage) -> str:
    """The show in one line."""
    states = Counter(need["state"] for _, need in stage.console.needs())
    held = ", ".join(f"{count} {state}" for state, count in sorted(states.items())) or "no open need"
    processing, acceptance = processing_s(stage), acceptance_s(stage)
    return (
        f"{len(stage.ledger.folios)} alerts raised, {len(stage.console.alerts)} open; needs: {held}; "
        f"processing P50 {_short(percentile(processing, 0.5))}, P90 {_short(percentile(processing, 0.9))}; "
        f"acceptance P50 {_short(percentile(acceptance, 0.5))}, P90 {_short(percentile(acceptance, 0.9))}"
    )


def picture(stage: Stage) -> RenderableType:
    """The show as a screenful."""
    return Group(_alerts(stage), Columns([_times(stage), _units(stage)], padding=(0, 4)))


def _alerts(stage: Stage) -> Table:
    table = Table(title="Open alerts", title_justify="left", expand=True)
    for name in ("folio", "level", "zone", "since the call"):
        table.add_column(name, no_wrap=True)
    table.add_column("who holds each need", ratio=1)
    now = stage.clock.now()
    alerts = sorted(stage.console.alerts.values(), key=lambda alert: (alert["raised_at"], alert["id"]))
    for alert in alerts[:ALERTS_MAX]:
        table.add_row(
            alert["folio"],
            Text(alert["level"], style=LEVELS.get(alert["level"], "")),
            alert["zone"],
            _short(max(0.0, now - seconds(alert["received_at"]))),
            Text("   ").join(_need(need) for need in alert["needs"]),
        )
    if len(alerts) > ALERTS_MAX:
        table.add_row("…", "", "", "", f"and {len(alerts) - ALERTS_MAX} more")
    return table


def _need(need: Json) -> Text:
    state = NeedState(need["state"])
    words = f"{need['need']} {state.value.replace('_', ' ')}"
    if need["unit"] is not None:
        words = f"{need['need']} {need['unit']} {state.value.replace('_', ' ')}"
    alarm = need["alarm"]
    if alarm is not None:
        words += " (alarm acknowledged)" if alarm["acknowledged_at"] else " (ALARM)"
    return Text(words, style=COLOURS[state])


def _times(stage: Stage) -> Table:
    table = Table(title="Response times so far", title_justify="left")
    for name in ("interval", "n", "P50", "P90"):
        table.add_column(name, justify="left" if name == "interval" else "right")
    for name, lengths in (
        ("processing", processing_s(stage)),
        ("acceptance", acceptance_s(stage)),
        ("call to on scene", arrival_s(stage)),
    ):
        table.add_row(name, str(len(lengths)), _short(percentile(lengths, 0.5)), _short(percentile(lengths, 0.9)))
    return table


def _units(stage: Stage) -> Table:
    table = Table(title="Units", title_justify="left")
    states = ("free", "held", "busy", "unreachable", "off_duty")
    table.add_column("institution")
    for state in states:
        table.add_column(state.replace("_", " "), justify="right")
    units = stage.console.units.values()
    for institution in ("police", "prosecutor", "shelter"):
        counts = Counter(unit["state"] for unit in units if unit["institution"] == institution)
        table.add_row(institution, *(str(counts[state]) for state in states))
    return table


def processing_s(stage: Stage) -> list[float]:
    """From an alert to the first offer of each need, as the console saw it."""
    return [offered - stage.console.raised[alert] for (alert, _), offered in _first(stage, NeedState.OFFERED)]


def acceptance_s(stage: Stage) -> list[float]:
    """From the first offer of each need to the yes: longer than the report's where an offer passed unanswered."""
    offered = dict(_first(stage, NeedState.OFFERED))
    return [at - offered[need] for need, at in _first(stage, NeedState.ACCEPTED) if need in offered]


def arrival_s(stage: Stage) -> list[float]:
    """From the alert until somebody was there, of each need."""
    return [at - stage.console.raised[alert] for (alert, _), at in _first(stage, NeedState.ON_SCENE)]


def _first(stage: Stage, state: NeedState) -> Iterator[tuple[tuple[str, str], float]]:
    return (((alert, need), at) for (alert, need, which), at in stage.console.first.items() if which == state)


def _short(length_s: float | None) -> str:
    if length_s is None:
        return "-"
    if length_s < 60:
        return f"{length_s:.3f} s" if length_s < 1 else f"{length_s:.1f} s"
    whole = round(length_s)
    return f"{whole // 3600} h {whole // 60 % 60:02d} min" if whole >= 3600 else f"{whole // 60}:{whole % 60:02d}"
