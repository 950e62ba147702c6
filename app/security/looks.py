"""What the insider rules speak of: looks, who looks, what is known, what is found, and the numbers they go by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import msgspec

from .parts import AlertFacts, Shift
from .sessions import Role

REFUSED = "refused"
"""The audit's word for somebody who was told that they may not."""
LISTS = frozenset({"open alerts", "console opened"})
"""Reads that show the places of all open alerts at once, asked for by a person; `console` is what is pushed."""
NO_LOOKS = frozenset(
    {
        *(REFUSED, "code word", "alert without details"),
        *("glass", "glass note", "glass acknowledged", "glass reviewed"),
        *("evidence", "erase_alert", "hold_alert", "release_alert"),
    }
)
"""Rows about one alert in which nobody was shown its details. A word that is new here counts as a look.

Breaking glass is the reason, the read after it is the look; a note is what the breaker wrote, and whoever judges
it reads all of them. Evidence holds ids and hashes. Who erases, holds or releases is shown nothing.
"""
EXPORTS = frozenset({"export"})
"""Reads of alerts that were found by a telephone number or an address, for the person themselves. It is the only
door to somebody's past by who they are, and no work at the desk explains it: only a request on paper does."""
GLASS = "glass"
"""What an audit row says it was read `under` when somebody gave a reason why they had to, which is reviewed."""
DESK = frozenset({Role.OPERATOR, Role.SUPERVISOR, Role.COORDINATOR})
REVIEWERS = frozenset({Role.SUPERVISOR, Role.COORDINATOR})
"""Whose work it is to look back at an alert that others worked on."""


class Rule(StrEnum):
    """Why a look is flagged."""

    NO_ASSIGNMENT = "no_assignment"
    COLLEAGUE = "colleague"
    AFTER_CLOSING = "after_closing"
    OFF_SHIFT = "off_shift"
    BULK = "bulk"
    REFUSED_OFTEN = "refused_often"
    KEPT_OUT = "kept_out"


OF_A_PERSON = frozenset({Rule.BULK, Rule.REFUSED_OFTEN})
"""Rules about how somebody reads, whatever the alert."""


class InsiderRulesRefused(Exception):
    """These are not insider rules: a name nobody knows, a number that is none."""

    code = "insider_rules_refused"

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class InsiderRules:
    """The named numbers; docs/insiders.md says where each is from. Seconds, or how often is still not flagged."""

    after_closing_grace_s: float = 1_800.0
    after_closing_looks_max: int = 3
    after_closing_window_s: float = 86_400.0
    review_within_s: float = 259_200.0
    overtime_s: float = 14_400.0
    desk_session_max_s: float = 50_400.0
    bulk_alerts_max: Mapping[str, int] = field(
        default_factory=lambda: {
            Role.OPERATOR.value: 15,
            Role.SUPERVISOR.value: 25,
            Role.COORDINATOR.value: 25,
            Role.UNIT.value: 3,
            Role.SHELTER.value: 3,
        }
    )
    bulk_window_s: float = 600.0
    lists_max: int = 30
    lists_window_s: float = 600.0
    refused_max: int = 5
    refused_window_s: float = 600.0
    kept_out_grace_s: float = 5.0
    again_after_s: float = 86_400.0

    @property
    def recent_s(self) -> float:
        """How far back the reads of a person count together."""
        return max(self.bulk_window_s, self.lists_window_s, self.refused_window_s)


def rules_of(differences: Mapping[str, Any]) -> InsiderRules:
    """The rules that differ so from the defaults. Raises InsiderRulesRefused."""
    usual = msgspec.to_builtins(InsiderRules())
    unknown = sorted(differences.keys() - usual.keys())
    if unknown:
        raise InsiderRulesRefused(f"There is no insider rule {', '.join(unknown)}; docs/insiders.md names them.")
    merged = {**usual, **differences}
    if isinstance(by_role := differences.get("bulk_alerts_max"), Mapping):
        roles = sorted(by_role.keys() - usual["bulk_alerts_max"].keys())
        if roles:
            raise InsiderRulesRefused(f"bulk_alerts_max knows no role {', '.join(roles)}.")
        merged["bulk_alerts_max"] = {**usual["bulk_alerts_max"], **by_role}
    try:
        rules = msgspec.convert(merged, InsiderRules)
    except msgspec.ValidationError as problem:
        raise InsiderRulesRefused(f"{problem}.") from None
    numbers = {**msgspec.to_builtins(rules), **rules.bulk_alerts_max}
    wrong = [name for name, value in numbers.items() if isinstance(value, int | float) and value < 0]
    if wrong:
        raise InsiderRulesRefused(f"This number cannot be: {', '.join(wrong)}.")
    return rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One row of the audit: its number, when (seconds since 1970 UTC), who, what, how many, and of which alert.

    `under`: by what they could read it, where the row says so.
    """

    row: int
    at: float
    by: str
    what: str
    alert: str | None = None
    count: int = 1
    under: str | None = None

    @property
    def shown(self) -> bool:
        """Whether details of one alert were shown."""
        return self.alert is not None and self.what not in NO_LOOKS


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who looks. `sessions` are (opened, ended or None) of their sessions at the time."""

    id: str
    login: str
    role: Role
    unit: str | None = None
    agency: str | None = None
    sessions: tuple[tuple[float, float | None], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """All that is known beside the looks.

    Attributes:
        readers: person -> who they are; whoever is not here is a part of the service.
        alerts: alert -> what the log says of it, and of what it was merged into.
        shifts: unit -> its shifts, oldest first.
        staff: alert -> the people of the center whose household it is of.
        recent: person -> their looks of the last `recent_s`, in order, the new ones among them.
        earlier: (person, alert) -> when they looked at it within `after_closing_window_s`.
        flagged: (rule, person, alert or None) -> when a look was last flagged so.
    """

    readers: Mapping[str, Reader]
    alerts: Mapping[str, AlertFacts]
    shifts: Mapping[str, tuple[Shift, ...]] = field(default_factory=dict)
    staff: Mapping[str, frozenset[str]] = field(default_factory=dict)
    recent: Mapping[str, Sequence[Look]] = field(default_factory=dict)
    earlier: Mapping[tuple[str, str], Sequence[float]] = field(default_factory=dict)
    flagged: Mapping[tuple[str, str, str | None], float] = field(default_factory=dict)

    def over_at(self, alert: str) -> float | None:
        """When the alert, or what goes on for it, was over; None while it is open."""
        passed: set[str] = set()
        while (facts := self.alerts.get(alert)) is not None and alert not in passed:
            passed.add(alert)
            if facts.merged_into is None:
                return facts.over_at
            alert = facts.merged_into
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A look that is flagged. `alert` is None where the rule is about the person; `said`: codes and counts."""

    rule: Rule
    look: Look
    alert: str | None
    said: Mapping[str, str | int]
