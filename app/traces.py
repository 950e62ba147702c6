"""Traces (OpenTelemetry): what one alert passes through in this process, and how long each part takes.

A trace leaves the machine and is read by people who may read no alert. So steps and attributes are allow-lists,
values are codes and counts, an error is its class: no id, no detail, no coordinate, no address of a request and no
parameter of a statement can be said here. Nothing is traced, and next to nothing done, until somebody begins.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Literal

from opentelemetry import trace
from opentelemetry.trace import Link, NonRecordingSpan, SpanContext, Status, StatusCode, Tracer, TracerProvider

Step = Literal["intake", "answer", "command", "commit", "decide", "write", "bell", "card", "socket", "ticker"]
"""A request that raises an alert, or about an assignment; a command from the desk's door to its answer; the commit
of a batch, its decision, its transaction; what another process wrote; cards made; a frame sent; deadlines."""
ATTRIBUTES = frozenset({"count", "kind"})
Around = SpanContext
"""Which span it was in that something began, for whoever goes on with it."""
Said = str | int | float

_CODE = re.compile(r"[A-Za-z][A-Za-z_]{0,39}")
_COUNT_MAX = 100_000
"""Telephone numbers are larger."""
_NOTHING = nullcontext()


class Traces:
    """Where the spans of this process go; nowhere until `begin`."""

    def __init__(self) -> None:
        self._tracer: Tracer | None = None

    def begin(self, provider: TracerProvider) -> None:
        """From now on there are spans."""
        self._tracer = provider.get_tracer("naranja")

    def end(self) -> None:
        """There are none any more."""
        self._tracer = None

    def span(self, step: Step, of: Sequence[Around | None] = (), **said: Said) -> AbstractContextManager[object]:
        """A span around a block: below the first of `of`, linked with the others; else below the one around it."""
        if self._tracer is None:
            return _NOTHING
        return _span(self._tracer, step, [one for one in of if one is not None], said)

    def here(self) -> Around | None:
        """The span around the caller, for whoever goes on with its work in another task."""
        if self._tracer is None:
            return None
        found = trace.get_current_span().get_span_context()
        return found if found.is_valid else None


TRACES = Traces()
span, here = TRACES.span, TRACES.here


@contextmanager
def _span(tracer: Tracer, step: Step, of: Sequence[Around], said: dict[str, Said]) -> Iterator[None]:
    parent = trace.set_span_in_context(NonRecordingSpan(of[0])) if of else None
    with tracer.start_as_current_span(
        step,
        context=parent,
        links=[Link(other) for other in of[1:]],
        attributes={name: value for name, value in said.items() if name in ATTRIBUTES and _speakable(value)},
        # Its message may say anything.
        record_exception=False,
        set_status_on_exception=False,
    ) as made:
        try:
            yield
        except BaseException as problem:
            made.set_attribute("error", type(problem).__name__)
            made.set_status(Status(StatusCode.ERROR))
            raise


def _speakable(value: Said) -> bool:
    """Whether it has the shape of a code or a count."""
    if isinstance(value, str):
        return _CODE.fullmatch(value) is not None
    return 0 <= value < _COUNT_MAX and value == int(value)
