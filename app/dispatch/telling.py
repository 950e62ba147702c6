"""What is told of an alert, by whichever way, and what follows at once: its level rises, a second patrol goes."""

from collections import Counter
from collections.abc import Iterable, Mapping

from . import commands as c
from . import events as e
from .model import OVER, Alert, Institution, Level, Need
from .of_needs import add_need
from .refusals import refused
from .risk import ANSWERS, QUESTIONS, assess
from .run import Run

EVERYTHING = (
    c.NeedWanted(institution=Institution.POLICE),
    c.NeedWanted(institution=Institution.PROSECUTOR),
    c.NeedWanted(institution=Institution.SHELTER),
)
"""What an alert needs when the caller could say no more than where."""


def check_threat(threat: Mapping[str, str]) -> None:
    """Refuse questions and answers that there are not."""
    for question in threat:
        if question not in QUESTIONS:
            raise refused("unknown_question", questions=QUESTIONS)
    check_answers(threat)


def check_answers(answers: Mapping[str, str]) -> None:
    """Refuse an answer that is none."""
    if not ANSWERS.issuperset(answers.values()):
        raise refused("unknown_answer")


def tell(run: Run, alert_id: str, threat: Mapping[str, str]) -> None:
    """Keep these answers; a yes may raise the level."""
    if not threat:
        return
    run.state(e.FactsTold(alert=alert_id, threat=dict(threat)))
    higher = assess(threat, run.board.alerts[alert_id].level)
    if higher is not None:
        raise_to(run, alert_id, *higher)
    pair(run, alert_id)


def tell_beside(run: Run, alert_id: str, threat: Mapping[str, str]) -> None:
    """Keep what somebody else says of the same alert: it adds, and never unsays another's yes."""
    known = run.board.alerts[alert_id].threat
    told = {question: said for question, said in threat.items() if said == "yes" or known.get(question) != "yes"}
    tell(run, alert_id, told)


def raise_to(run: Run, alert_id: str, level: Level, reason: str) -> None:
    """Raise the level, unless it is as high already."""
    if level.rank > run.board.alerts[alert_id].level.rank:
        run.state(e.LevelRaised(alert=alert_id, level=level, reason=reason))
        pair(run, alert_id)


def pair(run: Run, alert_id: str) -> None:
    """Send a second patrol, for the aggressor, where the rules say so: once an alert; the first stays with her."""
    alert, rules = run.board.alerts[alert_id], run.rules
    if rules.pair_from is None or alert.level.rank < rules.pair_from.rank:
        return
    if not any(alert.threat.get(question) == "yes" for question in rules.pair_when):
        return
    patrols = open_needs(alert, Institution.POLICE)
    if len(patrols) == 1 and all(need.party is None for need in alert.needs):
        (first,) = patrols
        wanted = c.NeedWanted(institution=first.institution, requires=first.requires, prefers=first.prefers)
        add_need(run, alert_id, wanted, party="aggressor")


def open_needs(alert: Alert, institution: Institution) -> list[Need]:
    """The alert's needs of this institution that are not over, except those only for her way to a shelter."""
    return [
        need
        for need in alert.needs
        if need.institution is institution and need.state not in OVER and not only_transport(need)
    ]


def only_transport(need: Need) -> bool:
    """Whether the need was added for her way to a shelter and for nothing else."""
    return need.key.startswith("transport")


def add_missing(run: Run, alert_id: str, wanted: Iterable[tuple[c.NeedWanted, str | None]]) -> None:
    """Add what is wanted, each with its party, as far as the alert has no open need of that institution for it."""
    alert = run.board.alerts[alert_id]
    there = Counter({each: len(open_needs(alert, each)) for each in Institution})
    for need, party in wanted:
        if there[need.institution]:
            there[need.institution] -= 1
        else:
            add_need(run, alert_id, need, party)
