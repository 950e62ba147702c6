"""The lines of a trial against a closed formula, and the core's own queue of patrols against the lines.

In three steps, because a mean wait to within 2 % takes millions of callers: the recursion of the textbooks agrees
with Erlang C; a line gives each caller the wait of that recursion; the core gives each alert the wait of a line.
"""

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
import shapely

from app.geo.point import Point
from app.geo.unit_files import UnitRow
from app.geo.zones import Zone, Zones
from app.reports.points import TimePoint
from simulator import queueing
from simulator.assumptions import Assumptions
from simulator.demand import Demand
from simulator.region import Region
from simulator.trial import Plan, Policy, play

NIGHTS, CALLERS, WARM_UP = 6_000, 600, 300
"""So many lines side by side and callers in each; the first, who find it empty, are not counted."""

WITHIN = 0.02
Floats = npt.NDArray[np.float64]


def erlang_c(servers: int, load: float) -> float:
    """As in the textbooks: the sum over the states of M/M/c."""
    full = load**servers / math.factorial(servers) * servers / (servers - load)
    return full / (sum(load**busy / math.factorial(busy) for busy in range(servers)) + full)


def kiefer_wolfowitz(gaps: Floats, services: Floats, servers: int) -> Floats:
    """Waits [caller, line] of G/G/c by the recursion of the sorted workloads (Kiefer and Wolfowitz 1955)."""
    work = np.zeros((gaps.shape[1], servers))
    waited = np.empty_like(gaps)
    for caller, (gap, service) in enumerate(zip(gaps, services, strict=True)):
        work = np.maximum(work - gap[:, None], 0.0)
        work.sort(axis=1)
        waited[caller] = work[:, 0]
        work[:, 0] += service
    return waited


@pytest.mark.parametrize(("servers", "busy"), [(1, 0.7), (2, 0.6), (5, 0.7), (10, 0.7)])
def test_waiting_agrees_with_erlang_c(servers: int, busy: float) -> None:
    draw = np.random.default_rng(servers)
    gaps, services = (draw.exponential(mean, (CALLERS, NIGHTS)) for mean in (1 / (servers * busy), 1.0))
    found = kiefer_wolfowitz(gaps, services, servers)[WARM_UP:]
    share, mean = float((found > 0).mean()), float(found.mean())
    formula = erlang_c(servers, servers * busy)
    formula_mean = formula / (servers - servers * busy)
    print(  # noqa: T201 - the figure this test is for
        f"M/M/{servers} at {busy:.0%}: waits {share:.4f} (Erlang C {formula:.4f}, {share / formula - 1:+.2%}), "
        f"mean {mean:.4f} services ({formula_mean:.4f}, {mean / formula_mean - 1:+.2%})"
    )
    assert share == pytest.approx(formula, rel=WITHIN)
    assert mean == pytest.approx(formula_mean, rel=WITHIN)
    assert queueing.erlang_c(servers, servers * busy) == pytest.approx(formula, rel=1e-12)


@pytest.mark.parametrize("servers", [1, 2, 5, 10])
def test_a_line_makes_people_wait_as_that_recursion_says_call_for_call(servers: int) -> None:
    draw = np.random.default_rng(servers)
    gaps, services = (draw.exponential(mean, (5000, 1)) for mean in (1 / (servers * 0.8), 1.0))
    by_recursion = kiefer_wolfowitz(gaps, services, servers)[:, 0]
    by_line = queueing.waits(gaps.cumsum().tolist(), services[:, 0].tolist(), servers)
    assert (by_recursion > 0).sum() > 1000
    assert by_line == pytest.approx(by_recursion.tolist(), abs=1e-6)


def a_place(patrols: int) -> Region:
    """One place, no way to go, so many patrols."""
    zone = Zone("Z", "Z", shapely.box(0.0, 0.0, 0.01, 0.01))
    unit = UnitRow(
        code="",
        institution="police",
        agency="A",
        place=Point(0.005, 0.005),
        capacity=1,
        capabilities=(),
        sealed=False,
        zone="Z",
    )
    return Region(
        name="one place",
        zones=Zones([zone]),
        places=[unit.place],
        zone_of=["Z"],
        seconds=np.zeros((1, 1), dtype=np.float32),
        patrols=[replace(unit, code=f"P{number}") for number in range(patrols)],
        population={},
        roads="none",
    )


def only_service(mean_s: float) -> Assumptions:
    """Nothing takes time but the service, which is exponential; nobody has other work or says no."""
    found = Assumptions()
    for name in (
        "answer_s", "place_s", "form_s", "other_calls", "silent", "declines", "seen_s", "crew_answer_s",
        "turnout_s", "other_work", "shift_change_s", "high", "extreme", "radio_s",
    ):  # fmt: skip
        found = found.with_value(name, 0.0)
    return replace(found, scene_s=replace(found.scene_s, value=mean_s, spread="exponential"))


def test_the_core_makes_people_wait_as_the_line_does() -> None:
    """Call for call: patrols under the core's own rules are so many servers before one queue."""
    patrols, mean_s, delivered_s = 3, 1000.0, 0.5
    plan = Plan(region=a_place(patrols), demand=Demand(a_day=220.0), assumptions=only_service(mean_s), days=2.0)
    played = play(plan, Policy.ROAD, seed=5)
    raised = [one.raised_at for one in played.timelines]
    legs = [one.legs[0] for one in played.timelines]
    asked = [leg.at(TimePoint.OFFERED) for leg in legs]
    clear = [leg.at(TimePoint.CLEAR) for leg in legs]
    services = [
        end - start for start, end in zip(asked, clear, strict=True) if start is not None and end is not None
    ]
    assert len(services) == len(raised) > 300
    assert min(services) >= delivered_s
    waited = [start - at for start, at in zip(asked, raised, strict=True) if start is not None]
    assert sum(wait > 1.0 for wait in waited) > 100
    assert waited == pytest.approx(queueing.waits(raised, services, patrols), abs=1e-3)
