"""A night, drawn from its seed: how large, how many units and calls, and how badly everybody behaves."""

from dataclasses import dataclass
from random import Random
from uuid import UUID

from app.dispatch.commands import NeedWanted, RaiseAlert, UnitFacts
from app.dispatch.model import Institution, KeepOut
from app.dispatch.policy import Rules
from app.dispatch.risk import QUESTIONS
from app.geo.point import Point, unflat
from simulator.randomness import stream

BEGINS = 1_700_000_000.0
"""When every simulated night begins, seconds since 1970 UTC."""

MIDDLE = Point(lat=25.67, lon=-100.31)
HOUR = 3600.0
ZONES = ("centro", "norte", "sur")
AGENCIES = ("municipal", "state")
CREW_NAMES = tuple(f"p{number}" for number in range(1, 60))


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How crews behave tonight: shares of their offers, 0 to 1; outages an hour and unit."""

    declines: float = 0.0
    ignores: float = 0.0
    answers_late: float = 0.0
    taps_twice: float = 0.0
    sends_again: float = 0.0
    withdraws: float = 0.0
    outages_an_hour: float = 0.0


GOOD = Manners()
"""Nobody declines, nothing is lost: what a night ends with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A unit tonight: where it stands, who is aboard, and after how many seconds this crew goes home."""

    facts: UnitFacts
    station: Point
    crew: tuple[str, ...]
    shift_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """An alert tonight, so many seconds after the beginning, at a place."""

    after_s: float
    place: Point
    command: RaiseAlert


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """Everything that is settled before the first second."""

    seed: int
    ends: float
    posts: tuple[Post, ...]
    calls: tuple[Call, ...]
    manners: Manners
    rules: Rules


def draw(seed: int, hours: float = 6.0) -> Night:
    """The night of this seed. Each concern has its own stream, so one more draw shifts no other concern."""
    weather = stream(seed, "weather")
    radius_m = weather.uniform(2_000.0, 12_000.0)
    manners = Manners(
        declines=weather.uniform(0.0, 0.3),
        ignores=weather.uniform(0.0, 0.25),
        answers_late=weather.uniform(0.0, 0.2),
        taps_twice=weather.uniform(0.0, 0.3),
        sends_again=weather.uniform(0.0, 0.3),
        withdraws=weather.uniform(0.0, 0.15),
        outages_an_hour=weather.choice((0.0, 0.2, 1.0)),
    )
    rules = Rules(
        stuck_retry_s=weather.choice((120.0, 300.0, 600.0)),
        ask_again_after_s=weather.choice((120.0, 300.0, 900.0)),
        other_zone_penalty_s=weather.choice((0.0, 120.0)),
        shortlist=weather.choice((1, 5, 20)),
    )
    calls_an_hour = weather.uniform(1.0, 6.0)
    storm_at_s = weather.uniform(0.0, hours * HOUR)
    posts = _posts(stream(seed, "units"), radius_m, hours, lean=weather.random() < 0.2)
    codes = [post.facts.code for post in posts]
    calls = _calls(stream(seed, "calls"), radius_m, hours, calls_an_hour, storm_at_s, codes)
    return Night(seed=seed, ends=BEGINS + hours * HOUR, posts=posts, calls=calls, manners=manners, rules=rules)


def _posts(random: Random, radius_m: float, hours: float, *, lean: bool) -> tuple[Post, ...]:
    """Patrols, prosecutors and shelters; a lean night has hardly any."""
    counts = {
        Institution.POLICE: random.randint(1, 3) if lean else random.randint(4, 14),
        Institution.PROSECUTOR: random.randint(0, 1) if lean else random.randint(1, 4),
        Institution.SHELTER: random.randint(0, 1) if lean else random.randint(1, 4),
    }
    posts = []
    for institution, number in counts.items():
        for index in range(1, number + 1):
            shelter = institution is Institution.SHELTER
            facts = UnitFacts(
                code=f"{institution.value}-{index}",
                institution=institution,
                agency=random.choice(AGENCIES),
                zone=random.choice(ZONES),
                capacity=random.randint(1, 6) if shelter else 1,
                capabilities=frozenset(skill for skill in ("english", "interview") if random.random() < 0.5),
                sealed=shelter,
            )
            shift_s = hours * HOUR * (2.0 if shelter else random.uniform(0.3, 2.0))
            crew = tuple(random.sample(CREW_NAMES, 2))
            posts.append(Post(facts=facts, station=_somewhere(random, radius_m), crew=crew, shift_s=shift_s))
    return tuple(posts)


def _calls(
    random: Random, radius_m: float, hours: float, an_hour: float, storm_at_s: float, codes: list[str]
) -> tuple[Call, ...]:
    """Calls at random, four times as many in the twenty minutes of the storm."""
    calls: list[Call] = []
    after_s = 0.0
    while True:
        storm = storm_at_s <= after_s < storm_at_s + 1200.0
        after_s += random.expovariate(an_hour * (4.0 if storm else 1.0) / HOUR)
        if after_s >= hours * HOUR:
            return tuple(calls)
        command = RaiseAlert(
            id=str(UUID(int=random.getrandbits(128))),
            by="operator",
            zone=random.choice(ZONES),
            needs=_needs(random),
            threat={q: random.choice(("yes", "no", "unknown")) for q in QUESTIONS if random.random() < 0.15},
            keep_out=_keep_out(random, codes),
            received_at=BEGINS + after_s - random.uniform(5.0, 90.0),
        )
        calls.append(Call(after_s=after_s, place=_somewhere(random, radius_m), command=command))


def _needs(random: Random) -> tuple[NeedWanted, ...]:
    """Mostly what the service adds by itself; sometimes two patrols, sometimes a capability."""
    kind = random.random()
    if kind < 0.6:
        return ()
    requires = ("english",) if kind > 0.9 else ()
    police = NeedWanted(institution=Institution.POLICE, requires=requires)
    return (police, police) if kind > 0.8 else (police,)


def _keep_out(random: Random, codes: list[str]) -> KeepOut:
    """Seldom somebody; then a unit, a crew member or a whole agency."""
    kind = random.random()
    if kind < 0.7 or not codes:
        return KeepOut()
    if kind < 0.85:
        return KeepOut(units=frozenset(random.sample(codes, 1)))
    if kind < 0.97:
        return KeepOut(crew=frozenset(random.sample(CREW_NAMES, 5)))
    return KeepOut(agencies=frozenset(random.sample(AGENCIES, 1)))


def _somewhere(random: Random, radius_m: float) -> Point:
    return unflat(random.uniform(-radius_m, radius_m), random.uniform(-radius_m, radius_m), MIDDLE)
