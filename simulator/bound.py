"""The bound: what nobody can beat who has the same calls, crews, patrols and roads.

A clairvoyant sees every patrol, every crew's answer, the luck of every trip and every call to come, and asks only
whom she sends. What she may not: move a patrol before the alert can be raised (T0 + ringing + the place, with an
operator free at once), break other work off, or have a crew quicker than it is.

**Cost of a pair.** If patrol i goes to alert k, it leaves its beat no sooner than r + d, where r is the first
moment from which i may be sent, not before k can be raised, and d is how long its crew takes to look, answer and
set off. Its way on its beat is the same whatever was decided, it drives there more slowly than any trip to an
alert (`beats.SLOWNESS`), and the roads keep the triangle inequality: so leaving later never makes it arrive
earlier, and the arrival of that moment, a(k, i), is the earliest there can be.

**Several alerts.** Take any set Q of alerts. Under any decisions, each of them is either the first of Q that its
patrol serves, which costs at least a(k, i), and no two of these have the same patrol; or its patrol has served
another of Q before, and then it arrives no earlier than the first moment at which any patrol can, after finishing
any other of Q. The cheapest such choice is an assignment problem (scipy's `linear_sum_assignment`); its optimum is
at most what any policy needs for Q. The alerts are cut into sets that overlap in time, and the optima are added.

So the sum, and the mean, over all alerts of a seed is a lower bound. It is no schedule: the clairvoyant's patrols
may be at two places at once between two sets, so the truth lies somewhat above. Percentiles of it are given for
comparison and are not bounds. That `extreme` alerts bind second patrols is left out, in its favour.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from simulator.drawn import Drawn, Help

NEVER = 1e9
"""Seconds that stand for a crew that would not come at all."""

type Floats = npt.NDArray[np.float64]


def bound(drawn: Drawn) -> dict[str, float | None]:
    """Alert -> seconds from T0 in the cheapest assignment; None where no crew would come before the end."""
    found: dict[str, float | None] = {}
    for calls, earliest in _sets(drawn):
        later = [_after_another(drawn, calls, earliest, number) for number in range(len(calls))]
        costs = np.full((len(calls), earliest.shape[1] + len(calls)), np.inf)
        costs[:, : earliest.shape[1]] = earliest
        costs[range(len(calls)), range(earliest.shape[1], costs.shape[1])] = later
        costs = np.minimum(costs - np.array([[call.at] for call in calls]), NEVER)
        for row, column in zip(*linear_sum_assignment(costs), strict=True):
            seconds = float(costs[row, column])
            found[calls[row].id] = seconds if calls[row].at + seconds < drawn.ends else None
    return found


def arrival(drawn: Drawn, call: Help, unit: str, not_before: float) -> float:
    """When this patrol is there at the earliest if it is asked from `not_before` on; never: infinite."""
    crew = drawn.crew(call, unit)
    if crew.answers != "accept":
        return np.inf
    asked = drawn.beats[unit].working_until(max(not_before, call.at + call.rings_s + call.place_s))
    leaves = asked + crew.seen_s + crew.answer_s + crew.turnout_s
    return leaves + drawn.trip_s(call, unit, leaves)


def _sets(drawn: Drawn) -> list[tuple[list[Help], Floats]]:
    """Calls that come before any of their set can be finished, with the earliest arrivals [call, unit]."""
    units = [row.code for row in drawn.region.patrols]
    sets: list[tuple[list[Help], list[Floats]]] = []
    over = -np.inf
    for call in drawn.calls:
        row = np.array([arrival(drawn, call, unit, call.at) for unit in units])
        if call.at + call.rings_s + call.place_s >= over:
            sets.append(([], []))
            over = np.inf
        sets[-1][0].append(call)
        sets[-1][1].append(row)
        over = min(over, float(row.min()) + call.scene_s)
    return [(calls, np.array(rows)) for calls, rows in sets]


def _after_another(drawn: Drawn, calls: Sequence[Help], earliest: Floats, number: int) -> float:
    """When a patrol that has served another of the set can be at this one, at the earliest."""
    found = np.inf
    for other, call in enumerate(calls):
        if other == number:
            continue
        for column, row in enumerate(drawn.region.patrols):
            done = float(earliest[other, column]) + call.scene_s
            if done < found:
                found = min(found, arrival(drawn, calls[number], row.code, done))
    return found
