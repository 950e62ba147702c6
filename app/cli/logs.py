"""What the service writes to its log: where something went wrong, never what was in it."""

import logging
import traceback
from types import TracebackType


class _Formatter(logging.Formatter):
    """Tracebacks without the errors' own messages: a message may quote what somebody told us."""

    def formatException(  # noqa: N802  # the name is logging's
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> str:
        kind, _, trace = ei
        return "".join(traceback.format_tb(trace)) + (kind.__name__ if kind else "")


def set_up() -> None:
    """One handler on stderr for everything, the server's own messages included."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.getLogger("alembic").setLevel(logging.WARNING)
