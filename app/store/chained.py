"""Rows of the log: each chained to the one before, with the details that were told beside them."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.dispatch.events import Entry
from app.security import chain

from .rows import DetailRow, alert_of, event_text, unit_of


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRow:
    """A row of the log as it is stored, to be hashed again."""

    seq: int
    at: float
    by: str
    command: str
    at_device: float | None
    kind: str
    alert: str | None
    unit: str | None
    seals: bytes | None
    body: str
    hash: bytes

    def leaf(self, center: str) -> bytes:
        """What of it was hashed."""
        return chain.event_leaf(
            center,
            self.seq,
            self.at,
            self.by,
            self.command,
            self.at_device,
            self.kind,
            self.alert,
            self.unit,
            self.seals,
            self.body,
        )


_LOG = logging.getLogger("naranja.log")


def chained(
    center: str, known_seq: int, head: bytes | None, entries: Sequence[Entry], details: Sequence[DetailRow]
) -> list[tuple[Any, ...]]:
    """A row for each entry, in the order of the log's columns; `head` is the hash of entry `known_seq`.

    Where that entry is gone somebody has cut the log. That is said loudly and can be proven afterwards; help does
    not wait for it, so the log goes on from its beginning's hash.
    """
    if head is None:
        if known_seq:
            _LOG.critical("an entry of the log is gone; it goes on all the same", extra={"seq": known_seq})
        head = chain.genesis(chain.LOG, center)
    told = _seals(details)
    rows = []
    for entry in entries:
        event = entry.event
        columns = (
            entry.seq,
            float(entry.at),
            entry.by,
            entry.command,
            None if entry.at_device is None else float(entry.at_device),
            type(event).__name__,
            chain.one_way(alert_of(event)),
            unit_of(event),
        )
        body, seals = event_text(event), told.pop(entry.command, None)
        head = chain.following(head, chain.event_leaf(center, *columns, seals, body))
        rows.append((*columns, body, seals, head))
    for command in told:
        _LOG.critical("something told is saved and not in the log", extra={"command": command})
    return rows


def _seals(details: Sequence[DetailRow]) -> dict[str, bytes]:
    """Command -> the digests of all details told with it."""
    seals: dict[str, list[bytes]] = {}
    for row in details:
        alert = chain.one_way(row.alert) or ""
        seal = chain.seal_of(row.id, alert, row.kind, float(row.at), row.by, row.sealed)
        seals.setdefault(chain.command_of(row.id), []).append(seal)
    return {command: chain.seals_of(found) for command, found in seals.items()}
