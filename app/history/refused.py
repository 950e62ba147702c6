"""Why a file is not taken at all, and why a row of it is not, or is taken with something to say about it."""

from dataclasses import dataclass
from enum import StrEnum


class HistoryRefused(Exception):
    """The map, the file or the name is wrong, and nothing was stored. `sentence` quotes no cell of the file."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(f"{code}: {sentence}")
        self.code, self.sentence = code, sentence


class Reason(StrEnum):
    """Why a row is refused: the first of these that applies, so that each refused row counts once."""

    BAD_ROW = "bad_row"
    """It has more or fewer cells than the header."""
    TOTAL = "total"
    """It adds up many cases (the map says so): nothing can be measured in it."""
    NO_ID = "no_id"
    DUPLICATE_ROW = "duplicate_row"
    """The very same cells as the row that was taken for this case (or this unit of it)."""
    DUPLICATE_ID = "duplicate_id"
    """The same case (or unit of it) again, saying something else: which of both is true is not ours to guess."""
    BAD_STAMP = "bad_stamp"
    """A stamp that none of the map's formats reads."""
    REPEATED_STAMP = "repeated_stamp"
    """A local time that came twice that night, when clocks were set back."""
    SKIPPED_STAMP = "skipped_stamp"
    """A local time that never came, because clocks were set forward over it."""
    FUTURE_STAMP = "future_stamp"
    """A stamp later than the moment of the import."""
    NO_STAMP = "no_stamp"
    """No time point at all."""
    UNKNOWN_CODE = "unknown_code"
    """A level or institution that the map does not name."""
    TOO_LONG = "too_long"
    """An id, zone or unit longer than `NAME_MAX`: rather an address or a narrative than a name."""


class Remark(StrEnum):
    """What is said about a row that is taken nevertheless; a row can have several."""

    MISSING_STAMP = "missing_stamp"
    """A column that the map names for a time point is empty."""
    SAME_STAMP = "same_stamp"
    """Two time points at the same second."""
    REVERSED_STAMP = "reversed_stamp"
    """A time point earlier than one that comes before it."""
    NEGATIVE_INTERVAL = "negative_interval"
    """An interval of ours ends before it starts: reports count it as a data error."""
    ABSURD_INTERVAL = "absurd_interval"
    """An interval of ours lasts longer than its definition allows: reports count it as a data error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """Something about one row. `row` counts as a spreadsheet does: the header is 1.

    `where` is the time point or the interval it is about, never what the cell holds; "" where it is about the row.
    """

    row: int
    reason: Reason | Remark
    where: str = ""
