"""What cannot be true is counted and listed by folio, and is in no percentile."""

from zoneinfo import ZoneInfo

import pytest

from app.dispatch import events as e
from app.reports.data_errors import data_errors
from app.reports.figures import response_times
from app.reports.frame import Frame
from app.reports.intervals import DAY_S, INTERVALS
from app.reports.response_times import Period, summarise
from app.reports.timeline import Timeline
from tests.reports.builders import START, Story

NOW = START + 90 * DAY_S
FRAME = Frame(
    period=Period(start=START, end=NOW), at=NOW, time_zone=ZoneInfo("America/Mexico_City"), language="en", floor=1
)


def alerts() -> list[Timeline]:
    return [
        *(Story(f"s{n}").served(1, 5, 10, 300 + n).timeline for n in range(8)),
        Story("early", received=900).served(1, 5, 10, 600).timeline,
        Story("late").served(1, 5, 10, 2 * DAY_S).timeline,
        Story("safe").served(1, 5, 10, 300).says(40 * DAY_S, e.ReachedSafety).timeline,
    ]


def test_each_is_listed_with_its_definition_and_its_length_but_never_how_far_a_shelter_is() -> None:
    table = data_errors(alerts(), FRAME)
    keys = [column.key for column in table.columns]
    listed = [dict(zip(keys, row, strict=True)) for row in table.rows]
    found = {(line["alert"], line["interval"]): (line["definition"], line["seconds"]) for line in listed}
    assert found == {
        ("early", "Response"): (17, -300),
        ("early", "Answering"): (20, -900),
        ("late", "Response"): (17, 172_800),
        ("late", "Travel"): (16, 172_790),
        ("safe", "Safety"): (18, None),
    }
    assert {line["folio"] for line in listed} == {"N-1"}
    assert table.sentence.startswith("Intervals that cannot be: 5; ending before they start: 2")
    assert table.notes[0].startswith("Holds single cases")


def test_they_are_counted_in_the_facts_and_are_in_no_percentile() -> None:
    rows = summarise(alerts(), (), ["response"], at=NOW)
    (row,) = rows
    assert (row.n, row.negative, row.absurd, row.subjects) == (9, 1, 1, 11)
    assert (row.p95_s or 0.0) < 400
    assert (row.mean_s or 0.0) < 400
    facts = {fact.key: fact.text for fact in response_times(rows, (), FRAME).facts}
    assert facts["data_errors"] == "1 that end before they start, 1 that last longer than possible"
    assert any("early, late" in note for note in response_times(rows, (), FRAME).notes)


@pytest.mark.parametrize("over_s", [0, 1])
def test_the_bound_itself_can_still_be_true(over_s: int) -> None:
    bound = INTERVALS["response"].absurd_s
    (row,) = summarise([Story().served(1, 5, 10, bound + over_s).timeline], (), ["response"], at=NOW)
    assert (row.n, row.absurd) == (1 - over_s, over_s)


def test_every_definition_states_its_bound() -> None:
    for interval in INTERVALS.values():
        assert interval.absurd_s == (30 * DAY_S if interval.name in {"safety", "order"} else DAY_S)
    notes = response_times(summarise(alerts(), (), at=NOW), (), FRAME).notes
    assert sum("is an error in the data" in note for note in notes) == len(INTERVALS)
