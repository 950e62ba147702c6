"""Which looks at personal data are flagged, and why: pure rules over the audit. docs/insiders.md has the reasons.

A rule answers with codes and counts, never with what was shown. It judges nobody: an auditor does.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence

from app.dispatch.model import KeepOut, folded

from .looks import (
    DESK,
    EXPORTS,
    GLASS,
    LISTS,
    OF_A_PERSON,
    REFUSED,
    REVIEWERS,
    Finding,
    InsiderRules,
    Known,
    Look,
    Reader,
    Rule,
)
from .parts import Held, Shift
from .sessions import OF_UNITS, Role

Said = Mapping[str, str | int] | None
"""What a rule says of a look; None: nothing."""


def findings(looks: Sequence[Look], known: Known, rules: InsiderRules) -> list[Finding]:
    """What is to be flagged among these looks, in order.

    The same rule, person and alert are not flagged again within `again_after_s`, so looking twice does no harm.
    """
    found = []
    flagged = dict(known.flagged)
    for look in looks:
        reader = known.readers.get(look.by)
        if reader is None:
            continue
        for rule, said in _said(look, reader, known, rules):
            alert = None if rule in OF_A_PERSON else look.alert
            before = flagged.get((rule, look.by, alert))
            if before is None or abs(look.at - before) >= rules.again_after_s:
                flagged[rule, look.by, alert] = look.at
                found.append(Finding(rule=rule, look=look, alert=alert, said=said))
    return found


def _said(
    look: Look, reader: Reader, known: Known, rules: InsiderRules
) -> Iterator[tuple[Rule, Mapping[str, str | int]]]:
    for rule, says in _RULES.items():
        said = says(look, reader, known, rules)
        if said is not None:
            yield rule, said
        if said is not None and rule is Rule.KEPT_OUT:
            # That they had no part in it either goes without saying.
            return


def _kept_out(look: Look, reader: Reader, known: Known, rules: InsiderRules) -> Said:
    """Who is kept out was shown something of it, or tried; not a card under way when they were named."""
    facts = known.alerts.get(look.alert or "")
    if facts is None:
        return None
    how = _barred(facts.kept_out_at(look.at - rules.kept_out_grace_s), reader)
    return None if how is None else {"by": how, "shown": "yes" if look.shown else "no"}


def _barred(keep_out: KeepOut, reader: Reader) -> str | None:
    if reader.login in keep_out.crew:
        return "crew"
    if reader.unit is not None and reader.unit in keep_out.units:
        return "unit"
    return "agency" if reader.agency is not None and folded(reader.agency) in keep_out.agencies else None


def _colleague(look: Look, reader: Reader, known: Known, rules: InsiderRules) -> Said:
    """An alert of the household of somebody who works here, whoever looks and whatever part they have in it."""
    whose = known.staff.get(look.alert or "", frozenset())
    if not look.shown or not whose:
        return None
    return {"whose": "own" if reader.id in whose else "colleague"}


def _no_assignment(look: Look, reader: Reader, known: Known, rules: InsiderRules) -> Said:
    """Of a unit's people: their unit never had it, or not with them. Of the desk: it was over, and not theirs.

    At the desk any open alert may be looked at, by whoever sits there: the next call may be about it. A supervisor
    or coordinator may look back for `review_within_s`. Who breaks the glass of an open alert gave a reason, which
    is reviewed; when it is over, nothing can be so urgent. An export is never in the course of such work.
    """
    part = _part(look, reader, known)
    if part in {None, "had"}:
        return None
    if look.what not in EXPORTS and (reader.role in DESK or look.under == GLASS):
        over_at = known.over_at(look.alert or "")
        since = rules.review_within_s if reader.role in REVIEWERS else rules.after_closing_grace_s
        if over_at is None or look.at <= over_at + since:
            return None
    return {"part": str(part)}


def _part(look: Look, reader: Reader, known: Known) -> str | None:
    """`had`, or what part the reader had instead; None where the rule does not ask.

    `none`: none at all. `other_crew`: the unit had it, without them. `came_aboard_later`: they signed in at the
    unit's phone when it had the alert already, and nobody had named them for the shift.
    """
    facts = known.alerts.get(look.alert or "")
    if not look.shown or facts is None:
        return None
    if reader.role in DESK:
        return "had" if facts.acted.get(reader.id, look.at + 1) <= look.at else "none"
    if reader.role not in OF_UNITS:
        return None
    held = [each for each in facts.held if each.unit == reader.unit and each.since <= look.at]
    if not held:
        return "none"
    # A house has its people in turns, and they sign in when they come.
    if reader.role is Role.SHELTER:
        return "had"
    parts = {_aboard(each, shift, reader) for each in held for shift in known.shifts.get(reader.unit or "", ())}
    return next((part for part in ("had", "came_aboard_later") if part in parts), "other_crew")


def _aboard(held: Held, shift: Shift, reader: Reader) -> str:
    if not shift.meets(held):
        return "other_crew"
    if reader.login in shift.crew or shift.joined.get(reader.login, held.since + 1) <= held.since:
        return "had"
    return "came_aboard_later" if reader.login in shift.joined else "other_crew"


def _after_closing(look: Look, reader: Reader, known: Known, rules: InsiderRules) -> Said:
    """Again and again at an alert that is over. What a unit still works on is not over for that unit."""
    facts = known.alerts.get(look.alert or "")
    over_at = known.over_at(look.alert or "")
    if not look.shown or facts is None or over_at is None or reader.role not in DESK | OF_UNITS:
        return None
    if _no_assignment(look, reader, known, rules) is not None:
        return None
    if reader.unit is not None and facts.holds(reader.unit, look.at):
        return None
    since = max(over_at + rules.after_closing_grace_s, look.at - rules.after_closing_window_s)
    times = sum(since < at <= look.at for at in known.earlier.get((look.by, look.alert or ""), ()))
    return {"looks": times} if times > rules.after_closing_looks_max else None


def _off_shift(look: Look, reader: Reader, known: Known, rules: InsiderRules) -> Said:
    """Of a unit's people: off duty, or long after the shift was to end. Of the desk: nobody sits there so long."""
    if not look.shown:
        return None
    if reader.role in OF_UNITS:
        shift = next((each for each in known.shifts.get(reader.unit or "", ()) if each.at(look.at)), None)
        if shift is None:
            return {"shift": "off_duty"}
        late = shift.until is not None and look.at > shift.until + rules.overtime_s
        return {"shift": "over"} if late else None
    opened = [
        opened for opened, ended in reader.sessions if opened <= look.at and (ended is None or look.at <= ended)
    ]
    if reader.role not in DESK or not opened or look.at - max(opened) <= rules.desk_session_max_s:
        return None
    return {"session_h": int((look.at - max(opened)) // 3600)}


def _bulk(look: Look, reader: Reader, known: Known, rules: InsiderRules) -> Said:
    """More alerts in a short time than anybody works on; or the list of all, again and again."""
    if look.what in LISTS:
        lists = sum(each.what in LISTS for each in _lately(look, known, rules.lists_window_s))
        return {"lists": lists} if lists > rules.lists_max else None
    most = rules.bulk_alerts_max.get(reader.role.value)
    if not look.shown or most is None:
        return None
    alerts = {each.alert for each in _lately(look, known, rules.bulk_window_s) if each.shown and each.alert}
    if reader.unit is not None:
        # What a unit works on is shown to it again whenever something changes, or its line comes back.
        holding = {a for a in alerts if (facts := known.alerts.get(a)) and facts.holds(reader.unit, look.at)}
        alerts -= holding
    return {"alerts": len(alerts)} if len(alerts) > most else None


def _refused_often(look: Look, reader: Reader, known: Known, rules: InsiderRules) -> Said:
    """Trying doors that do not open."""
    if look.what != REFUSED:
        return None
    lately = _lately(look, known, rules.refused_window_s)
    times = sum(each.count for each in lately if each.what == REFUSED)
    return {"refusals": times} if times > rules.refused_max else None


def _lately(look: Look, known: Known, window_s: float) -> Iterator[Look]:
    """The reader's looks of the last `window_s`, with this one, newest first."""
    recent = known.recent.get(look.by, (look,))
    for place in range(bisect_right(recent, look.row, key=_number), 0, -1):
        each = recent[place - 1]
        if look.at - window_s < each.at <= look.at:
            yield each


def _number(look: Look) -> int:
    return look.row


_RULES: Mapping[Rule, Callable[[Look, Reader, Known, InsiderRules], Said]] = {
    Rule.BULK: _bulk,
    Rule.REFUSED_OFTEN: _refused_often,
    Rule.COLLEAGUE: _colleague,
    Rule.OFF_SHIFT: _off_shift,
    Rule.KEPT_OUT: _kept_out,
    Rule.NO_ASSIGNMENT: _no_assignment,
    Rule.AFTER_CLOSING: _after_closing,
}
"""Every rule, in the order in which they speak."""
