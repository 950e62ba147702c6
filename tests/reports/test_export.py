"""What leaves a report says which definitions and which period it is of."""

import csv
import io
import json
from zoneinfo import ZoneInfo

from app.dispatch import events as e
from app.reports.export import as_csv, as_dict, as_text
from app.reports.response_times import Period, Row, summarise
from tests.reports.builders import START, Story

NOW = START + 3600
PERIOD = Period(start=START, end=START + 86_400)


def some_rows() -> list[Row]:
    told = [
        Story("a1", zone='sector "2", norte').served(1, 5, 35, 250.4).timeline,
        Story("a2", zone="centro", received=900).served(1, 5, 10, 600).timeline,
        Story("a3", zone="centro").stuck(0).timeline,
        Story("a4", zone="centro").offered(0).says(5, e.Accepted).says(4000, e.ArrivedOnScene).timeline,
    ]
    return summarise(told, ("institution", "zone"), ["turnout", "response"], at=NOW)


def test_json_says_version_definitions_and_period() -> None:
    report = json.loads(json.dumps(as_dict(some_rows(), PERIOD, NOW)))
    assert report["definitions_version"] == 2
    assert report["period"] == {"from": "2023-11-14T22:13:20.000Z", "to": "2023-11-15T22:13:20.000Z"}
    assert [(one["number"], one["formula"]) for one in report["definitions"]] == [(3, "T7 − T6"), (8, "T8 − T0")]
    assert report["percentiles"] == "linear interpolation (PERCENTILE_CONT)"
    centro = next(
        row for row in report["rows"] if row["interval"] == "response" and row["group"]["zone"] == "centro"
    )
    assert (centro["n"], centro["unattended"], centro["negative"], centro["negative_alerts"]) == (1, 1, 1, ["a2"])
    assert (centro["p50_s"], centro["waited_longest_s"]) == (4000.0, 3600.0)


def test_csv_reads_back_and_every_line_says_version_and_period() -> None:
    text = as_csv(some_rows(), PERIOD, NOW)
    assert text.count("\r\n") == text.count("\n") == 5
    lines = list(csv.DictReader(io.StringIO(text, newline="")))
    assert {(line["definitions_version"], line["period_from"]) for line in lines} == {
        ("2", "2023-11-14T22:13:20.000Z")
    }
    last = lines[-1]
    assert (last["zone"], last["interval"], last["formula"]) == ('sector "2", norte', "response", "T8 − T0")
    assert (last["n"], last["p50_s"], last["waited_longest_s"]) == ("1", "250.4", "")


def test_the_table_is_aligned_and_in_minutes_and_seconds() -> None:
    text = as_text(some_rows(), PERIOD, NOW, ZoneInfo("America/Mexico_City"))
    lines = text.splitlines()
    assert lines[0] == "Response times, definitions version 2, minutes:seconds"
    assert "2023-11-14 16:13-06:00" in lines[1]
    table = lines[3:8]
    assert len({len(line) for line in table}) == 1, "the last column is set to the right, so all lines end alike"
    assert table[-1].split()[-3:] == ["4:10", "4:10", "4:10"]
    assert "66:40" in table[-2]
    assert "60:00" in table[-2]
    assert "8 response = T8 − T0. From the earliest of its calls to the first police unit on scene" in text
    assert "Wrong data (ends before it starts): a2" in text


def test_a_report_without_rows_still_says_what_it_is() -> None:
    assert as_dict([], PERIOD, NOW)["rows"] == []
    assert as_csv([], PERIOD, NOW).startswith("definitions_version,")
    assert "definitions version 2" in as_text([], PERIOD, NOW)
