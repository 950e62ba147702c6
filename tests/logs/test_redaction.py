"""Every way into the log is tried with a name, a telephone number and a place: none of them comes out."""

import ast
import asyncio
import json
import logging
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.security.redaction import KEYS, NO_LINE, WITHHELD, line, speakable
from app.serving import logs
from app.serving.logs import SealedFormatter
from app.store.session import Database

ROOT = Path(__file__).parents[2]
NAME, TELEPHONE, PLACE, MAIL = "Xóchitl Zaldívar", "+52 81 1234 5678", "25.67123, -100.31456", "x@example.mx"
NOTE = "He said that he would come back tonight and that nobody would hear anything of it"
SECRETS = (NAME, TELEPHONE, TELEPHONE.replace(" ", ""), "8112345678", PLACE, MAIL, NOTE)
ALERT = "0197d2f0-3c4e-7000-8000-000000000001"

ours, theirs = logging.getLogger("naranja.test"), logging.getLogger("somebody.else")


class Kept(logging.Handler):
    """Keeps the lines that would have been written."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(SealedFormatter("json"))
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def kept() -> Iterator[Kept]:
    handler = Kept()
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler
    root.removeHandler(handler)
    root.setLevel(level)


def says_nothing_of(lines: list[str], *secrets: str) -> None:
    """No secret, nor any of its words or numbers, is in these lines."""
    told = "\n".join([*lines, *(json.dumps(json.loads(x), ensure_ascii=False) for x in lines if x != NO_LINE)])
    for secret in secrets:
        for part in (secret, *(word for word in secret.split() if len(word) > 4)):
            assert part not in told


def raised(secret: str) -> Exception:
    """An error that holds the secret in its message, in its notes and in its cause."""
    try:
        try:
            raise KeyError(secret)
        except KeyError as cause:
            problem = ValueError(f"not {secret}")
            problem.add_note(secret)
            raise problem from cause
    except ValueError as problem:
        return problem


WAYS: list[Callable[[str], Any]] = [
    ours.error,
    lambda s: ours.error(f"not saved {s}"),
    lambda s: ours.error("not saved %s", s),
    lambda s: ours.error("not saved %(a)s", {"a": s}),
    lambda s: ours.error("not saved", extra={"name_of_her": s}),
    lambda s: ours.error("not saved", extra={s: 1}),
    lambda s: ours.error("not saved", extra={"alert": s}),
    lambda s: ours.error("not saved", extra={"code": [s]}),
    lambda s: ours.error("not saved", extra={"code": {"a": s}}),
    lambda s: ours.error("not saved", extra={"error": raised(s)}),
    lambda s: ours.error("not saved", exc_info=raised(s)),
    lambda s: ours.error(raised(s)),
    lambda s: ours.error({"event": s}),
    lambda s: ours.error("not saved", stack_info=True, extra={"session": s}),
    lambda s: logging.getLogger(f"naranja.{s}").error("not saved"),
    theirs.error,
    lambda s: theirs.error("with %s", s),
    lambda s: theirs.error("x", exc_info=raised(s)),
    lambda s: theirs.error("x", extra={"alert": s}),
    lambda s: structlog.get_logger("naranja.test").error("not saved", note=s, alert=s),
    lambda s: structlog.get_logger("naranja.test").error(s),
    lambda s: logs.fell(ValueError, raised(s), raised(s).__traceback__),
]


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("way", WAYS, ids=range(len(WAYS)))
def test_nothing_personal_comes_out_whichever_way_it_went_in(
    kept: Kept, capfd: pytest.CaptureFixture[str], way: Callable[[str], Any], secret: str
) -> None:
    structlog.configure(
        processors=[structlog.stdlib.render_to_log_kwargs], logger_factory=structlog.stdlib.LoggerFactory()
    )
    way(secret)
    assert kept.lines, "a line was lost"
    says_nothing_of(kept.lines, secret)
    assert secret not in "".join(capfd.readouterr())


async def test_what_falls_in_a_task_of_the_loop_says_nothing(kept: Kept) -> None:
    for secret in SECRETS:
        logs.unhandled(asyncio.get_running_loop(), {"message": secret, "exception": raised(secret)})
        logs.unhandled(asyncio.get_running_loop(), {"message": secret})
    says_nothing_of(kept.lines, *SECRETS)


def test_a_library_s_warning_says_nothing(kept: Kept) -> None:
    logging.captureWarnings(True)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn(NAME, UserWarning, stacklevel=1)
    finally:
        logging.captureWarnings(False)
    assert len(kept.lines) == 1
    says_nothing_of(kept.lines, NAME)


def test_a_line_the_redaction_fails_at_is_withheld(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_: object) -> dict[str, Any]:
        raise RuntimeError(NAME)

    monkeypatch.setattr(logs, "line", fails)
    ours.critical("not saved")
    assert kept.lines == [NO_LINE]


def test_what_is_sound_is_said_whole(kept: Kept) -> None:
    ours.warning("not saved", extra={"alert": ALERT, "error": "TimeoutError", "count": 3, "seconds": 1.26})
    said = json.loads(kept.lines[0])
    assert said.pop("at").endswith("Z")
    assert said == {
        "level": "warning",
        "logger": "naranja.test",
        "event": "not saved",
        "alert": ALERT,
        "error": "TimeoutError",
        "count": 3,
        "seconds": 1.3,
    }


def test_a_key_that_is_not_listed_is_dropped_and_named(kept: Kept) -> None:
    ours.warning("not saved", extra={"telephone": TELEPHONE, "alert": ALERT})
    said = json.loads(kept.lines[0])
    assert (said["dropped"], said["alert"]) == (["telephone"], ALERT)
    assert "telephone" not in said


@pytest.mark.parametrize("event", ["not saved", "not saved %d", "not saved %s %s"])
def test_values_without_a_name_are_dropped_even_where_they_do_not_fit(event: str) -> None:
    record = logging.LogRecord("naranja.x", logging.ERROR, "f", 1, event, (NAME,), None)
    said = json.loads(SealedFormatter("json").format(record))
    assert (said["event"], said["dropped"]) == (event, ["arguments"])


def test_an_error_leaves_where_it_fell_and_of_what_kind_it_was(kept: Kept) -> None:
    ours.critical("a bug", exc_info=raised(NAME))
    said = json.loads(kept.lines[0])
    assert said["error_chain"] == ["ValueError", "KeyError"]
    assert said["trace"][-1].startswith("logs/test_redaction.py:")
    assert said["trace"][-1].endswith(" raised")


def test_a_library_says_where_in_its_source_it_spoke(kept: Kept) -> None:
    theirs.warning("something about %s", NAME)
    said = json.loads(kept.lines[0])
    assert said["event"] == "a library said something"
    assert said["where"].startswith("test_redaction:")


@pytest.mark.parametrize(
    "value",
    [None, True, 0, -3, 1.5, ALERT, f"{ALERT}/place", "P-017", "SSC.norte", "not_saved", "TimeoutError", "N-1234"],
)
def test_ids_codes_and_counts_may_be_said(value: object) -> None:
    assert speakable(value) == value


@pytest.mark.parametrize(
    "value",
    [*SECRETS, 25.67123, 8112345678, "25.67123", "-100.31", "81-1234-5678", "811234567", "a b", "é", "", "x" * 65,
     "a\nb", "\x1b[31m", b"x", [], {}, object(), float("nan"), float("inf")],
)  # fmt: skip
def test_nothing_else_may(value: object) -> None:
    said = speakable(value)
    assert said == WITHHELD or (isinstance(value, float) and said == round(value, 1))


def test_lines_for_people_hold_the_same_and_no_line_can_be_forged() -> None:
    record = logging.LogRecord("naranja.x", logging.ERROR, "f", 1, "not saved\nforged", (), None)
    told = SealedFormatter("console").format(record)
    assert "forged" not in told
    assert "\n" not in told.strip()


async def test_an_error_of_the_database_goes_without_what_was_written(database_url: str) -> None:
    database = Database(database_url, role=None)
    try:
        async with database.transaction() as connection:
            with pytest.raises(SQLAlchemyError) as failed:
                await connection.execute(text("SELECT 1 FROM nothing WHERE a = :her"), {"her": NAME})
        assert NAME not in str(failed.value)
        assert not database.engine.echo
    finally:
        await database.close()


# --- how the service's own lines are written


def log_calls() -> Iterator[tuple[str, ast.Call]]:
    """Every call of a logger in the house, with where it is."""
    for file in sorted((ROOT / "app").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in {"debug", "info", "warning", "error", "exception", "critical", "log"}
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id.strip("_").lower() == "log"
            ):
                yield f"{file.relative_to(ROOT)}:{node.lineno}", node


def test_an_event_is_a_fixed_text_and_its_values_have_listed_names() -> None:
    calls = list(log_calls())
    assert len(calls) > 15
    for where, call in calls:
        assert len(call.args) == 1, f"{where}: values go into extra"
        assert isinstance(call.args[0], ast.Constant), f"{where}: the event is a fixed text"
        record = logging.LogRecord("naranja", logging.ERROR, "", 0, str(call.args[0].value), (), None)
        assert line(record)["event"] == call.args[0].value, f"{where}: this event would be withheld"
        for named in call.keywords:
            if named.arg == "extra":
                assert isinstance(named.value, ast.Dict), where
                keys = {key.value for key in named.value.keys if isinstance(key, ast.Constant)}
                assert len(keys) == len(named.value.keys), where
                assert keys <= KEYS, f"{where}: {keys - KEYS} are not listed"
