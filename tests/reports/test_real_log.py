"""The log that the real core writes can be told as timelines, from the first offer to the last withdrawal."""

from app.dispatch import commands as c
from app.dispatch import events as e
from app.reports.points import TimePoint
from app.reports.response_times import summarise
from app.reports.timeline import timelines
from tests.builders import SHELTER, START, Evening, a_unit, an_alert


class Recorded(Evening):
    """An evening whose every event is kept as the log keeps it."""

    def __init__(self, *units: c.UnitFacts) -> None:
        super().__init__(*units)
        self.log: list[e.Entry] = []

    def perform(self, command: c.Command) -> None:  # type: ignore[override]
        for event in super().perform(command).events:
            entry = e.Entry(seq=len(self.log) + 1, at=self.at, by=command.by, command=command.id, event=event)
            self.log.append(entry)


def test_an_evening_of_the_real_core_gives_the_times_that_the_test_chose() -> None:
    evening = Recorded(a_unit("P1"), a_unit("P2"), a_unit("P3"))
    evening.perform(an_alert())
    evening.goes(21)  # P1 does not look and is passed over
    evening.goes(4)
    evening.accepts("P2")
    evening.goes(5)
    evening.says("P2", c.GoEnRoute)
    evening.goes(30)
    evening.says("P2", c.Withdraw, reason="flat tyre")
    evening.goes(6)
    evening.accepts("P3")
    evening.says("P3", c.GoEnRoute)
    evening.goes(240)
    evening.says("P3", c.ArriveOnScene)
    evening.goes(60)
    evening.says("P3", c.Finish)
    evening.ask(c.CloseAlert, alert="A1", disposition="attended", safe="yes")
    told = timelines(evening.log)["A1"]
    leg = told.leg("police")
    assert (leg.offers, leg.withdrawn, leg.unit) == (3, 1, "P3")
    assert told.at(TimePoint.CLOSED) == evening.at
    rows = {row.interval.name: row for row in summarise([told], by=(), at=evening.at)}
    lengths = {name: row.p50_s for name, row in rows.items() if row.n}
    assert lengths == {"processing": 0, "acceptance": 6, "turnout": 0, "travel": 240, "response": 306}
    assert rows["safety"].missing == rows["order"].missing == 1


def test_a_need_that_nobody_can_serve_waits_in_the_report_until_it_is_cancelled() -> None:
    evening = Recorded(a_unit("P1"))
    evening.perform(an_alert("A1", SHELTER))
    evening.goes(100)
    (row,) = summarise(timelines(evening.log).values(), (), ["acceptance"], at=evening.at)
    assert (row.unattended, row.excluded) == (1, 0)
    leg = timelines(evening.log)["A1"].leg("shelter")
    assert (leg.stuck, leg.stuck_since, leg.offers) == (1, START, 0)
    evening.ask(c.CancelAlert, alert="A1", reason="wrong number")
    (row,) = summarise(timelines(evening.log).values(), (), ["acceptance"], at=evening.at)
    assert (row.unattended, row.excluded) == (0, 1)
