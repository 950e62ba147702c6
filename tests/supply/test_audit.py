"""That nothing was asked is said, and never looks like a good answer."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from .audit import main, npm, python

SKIPPED = {"name": "uvicorn", "skip_reason": "not found"}
SOUND = {"name": "httpx", "version": "0.28.1", "vulns": []}
BROKEN = {"name": "idna", "version": "1.0", "vulns": [{"id": "PYSEC-1"}]}


@pytest.mark.parametrize(
    ("packages", "line"),
    [
        ([SKIPPED, SKIPPED], "Python packages: asked about 0 of 2: NOT ASKED"),
        ([SKIPPED, SOUND], "Python packages: asked about 1 of 2: 0 known to be broken; 1 NOT ASKED"),
        ([SOUND, SOUND], "Python packages: asked about 2 of 2: 0 known to be broken"),
        ([SOUND, BROKEN], "Python packages: asked about 2 of 2: 1 known to be broken"),
    ],
)
def test_it_says_about_how_many_it_could_ask(packages: list[dict[str, object]], line: str) -> None:
    assert python(json.dumps({"dependencies": packages})).line == line


@pytest.mark.parametrize("said", ["", "no route to host", "[]", "{}", "null"])
def test_an_answer_that_is_none_is_nothing_asked(said: str) -> None:
    assert python(said).line.endswith("NOT ASKED")
    assert npm(said).line.endswith("NOT ASKED")


def test_npm_is_read_the_same_way() -> None:
    told = {
        "metadata": {"dependencies": {"total": 12}},
        "vulnerabilities": {"left": {"range": "<2", "severity": "high"}},
    }
    assert npm(json.dumps(told)).line == "npm packages: asked about 12 of 12: 1 known to be broken"


@pytest.mark.parametrize(("package", "status"), [(SKIPPED, 0), (SOUND, 0), (BROKEN, 1)])
def test_only_a_finding_is_an_error(
    package: dict[str, object], status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    def output(arguments: Sequence[str], _: Path) -> str:
        whole = {"metadata": {"dependencies": {"total": 3}}, "vulnerabilities": {}}
        return json.dumps(whole if arguments[0] == "npm" else {"dependencies": [package]})

    assert main(output) == status
    assert ("NOT ASKED" in capsys.readouterr().out) == (package is SKIPPED)
