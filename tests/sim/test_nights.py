"""Many nights over processes: what each gives does not depend on them, and every call of it counts once."""

from dataclasses import fields

import pytest

from app.reports.intervals import Outcome
from app.reports.seeds import Sample
from app.reports.trial_words import TRIAL_LABELS
from simulator.assumptions import Assumptions
from simulator.demand import Demand
from simulator.nights import Night, nights, told
from simulator.region import Region
from simulator.tornado import FACTORS, moved, nights_of
from simulator.trial import Plan, Policy, play


@pytest.fixture(scope="module")
def plan(region: Region) -> Plan:
    return Plan(region=region, demand=Demand(a_day=12.0), days=1.0)


def test_processes_change_nothing(plan: Plan) -> None:
    wanted = [Night(policy=policy, seed=seed) for policy in (Policy.OURS, Policy.BOUND) for seed in (1, 2)]
    assert list(nights(plan, wanted, workers=2)) == list(nights(plan, wanted, workers=1))


@pytest.mark.parametrize("policy", Policy)
def test_every_call_of_a_night_counts_once_whatever_became_of_it(plan: Plan, policy: Policy) -> None:
    played, found = play(plan, policy, 3), told(plan, policy, 3)
    assert sum(found.counts.values()) == len(played.responses)
    assert sorted(found.lengths_s) == sorted(one for one in played.responses.values() if one is not None)
    assert found.counts[Outcome.UNATTENDED] == len(found.waits_s)
    assert all(0 < wait <= 30 * 3600 for wait in found.waits_s)


def test_who_is_nobodys_alert_yet_waits_since_the_call(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = play(plan, Policy.OURS, 3)
    lost, *rest = whole.timelines
    cut = type(whole)(
        policy=whole.policy,
        seed=whole.seed,
        timelines=tuple(rest),
        responses={**whole.responses, lost.alert: None},
        at=whole.at,
    )
    monkeypatch.setattr("simulator.nights.play", lambda *_: cut)
    found = told(plan, Policy.OURS, 3)
    assert whole.at - lost.received_at in found.waits_s
    assert sum(found.counts.values()) == len(whole.responses)


def test_every_assumption_has_a_name_for_people() -> None:
    assert [one.name for one in fields(Assumptions) if f"assumption.{one.name}" not in TRIAL_LABELS] == []


def test_a_tornado_moves_one_assumption_at_a_time_on_the_same_seeds(plan: Plan) -> None:
    wanted = nights_of(plan.assumptions, (Policy.OURS, Policy.RELAY), (1, 2), ("scene_s", "turnout_s"))
    assert len(wanted) == (1 + 2 * len(FACTORS)) * 2 * 2
    assert {night.seed for night in wanted} == {1, 2}
    (longer,) = {
        night.of(plan).assumptions.turnout_s.value for night in wanted if night.scaled == ("turnout_s", 1.2)
    }
    assert longer == pytest.approx(1.2 * plan.assumptions.turnout_s.value)


def test_what_a_tornado_finds_is_how_far_each_mean_and_their_difference_move() -> None:
    wanted = nights_of(Assumptions(), (Policy.OURS, Policy.RELAY), (1, 2), ("scene_s", "turnout_s"))
    means = {
        None: (100.0, 1000.0),
        ("scene_s", 0.8): (99.0, 900.0),
        ("scene_s", 1.2): (101.0, 1200.0),
        ("turnout_s", 0.8): (90.0, 990.0),
        ("turnout_s", 1.2): (110.0, 1010.0),
    }
    samples = [
        Sample(seed=night.seed, lengths_s=(means[night.scaled][night.policy is Policy.RELAY] + night.seed,))
        for night in wanted
    ]
    first, second = moved(wanted, samples, Policy.OURS, Policy.RELAY)
    assert (first.name, second.name) == ("scene_s", "turnout_s")
    assert [one.value for one in first.these] == pytest.approx([-1, 1])
    assert [one.value for one in first.those] == pytest.approx([-100, 200])
    assert [one.value for one in first.difference] == pytest.approx([99, -199])
    assert [one.value for one in second.difference] == pytest.approx([0, 0])
    assert first.swing == pytest.approx(199)


def test_a_tornado_of_a_policy_that_reached_nobody_says_so() -> None:
    wanted = nights_of(Assumptions(), (Policy.OURS, Policy.RELAY), (1, 2), ("scene_s",))
    with pytest.raises(ValueError, match="reached nobody"):
        moved(wanted, [Sample(seed=night.seed, lengths_s=()) for night in wanted], Policy.OURS, Policy.RELAY)
