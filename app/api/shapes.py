"""How receipts, log entries and time points look on the wire."""

from dataclasses import asdict, fields
from typing import Any, Literal, TypedDict

import msgspec

from app.clock import rfc3339
from app.dispatch.commands import Receipt
from app.dispatch.events import Entry
from app.dispatch.model import NeedState
from app.reports.points import TimePoint
from app.reports.timeline import Timeline
from app.security.fields import Audience, masked

_TIMES = frozenset(
    {
        "received_at",
        "answered_at",
        "located_at",
        "seen_by",
        "answer_by",
        "retry_at",
        "arrive_by",
        "hold_until",
        "order_by",
        "until",
    }
)


class PartReceipt(TypedDict):
    """What a unit is answered. A change to a unit itself has no alert."""

    id: str
    saved: Literal[True]
    seq: int
    at: str
    alert: str | None
    folio: str | None
    level: str | None


class NeedStands(TypedDict):
    """How one need stands right after the command."""

    need: str
    state: str
    unit: str | None


class WholeReceipt(PartReceipt):
    """What the desk is answered."""

    joined: bool
    needs: list[NeedStands]
    keep_out_unmatched: int


_AS_ONE = {NeedState.OFFERED_TWICE.value: NeedState.OFFERED.value}
"""That two were asked is on the card of the alert; here, as there, it is an offer like any other."""


def receipt_shape(receipt: Receipt, *, whole: bool = True) -> dict[str, Any]:
    """The answer to a command; `seq` is the place in the log by which it was saved.

    Who else was asked is for the desk: a unit's answer is not `whole`.
    """
    shape = {
        "id": receipt.command,
        "saved": True,
        "seq": receipt.seq,
        "at": rfc3339(receipt.at),
        "alert": receipt.alert,
        "folio": receipt.folio,
        "level": receipt.level,
    }
    if not whole:
        return shape
    needs = [{**asdict(need), "state": _AS_ONE.get(need.state, need.state)} for need in receipt.needs]
    return {**shape, "joined": receipt.joined, "needs": needs, "keep_out_unmatched": receipt.unmatched}


def entry_shape(entry: Entry, to: Audience) -> dict[str, Any]:
    """One entry of the log, as this reader is shown it."""
    event = entry.event
    facts = {
        field.name: _wire(field.name, getattr(event, field.name))
        for field in fields(event)
        if field.name != "alert"
    }
    shape = {
        "seq": entry.seq,
        "at": rfc3339(entry.at),
        "by": entry.by,
        "event": type(event).__name__,
        "at_device": rfc3339(entry.at_device) if entry.at_device is not None else None,
        **facts,
    }
    return masked("entry", shape, to)


def points_shape(timeline: Timeline) -> dict[str, str | None]:
    """T0 to T15 of an alert."""
    return {point.value: rfc3339(at) if (at := timeline.at(point)) is not None else None for point in TimePoint}


def _wire(name: str, value: Any) -> Any:
    if name == "household":
        # By its names the alerts of a household could be found and listed; that there are some is enough.
        return bool(value)
    if name in _TIMES and value is not None:
        return rfc3339(value)
    return msgspec.to_builtins(value)
