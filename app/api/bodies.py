"""What may be sent: every field with its limit, nothing beside, no infinity. Times must know their zone."""

import re
from datetime import UTC, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from app.clock import instant
from app.details import AVOID, CODE_WORDS
from app.dispatch.commands import NeedWanted
from app.dispatch.model import Institution, KeepOut, folded
from app.geo.point import Point

_DATE_AND_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}")
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
"""No time outside of these is believed: a device's wrong clock must not put an alert into the year 1."""


def _spelled(value: object) -> object:
    if not isinstance(value, str) or not _DATE_AND_TIME.match(value):
        raise ValueError("a time is written as 2026-05-31T22:15:00Z")
    return value


def _plausible(moment: datetime) -> datetime:
    if not EARLIEST <= moment < LATEST:
        raise ValueError(f"a time lies between {EARLIEST.year} and {LATEST.year}")
    return moment


def _printable(text: str) -> str:
    # No store, screen or terminal behind this one has to cope with a NUL or an escape.
    if any((ord(sign) < 32 and sign not in "\t\n\r") or 127 <= ord(sign) < 160 for sign in text):
        raise ValueError("a text holds no control characters")
    return text


Moment = Annotated[AwareDatetime, BeforeValidator(_spelled), AfterValidator(_plausible)]
"""A time as RFC 3339 writes it, with its zone."""
Latitude = Annotated[float, Field(ge=-90, le=90, strict=True)]
Longitude = Annotated[float, Field(ge=-180, le=180, strict=True)]
Metres = Annotated[float, Field(ge=0, le=100_000, strict=True)]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,40}$")]
"""A unit's or agency's code, a staff number."""
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
"""A reason or disposition out of a center's list. Free text is a note, and is sealed."""
Words = Annotated[
    str, StringConstraints(min_length=1, max_length=4000, strip_whitespace=True), AfterValidator(_printable)
]
Short = Annotated[
    str, StringConstraints(min_length=1, max_length=300, strip_whitespace=True), AfterValidator(_printable)
]
Agency = Annotated[
    str, StringConstraints(min_length=1, max_length=80, strip_whitespace=True), AfterValidator(_printable)
]
"""An agency as the list of units names it: `Policía Municipal` as well as `SSC`."""
Incident = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z-]{1,20}$")]
"""A code of the national incident catalogue."""
Answer = Literal["yes", "no", "unknown"]
Question = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,40}$")]


class Body(BaseModel):
    """The base of all bodies."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class Sent(Body):
    """A command: `id` is made by the sender (UUIDv7), `at_device` is its own clock."""

    id: UUID
    at_device: Moment | None = None

    def device_time(self) -> float | None:
        """`at_device` as seconds since 1970 UTC."""
        return _seconds(self.at_device)


class Where(Body):
    """A place. `source` says how it is known: map, gps, cell, address, caller."""

    lat: Latitude
    lon: Longitude
    accuracy_m: Metres | None = None
    source: Slug | None = None
    address: Short | None = None


class KeepOutBody(Body):
    """Who must not be asked and must not know."""

    units: list[Code] = Field(default=[], max_length=100)
    crew: list[Code] = Field(default=[], max_length=100)
    agencies: list[Agency] = Field(default=[], max_length=20)

    def value(self) -> KeepOut:
        """As the core has it."""
        return KeepOut(units=frozenset(self.units), crew=frozenset(self.crew), agencies=frozenset(self.agencies))


class Party(Body):
    """Somebody who is there; all of it is sealed."""

    role: Slug
    name: Short | None = None
    telephone: Short | None = None
    note: Words | None = None


class CodeWords(Body):
    """Two words agreed with her: one to cancel with, one that looks like it and calls for help."""

    cancel: Short
    duress: Short

    @model_validator(mode="after")
    def _differ(self) -> Self:
        if folded(self.cancel).split() == folded(self.duress).split():
            raise ValueError("the two words differ, whatever their case and accents")
        return self


class NeedBody(Body):
    """One need with what a unit must have, should have, and how many children come with her."""

    institution: Institution
    requires: list[Slug] = Field(default=[], max_length=10)
    prefers: list[Slug] = Field(default=[], max_length=10)
    children: Annotated[int, Field(ge=0, le=30, strict=True)] = 0

    def value(self) -> NeedWanted:
        """As the core has it."""
        return NeedWanted(
            institution=self.institution,
            requires=tuple(self.requires),
            prefers=tuple(self.prefers),
            children=self.children,
        )


def _whole(value: object) -> object:
    return {"institution": value} if isinstance(value, str) else value


Wanted = Annotated[NeedBody, BeforeValidator(_whole, json_schema_input_type=Institution | NeedBody)]
"""A need, or only its institution."""


class Told(Body):
    """What can be told with an alert or later. `avoid` are places of the aggressor's."""

    threat: dict[Question, Answer] = Field(default={}, max_length=40)
    people: list[Party] = Field(default=[], max_length=30)
    caller: Party | None = None
    safe_contact: Short | None = None
    keep_out: KeepOutBody = KeepOutBody()
    avoid: list[Where] = Field(default=[], max_length=10)
    code_words: CodeWords | None = None
    note: Words | None = None

    def places_avoided(self) -> list[Point]:
        """The aggressor's places."""
        return [Point(place.lat, place.lon) for place in self.avoid]

    def personal(self) -> dict[str, object]:
        """The personal data among it, by kind."""
        found: dict[str, object] = {}
        if self.people:
            found["people"] = [party.model_dump(exclude_none=True) for party in self.people]
        if self.caller is not None:
            found["caller"] = self.caller.model_dump(exclude_none=True)
        if self.safe_contact is not None:
            found["safe_contact"] = self.safe_contact
        if self.avoid:
            found[AVOID] = [place.model_dump(exclude_none=True) for place in self.avoid]
        if self.code_words is not None:
            found[CODE_WORDS] = self.code_words.model_dump()
        if self.note is not None:
            found["note"] = self.note
        return found


class NewAlert(Sent, Told):
    """A call. Where is enough; everything else may come later."""

    where: Where
    incident: Incident = "30503"
    needs: list[Wanted] = Field(default=[], max_length=12)
    received_at: Moment | None = None
    answered_at: Moment | None = None
    located_at: Moment | None = None

    def times(self) -> tuple[float | None, float | None, float | None]:
        """T0, T1 and T2 as seconds since 1970 UTC."""
        return _seconds(self.received_at), _seconds(self.answered_at), _seconds(self.located_at)


class MoreFacts(Sent, Told):
    """What became known later."""

    where: Where | None = None


class PositionBody(Body):
    """Where the unit is, by its device."""

    lat: Latitude
    lon: Longitude
    accuracy_m: Metres | None = None
    at: Moment


def _seconds(moment: datetime | None) -> float | None:
    return None if moment is None else instant(moment)
