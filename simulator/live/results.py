"""What a show comes to: the figures of a demo and of a replay, fit for one line of JSON."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from simulator.live.audit import Audit, percentile
from simulator.live.stage import Stage

NAMED_MAX = 20
"""Ids named in a result, of those that should not be there at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoResult:
    """Counts of alerts and needs; seconds of the service's clock.

    Attributes:
        accepted, on_scene: needs that ever came so far.
        processing: T4 - T3. An alert and its first offers are one commit, so it is 0 where somebody is free.
        alert_to_phone: seconds of the wall from the operator's key to the first phone that shows the offer.
        repeats: commands that had to be sent again; refusals, troubles: answers that were not yes, by code.
    """

    alerts_raised: int
    needs: int
    accepted: int
    on_scene: int
    unowned: int
    double_booked: int
    lost: int
    processing_p50_s: float | None
    processing_p90_s: float | None
    acceptance_p50_s: float | None
    acceptance_p90_s: float | None
    alert_to_phone_p50_s: float | None
    alert_to_phone_p90_s: float | None
    repeats: int
    refusals: Mapping[str, int]
    troubles: Mapping[str, int]

    @property
    def sound(self) -> bool:
        """Whether every promise was kept."""
        return not (self.unowned or self.double_booked or self.lost or self.troubles)

    def to_json(self) -> str:
        """One line."""
        return json.dumps(asdict(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayResult:
    """Counts of rows, alerts and needs, and the service's own report of the window.

    Attributes:
        rows: of the file, inside the window or refused.
        alerts: rows whose alert stands in the log; raised_now by this run, already_known before it.
        not_taken: rows the service never said yes to; none are lost, for nobody was told they were saved.
        alarmed: needs nobody could be found for, and a human was called.
        wrong: ids of what is unowned, lost or twice, some of them.
        report: rows of the service's response times.
    """

    rows: int
    refused: int
    alerts: int
    raised_now: int
    already_known: int
    not_taken: int
    needs: int
    accepted: int
    on_scene: int
    alarmed: int
    unowned: int
    double_booked: int
    lost: int
    twice: int
    processing_p50_s: float | None
    processing_p90_s: float | None
    acceptance_p50_s: float | None
    acceptance_p90_s: float | None
    alert_to_phone_p50_s: float | None
    alert_to_phone_p90_s: float | None
    repeats: int
    refusals: Mapping[str, int]
    troubles: Mapping[str, int]
    wrong: Sequence[str]
    report: Sequence[Mapping[str, Any]]

    @property
    def sound(self) -> bool:
        """Whether every row is an alert once, and every need somebody's."""
        return not (self.unowned or self.double_booked or self.lost or self.twice or self.not_taken)

    def to_json(self) -> str:
        """One line."""
        return json.dumps(asdict(self))


def demo_result(stage: Stage, found: Audit) -> DemoResult:
    """The figures of a demo."""
    return DemoResult(alerts_raised=len(stage.ledger.folios), **_shared(stage, found))


def replay_result(
    stage: Stage, found: Audit, rows: int, refused: int, already_known: int, report: Sequence[Mapping[str, Any]]
) -> ReplayResult:
    """The figures of a replay."""
    return ReplayResult(
        rows=rows,
        refused=refused,
        alerts=found.known,
        raised_now=len(stage.ledger.folios),
        already_known=already_known,
        not_taken=rows - refused - already_known - len(stage.ledger.folios),
        alarmed=len(found.alarmed),
        twice=len(found.twice),
        wrong=(*found.unowned, *found.lost, *found.twice)[:NAMED_MAX],
        report=report,
        **_shared(stage, found),
    )


def _shared(stage: Stage, found: Audit) -> dict[str, Any]:
    return {
        "needs": found.needs,
        "accepted": found.accepted,
        "on_scene": found.on_scene,
        "unowned": len(found.unowned),
        "double_booked": len(stage.console.double_booked | set(found.double_booked)),
        "lost": len(found.lost),
        "processing_p50_s": percentile(found.processing_s, 0.5),
        "processing_p90_s": percentile(found.processing_s, 0.9),
        "acceptance_p50_s": percentile(found.acceptance_s, 0.5),
        "acceptance_p90_s": percentile(found.acceptance_s, 0.9),
        "alert_to_phone_p50_s": percentile(stage.ledger.to_phone_s, 0.5),
        "alert_to_phone_p90_s": percentile(stage.ledger.to_phone_s, 0.9),
        "repeats": stage.ledger.repeats,
        "refusals": dict(sorted(stage.ledger.refusals.items())),
        "troubles": dict(sorted(stage.troubles().items())),
    }
