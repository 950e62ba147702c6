"""The operators' room: one line of calls, ours among the others, before operators as many as it needs."""

import math

from simulator.drawn import Drawn, Help
from simulator.profile import BUSIEST
from simulator.queueing import Agenda, Line, Visit, waits_longer

ANSWERED = 0.9
"""Share of the calls that are to be answered in time."""


def operators(drawn: Drawn) -> int:
    """So few that in the week's busiest hour `ANSWERED` of all calls wait no longer than they may."""
    a = drawn.assumptions
    ours_s = a.answer_s.value + a.place_s.value + a.form_s.value
    calls, others = 1 + a.other_calls.value, a.other_calls.value
    mean_s = (ours_s + others * a.other_call_s.value) / calls
    load = drawn.a_day * calls * mean_s / 86400 * BUSIEST
    servers = math.floor(load) + 1
    while load and waits_longer(servers, load, a.answered_within_s.value / mean_s) > 1 - ANSWERED:
        servers += 1
    return servers


def other_call(room: Line, length_s: float) -> Visit:
    """A call that is not ours."""
    yield room
    yield length_s
    room.leave()


def answered_at(drawn: Drawn) -> list[float]:
    """T1 of each of our calls: when a free operator has answered it, who stays on it until the form is down."""
    agenda = Agenda(drawn.begins)
    room = Line(agenda, operators(drawn))
    found: dict[str, float] = {}

    def visit(call: Help) -> Visit:
        yield room
        found[call.id] = agenda.at + call.rings_s
        yield call.rings_s + call.place_s + call.form_s
        room.leave()

    for at, length_s in drawn.other_calls:
        agenda.start(other_call(room, length_s), at)
    for call in drawn.calls:
        agenda.start(visit(call), call.at)
    agenda.run(math.inf)
    return [found[call.id] for call in drawn.calls]
