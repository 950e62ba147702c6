"""The operators' room: one line of calls, ours among the others, before operators as many as it needs."""

import math

from simulator.drawn import Drawn, Help
from simulator.profile import BUSIEST
from simulator.queueing import Agenda, Line, Visit


def operators(drawn: Drawn) -> int:
    """So many that in the busiest hour of the week they are as busy as `operator_load` says."""
    a = drawn.assumptions
    ours_s = a.answer_s.value + a.place_s.value + a.form_s.value
    a_day_s = drawn.a_day * (ours_s + a.other_calls.value * a.other_call_s.value)
    return max(1, math.ceil(a_day_s / 86400 * BUSIEST / a.operator_load.value))


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
