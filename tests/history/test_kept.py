"""An imported history in the center's database: by its name, beside the log, once, and gone when it is removed."""

import csv
import io
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from app.cli import app

from .test_twin import a_map, a_row, written

# ruff: noqa: DTZ001 - the times of an export are local and without their zone
DAY = datetime(2025, 6, 10, 12, 0)
Report = Callable[..., Result]


@pytest.fixture
def report(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Report:
    """Runs `naranja report` on a center of its own."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("NARANJA_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("NARANJA_TIME_ZONE", "America/Mexico_City")
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(app, ["report", *words])


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    """Twenty days with one case each, answered within 400 seconds; one of them is absurd."""
    rows = [a_row(f"c{n}", DAY + timedelta(days=n)) for n in range(20)]
    rows.append(a_row("slow", DAY, 0, 60, 90, 3 * 86_400, None))
    by = tmp_path / "map.json"
    by.write_text(a_map("America/Mexico_City").model_dump_json(exclude_none=True))
    return str(written(tmp_path, rows)), str(by)


def test_the_same_file_twice_changes_nothing_and_another_under_its_name_is_refused(
    report: Report, files: tuple[str, str], tmp_path: Path
) -> None:
    file, by = files
    first = report("import", file, "--map", by, "--json")
    assert first.exit_code == 0, first.output
    assert json.loads(first.stdout)["stored"] is True
    listed = report("sources", "--json").stdout
    again = report("import", file, "--map", by, "--json")
    assert json.loads(again.stdout)["stored"] is False
    assert report("sources", "--json").stdout == listed
    (source,) = json.loads(listed)["sources"]
    assert (source["name"], source["cases"], source["refused"]) == ("twin", 21, {})
    assert source["lacks"] == ["T1", "T2", "T5", "T6", "T7", "T9", "T10", "T11", "T12", "T13", "T14"]
    Path(file).write_text(Path(file).read_text().replace("c0,", "d0,"))
    other = report("import", file, "--map", by)
    assert other.exit_code == 1
    assert "source_exists" in other.output
    assert report("sources", "--json").stdout == listed


def test_what_is_forgotten_is_gone_and_cannot_be_asked_for(report: Report, files: tuple[str, str]) -> None:
    file, by = files
    assert report("import", file, "--map", by).exit_code == 0
    assert report("forget", "twin").exit_code == 0
    assert json.loads(report("sources", "--json").stdout) == {"sources": []}
    for words in (("forget", "twin"), ("--source", "twin"), ("compare", "--before-source", "twin")):
        refused = report(*words)
        assert refused.exit_code == 1
        assert "unknown_source" in refused.output
    assert report("import", file, "--map", by).exit_code == 0


def test_reports_of_a_source_are_of_all_of_it_and_say_whose_they_are(
    report: Report, files: tuple[str, str]
) -> None:
    file, by = files
    report("import", file, "--map", by)
    said = json.loads(report("--source", "twin", "--by", "", "--json").stdout)
    row = next(row for row in said["rows"] if row["interval"] == "response")
    assert (row["n"], row["p50_s"], row["p90_s"], row["absurd"], row["absurd_alerts"]) == (
        20,
        400,
        400,
        1,
        ["slow"],
    )
    assert next(row for row in said["rows"] if row["interval"] == "safety")["missing"] == 21
    assert said["about"]["history"] == "twin: made here"
    assert said["about"]["history_instead"] == "ninguna"
    text = report("--source", "twin", "--by", "", "--lang", "en").stdout
    assert "Source: twin: made here" in text
    assert "Errors in the data: 0 that end before they start, 1 that last longer than possible" in text
    few = json.loads(report("--source", "twin", "--by", "", "--from", "2025-06-29", "--json").stdout)
    assert few["rows"] == [], "two cases are too few to be told"
    listed = list(csv.DictReader(io.StringIO(report("errors", "--source", "twin", "--csv").stdout)))
    assert [(line["folio"], line["definition"], line["seconds"]) for line in listed] == [("slow", "17", "259200")]
    assert json.loads(report("--by", "", "--json").stdout)["rows"] == [], "it is not in the log"


def test_a_before_from_another_system_is_compared_with_an_after(
    report: Report, files: tuple[str, str], tmp_path: Path
) -> None:
    file, by = files
    report("import", file, "--map", by)
    later = [a_row(f"e{n}", DAY + timedelta(days=100 + n), 0, 30, 60, 200, 3000) for n in range(20)]
    (tmp_path / "after").mkdir()
    quick = tmp_path / "quick.json"
    instead: dict[str, Any] = {"name": "quick", "instead": {"T1": "T0"}}
    quick.write_text(a_map("America/Mexico_City", **instead).model_dump_json(exclude_none=True))
    assert report("import", str(written(tmp_path / "after", later)), "--map", str(quick)).exit_code == 0
    words = ["compare", "--source", "quick", "--before-source", "twin", "--lang", "en"]
    lines = list(csv.DictReader(io.StringIO(report(*words, "--csv").stdout)))
    (half,) = [line for line in lines if line["measure"] == "P50"]
    assert (half["before"], half["after"], half["change"]) == ("6:40", "3:20", "-200")
    assert half["before_history"] == "twin: made here"
    assert half["history_instead"] == "T1: T0 was used in its place"
    assert [(line["before"], line["after"]) for line in lines if line["measure"] == "absurd data"] == [("*", "0")]
    backwards = report("compare", "--source", "twin", "--before-source", "quick")
    assert "bad_period" in backwards.output
    assert "bad_period" in report("compare").output
    for ending in ("csv", "xlsx", "pdf", "parquet", "geojson"):
        to = tmp_path / f"made.{ending}"
        assert report(*words, "--out", str(to)).exit_code == 0
        assert to.stat().st_size > 100
    assert "unknown_format" in report(*words, "--out", str(tmp_path / "made.doc")).output


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"clock": {"zone": "America/Atlantis", "formats": ["epoch"]}}, "bad_map"),
        ({"points": {"T16": "called"}}, "bad_map"),
        ({"points": {"T0": "telephone"}}, "unknown_column"),
        ({"instead": {"T0": "T3"}}, "bad_map"),
        ({"instead": {"T12": "T3"}}, "bad_map"),
        ({"institution": {"column": "how", "codes": {"x": "fire"}}}, "bad_map"),
        ({"name": "../etc"}, "bad_map"),
        ({"colour": "blue"}, "bad_map"),
        ({"encoding": "utf-16"}, "bad_encoding"),
        ({"delimiter": ";"}, "unknown_column"),
        ({"points": {"T0": "zone"}}, "no_case"),
    ],
)
def test_a_map_that_does_not_fit_is_refused_and_nothing_is_stored(
    report: Report, files: tuple[str, str], tmp_path: Path, change: dict[str, Any], code: str
) -> None:
    file, by = files
    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps({**json.loads(Path(by).read_text()), **change}))
    refused = report("import", file, "--map", str(wrong))
    assert refused.exit_code == 1
    assert code in refused.output
    assert json.loads(report("sources", "--json").stdout) == {"sources": []}


def test_a_map_or_a_file_that_is_not_there_or_no_yaml_is_refused(
    report: Report, files: tuple[str, str], tmp_path: Path
) -> None:
    file, by = files
    (tmp_path / "broken.yaml").write_text("a: [")
    assert "bad_map" in report("import", file, "--map", str(tmp_path / "broken.yaml"), "--dry-run").output
    assert "bad_map" in report("import", file, "--map", str(tmp_path / "none.yaml"), "--dry-run").output
    assert "bad_file" in report("import", str(tmp_path / "none.csv"), "--map", by, "--dry-run").output
