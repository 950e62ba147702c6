"""How long one waits after failures: nothing at first, then longer each time, and never for ever."""

import pytest

from app.security.throttle import FIRST_S, FORGOTTEN_S, FREE_ACCOUNT, LONGEST_S, counted, wait_s


def test_mistyping_costs_nothing_and_then_each_failure_doubles_the_wait() -> None:
    waits = [wait_s(failures, FREE_ACCOUNT) for failures in range(FREE_ACCOUNT + 4)]
    assert waits == [0.0] * (FREE_ACCOUNT + 1) + [FIRST_S, 2 * FIRST_S, 4 * FIRST_S]


@pytest.mark.parametrize("failures", [20, 1000, 10**9])
def test_nobody_waits_longer_than_the_longest_wait(failures: int) -> None:
    assert wait_s(failures, FREE_ACCOUNT) == LONGEST_S


def test_old_failures_are_forgotten() -> None:
    assert counted(7, failed_at=100.0, now=100.0 + FORGOTTEN_S - 1) == 7
    assert counted(7, failed_at=100.0, now=100.0 + FORGOTTEN_S) == 0
    assert LONGEST_S < FORGOTTEN_S, "else a wait would end by being forgotten"
