"""Between values and rows: events, board values and receipts as JSON and back."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from app.dispatch.commands import Receipt
from app.dispatch.events import KINDS, AlertEvent, Entry, Event, UnitEvent
from app.dispatch.model import Alert, Assignment, Unit

_ENCODER = msgspec.json.Encoder()
_EVENTS = msgspec.json.Encoder(order="deterministic")
_DECODERS: dict[str, msgspec.json.Decoder[Event]] = {
    kind: msgspec.json.Decoder(cls) for kind, cls in KINDS.items()
}
_ALERT = msgspec.json.Decoder(Alert)
_UNIT = msgspec.json.Decoder(Unit)
_ASSIGNMENT = msgspec.json.Decoder(Assignment)
_RECEIPT = msgspec.json.Decoder(Receipt)


def as_json(value: Any) -> str:
    """Any of the core's values as JSON text."""
    return _ENCODER.encode(value).decode()


def event_text(event: Event) -> str:
    """An event as the log keeps and hashes it: the same text for the same event, whatever its maps' order."""
    return _EVENTS.encode(event).decode()


def alert_from(body: str) -> Alert:
    return _ALERT.decode(body)


def unit_from(body: str) -> Unit:
    return _UNIT.decode(body)


def assignment_from(body: str) -> Assignment:
    return _ASSIGNMENT.decode(body)


def receipt_from(body: str) -> Receipt:
    return _RECEIPT.decode(body)


def event_from(kind: str, body: str) -> Event:
    return _DECODERS[kind].decode(body)


def entry_from(row: Any) -> Entry:
    """An entry from a row with the columns of `events`, `body` as text."""
    return Entry(
        seq=row["seq"],
        at=row["at"],
        by=row["by"],
        command=row["command"],
        at_device=row["at_device"],
        event=event_from(row["kind"], row["body"]),
    )


def alert_of(event: Event) -> str | None:
    """The alert an event is about, or None."""
    return event.alert if isinstance(event, AlertEvent) else None


def unit_of(event: Event) -> str | None:
    """The unit an event is about, or None."""
    if isinstance(event, UnitEvent):
        return event.unit
    unit: str | None = getattr(event, "unit", None)
    return unit


@dataclass(frozen=True, slots=True, kw_only=True)
class DetailRow:
    """One sealed piece of personal data of an alert."""

    id: str
    alert: str
    kind: str
    at: float
    by: str
    sealed: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceRow:
    """Where a unit's station is; `sealed` holds the truth of a sealed one."""

    unit: str
    lat: float
    lon: float
    sealed: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionRows:
    """What an import brings beside its units: their stations, the zones (id, name, shape), and a summary."""

    places: tuple[PlaceRow, ...]
    zones: tuple[tuple[str, str, bytes], ...]
    summary: Mapping[str, Any]


def columns(rows: Iterable[tuple[Any, ...]], width: int) -> list[list[Any]]:
    """Rows as `width` columns, for `unnest`."""
    turned = [list(column) for column in zip(*rows, strict=True)]
    return turned or [[] for _ in range(width)]
