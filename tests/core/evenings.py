"""How evenings begin on which a human is called in the end."""

from collections.abc import Sequence

from app.dispatch import commands as c
from app.dispatch.rules import Rules
from app.geo.travel import Travel
from tests.builders import POLICE, PROSECUTOR, START, Evening, FlatGround, a_unit, an_alert


def asked() -> Evening:
    """Many patrols; nobody answers."""
    evening = Evening(*(a_unit(f"P{n}") for n in range(1, 20)))
    evening.perform(an_alert())
    return evening


def accepted(speed_m_s: float = 10.0) -> Evening:
    """A kilometre away, somebody has accepted."""
    evening = Evening(*(a_unit(f"P{n}") for n in range(1, 20)), ground=FlatGround(speed_m_s))
    evening.perform(an_alert())
    evening.accepts("P1")
    return evening


def prosecutor_accepted() -> Evening:
    evening = Evening(a_unit("F1", PROSECUTOR))
    evening.perform(an_alert("A1", PROSECUTOR))
    evening.accepts("F1")
    return evening


def on_the_way() -> Evening:
    """A hundred seconds of way, and the service sees the patrol move all the time."""
    evening = accepted()
    evening.says("P1", c.GoEnRoute)
    evening.ground.moved["P1"] = START + 1e6
    return evening


def on_the_way_unseen() -> Evening:
    """A thousand seconds of way, and the patrol is not seen to move."""
    evening = accepted(speed_m_s=1.0)
    evening.says("P1", c.GoEnRoute)
    return evening


def on_scene() -> Evening:
    evening = accepted()
    evening.says("P1", c.ArriveOnScene)
    return evening


def elsewhere() -> Evening:
    evening = Evening(rules=Rules(neighbours={"*": "next-door"}))
    evening.perform(an_alert())
    evening.ask(c.AskNeighbour, alert="A1", need="police")
    hear(evening, "accepted")
    return evening


def hear(evening: Evening, state: str) -> None:
    evening.ask(c.HearNeighbour, alert="A1", need="police", other="B1", folio="V-1", state=state)


class RushHour(FlatGround):
    """Patrols drive twice as fast as everybody else; an hour after the beginning all ways take twice as long."""

    def travel(self, alert: str, units: Sequence[str], institution: str, at: float) -> list[Travel]:
        times = (0.5 if institution == POLICE else 1.0) * (2.0 if at >= START + 3600 else 1.0)
        return [
            each._replace(seconds=each.seconds * times) for each in super().travel(alert, units, institution, at)
        ]
