"""Fifteen exports of real dispatch systems: each comes in by a map alone, each row that does not is counted."""

import csv
import math
import statistics
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import asyncpg
import numpy as np
import pytest
from statsmodels.duration.survfunc import SurvfuncRight

from app.children.postgres import EmbeddedPostgres
from app.history.case import told
from app.history.map import read_map
from app.history.reading import History, read_history
from app.reports.censored import quantiles
from app.reports.intervals import INTERVALS, Outcome, observe
from app.reports.ordered import one_group
from app.reports.points import TimePoint
from app.reports.response_times import Row, summarise
from app.reports.timeline import Timeline

ROOT = Path(__file__).parents[2]
MAPS = ROOT / "docs" / "maps"
FOLDER = ROOT.parent / "shared" / "data" / "cad"
NOW = 1_790_000_000.0
"""2026-09-21 UTC."""

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not FOLDER.is_dir(), reason="the folder of real data is not beside the project"),
]

SAMPLES: Mapping[str, tuple[str, int, dict[str, int], dict[str, dict[str, int]]]] = {
    "connecticut-fire-2014": ("connecticut_fire_2014", 10, {}, {"same_stamp": {"T8": 2, "T13": 2}}),
    "illinois-fire-totals": ("fire_calls_tp88", 0, {"total": 10}, {}),
    "lapd-calls-2014": ("lapd_calls_2014", 10, {}, {}),
    "lapd-calls-2016": ("lapd_calls_2016", 10, {}, {}),
    "nola-calls-2011": ("nola_calls_2011", 10, {}, {"missing_stamp": {"T4": 10, "T8": 10}}),
    "nola-calls-2013": (
        "nola_calls_2013",
        10,
        {},
        {"missing_stamp": {"T4": 1, "T8": 3}, "same_stamp": {"T4": 1}},
    ),
    "nyc-fire-dispatch": ("nyc_fire_dispatch", 10, {}, {}),
    "hartford-police-2016": ("police_calls_2016_current", 10, {}, {}),
    "rockford-police": ("rockford_pd_72h", 10, {}, {}),
    "santa-rosa-police": ("santa_rosa_pd_calls", 10, {}, {}),
    "seattle-police": ("seattle_911_police", 10, {}, {"missing_stamp": {"T8": 10}}),
    "seattle-fire": ("seattle_fire_911", 9, {"no_id": 1}, {}),
    "sf-fire-calls": ("sf_fire_calls", 10, {}, {"missing_stamp": {"T7": 2, "T8": 1, "T13": 1}}),
    "sf-police-calls": ("sf_police_calls", 10, {}, {}),
    "ssmma-police": ("ssmma_police_calls", 0, {"no_stamp": 10}, {}),
}
"""Map -> file, cases, rows refused by reason, what is said of rows that were taken."""


def imported(name: str) -> History:
    return read_history(FOLDER / f"{SAMPLES[name][0]}.csv", read_map(MAPS / f"{name}.yaml"), NOW)


def timelines_of(name: str) -> list[Timeline]:
    by = read_map(MAPS / f"{name}.yaml")
    return [told(case, by) for case in imported(name).cases]


def figures(name: str) -> dict[str, Row]:
    return {row.interval.name: row for row in summarise(timelines_of(name), (), at=NOW)}


def test_every_sample_has_a_map_and_every_map_a_sample() -> None:
    assert {file for file, *_ in SAMPLES.values()} == {file.stem for file in FOLDER.glob("*.csv")}
    assert (
        set(SAMPLES) == {file.stem for file in MAPS.glob("*.yaml")} == {read_map(f).name for f in MAPS.glob("*")}
    )


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_comes_in_by_its_map_and_every_other_row_is_counted_by_reason(name: str) -> None:
    _, cases, refused, remarked = SAMPLES[name]
    counts = imported(name).counts()
    assert counts == {
        "rows": 10,
        "taken": 10 - sum(refused.values()),
        "cases": cases,
        "refused": refused,
        "remarked": remarked,
    }


@pytest.mark.parametrize("name", SAMPLES)
def test_nobody_is_left_out_of_any_interval(name: str) -> None:
    cases = SAMPLES[name][1]
    rows = figures(name)
    assert set(rows) == (set(INTERVALS) if cases else set())
    assert {row.subjects for row in rows.values()} <= {cases}


@pytest.mark.parametrize(
    ("name", "n", "missing", "unattended"),
    [
        ("sf-fire-calls", 9, 0, 1),
        ("connecticut-fire-2014", 10, 0, 0),
        ("nola-calls-2013", 0, 9, 0),  # the record begins at T3, and one case is a duplicate of another
        ("nyc-fire-dispatch", 0, 10, 0),
        ("lapd-calls-2014", 0, 10, 0),
        ("hartford-police-2016", 0, 10, 0),
    ],
)
def test_a_response_is_measured_only_where_the_record_has_both_its_ends(
    name: str, n: int, missing: int, unattended: int
) -> None:
    row = figures(name)["response"]
    assert (row.n, row.missing, row.unattended) == (n, missing, unattended)


def test_a_substitution_is_the_maps_and_not_ours() -> None:
    by = read_map(MAPS / "nola-calls-2013.yaml")
    cases = read_history(FOLDER / "nola_calls_2013.csv", by, NOW).cases
    said = by.model_copy(update={"instead": {TimePoint.RECEIVED: TimePoint.RAISED}})
    (plain,) = summarise([told(case, by) for case in cases], (), ["response"], at=NOW)
    (instead,) = summarise([told(case, said) for case in cases], (), ["response"], at=NOW)
    assert (plain.n, plain.p50_s) == (0, None)
    with (FOLDER / "nola_calls_2013.csv").open(newline="") as text:
        rows = [row for row in csv.DictReader(text) if row["timearrive"]]
    by_hand = [
        (datetime.fromisoformat(row["timearrive"]) - datetime.fromisoformat(row["timecreate"])).total_seconds()
        for row in rows
    ]
    assert (instead.n, instead.p50_s) == (len(by_hand), statistics.median(by_hand)) == (7, 378.0)


def test_new_yorks_own_figures_of_travel_and_dispatch_are_ours() -> None:
    with (FOLDER / "nyc_fire_dispatch.csv").open(newline="") as text:
        published = list(csv.DictReader(text))
    travel = [float(row["incident_travel_tm_seconds_qy"]) for row in published]
    dispatch = [float(row["dispatch_response_seconds_qy"]) for row in published]
    rows = figures("nyc-fire-dispatch")
    assert rows["processing"].n == len(dispatch)
    assert rows["processing"].p50_s == statistics.median(dispatch)
    # They count travel from the assignment, we from going en route: theirs is ours and the turnout together.
    both = [
        seen.seconds or 0.0
        for name in ("turnout", "travel")
        for one in timelines_of("nyc-fire-dispatch")
        for seen in observe(one, INTERVALS[name], NOW)
    ]
    assert len(travel) == 10
    assert sum(both) <= sum(travel)


def lengths_and_waits(name: str, interval: str) -> tuple[list[float], list[float]]:
    seen = [found for one in timelines_of(name) for found in observe(one, INTERVALS[interval], NOW)]
    return (
        [one.seconds for one in seen if one.outcome is Outcome.MEASURED and one.seconds is not None],
        [one.seconds for one in seen if one.outcome is Outcome.UNATTENDED and one.seconds is not None],
    )


MEASURED = [
    ("sf-fire-calls", "response"),
    ("sf-fire-calls", "processing"),
    ("sf-fire-calls", "travel"),
    ("connecticut-fire-2014", "response"),
    ("nyc-fire-dispatch", "processing"),
    ("nyc-fire-dispatch", "travel"),
    ("nola-calls-2013", "processing"),
]


@pytest.mark.parametrize(("name", "interval"), MEASURED)
async def test_percentiles_are_those_of_others_to_the_last_digit(
    postgres_server: EmbeddedPostgres, name: str, interval: str
) -> None:
    """PostgreSQL's to the bit. NumPy and Python's own interpolate in other orders, so their doubles may end
    one bit beside: they are compared in milliseconds, the last digit that a report tells."""
    lengths, _ = lengths_and_waits(name, interval)
    row = figures(name)[interval]
    assert row.n == len(lengths) > 1
    connection = await asyncpg.connect(postgres_server.dsn("postgres"))
    try:
        theirs = await connection.fetchval(
            "SELECT percentile_cont($1::float8[]) WITHIN GROUP (ORDER BY x) FROM unnest($2::float8[]) AS x",
            [0.5, 0.75, 0.9, 0.95],
            lengths,
        )
    finally:
        await connection.close()
    ours = [row.p50_s, row.p75_s, row.p90_s, row.p95_s]
    assert ours == theirs
    hundredths = statistics.quantiles(lengths, n=100, method="inclusive")
    milliseconds = [round(one, 3) for one in theirs]
    assert milliseconds == [round(hundredths[percent - 1], 3) for percent in (50, 75, 90, 95)]
    assert milliseconds == np.percentile(lengths, (50, 75, 90, 95)).round(3).tolist()


@pytest.mark.parametrize(("name", "interval"), MEASURED)
def test_those_who_wait_count_as_statsmodels_counts_them_to_the_last_digit(name: str, interval: str) -> None:
    lengths, waits = lengths_and_waits(name, interval)
    theirs = SurvfuncRight(np.array([*lengths, *waits]), np.array([1] * len(lengths) + [0] * len(waits)))
    for share in (0.5, 0.75, 0.9, 0.95):
        left = [at for at, p in zip(theirs.surv_times, theirs.surv_prob, strict=True) if p <= 1 - share + 1e-12]
        ours = float(quantiles(one_group(lengths), one_group(waits), [share])[0][0])
        assert ours == left[0] if left else math.isnan(ours)
    row = figures(name)[interval]
    both = quantiles(one_group(lengths), one_group(waits), (0.5, 0.9))
    assert [row.censored_p50_s, row.censored_p90_s] == [None if math.isnan(one[0]) else one[0] for one in both]
