"""Sends traces to a collector (OTLP over HTTP). Needs the extra `traces`; read only where somebody wants them."""

import os
from collections.abc import Callable

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from app.traces import TRACES

ANSWER_S = 2
"""A collector that does not answer within this is not waited for."""


def begin() -> Callable[[], None]:
    """Begin to send, by the usual settings (`OTEL_EXPORTER_OTLP_ENDPOINT` and its like); returns what ends it."""
    # What the operator calls it goes before our own word.
    named = {} if os.environ.get("OTEL_SERVICE_NAME") else {SERVICE_NAME: "naranja"}
    provider = TracerProvider(resource=Resource.create(named))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(timeout=ANSWER_S)))
    TRACES.begin(provider)

    def end() -> None:
        TRACES.end()
        provider.shutdown()

    return end
