"""A file made here with every fault planted in known numbers: exactly these are counted, and nothing else."""
# ruff: noqa: DTZ001 - the times of an export are local and without their zone

import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.history.case import told
from app.history.map import HistoryMap
from app.history.reading import History, read_history
from app.history.refused import Reason, Remark
from app.reports.points import TimePoint
from app.reports.response_times import summarise

NOW = datetime(2026, 6, 1, tzinfo=UTC).timestamp()
COLUMNS = ("id", "zone", "called", "entered", "sent", "arrived", "closed", "how")
NIGHTS = {
    "America/Tijuana": (datetime(2025, 3, 9, 2, 30), datetime(2025, 11, 2, 1, 30)),
    "America/New_York": (datetime(2025, 3, 9, 2, 30), datetime(2025, 11, 2, 1, 30)),
    "Europe/Madrid": (datetime(2025, 3, 30, 2, 30), datetime(2025, 10, 26, 2, 30)),
}
"""Zone -> a local time that never came in spring 2025, and one that came twice in autumn."""
DAY = datetime(2025, 6, 10, 12, 0)


def a_map(zone: str, **more: Any) -> HistoryMap:
    clock = {"zone": zone, "formats": ["%Y-%m-%d %H:%M:%S"], **more.pop("clock", {})}
    points = {"T0": "called", "T3": "entered", "T4": "sent", "T8": "arrived", "T15": "closed"}
    given = {"name": "twin", "system": "made here", "id": "id", "zone": "zone", "points": points, "clock": clock}
    disposition = {"column": "how", "cancelled": ["C"], "duplicate": ["D"]}
    return HistoryMap.model_validate({**given, "disposition": disposition, "missing": ["-"], **more})


def a_row(id: str, begins: datetime, *steps: int | None, **cells: str) -> dict[str, str]:
    """A case whose points follow `begins` by so many seconds; None is not stamped."""
    names = ("called", "entered", "sent", "arrived", "closed")
    stamps = {
        name: "" if step is None else f"{begins + timedelta(seconds=step):%Y-%m-%d %H:%M:%S}"
        for name, step in zip(names, steps or (0, 60, 90, 400, 3000), strict=True)
    }
    return {"id": id, "zone": "centro", "how": "", **stamps, **cells}


def written(folder: Path, rows: list[dict[str, str]]) -> Path:
    file = folder / "twin.csv"
    with file.open("w", newline="") as text:
        lines = csv.DictWriter(text, COLUMNS)
        lines.writeheader()
        lines.writerows(rows)
    return file


def planted(zone: str) -> list[dict[str, str]]:
    """Ten sound cases, and after them each fault as often as `PLANTED` says."""
    never, twice = NIGHTS[zone]
    same = a_row("same", DAY)
    return [
        *(a_row(f"sound-{n}", DAY + timedelta(hours=n)) for n in range(10)),
        *(a_row(f"never-{n}", never + timedelta(minutes=n)) for n in range(3)),
        *(a_row(f"twice-{n}", twice + timedelta(minutes=n), 0, 1, 2, 3, 4) for n in range(4)),
        *(a_row(f"future-{n}", DAY + timedelta(days=9_000)) for n in range(2)),
        *(a_row(f"unread-{n}", DAY, arrived="soon") for n in range(2)),
        a_row("", DAY),
        a_row("-", DAY),
        a_row("none", DAY, None, None, None, None, None),
        same,
        same,
        a_row("same", DAY + timedelta(seconds=1)),
        a_row("x" * 61, DAY),
        *(a_row(f"reversed-{n}", DAY, 0, 60, 50, 400, 3000) for n in range(3)),
        *(a_row(f"before-{n}", DAY, 0, 60, 90, -10, 3000) for n in range(2)),
        *(a_row(f"no-arrival-{n}", DAY, 0, 60, 90, None, 3000) for n in range(5)),
        a_row("no-call", DAY, None, 60, 90, 400, 3000),
        *(a_row(f"at-once-{n}", DAY, 0, 60, 60, 400, 3000) for n in range(2)),
        a_row("two-days", DAY, 0, 60, 90, 2 * 86_400, 3 * 86_400),
        a_row("called-off", DAY, 0, 60, 90, None, 200, how="C"),
        a_row("again", DAY, 0, 60, None, None, 70, how="D"),
    ]


REFUSED = {
    "skipped_stamp": 3,
    "repeated_stamp": 4,
    "future_stamp": 2,
    "bad_stamp": 2,
    "no_id": 2,
    "no_stamp": 1,
    "duplicate_row": 1,
    "duplicate_id": 1,
    "too_long": 1,
}
REMARKED = {
    "missing_stamp": {"T0": 1, "T4": 1, "T8": 7},
    "same_stamp": {"T4": 2},
    "reversed_stamp": {"T4": 3, "T8": 2},
    "negative_interval": {"processing": 3, "response": 2},
    "absurd_interval": {"response": 1},
}


@pytest.mark.parametrize("zone", NIGHTS)
def test_exactly_what_was_planted_is_counted(tmp_path: Path, zone: str) -> None:
    rows = planted(zone)
    found = read_history(written(tmp_path, rows), a_map(zone), NOW)
    assert found.refused == REFUSED
    assert found.remarked == REMARKED
    assert found.rows == len(rows)
    assert len(found.cases) == len(rows) - sum(REFUSED.values())


@pytest.mark.parametrize("zone", NIGHTS)
def test_the_report_counts_the_wrong_ones_and_measures_none_of_them(tmp_path: Path, zone: str) -> None:
    by = a_map(zone)
    found = read_history(written(tmp_path, planted(zone)), by, NOW)
    (row,) = summarise([told(case, by) for case in found.cases], (), ["response"], at=found.until)
    assert (row.negative, row.absurd, row.cancelled, row.excluded) == (2, 1, 1, 1)
    assert (row.missing, row.unattended) == (1, 5), "one call has no T0, five have no arrival"
    assert (row.n, row.p50_s, row.p95_s) == (10 + 1 + 3 + 2, 400.0, 400.0)
    assert row.subjects == len(found.cases)
    assert (row.negative_alerts, row.absurd_alerts) == (("before-0", "before-1"), ("two-days",))


@pytest.mark.parametrize(
    ("choice", "offset_s"), [("earlier", 0), ("later", 3600)], ids=["the first time", "the second time"]
)
@pytest.mark.parametrize("zone", NIGHTS)
def test_what_came_twice_is_the_one_that_the_map_says(
    tmp_path: Path, zone: str, choice: str, offset_s: int
) -> None:
    twice = NIGHTS[zone][1]
    by = a_map(zone, clock={"repeated": choice})
    (case,) = read_history(written(tmp_path, [a_row("a", twice)]), by, NOW).cases
    first = twice.replace(tzinfo=ZoneInfo(zone), fold=0).timestamp()
    assert case.stamps[TimePoint.RECEIVED] == first + offset_s


@pytest.mark.parametrize("zone", NIGHTS)
def test_what_never_came_is_before_or_after_the_gap_as_the_map_says(tmp_path: Path, zone: str) -> None:
    never = NIGHTS[zone][0]
    at = {}
    for choice in ("earlier", "later"):
        by = a_map(zone, clock={"skipped": choice})
        row = a_row("a", never, 0, 1, 2, 3, 4)
        (case,) = read_history(written(tmp_path, [row]), by, NOW).cases
        at[choice] = datetime.fromtimestamp(case.stamps[TimePoint.RECEIVED], ZoneInfo(zone)).replace(tzinfo=None)
    assert at == {"earlier": never - timedelta(hours=1), "later": never + timedelta(hours=1)}


def test_a_stamp_that_brings_its_offset_is_never_in_doubt(tmp_path: Path) -> None:
    by = a_map("America/New_York", clock={"formats": ["%Y-%m-%dT%H:%M:%S%z", "epoch"]})
    row = a_row("a", DAY, None, None, None, None, None)
    row |= {"called": "2025-11-02T01:30:00-0500", "arrived": "1762065060.5"}
    (case,) = read_history(written(tmp_path, [row]), by, NOW).cases
    assert case.stamps[TimePoint.RECEIVED] == datetime(2025, 11, 2, 6, 30, tzinfo=UTC).timestamp()
    assert case.served[0].stamps[TimePoint.ON_SCENE] == 1_762_065_060.5


def test_an_interval_over_a_change_of_clocks_is_as_long_as_it_was(tmp_path: Path) -> None:
    """23:50 to 03:10 in the night when clocks go forward is two hours and twenty minutes."""
    by = a_map("America/New_York")
    row = {**a_row("a", datetime(2025, 3, 8, 23, 50)), "arrived": "2025-03-09 03:10:00"}
    found = read_history(written(tmp_path, [row]), by, NOW)
    (figure,) = summarise([told(found.cases[0], by)], (), ["response"], at=NOW)
    assert figure.p50_s == 8_400.0


def test_the_units_of_a_case_are_put_together_and_the_same_unit_is_not_counted_twice(tmp_path: Path) -> None:
    by = a_map("UTC", rows="unit", unit="how", disposition=None)
    rows = [
        a_row("a", DAY, 0, 60, 90, 500, 3000, how="P1"),
        a_row("a", DAY, 5, 60, 95, 300, 3100, how="P2"),
        a_row("a", DAY, 0, 60, 90, 100, 3000, how="P1"),
        a_row("a", DAY, how=""),
    ]
    found = read_history(written(tmp_path, rows), by, NOW)
    assert found.refused == {"duplicate_id": 1, "no_id": 1}
    (case,) = found.cases
    assert [one.unit for one in case.served] == ["P1", "P2"]
    (response,) = summarise([told(case, by)], ("unit",), ["response"], at=NOW)
    assert (dict(response.group)["unit"], response.p50_s) == ("P2", 300.0)


def test_every_reason_and_remark_is_planted_somewhere() -> None:
    elsewhere = {Reason.BAD_ROW, Reason.TOTAL, Reason.UNKNOWN_CODE}
    assert {one.value for one in set(Reason) - elsewhere} == set(REFUSED)
    assert {one.value for one in Remark} == set(REMARKED)


def test_rows_that_are_no_cases_and_codes_that_no_map_names_are_refused(tmp_path: Path) -> None:
    file = written(tmp_path, [a_row("a", DAY, how="9")])
    file.write_text(file.read_text() + "b,centro\n")
    level = {"column": "how", "codes": {1: "high"}}
    assert refused_by(file, a_map("UTC", level=level)) == {"unknown_code": 1, "bad_row": 1}
    assert refused_by(file, a_map("UTC", rows="total")) == {"total": 1, "bad_row": 1}


def refused_by(file: Path, by: HistoryMap) -> Any:
    found: History = read_history(file, by, NOW)
    return found.refused


def test_the_command_counts_without_a_database_and_lists_rows_without_their_cells(tmp_path: Path) -> None:
    rows = planted("Europe/Madrid")
    file, by, listed = written(tmp_path, rows), tmp_path / "map.json", tmp_path / "refused.csv"
    by.write_text(a_map("Europe/Madrid").model_dump_json(exclude_none=True))
    words = ["report", "import", str(file), "--map", str(by), "--dry-run", "--json", "--refused", str(listed)]
    run = CliRunner().invoke(app, words)
    assert run.exit_code == 0, run.output
    said = json.loads(run.stdout)
    assert said["refused"] == REFUSED
    assert (said["stored"], said["remarked"]) == (None, REMARKED)
    with listed.open(newline="") as text:
        lines = list(csv.DictReader(text))
    assert set(lines[0]) == {"row", "reason", "where", "taken"}
    assert len({line["row"] for line in lines if line["taken"] == "no"}) == sum(REFUSED.values())
    assert {rows[int(line["row"]) - 2]["id"][:5] for line in lines if line["reason"] == "skipped_stamp"} == {
        "never"
    }
    assert "centro" not in listed.read_text()
    assert "sound" not in listed.read_text()
