"""Single cases: the slowest, the day, who has nobody, the order clock; no time says how far a shelter is."""

import pytest

from app.dispatch import events as e
from app.dispatch.model import Level
from app.reports.cases import day, order_clock, stuck, worst
from app.reports.frame import Frame
from app.reports.outward import TOLD_LENGTHS, outward
from app.reports.points import TimePoint
from app.reports.response_times import Period
from app.reports.silence import silence
from app.reports.table import Table
from tests.reports.builders import POLICE, SHELTER, START, Story
from tests.reports.test_export import ZONE

NOW = START + 6 * 3600
FRAME = Frame(period=Period(start=START, end=NOW), at=NOW, time_zone=ZONE, floor=1, zones={"centro": "Centro"})


def column(table: Table, key: str) -> list[object]:
    place = [one.key for one in table.columns].index(key)
    return [row[place] for row in table.rows]


def named(story: Story, folio: str) -> Story:
    first = story.log[0]
    event = first.event
    assert isinstance(event, e.AlertRaised)
    fields = {name: getattr(event, name) for name in event.__dataclass_fields__}
    story.log[0] = e.Entry(
        seq=1, at=first.at, by="p1", command="c", event=e.AlertRaised(**{**fields, "folio": folio})
    )
    return story


def taken_to_safety() -> Story:
    story = Story(needs=(POLICE, SHELTER)).served(1, 5, 10, 300).says(310, e.ContactMade)
    return story.says(900, e.Departed).says(1517, e.ReachedSafety).says(1600, e.Done)


def test_no_case_says_when_she_left_arrived_or_the_patrol_was_free_again() -> None:
    told = outward(taken_to_safety().timeline)
    assert not {TimePoint.DEPARTED, TimePoint.SAFE, TimePoint.CLEAR} & set(told)
    for interval in TOLD_LENGTHS:
        for table in (
            worst([taken_to_safety().timeline], interval, FRAME),
            day([taken_to_safety().timeline], FRAME),
        ):
            numbers = {cell for row in table.rows for cell in row if isinstance(cell, int)}
            assert not numbers & {617, 900, 1517, 1600, 1217}
    with pytest.raises(ValueError, match="single cases"):
        worst([], "safety", FRAME)


def test_the_slowest_are_ten_and_who_still_waits_is_among_them() -> None:
    came = [named(Story(f"a{n}").served(0, 5, 10, 100 + n), f"N-{n}").timeline for n in range(12)]
    waits = named(Story("w").stuck(0), "N-99").timeline
    table = worst([*came, waits], "response", FRAME)
    assert column(table, "folio") == ["N-99", *(f"N-{n}" for n in range(11, 2, -1))]
    assert column(table, "outcome")[:2] == ["sin atender", "medido"]
    assert column(table, "seconds")[:2] == [6 * 3600, 111]
    assert table.sentence == "Respuesta: el caso más lento es N-99, con 6:00:00."
    assert column(table, "T8")[1] == 111
    assert column(table, "zone")[0] == "Centro"


def test_the_day_says_of_each_alert_how_it_stands() -> None:
    told = [
        named(Story("a").served(0, 5, 10, 300), "N-1").timeline,
        named(Story("b", raised=60).offered(60), "N-2").timeline,
        named(Story("c", raised=120).served(121, 125, 130, 400).closed(900), "N-3").timeline,
        named(Story("d", raised=180).cancelled(200), "N-4").timeline,
        named(Story("e", raised=240).merged(250, "a"), "N-5").timeline,
    ]
    table = day(list(reversed(told)), FRAME)
    assert column(table, "folio") == ["N-1", "N-2", "N-3", "N-4", "N-5"]
    assert column(table, "state") == ["abierta", "abierta", "cerrada", "cancelada", "unida a otra"]
    assert column(table, "help")[:3] == ["en sitio", "nadie ha aceptado", "terminada"]
    assert column(table, "response_s") == [300, None, 280, None, None]
    assert column(table, "waited_s") == [None, 6 * 3600 - 60, None, None, None]
    assert table.sentence == "Alertas: 5; abiertas: 2; sin que nadie acepte: 1."


def test_the_order_clock_counts_down_and_says_what_became_of_it() -> None:
    soon = Frame(period=FRAME.period, at=START + 3 * 3600, time_zone=ZONE)
    told = [
        named(Story("a"), "N-1").timeline,
        named(Story("b", raised=60, received=-7200), "N-2").timeline,
        named(Story("c").order(7_500, "issued"), "N-3").timeline,
        named(Story("d").order(60, "not_wanted"), "N-4").timeline,
        named(Story("e").closed(60), "N-5").timeline,
        named(Story("f").cancelled(60), "N-6").timeline,
    ]
    table = order_clock(told, soon)
    assert column(table, "folio")[:2] == ["N-2", "N-1"]
    assert column(table, "left_s")[:2] == [-3600, 3600]
    assert column(table, "state") == ["vencida", "corre", "dictada", "no la quiso", "cerrada sin decirlo"]
    assert column(table, "order_s") == [None, None, 7500, None, None]
    assert table.sentence == "Órdenes que corren: 1; vencidas: 1; dictadas: 1."


def test_who_has_nobody_now_is_named_the_longest_wait_first() -> None:
    told = [
        named(Story("a").stuck(50), "N-1").timeline,
        named(Story("b").stuck(10).stuck(40), "N-2").timeline,
        named(Story("c").stuck(5).served(60, 61, 62, 63), "N-3").timeline,
        named(Story("d").stuck(5).dropped(9), "N-4").timeline,
        named(Story("e").stuck(5).cancelled(9), "N-5").timeline,
    ]
    table = stuck(told, FRAME)
    assert column(table, "folio") == ["N-2", "N-1"]
    assert column(table, "waited_s") == [6 * 3600 - 10, 6 * 3600 - 50]
    assert stuck([], FRAME).sentence == "Ninguna necesidad está sin nadie ahora."


def test_silence_counts_what_was_not_seen_not_answered_declined_and_given_back() -> None:
    story = (
        Story().offered(0, "P-1").says(20, e.OfferExpired, "P-1").offered(20, "P-2").says(30, e.Declined, "P-2")
    )
    story.stuck(30).offered(90, "P-3").says(95, e.Accepted, "P-3").says(99, e.Withdrawn, "P-3").stuck(99)
    never = Story("b", zone="norte").stuck(0)
    table = silence([story.timeline, never.timeline], FRAME)
    keys = ("needs", "stuck_needs", "never", "offers", "unseen", "unanswered", "declined", "withdrawn")
    assert [column(table, key) for key in keys] == [[1, 1], [1, 1], [0, 1], [3, 0], [1, 0], [0, 0], [1, 0], [1, 0]]
    assert column(table, "stuck_s") == [60 + 6 * 3600 - 99, 6 * 3600]
    assert table.sentence.startswith("Necesidades que alguna vez no tuvieron a nadie: 2 de 2.")
    hidden = silence([story.timeline, never.timeline], Frame(period=FRAME.period, at=NOW, time_zone=ZONE))
    assert {cell for row in hidden.rows for cell in row[2:]} == {"*"}
    assert hidden.sentence == "Demasiado pocos casos para agruparlos así."


def test_the_level_of_a_case_is_the_highest_it_had() -> None:
    story = Story().happens(1, e.LevelRaised, level=Level.EXTREME, reason="weapon_used")
    story.happens(2, e.LevelLowered, level=Level.HIGH, reason="mistake")
    assert column(day([story.timeline], FRAME), "level") == ["extremo"]
