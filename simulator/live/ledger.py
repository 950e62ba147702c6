"""What the service acknowledged, written down outside it, and the comparison with what it knows in the end."""

import time
from collections import Counter
from dataclasses import dataclass, field

from simulator.live.wire import Answer

EVENTS_OF_STEP = {
    "accept": ("Accepted",),
    "decline": ("Declined",),
    "en-route": ("WentEnRoute",),
    "on-scene": ("ArrivedOnScene",),
    "contact": ("ContactMade",),
    "depart": ("Departed",),
    "safe": ("ReachedSafety",),
    "done": ("Done", "Housed"),
}
"""What a unit said -> the kinds of event one of which must stand in the alert's timeline afterwards."""


REFUSED = frozenset({404, 409})
"""It may not be now, or is not there any more for who asks: expected in a race, and final."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One thing a unit said of an assignment and the service answered with yes."""

    alert: str
    need: str
    unit: str
    step: str


@dataclass(slots=True)
class Ledger:
    """Every acknowledgement, in the order it came.

    Attributes:
        folios: alert id -> every folio the service ever gave for it; more than one means it was taken twice.
        said: what units said and the service confirmed.
        to_phone_s: seconds of the wall from an operator's key to the first phone that shows the offer.
        refusals: code -> how often a command was refused; troubles: status -> answers that are neither.
    """

    folios: dict[str, set[str]] = field(default_factory=dict)
    said: list[Said] = field(default_factory=list)
    refusals: Counter[str] = field(default_factory=Counter)
    troubles: Counter[str] = field(default_factory=Counter)
    repeats: int = 0
    to_phone_s: list[float] = field(default_factory=list)
    _posted: dict[str, float] = field(default_factory=dict)

    def posts(self, alert: str) -> None:
        """An operator begins to post an alert."""
        self._posted.setdefault(alert, time.monotonic())

    def on_phone(self, alert: str) -> None:
        """A unit's phone shows an offer for it: the first one counts."""
        posted = self._posted.pop(alert, None)
        if posted is not None:
            self.to_phone_s.append(time.monotonic() - posted)

    def alert(self, alert: str, answer: Answer) -> None:
        """Write down the answer to an alert."""
        self.answer(answer)
        if answer.ok:
            self.folios.setdefault(alert, set()).add(str(answer.body["folio"]))

    def unit_said(self, said: Said, answer: Answer) -> None:
        """Write down the answer to something a unit said."""
        self.answer(answer)
        if answer.ok:
            self.said.append(said)

    def answer(self, answer: Answer) -> None:
        """Write down any answer."""
        self.repeats += answer.attempts - 1
        if answer.status in REFUSED:
            self.refusals[answer.code] += 1
        elif not answer.ok:
            self.troubles[f"{answer.status} {answer.code}".strip()] += 1
