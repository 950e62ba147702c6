"""What every report of one question has in common: its period, its language, its clock, the smallest cell told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from .intervals import VERSION
from .response_times import Period
from .table import Fact
from .words import say, value_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Around a report, made `at`. `floor`: cells of fewer are not told. `zones`: zone id -> its name.

    `about`: what holds besides, such as whose record the figures are made of.
    """

    period: Period
    at: float
    time_zone: tzinfo
    language: str = "es"
    floor: int = 5
    zones: Mapping[str, str] = field(default_factory=dict)
    about: tuple[Fact, ...] = ()

    def say(self, key: str, **values: object) -> str:
        """The words in the reader's language."""
        return say(key, self.language, **values)

    def value(self, key: str, value: str) -> str:
        """The value of a group in words."""
        if key == "zone":
            return self.zones.get(value, value)
        return value_of(key, value, self.language)

    def time(self, at: float | None, form: str = "%Y-%m-%d %H:%M:%S") -> str | None:
        """A moment on the local clock."""
        return None if at is None else datetime.fromtimestamp(at, self.time_zone).strftime(form)

    def facts(self) -> tuple[Fact, ...]:
        """What stands above every table and in every line of its CSV."""
        period, minute = self.period, "%Y-%m-%d %H:%M"
        said = (
            ("definitions_version", "fact.version", str(VERSION)),
            ("period_from", "fact.from", self.time(period.start, minute)),
            ("period_to", "fact.to", self.time(period.end, minute)),
            ("made_at", "fact.made_at", self.time(self.at)),
        )
        own = (Fact(key=key, label=self.say(word), text=text or "") for key, word, text in said)
        return (*own, *self.about)
