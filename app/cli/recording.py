"""How the figures of a bench are kept.

`python -m app.cli.recording NAME FOLDER bench …` runs it and writes NAME.json into the folder.
"""

import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from app.clock import SystemClock, rfc3339


def record(name: str, folder: Path, command: Sequence[str]) -> None:
    """Run the bench and keep its figures, with what they were measured on. Raises CalledProcessError."""
    load = os.getloadavg()[0]
    began = rfc3339(SystemClock().now())
    asked = [sys.executable, "-m", "app.cli", *command, "--json"]
    printed = subprocess.run(asked, stdout=subprocess.PIPE, check=True).stdout  # noqa: S603
    kept = {
        # Where a file lies is this machine's business.
        "command": " ".join(["naranja", *(Path(word).name if word.startswith("/") else word for word in command)]),
        "date": began[:10],
        "machine": f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()},"
        f" load {load:.1f} before it began",
        "figures": msgspec.json.decode(printed),
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_bytes(msgspec.json.format(msgspec.json.encode(kept), indent=1) + b"\n")


if __name__ == "__main__":
    record(sys.argv[1], Path(sys.argv[2]), sys.argv[3:])
