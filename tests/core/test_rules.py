"""Which of a center's numbers count when, and what is made of them."""

from dataclasses import replace

import pytest

from app.dispatch.model import Institution, Level
from app.dispatch.rules import RuleBook, Rules
from tests.builders import START

FIRST, SECOND, THIRD = Rules(shortlist=1), Rules(shortlist=2), Rules(shortlist=3)
BOOK = RuleBook(pages=((START, FIRST), (START + 100, SECOND), (START + 200, THIRD)))


@pytest.mark.parametrize(
    ("after_s", "counts"),
    [
        (-1e9, FIRST),
        (0, FIRST),
        (99.9, FIRST),
        (100, SECOND),
        (199.9, SECOND),
        (200, THIRD),
        (1e9, THIRD),
    ],
)
def test_rules_count_from_their_date_until_the_next_and_the_first_before_all(
    after_s: float, counts: Rules
) -> None:
    assert BOOK.at(START + after_s) is counts


def test_a_center_that_has_set_nothing_has_the_usual_rules() -> None:
    assert RuleBook().at(START) == Rules()


def test_patient_rules_wait_longer_for_every_answer_and_change_nothing_else() -> None:
    rules = Rules(shortlist=7)
    patient = rules.patient(10.0)
    for institution in Institution:
        for level in Level:
            usual, longer = rules.clock(institution, level), patient.clock(institution, level)
            assert longer.seen_within_s == usual.seen_within_s + 10
            assert longer.answer_within_s == usual.answer_within_s + 10
    assert replace(patient, clocks=rules.clocks) == rules
