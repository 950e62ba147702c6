"""Figures that may leave the house: what is hidden of a small group and of the one beside it; safety is coarse."""

from app.dispatch import events as e
from app.reports.figures import LENGTHS, machine_rows, response_times, told
from app.reports.frame import Frame
from app.reports.response_times import KEYS, Period, Shifts, summarise
from app.reports.timeline import Timeline, timelines
from tests.reports.builders import PROSECUTOR, START, Story
from tests.reports.test_export import ZONE

NOW = START + 3600
FRAME = Frame(period=Period(start=START, end=NOW), at=NOW, time_zone=ZONE)


def alerts(zone: str, came: int, nobody: int = 0) -> list[Timeline]:
    return [
        *(Story(f"{zone}{n}", zone=zone).served(0, 5, 10, 100 + 10 * n).timeline for n in range(came)),
        *(Story(f"{zone}-{n}", zone=zone).stuck(0).timeline for n in range(nobody)),
    ]


def cells(*groups: list[Timeline]) -> dict[str, dict[str, str]]:
    rows = summarise([one for group in groups for one in group], ("zone",), ["response"], at=NOW)
    table = response_times(rows, ("zone",), FRAME)
    return {
        line[2]: {column.key: cell for column, cell in zip(table.columns, line, strict=True)}
        for line in table.shown()
    }


def test_of_a_small_group_nothing_is_told_and_of_the_one_beside_it_no_count_and_no_mean() -> None:
    found = cells(alerts("centro", 4), alerts("norte", 9), alerts("sur", 20))
    assert set([*found["centro"].values()][3:]) == {"*"}
    assert (found["norte"]["n"], found["norte"]["mean_s"], found["norte"]["verified"]) == ("*", "*", "*")
    assert (found["norte"]["p50_s"], found["norte"]["p90_s"]) == ("2:20", "2:52")
    assert (found["sur"]["n"], found["sur"]["mean_s"]) == ("20", "3:15")


def test_twelve_calls_nobody_came_to_are_told_and_four_that_were_attended_are_no_percentile() -> None:
    found = cells(alerts("centro", 0, 12), alerts("norte", 4, 8), alerts("sur", 30))
    assert (found["centro"]["n"], found["centro"]["unattended"]) == ("0", "12")
    assert (found["norte"]["n"], found["norte"]["unattended"], found["norte"]["p50_s"]) == ("4", "8", "*")
    assert found["norte"]["within"] == "*"
    assert found["sur"]["mean_s"] == "*", "with the mean of all it would give that of the four away"


def test_where_every_group_is_small_there_is_no_table() -> None:
    rows = summarise([*alerts("centro", 2), *alerts("norte", 3)], ("zone",), ["response"], at=NOW)
    table = response_times(rows, ("zone",), FRAME)
    assert table.rows == ()
    assert table.sentence == "Demasiado pocos casos para agruparlos así."
    assert machine_rows(rows, FRAME.floor) == []


def test_the_rows_for_programs_hide_the_same() -> None:
    rows = summarise([*alerts("centro", 4), *alerts("norte", 9)], ("zone",), ["response"], at=NOW)
    small, beside = machine_rows(rows, FRAME.floor)
    assert (small["hidden"], small["n"], small["p50_s"]) == (True, None, None)
    assert (beside["hidden"], beside["n"], beside["p50_s"], beside["mean_s"]) == (True, None, 140.0, None)
    assert [line.counts for line in told(rows, 1)] == [True, True]


def test_how_long_it_took_to_safety_is_told_of_ten_or_more_and_in_steps_of_a_quarter_of_an_hour() -> None:
    alerts = [
        Story(f"a{number}").served(0, 5, 10, 300).says(900, e.Departed).says(1517, e.ReachedSafety).timeline
        for number in range(10)
    ]
    rows = summarise(alerts, (), ["safety"], at=NOW)
    assert rows[0].p50_s == 1517
    table = response_times(rows, (), Frame(period=FRAME.period, at=NOW, time_zone=ZONE, floor=1))
    lengths = [place for place, column in enumerate(table.columns) if column.key in LENGTHS]
    assert {table.rows[0][place] for place in lengths} == {1800}
    assert machine_rows(rows, 1)[0]["p50_s"] == machine_rows(rows, 1)[0]["mean_s"] == 1800.0
    few = machine_rows(summarise(alerts[1:], (), ["safety"], at=NOW), 1)
    assert [row["p50_s"] for row in few] == [None] * len(few)


def test_every_key_groups_and_the_clocks_are_those_of_the_call() -> None:
    stories = [Story("a").served(0, 5, 10, 300), Story("b", needs=(PROSECUTOR,))]
    told_ = [timelines(story.log, "north")[story.alert] for story in stories]
    shifts = Shifts(time_zone=ZONE)
    groups = {
        key: [dict(row.group)[key] for row in summarise(told_, (key,), ["processing"], at=NOW, shifts=shifts)]
        for key in KEYS
    }
    assert groups == {
        "institution": ["police", "prosecutor"],
        "zone": ["centro"],
        "level": ["standard"],
        "unit": ["P-1", "none"],
        "center": ["north"],
        "shift": ["14-22"],
        "hour": ["16"],
        "weekday": ["2"],
        "day": ["2023-11-14"],
        "week": ["2023-W46"],
    }
    (row,) = summarise(told_[:1], ("unit",), ["safety"], at=NOW)
    assert row.group == (("unit", "all"),), "it is no one unit's, and would tell of a shelter"


def test_the_unit_of_a_response_is_the_first_that_came() -> None:
    story = Story().served(0, 5, 10, 200, "P-1").says(300, e.Withdrawn, "P-1").served(301, 302, 303, 500, "P-2")
    (row,) = summarise([story.timeline], ("unit",), ["response"], at=NOW)
    assert row.group == (("unit", "P-1"),)
    (travel,) = summarise([story.timeline], ("unit",), ["travel"], at=NOW)
    assert travel.group == (("unit", "P-2"),)
