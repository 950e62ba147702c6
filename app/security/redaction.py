"""What a log line may say: an event of our own words, and values that are ids, codes or counts. Nothing else.

It fails closed. A key that is not listed is dropped and only named; a value that does not look like an id is not
shown; what a library says is not shown at all, only where in its source it says so.
"""

import logging
import re
import traceback
from collections.abc import Iterator
from typing import Any

from app.clock import rfc3339

KEYS = frozenset(
    {
        *("alert", "assignment", "call", "command", "detail", "need", "person", "seq", "session", "unit"),
        *("center", "child", "code", "count", "error", "flag", "grant", "institution", "job", "kind", "level_to"),
        *("method", "passkey", "role", "row", "rule", "seconds", "status", "subscription", "version"),
    }
)
"""The values a line may have beside its event: each is an id, a code, a count or the name of a class."""
WITHHELD = "withheld"
NO_LINE = "log line withheld"
"""Instead of a line that could not be made safe."""
TRACE_MAX = 40
"""Steps of a traceback that are shown, the innermost."""
COUNT_MAX = 10**9
"""A count or status stays below this; telephone numbers do not."""
OURS = ("naranja", "app.", "simulator.")

_EVENT = re.compile(r"[A-Za-z][A-Za-z ,;:'%_.-]{0,59}")
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(/[a-z_]{1,30})?")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/-]{0,63}")
_NAME = re.compile(r"[a-z][a-z_]{0,29}")
_DECIMAL = re.compile(r"-?[0-9]+\.[0-9]+")
_DIGITS = re.compile(r"[0-9](?:[./:_-]?[0-9]){6,}")
"""Seven digits in a row, however they are parted: the shape of a telephone number."""
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def speakable(value: object) -> bool | int | float | str | None:
    """The value if it has the shape of an id, a code or a count; else that it is withheld."""
    match value:
        case None | bool():
            return value
        case int() if abs(value) < COUNT_MAX:
            return value
        case float() if abs(value) < COUNT_MAX:
            # One digit behind the point is enough for seconds, and leads nowhere on a map.
            return round(value, 1)
        case str() if _ID.fullmatch(value):
            return str(value)
        case str() if _CODE.fullmatch(value) and not _DECIMAL.search(value) and not _DIGITS.search(value):
            return str(value)
    return WITHHELD


def line(record: logging.LogRecord) -> dict[str, Any]:
    """A record as it may be kept: when, how bad, who says it, what, its values, and a trace without messages."""
    said: dict[str, Any] = {
        "at": rfc3339(record.created),
        "level": record.levelname.lower(),
        "logger": speakable(record.name),
    }
    if record.name.startswith(OURS):
        said |= _event(record)
    else:
        said |= {"event": "a library said something", "where": f"{record.module}:{record.lineno}"}
    if record.exc_info and record.exc_info[1] is not None:
        said["error_chain"] = [type(error).__name__ for error in _chain(record.exc_info[1])]
        said["trace"] = [_step(step) for step in traceback.extract_tb(record.exc_info[2])[-TRACE_MAX:]]
    return said


def _event(record: logging.LogRecord) -> dict[str, Any]:
    given = {key: value for key, value in vars(record).items() if key not in _STANDARD}
    known = isinstance(record.msg, str) and _EVENT.fullmatch(record.msg) is not None
    said: dict[str, Any] = {"event": record.msg if known else NO_LINE}
    said |= {key: speakable(given[key]) for key in sorted(KEYS & given.keys())}
    dropped = sorted(key if _NAME.fullmatch(key) else "?" for key in given.keys() - KEYS)
    dropped += ["arguments"] if record.args else []
    return said | ({"dropped": dropped} if dropped else {})


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        if isinstance(error, BaseExceptionGroup):
            for member in error.exceptions:
                yield from _chain(member)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _step(step: traceback.FrameSummary) -> str:
    return f"{'/'.join(step.filename.split('/')[-2:])}:{step.lineno} {step.name}"
