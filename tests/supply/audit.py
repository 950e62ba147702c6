"""`make audit`: asks whether a pinned package is known to be broken, and says how many could not be asked about.

pip-audit calls what it could not ask about skipped and ends well, even where that is all of it. Here it is counted
and said: `asked about 0 of 85: NOT ASKED` is no good news.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
TIMEOUT_S = 600
NPM_ASKED = ("vulnerabilities", "metadata")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back about one list of packages; `findings` are package, version and the number of the finding."""

    what: str
    asked: int
    of: int
    findings: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """In one line."""
        if not self.asked:
            return f"{self.what}: asked about 0 of {self.of or 'unknown'}: NOT ASKED"
        missing = "" if self.asked == self.of else f"; {self.of - self.asked} NOT ASKED"
        return (
            f"{self.what}: asked about {self.asked} of {self.of}: {len(self.findings)} known to be broken{missing}"
        )


def python(said: str) -> Answer:
    """What pip-audit's JSON says; of anything else, that nothing was asked."""
    packages = _read(said).get("dependencies", [])
    asked = [package for package in packages if "skip_reason" not in package]
    found = [f"{one['name']} {one['version']} {vuln['id']}" for one in asked for vuln in one.get("vulns", [])]
    return Answer(what="Python packages", asked=len(asked), of=len(packages), findings=tuple(found))


def npm(said: str) -> Answer:
    """What npm's JSON says; of anything else, that nothing was asked."""
    told = _read(said)
    if not all(key in told for key in NPM_ASKED):
        return Answer(what="npm packages", asked=0, of=0)
    count = int(told["metadata"]["dependencies"]["total"])
    found = [f"{name} {one['range']} {one['severity']}" for name, one in told["vulnerabilities"].items()]
    return Answer(what="npm packages", asked=count, of=count, findings=tuple(found))


def _read(said: str) -> dict[str, Any]:
    try:
        told = json.loads(said)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _output(arguments: Sequence[str], folder: Path) -> str:
    try:
        done = subprocess.run(
            arguments, capture_output=True, cwd=folder, timeout=TIMEOUT_S, check=False, text=True
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout


def main(output: Callable[[Sequence[str], Path], str] = _output) -> int:
    """Ask about everything that is pinned; 1 where something is known to be broken."""
    beside = Path(sys.executable).with_name("pip-audit")
    pinned = ("--require-hashes", "--disable-pip", "--progress-spinner", "off", "-r", "requirements.lock")
    answers = [python(output((str(beside), *pinned, "--format", "json"), ROOT))]
    locks = [file for file in ROOT.glob("*/package-lock.json") if ".venv" not in file.parts]
    answers += [npm(output(("npm", "audit", "--json"), file.parent)) for file in locks]
    for answer in answers:
        sys.stdout.write("\n".join([answer.line, *(f"  {finding}" for finding in answer.findings)]) + "\n")
    return int(any(answer.findings for answer in answers))


if __name__ == "__main__":
    sys.exit(main())
