"""The client of the road service, against small servers that answer, lie, wait or hang up."""

import asyncio
import json
import logging
import re
import traceback
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from app.geo.point import Point
from app.geo.roads import SILENT_FOR_S, SNAP_MAX_M, TABLE_PLACES_MAX, Roads, RoadsSilent
from tests.patience import PATIENCE_S

ALERT = Point(29.0881234, -110.9551234)
UNITS = [Point(29.0 + n / 1000, -111.0) for n in range(3)]

Answer = tuple[int, str] | None
"""A status and a body; None: hang up without a word."""


class Hands:
    """A monotonic clock moved by hand."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@asynccontextmanager
async def a_server(answer: Callable[[str], Answer], wait_s: float = 0.0) -> AsyncIterator[tuple[str, list[str]]]:
    """Answers every GET by its path; gives its address and the list of paths it was asked."""
    asked: list[str] = []
    serving: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        serving.add(task)
        try:
            while line := await reader.readline():
                path = line.decode().split(" ")[1]
                while (await reader.readline()).strip():
                    pass
                asked.append(path)
                await asyncio.sleep(wait_s)
                found = answer(path)
                if found is None:
                    break
                status, body = found
                data = body.encode()
                writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data)
                await writer.drain()
        except ConnectionError:
            asked.append("gone")
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", asked
    finally:
        server.close()
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)


@asynccontextmanager
async def roads_to(url: str, timeout_s: float = PATIENCE_S, clock: Hands | None = None) -> AsyncIterator[Roads]:
    roads = Roads(url, timeout_s, clock or Hands())
    try:
        yield roads
    finally:
        await roads.close()


def a_table(path: str, snaps: dict[int, float] | None = None, unreachable: frozenset[int] = frozenset()) -> Answer:
    """What OSRM would say: a unit's way takes as many seconds as its latitude has thousandths above 29."""
    found = re.match(r"/table/v1/driving/([^?]*)\?(sources|destinations)=0&(sources|destinations)=([\d;]+)&", path)
    assert found is not None
    places = [tuple(map(float, pair.split(","))) for pair in found[1].split(";")]
    assert all(-112 < lon < -110 and 28 < lat < 31 for lon, lat in places), "longitude goes first"
    rows = [int(row) for row in found[4].split(";")]
    assert len(places) <= TABLE_PLACES_MAX
    times = [None if row in unreachable else round((places[row][1] - 29) * 1000) for row in rows]
    waypoints = [{"distance": (snaps or {}).get(row, 5.0), "name": "Calle"} for row in rows]
    here = [{"distance": (snaps or {}).get(0, 5.0)}]
    inbound = found[3] == "sources"
    body = {
        "code": "Ok",
        "durations": [[t] for t in times] if inbound else [times],
        "sources": waypoints if inbound else here,
        "destinations": here if inbound else waypoints,
    }
    return 200, json.dumps(body)


async def test_units_are_the_sources_and_the_alert_is_the_destination() -> None:
    async with a_server(a_table) as (url, asked), roads_to(url) as roads:
        assert await roads.seconds(UNITS, ALERT) == [0.0, 1.0, 2.0]
        assert await roads.seconds_from(ALERT, UNITS) == [0.0, 1.0, 2.0]
    assert "destinations=0&sources=1;2;3" in asked[0]
    assert asked[0].startswith("/table/v1/driving/-110.955123,29.088123;-111.000000,29.000000;")
    assert "sources=0&destinations=1;2;3" in asked[1]


async def test_more_units_than_one_table_takes_are_asked_in_parts() -> None:
    many = [Point(29 + n / 1000, -111.0) for n in range(250)]
    async with a_server(a_table) as (url, asked), roads_to(url) as roads:
        assert await roads.seconds(many, ALERT) == [float(n) for n in range(250)]
        assert await roads.seconds([], ALERT) == []
    assert len(asked) == 3


async def test_what_cannot_be_reached_or_lies_off_the_roads_has_no_time() -> None:
    def answer(path: str) -> Answer:
        return a_table(path, snaps={3: SNAP_MAX_M + 1}, unreachable=frozenset({1}))

    async with a_server(answer) as (url, _), roads_to(url) as roads:
        assert await roads.seconds(UNITS, ALERT) == [None, 1.0, None]
    async with a_server(lambda path: a_table(path, snaps={0: 1e6})) as (url, _), roads_to(url) as roads:
        assert await roads.seconds(UNITS, ALERT) == [None, None, None]


async def test_a_map_without_any_road_is_an_answer_and_not_a_silence() -> None:
    async with (
        a_server(lambda _: (400, '{"code":"NoSegment","message":"x"}')) as (url, asked),
        roads_to(url) as roads,
    ):
        assert await roads.seconds(UNITS, ALERT) == [None, None, None]
        assert await roads.route(ALERT, UNITS[0]) is None
    assert len(asked) == 2


async def test_a_route_has_its_line() -> None:
    body = {
        "code": "Ok",
        "routes": [
            {"duration": 61.5, "distance": 800, "geometry": {"coordinates": [[-110.95, 29.08], [-110.96, 29.09]]}}
        ],
        "waypoints": [{"distance": 3.0}, {"distance": 4.0}],
    }
    async with a_server(lambda _: (200, json.dumps(body))) as (url, asked), roads_to(url) as roads:
        route = await roads.route(ALERT, UNITS[0])
    assert route is not None
    assert (route.seconds, route.metres) == (61.5, 800.0)
    assert route.line == [Point(29.08, -110.95), Point(29.09, -110.96)]
    assert asked[0].startswith("/route/v1/driving/-110.955123,29.088123;-111.000000,29.000000?")


@pytest.mark.parametrize(
    "answer",
    [
        (500, "oops"),
        (503, ""),
        (404, "{}"),
        (302, ""),
        (400, '{"code":"TooBig"}'),
        (400, "<html>"),
        (200, "<html>"),
        (200, "{"),
        (200, '{"code":"Ok"}'),
        (200, '{"durations":[[1.0]],"sources":[{"distance":1}],"destinations":[{"distance":1}]}'),
        (200, '{"durations":[["soon"]],"sources":[{"distance":1}],"destinations":[{"distance":1}]}'),
        None,
    ],
)
async def test_whatever_is_not_an_answer_is_a_silence_that_names_no_place(answer: Answer) -> None:
    async with a_server(lambda _: answer) as (url, _), roads_to(url) as roads:
        with pytest.raises(RoadsSilent) as silent:
            await roads.seconds(UNITS, ALERT)
    told = "".join(traceback.format_exception(silent.value, chain=True)) + repr(silent.value.__context__)
    assert "29.0" not in told
    assert "110.9" not in told
    assert "driving/-" not in told


async def test_a_refused_connection_is_a_silence() -> None:
    async with a_server(a_table) as (url, _):
        pass
    async with roads_to(url) as roads:
        with pytest.raises(RoadsSilent, match="could not be reached"):
            await roads.seconds(UNITS, ALERT)


async def test_a_slow_service_is_waited_for_once_and_then_left_alone() -> None:
    clock = Hands()
    async with a_server(a_table, wait_s=PATIENCE_S) as (url, asked), roads_to(url, 0.1, clock) as roads:
        with pytest.raises(RoadsSilent, match=r"within 0.1 s"):
            await roads.seconds(UNITS, ALERT)
        for _ in range(1_000):
            with pytest.raises(RoadsSilent, match="a moment ago"):
                await roads.seconds(UNITS, ALERT)
            with pytest.raises(RoadsSilent, match="a moment ago"):
                await roads.route(ALERT, UNITS[0])
        assert len(asked) == 1


async def test_after_the_silence_one_question_tries_again_and_the_others_do_not_wait() -> None:
    clock = Hands()
    answers: list[Answer] = [(500, "")]

    def answer(path: str) -> Answer:
        return answers.pop() if answers else a_table(path)

    async with a_server(answer, wait_s=0.1) as (url, asked), roads_to(url, clock=clock) as roads:
        with pytest.raises(RoadsSilent):
            await roads.seconds(UNITS, ALERT)
        clock.now += SILENT_FOR_S + 0.1
        asking = [roads.seconds(UNITS, ALERT) for _ in range(5)]
        found = await asyncio.gather(*asking, return_exceptions=True)
        assert found[0] == [0.0, 1.0, 2.0]
        assert all(isinstance(one, RoadsSilent) for one in found[1:])
        assert await roads.seconds(UNITS, ALERT) == [0.0, 1.0, 2.0]
    assert len(asked) == 3


async def test_a_connection_the_service_closed_meanwhile_is_tried_once_more() -> None:
    asked_before = 0

    def answer(path: str) -> Answer:
        nonlocal asked_before
        asked_before += 1
        return None if asked_before == 2 else a_table(path)

    async with a_server(answer) as (url, asked), roads_to(url) as roads:
        for _ in range(2):
            assert await roads.seconds(UNITS, ALERT) == [0.0, 1.0, 2.0]
    assert len(asked) == 3


async def test_no_log_line_holds_a_place(caplog: pytest.LogCaptureFixture) -> None:
    # The root may be opened wide by whoever runs the service; these two loggers keep their own level.
    caplog.set_level(logging.DEBUG)
    async with a_server(a_table) as (url, _), roads_to(url) as roads:
        await roads.seconds(UNITS, ALERT)
    assert not [r for r in caplog.records if r.name.startswith(("httpx", "httpcore"))]
    assert "29.08" not in caplog.text
