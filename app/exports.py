"""What is held about one person, for that person: found by keyed hash only, third persons left out, written down.

A number or an address is a household's, and the aggressor may live in it. So what a call told is given only where
that very call was made from the number that is asked about; calls that named no number count by their address. Of
everybody else, and of who read it, no name is given.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.clock import Clock, rfc3339
from app.details import AVOID, CALL_PLACE, CODE_WORDS, PLACE, Detail, Details
from app.dispatch.commands import Refusal
from app.household import Households, one_address, one_number
from app.security.looks import NO_LOOKS, REFUSED
from app.security.permissions import Action
from app.security.scope import kept_out
from app.security.sessions import Viewer
from app.store import audit, queries
from app.store import exports as rows
from app.store.session import Database

PLACES = (PLACE, CALL_PLACE)
VICTIM = "victim"
"""The role of a caller who is the person that may be harmed."""
OTHER_CALLER = "It was told by somebody else who called."
OTHER_PERSON = "It is about somebody else."
KEPT_BACK = {
    CODE_WORDS: "Code words are shown to nobody.",
    AVOID: OTHER_PERSON,
}
PROCESSING = {
    PLACE: "Where help was asked for; it is used to find who is near and is shown to the unit that has accepted.",
    CALL_PLACE: "Where a further call came from; it is shown at the desk.",
    "caller": "Who called; it is shown at the desk and to the unit that has accepted.",
    "people": "Who is there; it is shown at the desk and to the unit that has accepted.",
    "safe_contact": "How she can be reached without danger; it is shown at the desk.",
    "note": "What was noted in words; it is shown at the desk.",
    AVOID: "Places that are avoided when a shelter is looked for.",
    CODE_WORDS: "Words agreed for cancelling; they are compared and never shown.",
    "household": "A keyed hash of number and address, to know a second call as such. It cannot be read back.",
    "log": "What happened when, with ids and codes only; it is kept as evidence, without name, number or place.",
}
"""What each kind of data is processed for, in a sentence."""
CHECK_FIRST = (
    "Hand this over only to the person themselves, after checking who they are: a number or an address is shared,"
    " and in the wrong hands this can get somebody hurt. Read every note first; notes may name others."
)


class Exports:
    """Exports of one center."""

    def __init__(
        self, database: Database, details: Details, households: Households, clock: Clock, center: str
    ) -> None:
        self._database, self._details, self._households = database, details, households
        self._clock, self._center = clock, center

    async def about(self, *, telephone: str | None, address: str | None, by: Viewer | str) -> dict[str, Any]:
        """Everything held about who calls from there. Every alert given is written down, and the question itself.

        `by`: who asks, or the name of the machine. Of an alert that keeps them out they learn nothing, as if it
        were not there; that it was asked for is written down.

        Raises Refusal (`not_comparable`) for what is neither a telephone number nor an address.
        """
        hashes = self._households.hashes(telephone, address)
        if not hashes:
            raise Refusal(
                "not_comparable", "Nothing can be found by this; give a whole number, or street and number."
            )
        at = self._clock.now()
        async with self._database.transaction() as connection:
            person = by if isinstance(by, str) else by.person
            held = await rows.held_alerts(connection, self._center, hashes)
            bounds = await queries.bounds(connection, self._center, [alert.id for alert in held])
            found = [alert for alert in held if isinstance(by, str) or not kept_out(by, bounds[alert.id].keep_out)]
            for alert in held:
                if alert not in found:
                    refused = {"action": Action.EXPORT_PERSON.value}
                    await audit.write(
                        connection, self._center, at=at, by=person, what=REFUSED, alert=alert.id, said=refused
                    )
            given = {"telephone": telephone, "address": address}
            said = {"found_by": "+".join(name for name, value in given.items() if value)}
            await audit.write(
                connection, self._center, at=at, by=person, what="export_person", count=len(found), said=said
            )
        mine = self._is_mine(telephone, address)
        return {
            "made_at": rfc3339(at),
            "center": self._center,
            "check_first": CHECK_FIRST,
            "processing": PROCESSING,
            "alerts": [await self._alert(alert, mine, person) for alert in found],
        }

    async def _alert(self, alert: rows.HeldAlert, mine: "Mine", by: str) -> dict[str, Any]:
        async with self._database.transaction() as connection:
            looks = await rows.looks(connection, self._center, alert.id)
        told = await self._details.read(alert.id, by=by, what="export", at=self._clock.now())
        return {
            "folio": alert.folio,
            "state": alert.state,
            "raised_at": rfc3339(alert.raised_at),
            "details": list(given(told, mine)),
            # Who holds it for the law is no look at it, and who is investigated is not told so here.
            "shown_to": [
                {"at": rfc3339(look.at), "what": look.what, "role": look.role or "service"}
                for look in looks
                if look.what not in NO_LOOKS
            ],
        }

    def _is_mine(self, telephone: str | None, address: str | None) -> "Mine":
        """Whether a call with this number (or none) from this address (or none) is of who asks."""
        region = self._households.region
        number = one_number(telephone, region) if telephone else None
        street = one_address(address) if address else None

        def mine(said_number: str | None, said_address: str | None) -> bool:
            if said_number is not None:
                return number is not None and one_number(said_number, region) == number
            return street is not None and said_address is not None and one_address(said_address) == street

        return mine


Mine = Callable[[str | None, str | None], bool]


def given(told: Sequence[Detail], mine: Mine) -> list[dict[str, Any]]:
    """Every detail of an alert with its value, or with a sentence why its value is left out."""
    calls: dict[str, dict[str, Any]] = {}
    for detail in told:
        calls.setdefault(_command(detail), {})[detail.kind] = detail.value
    own, others = set(), set()
    for command, values in calls.items():
        caller = values.get("caller") or {}
        where: Mapping[str, Any] = next((values[kind] for kind in PLACES if values.get(kind)), {})
        if mine(caller.get("telephone"), where.get("address")):
            own.add(command)
        elif caller or where:
            others.add(command)
    shown = []
    for detail in told:
        head = {"kind": detail.kind, "at": rfc3339(detail.at)}
        # What the desk noted later is about the alert as a whole: of the one who called, if nobody else did.
        theirs = _command(detail) in own or (bool(own) and not others)
        shown.append({**head, **_value(detail, calls[_command(detail)], mine, theirs=theirs)})
    return shown


def _value(detail: Detail, call: Mapping[str, Any], mine: Mine, *, theirs: bool) -> dict[str, Any]:
    if detail.kind in KEPT_BACK:
        return {"left_out": KEPT_BACK[detail.kind]}
    if detail.value is None:
        return {"left_out": "It does not open any more."}
    if detail.kind == "people":
        return {"value": [_person(person, mine) for person in detail.value]}
    if not theirs or detail.kind not in PROCESSING:
        return {"left_out": OTHER_CALLER}
    if detail.kind == "safe_contact" and (call.get("caller") or {}).get("role") != VICTIM:
        return {"left_out": OTHER_PERSON}
    if detail.kind == "note":
        return {"value": detail.value, "check": "A note may name others."}
    return {"value": detail.value}


def _person(person: Mapping[str, Any], mine: Mine) -> Mapping[str, Any]:
    """Somebody who is there: whole where the number is that of who asks, else the role only."""
    telephone = person.get("telephone")
    if telephone is not None and mine(telephone, None):
        return person
    return {"role": person.get("role"), "left_out": OTHER_PERSON}


def _command(detail: Detail) -> str:
    return detail.id.partition("/")[0]
