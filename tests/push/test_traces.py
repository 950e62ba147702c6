"""A whole alert in spans: from the request to the frame on the phone, and nothing personal in any of it."""

import asyncio
import logging
import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from app import traces
from app.serving import otlp
from app.serving.logs import SealedFormatter
from tests.patience import until
from tests.service_fixture import House

WHERE = {"lat": 25.67319, "lon": -100.31847, "accuracy_m": 12, "address": "Calle Naranjos 4417, interior 9"}
TOLD: dict[str, Any] = {
    "where": WHERE,
    "caller": {"role": "neighbour", "name": "Eusebio Testigo", "telephone": "+52 81 5550 4417"},
    "people": [{"role": "victim", "name": "Xóchitl Canaria Uribe"}],
    "safe_contact": "only by text message",
    "note": "The dog barks at the back door.",
}
SECRETS = r"Naranjos|4417|Testigo|5550|X(ó|\\u00f3)chitl|Canaria|text message|dog barks|25\.67|100\.31"
SENTINELS = re.compile(SECRETS + "|[0-9a-f]{8}-[0-9a-f]{4}-")
"""What she told, and any id of a person, an alert or a command."""


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    """Every span that ends while the test runs."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    traces.TRACES.begin(provider)
    yield exporter
    traces.TRACES.end()
    provider.shutdown()


def above(spans: tuple[ReadableSpan, ...], span: ReadableSpan) -> list[str]:
    """The names of the spans above this one, the nearest first."""
    by_id = {one.context.span_id: one for one in spans if one.context is not None}
    names = []
    parent = span.parent
    while parent is not None and parent.span_id in by_id:
        names.append(by_id[parent.span_id].name)
        parent = by_id[parent.span_id].parent
    return names


async def the_whole_way(house: House) -> None:
    await house.on_duty("P-1")
    async with house.phone("P-1") as phone, house.phone("operator"):
        answer = await (await house.client("operator")).post(
            "/api/alerts", json={"id": str(uuid4()), "needs": ["police"], **TOLD}
        )
        assert answer.status_code == 201
        shown = await phone.card(lambda card: card["card"] == "assignment")
        await phone.say(type="received", seq=phone.heard[-1]["seq"])
        for step in ("seen", "accept", "en-route", "on-scene"):
            assert (await house.step("P-1", shown["id"], step)).status_code == 200
        await phone.card(
            lambda card: card["card"] == "assignment" and (card["where"] or {}).get("lat") == WHERE["lat"]
        )
        assert (await house.step("P-1", "Xóchitl", "accept")).status_code == 422
        assert (await house.step("P-1", shown["id"], "Canaria")).status_code == 422
        assert (await house.step("P-1", shown["id"], "safe")).status_code in {200, 409, 422}


async def test_one_trace_goes_from_the_request_to_the_frame_on_the_phone(
    house: House, spans: InMemorySpanExporter
) -> None:
    await the_whole_way(house)
    await until(lambda: {span.name for span in spans.get_finished_spans()} >= {"intake", "socket", "answer"})
    found = spans.get_finished_spans()
    (intake,) = [span for span in found if span.name == "intake"]
    assert intake.context is not None
    theirs = [span for span in found if span.context and span.context.trace_id == intake.context.trace_id]
    assert {span.name for span in theirs} >= {"intake", "command", "commit", "decide", "write", "card", "socket"}
    sent = next(span for span in theirs if span.name == "socket")
    assert above(found, sent) == ["card", "commit", "command", "intake"]
    decided = next(span for span in theirs if span.name == "decide")
    assert above(found, decided) == ["commit", "command", "intake"]
    (raised,) = [span for span in theirs if span.name == "command"]
    assert raised.attributes == {"kind": "RaiseAlert"}
    kinds = {span.attributes["kind"] for span in found if span.name == "command" and span.attributes}
    assert kinds >= {"RaiseAlert", "ConfirmDelivery", "SeeOffer", "Accept", "GoEnRoute", "ArriveOnScene"}


async def test_nothing_she_told_and_no_id_is_in_any_span_figure_or_log_line(
    house: House, spans: InMemorySpanExporter, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await the_whole_way(house)
    await until(lambda: "socket" in {span.name for span in spans.get_finished_spans()})
    found = spans.get_finished_spans()
    assert len(found) > 30
    for span in found:
        assert span.name in traces.Step.__args__  # type: ignore[attr-defined]
        assert set(span.attributes or {}) <= traces.ATTRIBUTES | {"error"}
        assert list(span.events) == []
        said = [span.name, span.attributes, span.status.description, [link.attributes for link in span.links]]
        assert not SENTINELS.search(str(said)), said
    figures = (await (await house.client("admin")).get("/metrics")).text
    assert "naranja_alert_saved_seconds_count" in figures
    assert not SENTINELS.search(re.sub(r" [-+0-9.e]+$", "", figures, flags=re.MULTILINE))
    lines = [SealedFormatter("json").format(record) for record in caplog.records]
    assert len(lines) > 10
    # Lines of the log have ids, and times in which such digits may be.
    ids = re.compile(r'"at": "[^"]*"|[0-9a-f]{8}-[0-9a-f-]{27}')
    assert [line for line in lines if re.search(SECRETS, ids.sub("", line))] == []


def test_an_attribute_that_is_not_listed_or_not_a_code_or_a_count_is_left_out(spans: InMemorySpanExporter) -> None:
    with traces.span("command", kind="Xóchitl Canaria", count=5_550_4417, alert="018f3f6e", where=25.67):
        pass
    with traces.span("command", kind="RaiseAlert", count=3):
        pass
    with pytest.raises(ValueError, match="Canaria"), traces.span("write", count=25.67):
        raise ValueError("Xóchitl Canaria at 25.67")
    first, second, third = spans.get_finished_spans()
    assert (first.attributes, second.attributes) == ({}, {"kind": "RaiseAlert", "count": 3})
    assert (third.attributes, list(third.events)) == ({"error": "ValueError"}, [])
    assert third.status.description is None


async def test_without_anybody_who_wants_them_there_are_none(house: House) -> None:
    assert traces.here() is None
    assert traces.span("intake") is traces.span("commit", count=1)


async def test_they_go_to_the_collector_that_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    got: list[bytes] = []

    async def collect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(re.search(rb"(?i)content-length: (\d+)", head)[1])  # type: ignore[index]
        got.append(head + await reader.readexactly(length))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(collect, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{port}")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "none")
        end = otlp.begin()
        with traces.span("command", kind="RaiseAlert"):
            pass
        await asyncio.to_thread(end)
    (said,) = got
    assert said.startswith(b"POST /v1/traces ")
    assert b"naranja" in said
    assert b"RaiseAlert" in said
    assert traces.here() is None
