"""What the service writes to its log: where something went wrong, never what was in it."""

import asyncio
import logging
import sys
import threading
from types import TracebackType
from typing import Any, Literal

import structlog

from app.security.redaction import NO_LINE, line

_LOG = logging.getLogger("naranja")


class SealedFormatter(logging.Formatter):
    """Lines for people or, as JSON objects, for machines. Every record goes through the redaction.

    Of one that cannot be made safe nothing is left but that there was one.
    """

    def __init__(self, kind: Literal["console", "json"]) -> None:
        super().__init__()
        self._shown = (
            structlog.processors.JSONRenderer()
            if kind == "json"
            else structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0, timestamp_key="at")
        )

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        try:
            return str(self._shown(None, record.levelname, line(record)))
        except Exception:  # noqa: BLE001  # the only thing that may be said about it
            return NO_LINE


def unhandled(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """For an event loop: what fell without anybody waiting for it, said without its message."""
    _LOG.critical("a bug in a task", exc_info=context.get("exception"))


def fell(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    """For the interpreter: what fell through everything, said without its message."""
    if issubclass(kind, KeyboardInterrupt):
        return
    _LOG.critical("a bug", exc_info=(kind, error, trace) if error is not None else None)


def set_up(kind: Literal["console", "json"] = "console") -> None:
    """One handler on stderr for everything: our lines, libraries' lines, warnings, and what nobody caught."""
    handler = logging.StreamHandler()
    handler.setFormatter(SealedFormatter(kind))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    # A handler that fails would print the record it failed at.
    logging.raiseExceptions = False
    for name in ("alembic", "sqlalchemy", "asyncio", "httpx", "httpcore", "py.warnings", "uvicorn"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(True)
    structlog.configure(
        processors=[structlog.stdlib.render_to_log_kwargs],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    sys.excepthook = fell
    threading.excepthook = lambda fallen: fell(fallen.exc_type, fallen.exc_value, fallen.exc_traceback)
    sys.unraisablehook = lambda fallen: fell(fallen.exc_type, fallen.exc_value, fallen.exc_traceback)
