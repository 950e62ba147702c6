"""Whoever asks from two hundred places, and reads everything that is answered, knows no more than the zone.

What is answered is the same, byte for byte, wherever in its zone the shelter truly is. How long people take to
drive there is the same in that story, by its clock; the next one is about that: it is not told afterwards.
"""

import json
import math
import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import numpy as np
from scipy.optimize import least_squares

from app.children.postgres import EmbeddedPostgres
from app.clock import instant, rfc3339

from .center import Answer, Center, Raised, a_center
from .phone import Phone
from .region import TRUE_LAT, TRUE_LON
from .screen import Screen

QUERIES = 200
ELSEWHERE = (25.71931, -100.38877)
"""Another place in the same zone, thirty kilometres from the first."""
INNER = (25.85, -100.325)
"""The zone's inner point: what anybody may guess who looks at the map."""
KILO_7 = (25.661, -100.321)
KM_PER_DEGREE = 111.195
HOUR = 3_600
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TOOK = re.compile(
    r"(?<=\n)naranja_(?:\w*_seconds(?:_bucket|_sum)?(?:\{[^}\n]*\})?|loop_late_seconds_count|pool_in_use) .*\n"
)
"""Lines of the measures that say how long the machine took and how busy it was meanwhile. How often is
compared, and every other measure."""


@dataclass(slots=True, kw_only=True)
class Told:
    """Everything that was answered and sent, and the numbers in it: (place asked from, distance, seconds).

    `texts` came in one order; `cards` went to units, some after a read of their own, in whatever order.
    """

    texts: list[str] = field(default_factory=list)
    cards: list[str] = field(default_factory=list)
    shelter: list[tuple[float, float, float, float]] = field(default_factory=list)
    patrol: list[tuple[float, float, float, float]] = field(default_factory=list)
    destination: Any = None

    def without_ids(self) -> list[str]:
        """All of it, with each id as the number of its first appearance, without what the machine took."""
        known: dict[str, str] = {}

        def numbered(text: str) -> str:
            timeless = _TOOK.sub("", text)
            return _ID.sub(lambda found: known.setdefault(found.group(), f"id-{len(known)}"), timeless)

        return [*map(numbered, self.texts), *sorted(set(map(numbered, self.cards)))]


async def test_two_hundred_questions_tell_its_zone_and_where_in_it_changes_no_byte_of_any_answer(
    postgres_server: EmbeddedPostgres, tmp_path: Path
) -> None:
    heard = {}
    for number, truth in enumerate(((TRUE_LAT, TRUE_LON), ELSEWHERE)):
        name = f"shelter_{number}"
        await postgres_server.create_database(name)
        center = a_center(tmp_path / name, postgres_server.dsn(name), dead_line_s=3600.0)
        center.truth = truth
        try:
            await center.start()
            await center.settle()
            heard[truth] = await everything_told(center)
        finally:
            await center.stop()
        await postgres_server.drop_database(name)

    first, second = heard.values()
    assert first.destination != second.destination
    assert len(first.texts) > 4 * QUERIES
    for one, other in zip(first.without_ids(), second.without_ids(), strict=True):
        assert one.splitlines() == other.splitlines()
    for truth, told in heard.items():
        assert len(told.shelter) == QUERIES
        # The solver can solve: it finds a patrol's station, and of the shelter only what everybody may guess.
        assert km_between(solved(told.patrol), KILO_7) < 0.05
        guess = km_between(INNER, truth)
        found = solved(told.shelter)
        assert km_between(found, truth) > 0.99 * guess > 1.0
        everything = [*told.texts, *told.cards]
        assert not any(f"{number:.4f}" in text for number in truth for text in everything)


async def test_how_long_the_drive_was_is_told_afterwards_to_nobody_who_could_count_the_way(center: Center) -> None:
    kilo7, casa1 = await center.phone("KILO-7"), await center.phone("CASA-1")
    told: dict[str, list[Any]] = {login: [] for login in ("operator-1", "coordinator-1", "auditor-1")}
    drives_s = (600, 1_500, 2_940)
    for number, drive_s in enumerate(drives_s):
        alert = await asked_from(center, (25.6611 + number / 1000, -100.3211), [])
        await kilo7.takes(alert, "en-route", "on-scene")
        await casa1.takes(alert)
        await kilo7.goes(alert, "depart")
        left_at = center.clock.now()
        await center.clock_advance(drive_s)
        await kilo7.goes(alert, "safe")
        await casa1.goes(alert, "safe")
        card = (await center.get(f"/api/alerts/{alert.id}")).must_be(200).body
        assert [need["stamps"].get("safe") for need in card["needs"]] == [rfc3339(left_at + HOUR)] * 2
        assert kilo7.card(alert)["stamps"]["safe"] == rfc3339(left_at + drive_s)
        await center.clock_advance(60)
        await kilo7.goes(alert, "done")
        await casa1.goes(alert, "done")
        closed = await center.tell(alert, "close", disposition="attended", safe="yes", whereabouts="shelter")
        closed.must_be(200)
        for login, known in told.items():
            token = await center.token_for(login)
            body = (await center.get(f"/api/alerts/{alert.id}/timeline", token=token)).must_be(200).body
            points = {
                name: instant(datetime.fromisoformat(at)) - left_at
                for name, at in body["points"].items()
                if at is not None
            }
            known.append({point: round(points[point]) for point in ("T11", "T12", "T13", "T15")})
            late = {entry["event"]: entry["at_device"] for entry in body["entries"][-6:]}
            assert login == "auditor-1" or set(late.values()) == {None}
        await center.clock_advance(HOUR)
    same = dict.fromkeys(("T12", "T13", "T15"), HOUR) | {"T11": 0}
    assert told["operator-1"] == told["coordinator-1"] == [same] * 3
    assert [known["T12"] for known in told["auditor-1"]] == list(drives_s)
    report = await center.get("/api/reports/response-times?by=&interval=safety", token=center.coordinator)
    (row,) = report.must_be(200).body["rows"]
    assert (row["n"], row["p50_s"], row["p90_s"], row["mean_s"]) == (3, None, None, None)


async def everything_told(center: Center) -> Told:
    """Ask from everywhere, send a patrol there with her, and read all there is at every step."""
    told = Told()
    console = await center.console()
    kilo7 = await center.phone("KILO-7", silent=True)
    casa1 = await center.phone("CASA-1", silent=True)
    places = [(25.61 + 0.019 * (n % 20), -100.395 + 0.0145 * (n // 20)) for n in range(QUERIES)]
    for number, place in enumerate(places):
        # Every third one also says that he lives there: who is too close would be told by a refusal.
        his = [{"lat": place[0], "lon": place[1]}] if number % 3 == 2 and place[0] < 25.69 else []
        alert = await asked_from(center, place, his)
        card = await read_all(center, told, alert)
        for kind, found in (("shelter", told.shelter), ("police", told.patrol)):
            why = next(need["why"] for need in card["needs"] if need["need"] == kind)
            if why is not None:
                found.append((*place, why["distance_m"], why["travel_s"]))
        keep(told, await center.tell(alert, "needs/shelter/assign", unit="CASA-1"))
        (await center.tell(alert, "cancel", reason="test_call")).must_be(200)
    await too_close(center, told)
    await is_taken_there(center, told, kilo7, casa1)
    await console.everything_sent()
    told.texts += [said(frame) for frame in shown(console)]
    told.cards += [
        said(card) for phone in (kilo7, casa1) for frame in phone.frames for card in frame.get("cards", ())
    ]
    told.cards += [said(frame) for phone in (kilo7, casa1) for frame in shown(phone) if frame["type"] == "problem"]
    return told


async def asked_from(center: Center, place: tuple[float, float], his: list[dict[str, float]]) -> Raised:
    """An alert at this place that needs a patrol and a shelter, under an id that is the same in every run."""
    alert = str(uuid5(NAMESPACE_URL, f"{place}{his}"))
    where = {"lat": place[0], "lon": place[1]}
    return await center.raise_alert(id=alert, where=where, avoid=his, needs=["police", "shelter"])


async def read_all(center: Center, told: Told, alert: Raised) -> dict[str, Any]:
    """Everything a desk can read now; returns the alert's own card."""
    card = keep(told, await center.get(f"/api/alerts/{alert.id}")).must_be(200).body
    keep(told, await center.get(f"/api/alerts/{alert.id}/timeline"))
    keep(told, await center.get("/api/alerts"))
    return card  # type: ignore[no-any-return]


async def too_close(center: Center, told: Told) -> None:
    """His place wherever the shelter might be: what is refused is the same all over the zone."""
    for number in range(12):
        place = (25.705 + 0.024 * number, -100.395 + 0.011 * number)
        alert = await asked_from(center, (25.66, -100.32), [{"lat": place[0], "lon": place[1]}])
        card = await read_all(center, told, alert)
        assert "too close" in card["needs"][1]["why_not_text"]
        keep(told, await center.tell(alert, "needs/shelter/assign", unit="CASA-1")).must_be(409, "too_close")
        (await center.tell(alert, "cancel", reason="test_call")).must_be(200)


async def is_taken_there(center: Center, told: Told, kilo7: Phone, casa1: Phone) -> None:
    """A patrol drives to its very door, says so with every fix, and goes on to the next alert from there."""
    alert = await asked_from(center, (25.6611, -100.3211), [])
    await kilo7.takes(alert)
    await goes(kilo7, alert, "en-route", "on-scene")
    await casa1.takes(alert)
    await kilo7.until(lambda: bool(kilo7.card(alert)["destination"]), "a destination")
    path = f"/api/assignments/{kilo7.card(alert)['id']}/destination"
    told.destination = (await center.get(path, token=kilo7.token)).must_be(200).body["where"]
    for token in (center.operator, center.coordinator, casa1.token):
        keep(told, await center.get(path, token=token)).must_be(403, "forbidden")
    await goes(kilo7, alert, "depart")
    for part in (0.3, 0.7, 1.0):
        await center.clock_advance(seconds=900)
        fix = [start + part * (end - start) for start, end in zip(KILO_7, center.truth, strict=True)]
        await kilo7.reports_position(*fix)
        await kilo7.everything_sent()
        await read_all(center, told, alert)
    await casa1.reports_position(*center.truth)
    await goes(kilo7, alert, "safe")
    await goes(casa1, alert, "safe")
    held = casa1.card(alert)["id"]
    await casa1.goes(alert, "done")
    await casa1.expect_gone(held)
    await kilo7.reports_position(*center.truth)
    await kilo7.goes(alert, "done")
    following = await asked_from(center, (25.93, -100.31), [])
    await read_all(center, told, following)
    for path in ("/api/units", "/api/alerts?open=false"):
        keep(told, await center.get(path))
    keep(told, await center.get("/metrics", token=center.coordinator))
    keep(told, await center.get("/api/reports/response-times", token=center.coordinator))


async def goes(phone: Phone, alert: Raised, *steps: str) -> None:
    """These steps, and the card after each of them."""
    for step in steps:
        before = len(phone.card(alert)["stamps"])
        await phone.goes(alert, step)
        await phone.until(lambda: len(phone.card(alert)["stamps"]) > before, f"the card after {step}")  # noqa: B023


def keep(told: Told, answer: Answer) -> Answer:
    """Keep what was answered."""
    told.texts.append(f"{answer.status} {said(answer.body)}")
    return answer


def said(body: Any) -> str:
    """A body as text."""
    return body if isinstance(body, str) else json.dumps(body, ensure_ascii=False, sort_keys=True)


def shown(screen: Screen) -> list[Any]:
    """What its frames held, in order. Pings, and when positions went out, go by the machine's own clock."""
    frames = [frame for frame in screen.frames if frame["type"] not in {"ping", "pong", "positions"}]
    moved = {said(unit) for frame in screen.frames if frame["type"] == "positions" for unit in frame["units"]}
    return [*frames, *sorted(moved)]


def solved(known: list[tuple[float, float, float, float]]) -> tuple[float, float]:
    """The place from which all these are as far as was answered, by least squares."""
    lats, lons, metres, _ = (np.array(column) for column in zip(*known, strict=True))
    wide = math.cos(math.radians(25.8))

    def misses(guess: Any) -> Any:
        north, east = (lats - guess[0]) * KM_PER_DEGREE, (lons - guess[1]) * KM_PER_DEGREE * wide
        return np.hypot(north, east) - metres / 1000

    found = least_squares(misses, [25.75, -100.33])
    return float(found.x[0]), float(found.x[1])


def km_between(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Kilometres on the flat; the town is small."""
    wide = math.cos(math.radians(25.8))
    return KM_PER_DEGREE * math.hypot(one[0] - other[0], (one[1] - other[1]) * wide)
