"""Where the master key comes from: a file, the environment, or a command such as the client of a vault."""

import shlex
import subprocess
from pathlib import Path

from .envelope import KEY_BYTES
from .master_key import KeySourceBroken, MasterKey

COMMAND_S_MAX = 30.0
"""How long the command may take."""
OUTPUT_BYTES_MAX = 4096


def master_key(*, file: Path | None, text: str | None, command: str | None, default_file: Path) -> MasterKey:
    """The key from the one place that is named; from the default file, made if need be, where none is.

    Raises KeySourceBroken, whose sentence holds nothing of what was found.
    """
    named = [place for place in (file, text, command) if place is not None]
    if len(named) > 1:
        raise KeySourceBroken(
            "The master key is named in several places; keep one of NARANJA_MASTER_KEY_FILE, NARANJA_MASTER_KEY"
            " and NARANJA_MASTER_KEY_COMMAND."
        )
    if text is not None:
        return _parsed(text.encode(), "NARANJA_MASTER_KEY is")
    if command is not None:
        return _parsed(_said(command), "What the command of NARANJA_MASTER_KEY_COMMAND prints is")
    return MasterKey.read_or_make(file or default_file)


def _parsed(text: bytes, what: str) -> MasterKey:
    try:
        return MasterKey.parse(text)
    except ValueError:
        raise KeySourceBroken(f"{what} not {KEY_BYTES} bytes in base64.") from None


def _said(command: str) -> bytes:
    """What the command prints. What it says on its error output is not passed on: it may name what it read."""
    name = "The command of NARANJA_MASTER_KEY_COMMAND"
    try:
        words = shlex.split(command)
        done = subprocess.run(  # noqa: S603  # the operator's own command, from the settings
            words, stdin=subprocess.DEVNULL, capture_output=True, timeout=COMMAND_S_MAX, check=False
        )
    except subprocess.TimeoutExpired:
        raise KeySourceBroken(f"{name} took more than {COMMAND_S_MAX:.0f} s.") from None
    except (OSError, ValueError, IndexError):
        raise KeySourceBroken(f"{name} cannot be run.") from None
    if done.returncode != 0:
        raise KeySourceBroken(f"{name} ended with status {done.returncode}.")
    if len(done.stdout) > OUTPUT_BYTES_MAX:
        raise KeySourceBroken(f"{name} prints more than a key.")
    return done.stdout
