"""Evidence as a PDF/A: printed for people, and attached as JSON for whoever checks it with a program."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import typst

from app.clock import rfc3339
from app.security.checkpoints import MARK

from .gather import Evidence

TEMPLATE = Path(__file__).with_name("evidence.typ")
PRINTED_MAX = 2_000
"""Digests of other rows printed in the annex; the attachment has them all."""


async def render(evidence: Evidence, zone: ZoneInfo) -> bytes:
    """The document, in Spanish, local times in `zone`. Takes a second; other work goes on meanwhile."""
    data = msgspec.json.encode(printed(evidence, zone)).decode()
    return await asyncio.to_thread(_compile, data, evidence.made_at)


def _compile(data: str, made_at: float) -> bytes:
    made = typst.compile(
        TEMPLATE,
        ignore_system_fonts=True,
        sys_inputs={"data": data},
        pdf_standards="a-3b",
        timestamp=int(made_at),
    )
    if not isinstance(made, bytes):
        raise TypeError("a document is made in one piece")
    return made


def printed(evidence: Evidence, zone: ZoneInfo) -> dict[str, Any]:
    """All that the document says; the same is attached to it."""
    point = evidence.checkpoint
    return {
        "center": evidence.center,
        "alert": evidence.alert,
        "folio": evidence.folio,
        "state": evidence.state,
        "made_at": rfc3339(evidence.made_at),
        "steps": [
            {
                "seq": step.seq,
                "utc": rfc3339(step.at),
                "local": datetime.fromtimestamp(step.at, zone).strftime("%Y-%m-%d %H:%M:%S"),
                "kind": step.kind,
                "unit": step.unit or "",
                "leaf": step.leaf,
                "before": step.before,
                "hash": step.hash,
            }
            for step in evidence.steps
        ],
        "zone": zone.key,
        "between": [{"seq": seq, "digest": digest} for seq, digest in evidence.between],
        "printed_max": PRINTED_MAX,
        "checkpoint": None
        if point is None
        else {
            "number": point.checkpoint.number,
            "at": rfc3339(point.checkpoint.at),
            "seq": point.checkpoint.log.seq,
            "hash": point.checkpoint.log.hash,
            "mark": MARK,
            "text": point.checkpoint.text,
            "signature": point.signature,
            "key": point.key,
        },
    }
