"""The comparison at the end: what was acknowledged against what the service knows, and who holds each need."""

import asyncio
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from app.dispatch.model import SERVED, NeedState
from simulator.live.console import holders, seconds
from simulator.live.ledger import EVENTS_OF_STEP, Ledger, Said
from simulator.live.wire import Answer, Json, Person

READERS_MAX = 8
"""So many questions at once."""

GRACE_S = 2.0
"""A deadline may be over for so long before nobody is said to be watching it; seconds of the wall."""

OWNED = SERVED | {NeedState.DONE, NeedState.CALLED_OFF}


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What the comparison found. Ids only.

    Attributes:
        known: alerts the service has of those asked for.
        lost: acknowledged alerts it does not know, and acknowledged steps its timelines do not hold.
        twice: alerts that were given two folios, or stand twice in the log.
        double_booked: units that hold more than they have room for.
        unowned: needs (alert/need) that neither anybody nor a deadline nor an alarm will move on.
        alarmed: stuck needs that have called a human.
        processing_s, acceptance_s: of each need, from the alert to its first offer; from the offer that was
            accepted to the yes.
    """

    known: int
    needs: int
    accepted: int
    on_scene: int
    lost: tuple[str, ...]
    twice: tuple[str, ...]
    double_booked: tuple[str, ...]
    unowned: tuple[str, ...]
    alarmed: tuple[str, ...]
    processing_s: tuple[float, ...]
    acceptance_s: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Story:
    """One alert as read: None for what the service does not know."""

    alert: str
    card: Json | None
    entries: list[Json]


async def audit(
    person: Person, ledger: Ledger, alerts: Iterable[str], now: float, grace_s: float = GRACE_S
) -> Audit:
    """Read every one of `alerts` and compare; `now` is the service's clock, `grace_s` in its seconds."""
    gate = asyncio.Semaphore(READERS_MAX)
    # What is acknowledged while this reads may be in nothing it has read.
    acknowledged, said = set(ledger.folios), tuple(ledger.said)
    ids = sorted(set(alerts) | acknowledged)
    stories = await asyncio.gather(*(_read(person, alert, gate) for alert in ids))
    double_booked = await _double_booked(person)
    known = {story.alert: story.card for story in stories if story.card is not None}
    open_needs = [(alert, need) for alert, card in known.items() for need in card.get("needs", ())]
    return Audit(
        known=len(known),
        needs=sum(len(_needs(story)) for story in stories),
        accepted=sum(bool(_times(story, need, "Accepted")) for story in stories for need in _needs(story)),
        on_scene=sum(bool(_times(story, need, "ArrivedOnScene")) for story in stories for need in _needs(story)),
        lost=tuple(sorted(acknowledged - set(known))) + _steps_lost(said, stories),
        twice=tuple(story.alert for story in stories if _twice(story, ledger)),
        double_booked=double_booked,
        unowned=tuple(
            f"{alert}/{need['need']}"
            for alert, need in open_needs
            if _is_unowned(known[alert], need, now - grace_s)
        ),
        alarmed=tuple(f"{alert}/{need['need']}" for alert, need in open_needs if _is_alarmed(need)),
        processing_s=tuple(s for story in stories for need in _needs(story) for s in _processing(story, need)),
        acceptance_s=tuple(s for story in stories for need in _needs(story) for s in _acceptance(story, need)),
    )


def percentile(lengths_s: Iterable[float], share: float) -> float | None:
    """As the reports count it: linear interpolation between the closest ranks. None without any."""
    lengths = list(lengths_s)
    return round(float(np.quantile(lengths, share, method="linear")), 3) if lengths else None


async def _double_booked(person: Person) -> tuple[str, ...]:
    """From one look at all open alerts: two looks would see a unit twice that went from one to the other."""
    alerts = _found(await person.get("/api/alerts", open="true"))
    units = _found(await person.get("/api/units"))
    held = Counter(unit for alert in (alerts["alerts"] if alerts else ()) for unit in holders(alert))
    room = {unit["id"]: int(unit["capacity"]) for unit in units["units"]} if units else {}
    return tuple(sorted(unit for unit, count in held.items() if count > room.get(unit, 0)))


async def _read(person: Person, alert: str, gate: asyncio.Semaphore) -> _Story:
    async with gate:
        card = _found(await person.get(f"/api/alerts/{alert}"))
        line = _found(await person.get(f"/api/alerts/{alert}/timeline"))
    return _Story(alert=alert, card=card, entries=line["entries"] if line else [])


def _found(answer: Answer) -> Json | None:
    """Raises RuntimeError for any answer but yes and unknown: who cannot read must not say that all is well."""
    if answer.ok:
        return answer.body
    if answer.status == 404:
        return None
    raise RuntimeError(f"the audit could not read an alert: {answer.status} {answer.code}")


def _needs(story: _Story) -> list[str]:
    """Every need the alert ever had: by its timeline, for the card of an alert that is over may have none."""
    return [entry["need"] for entry in story.entries if entry["event"] == "NeedAdded"]


def _times(story: _Story, need: str, event: str) -> list[float]:
    return [
        seconds(entry["at"]) for entry in story.entries if entry["event"] == event and entry.get("need") == need
    ]


def _processing(story: _Story, need: str) -> list[float]:
    raised = [seconds(entry["at"]) for entry in story.entries if entry["event"] == "AlertRaised"]
    offered = _times(story, need, "Offered")
    return [offered[0] - raised[0]] if raised and offered else []


def _acceptance(story: _Story, need: str) -> list[float]:
    """From the offer that was accepted first to its yes: the last offer to that unit before it."""
    offers: dict[str, float] = {}
    for entry in story.entries:
        if entry.get("need") == need and entry["event"] == "Offered":
            offers[entry["unit"]] = seconds(entry["at"])
        if entry.get("need") == need and entry["event"] == "Accepted":
            return [seconds(entry["at"]) - offers[entry["unit"]]]
    return []


def _steps_lost(acknowledged: Iterable[Said], stories: Iterable[_Story]) -> tuple[str, ...]:
    written = {
        (story.alert, entry.get("need"), entry.get("unit"), entry["event"])
        for story in stories
        for entry in story.entries
    }
    return tuple(
        f"{said.alert}/{said.need}/{said.unit}/{said.step}"
        for said in acknowledged
        if said.step in EVENTS_OF_STEP
        and not any((said.alert, said.need, said.unit, event) in written for event in EVENTS_OF_STEP[said.step])
    )


def _twice(story: _Story, ledger: Ledger) -> bool:
    folios = set(ledger.folios.get(story.alert, ()))
    if story.card is not None:
        folios.add(str(story.card["folio"]))
    return len(folios) > 1 or sum(entry["event"] == "AlertRaised" for entry in story.entries) > 1


def _is_unowned(alert: Json, need: Json, overdue: float) -> bool:
    """Nobody accepted it, and nothing will move it on. Of an alert that is over, every need is done with."""
    state = NeedState(need["state"])
    if alert["state"] != "open" or state in OWNED or _is_alarmed(need):
        return False
    return state is not NeedState.OFFERED or seconds(need["answer_by"]) < overdue


def _is_alarmed(need: Json) -> bool:
    return bool(need["state"] == NeedState.STUCK and need["alarm"] is not None)
