"""docs/scale.md says what its formulas say, from the settings and the phone's page as they are."""

import csv
import math
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from app.settings import Settings

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "scale.md").read_text()
ROW = re.compile(r"^\| `(\w+)` \| `([^`]+)` \| ([^|]+) \| ([^|]*)\| ([^|]*)\|$", re.MULTILINE)
DEMAND = ROOT.parent / "shared" / "data" / "cdmx" / "violencia_familiar_alcaldia_dow_hora_2024.csv"


def said(value: float) -> str:
    """A value as the page writes it: three digits that count, or whole."""
    return f"{value:.3g}" if abs(value) < 100 else f"{value:,.0f}"


def computed() -> dict[str, Any]:
    """Every name of the page by its formula, from the first to the last."""
    names: dict[str, Any] = {}
    for name, formula, *_ in ROW.findall(PAGE):
        assert name not in names, f"{name} is there twice"
        names[name] = eval(formula, {"__builtins__": {}, "ceil": math.ceil, "max": max}, names)
    return names


def test_every_value_is_what_its_formula_gives() -> None:
    values = computed()
    assert len(values) > 40
    written = {name: value.strip() for name, _, value, *_ in ROW.findall(PAGE)}
    assert written == {name: said(value) for name, value in values.items()}


def test_every_row_of_a_table_is_read_and_every_given_thing_has_its_source() -> None:
    assert len(ROW.findall(PAGE)) == len(re.findall(r"^\| `", PAGE, re.MULTILINE))
    given = PAGE[PAGE.index("## Given") : PAGE.index("## One country")]
    assert all(source.strip() for *_, source in ROW.findall(given))


def test_what_the_program_decides_is_as_the_program_has_it() -> None:
    values, fields = computed(), Settings.model_fields
    whereabouts = (ROOT / "web" / "src" / "unit" / "whereabouts.ts").read_text()
    assert f"MOVING_EVERY_MS = {values['fix_every_s']}_000;" in whereabouts
    assert values["sockets_process"] * 4 == fields["sockets_max"].default
    assert values["line_b"] == 2 * 40 / fields["ping_every_s"].default


def test_the_words_below_the_tables_say_what_the_tables_say() -> None:
    values = computed()
    assert round(1 / values["busiest_s"]) == 7
    assert 0.5 < values["storm_s"] < 1.5
    assert values["state_processes"] == 3
    assert 2 * 120 / values["state_eur"] > 0.8
    assert values["one_eur"] < values["country_eur"]


@pytest.mark.shared
@pytest.mark.skipif(not DEMAND.exists(), reason="the folder of real data is not beside the project")
def test_the_busiest_hour_is_that_of_the_real_calls() -> None:
    hours: Counter[tuple[str, str]] = Counter()
    with DEMAND.open() as file:
        for row in csv.DictReader(file):
            hours[row["dow"], row["hour"]] += int(row["n"])
    assert len(hours) == 7 * 24
    assert computed()["hour_peak"] == pytest.approx(max(hours.values()) / (hours.total() / len(hours)), abs=0.005)
