"""What the service writes to its log: where something went wrong, never what was in it."""

import asyncio
import logging
import traceback
from types import TracebackType
from typing import Any


class _Formatter(logging.Formatter):
    """Tracebacks without the errors' own messages: a message may quote what somebody told us."""

    def formatException(  # noqa: N802  # the name is logging's
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> str:
        kind, _, trace = ei
        return "".join(traceback.format_tb(trace)) + (kind.__name__ if kind else "")


def unhandled(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """For an event loop: what fell without anybody waiting for it, said without its message."""
    logging.getLogger("naranja").critical("a bug in a task", exc_info=context.get("exception"))


def set_up() -> None:
    """One handler on stderr for everything, the server's own messages included."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.getLogger("alembic").setLevel(logging.WARNING)
