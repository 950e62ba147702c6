"""A region's file as a whole, and its rows that are left out.

A file is never half believed: what cannot be read as a whole raises `RegionError`, what is wrong in one row is
`Refused` with its number. No sentence quotes a place: it may be a sealed shelter.
"""

from dataclasses import dataclass
from pathlib import Path

FILE_BYTES_MAX = 512 * 1024 * 1024
"""A file above this is refused unread."""


class RegionError(Exception):
    """A file that cannot be used at all: a stable `code`, and a sentence that says what to do."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True, slots=True)
class Refused:
    """A row left out. In a CSV the header is row 1, as a spreadsheet counts; in a map the first shape is row 1."""

    row: int
    reason: str
    code: str


def checked(path: Path) -> Path:
    """The file's whole path. Raises RegionError when it is not there or too large."""
    if not path.is_file():
        raise RegionError("no_file", f"there is no file {path.name}")
    if path.stat().st_size > FILE_BYTES_MAX:
        raise RegionError("too_large", f"{path.name} is larger than {FILE_BYTES_MAX // 2**20} MB")
    return path.resolve()
