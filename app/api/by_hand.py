"""Bodies of what people do by hand: to an alert, about an assignment of their own, with a unit."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from app.clock import instant
from app.dispatch.model import Level
from app.erasing import EraseReason, HoldReason
from app.glass import GlassOutcome, GlassReason

from .bodies import Answer, Code, Incident, Moment, NeedBody, Question, Sent, Short, Slug, Wanted, Where, Words


class OneMoreNeed(Sent, NeedBody):
    """The alert needs this, too."""


class Note(Sent):
    """Free text; sealed."""

    text: Words


class OtherLevel(Sent):
    """A higher level or, where `lower` says that this is meant, a lower one."""

    level: Level
    reason: Slug
    lower: bool = Field(default=False, strict=True)
    note: Words | None = None


class Reason(Sent):
    """Why."""

    reason: Slug
    note: Words | None = None


class Cancelling(Reason):
    """Why, and the code word as it was said, where the alert has one. It is compared and kept nowhere."""

    word: Short | None = None


class Closing(Sent):
    """How it ended, whether she is safe and where: a choice, never an address."""

    disposition: Slug
    safe: Answer
    whereabouts: Slug
    order: Slug | None = None
    note: Words | None = None


class Acknowledgement(Sent):
    """Which need's alarm; without one, the alarm of the alert as a whole."""

    need: Code | None = None


class ByHand(Sent):
    """Which unit."""

    unit: Code


class Merging(Sent):
    """The alert that goes on for both."""

    into: UUID


class Splitting(Sent):
    """The call that is about something else. Without `where`, it is where that call said."""

    call: UUID
    where: Where | None = None
    incident: Incident = "30503"
    needs: list[Wanted] = Field(default=[], max_length=12)


class Erasing(Sent):
    """Why it is erased before its time."""

    reason: EraseReason


class Holding(Sent):
    """Why it may not be erased."""

    reason: HoldReason


class Person(Sent):
    """Whom it is about: who calls from this number, or from this address. In the body, never in an address."""

    telephone: Short | None = None
    address: Short | None = None

    @model_validator(mode="after")
    def _one_at_least(self) -> Self:
        if self.telephone is None and self.address is None:
            raise ValueError("say a telephone number or an address")
        return self


class Outcome(Sent):
    """What became of the protection order."""

    outcome: Slug


class BreakGlass(Sent):
    """Why: out of the list, and in words. The words are sealed."""

    reason: GlassReason
    note: Words


class GlassReview(Sent):
    """What somebody else thinks of it."""

    outcome: GlassOutcome


class UnitAnswer(Sent):
    """What a unit says; `reason` with a decline or a withdrawal."""

    reason: Slug | None = None


class Screened(Sent):
    """The answers to a risk screen that was asked on scene."""

    profile: Slug
    answers: dict[Question, Answer] = Field(max_length=60)


class Duty(Sent):
    """On or off, with whom (staff numbers), what they add to the unit's capabilities, and until when."""

    on: bool = Field(strict=True)
    crew: list[Code] = Field(default=[], max_length=12)
    crew_brings: list[Slug] = Field(default=[], max_length=20)
    until: Moment | None = None

    def ends(self) -> float | None:
        """`until` as seconds since 1970 UTC."""
        return None if self.until is None else instant(self.until)


class Places(Sent):
    """How many places are free now, held and awaited ones not counted."""

    free: Annotated[int, Field(ge=0, le=10_000, strict=True)]


class StaffHousehold(Sent):
    """The own telephones and addresses of somebody who works here, as a whole; only hashes of them are kept."""

    telephones: list[Short] = Field(default=[], max_length=10)
    addresses: list[Short] = Field(default=[], max_length=10)


class Review(Sent):
    """What an auditor says of a flag. The note is sealed."""

    outcome: Literal["justified", "misuse", "unclear"]
    note: Words | None = None
