"""Tests wait as long as it takes: no wait has a bound of its own, a promise of seconds is tried more than once."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.patience import ATTEMPTS_MAX, promised

TESTS = Path(__file__).parent
BOUNDED = {"timeout": 0, "wait_for": 1}
"""What bounds a wait -> which of its arguments is the bound."""


def bounds_in_numbers(source: str) -> Iterator[int]:
    """The lines where a wait is bounded by a number: machines are slow now and then, and it fails for nothing."""
    for call in ast.walk(ast.parse(source)):
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
            continue
        place = BOUNDED.get(call.func.attr)
        if place is not None and any(isinstance(bound, ast.Constant) for bound in call.args[place : place + 1]):
            yield call.lineno


def test_no_wait_of_a_test_has_a_bound_of_its_own() -> None:
    found = {
        f"{file.relative_to(TESTS)}:{line}"
        for file in TESTS.rglob("*.py")
        for line in bounds_in_numbers(file.read_text(encoding="utf-8"))
    }
    assert found == set()


@pytest.mark.parametrize("wait", ["asyncio.timeout(5)", "asyncio.wait_for(heard.wait(), 10.0)"])
def test_a_wait_with_a_bound_of_its_own_is_found(wait: str) -> None:
    assert list(bounds_in_numbers(wait)) == [1]


async def test_a_promise_that_is_kept_once_is_kept_and_one_that_never_is_fails() -> None:
    took_s = [3.0, 2.5, 1.0, 9.0]

    async def attempt() -> float:
        return took_s.pop(0)

    await promised(2.0, attempt)
    assert took_s == [9.0]

    async def late() -> float:
        took_s.append(9.0)
        return 9.0

    with pytest.raises(AssertionError, match=r"9\.0"):
        await promised(2.0, late)
    assert len(took_s) == 1 + ATTEMPTS_MAX
