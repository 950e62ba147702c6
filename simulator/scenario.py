"""A night, drawn from its seed: how many units and calls, and how badly everybody and everything behaves."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from random import Random
from uuid import UUID

from app.dispatch.commands import NeedWanted, RaiseAlert, UnitFacts
from app.dispatch.model import Institution, KeepOut
from app.dispatch.risk import QUESTIONS
from app.dispatch.rules import Rules
from app.geo.point import Point, unflat
from simulator.faults import HOUR, Weather, draw_kills, draw_weather
from simulator.randomness import stream
from simulator.world import ZONES

BEGINS = 1_700_000_000.0
"""When every simulated night begins, seconds since 1970 UTC."""

MIDDLE = Point(lat=25.67, lon=-100.31)
AGENCIES = ("Municipal", "Estatal", "Fiscalía")
CREW_NAMES = tuple(f"p{number}" for number in range(1, 60))
SKILLS = ("english", "interview", "wheelchair", "pets")
SILENT = ("60202", "70104", "70109", "60205")
"""Incomplete, silent, hung up, said to be reported already."""

DECISIONS_AN_HOUR = 60
"""About so many commands come to the desk in an hour: among those the desk is killed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How crews and desks behave tonight: shares of their offers or alerts, 0 to 1."""

    declines: float = 0.0
    ignores: float = 0.0
    answers_late: float = 0.0
    taps_twice: float = 0.0
    withdraws: float = 0.0
    says_nothing: float = 0.0
    dawdles: float = 0.0
    joins_an_hour: float = 0.0
    steps_in: float = 0.0
    overlooks: float = 0.0
    calls_for_help: float = 0.0


GOOD = Manners()
"""Nobody declines, nobody forgets: what a night ends with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A unit tonight: where it stands, who is aboard, and after how many seconds this crew goes home."""

    facts: UnitFacts
    station: Point
    crew: tuple[str, ...]
    shift_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call tonight, so many seconds after the beginning, at a place, with places of the aggressor."""

    after_s: float
    place: Point
    command: RaiseAlert
    avoided: tuple[Point, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """Everything that is settled before the first second. `late` is a patrol that joins the center on the way."""

    seed: int
    ends: float
    posts: tuple[Post, ...]
    late: Post
    calls: tuple[Call, ...]
    manners: Manners
    weather: Weather
    kills: Mapping[int, tuple[str, float]]
    rules: Rules


def draw(seed: int, hours: float = 24.0) -> Night:
    """The night of this seed. Each concern has its own stream, so one more draw shifts no other concern."""
    chance = stream(seed, "weather")
    radius_m = chance.uniform(2_000.0, 12_000.0)
    weather = draw_weather(stream(seed, "faults"))
    posts = _posts(stream(seed, "units"), radius_m, hours, lean=chance.random() < 0.2)
    codes = [post.facts.code for post in posts]
    calls = _calls(stream(seed, "calls"), radius_m, hours, codes)
    return Night(
        seed=seed,
        ends=BEGINS + hours * HOUR,
        posts=posts,
        late=_late(stream(seed, "late"), radius_m),
        calls=calls,
        manners=_manners(stream(seed, "manners")),
        weather=weather,
        kills=draw_kills(stream(seed, "kills"), weather.kills, int(hours * DECISIONS_AN_HOUR) + 1),
        rules=_rules(stream(seed, "rules")),
    )


def _manners(random: Random) -> Manners:
    return Manners(
        declines=random.uniform(0.0, 0.3),
        ignores=random.uniform(0.0, 0.25),
        answers_late=random.uniform(0.0, 0.2),
        taps_twice=random.uniform(0.0, 0.3),
        withdraws=random.uniform(0.0, 0.15),
        says_nothing=random.uniform(0.0, 0.2),
        dawdles=random.uniform(0.0, 0.2),
        joins_an_hour=random.choice((0.0, 0.05, 0.2)),
        steps_in=random.uniform(0.2, 1.0),
        overlooks=random.uniform(0.0, 0.4),
        calls_for_help=random.uniform(0.0, 0.05),
    )


def _rules(random: Random) -> Rules:
    """Numbers of a center; mostly the usual ones."""
    rules = Rules(
        stuck_retry_s=random.choice((120.0, 300.0, 600.0)),
        ask_again_after_s=random.choice((120.0, 300.0, 900.0)),
        other_zone_penalty_s=random.choice((0.0, 30.0, 120.0)),
        shortlist=random.choice((1, 5, 20)),
        offers_at_once=random.choice((1, 2, 2, 2)),
        hold_s=random.choice((1800.0, 3600.0, 7200.0)),
        order_within_s=random.choice((3600.0, 14400.0)),
        close_within_s=random.choice((900.0, 3600.0)),
        reassign_gain_s=random.choice((60.0, 240.0)),
        take_gain_s=random.choice((60.0, 240.0)),
    )
    if random.random() < 0.6:
        rules = replace(rules, neighbours={"*": "next-door"})
    return rules


def _posts(random: Random, radius_m: float, hours: float, *, lean: bool) -> tuple[Post, ...]:
    """Patrols, prosecutors and shelters; a lean night has hardly any."""
    counts = {
        Institution.POLICE: random.randint(1, 3) if lean else random.randint(4, 12),
        Institution.PROSECUTOR: random.randint(0, 1) if lean else random.randint(1, 4),
        Institution.SHELTER: random.randint(0, 1) if lean else random.randint(1, 3),
    }
    posts = []
    for institution, number in counts.items():
        for index in range(1, number + 1):
            shelter = institution is Institution.SHELTER
            skills = SKILLS + (("vehicle",) if shelter else ())
            facts = UnitFacts(
                code=f"{institution.value}-{index}",
                institution=institution,
                agency=random.choice(AGENCIES),
                zone=random.choice(ZONES),
                capacity=random.randint(1, 5) if shelter else 1,
                capabilities=frozenset(skill for skill in skills if random.random() < 0.5),
                sealed=shelter and random.random() < 0.7,
                children_max=random.choice((None, 0, 2, 5)) if shelter else None,
            )
            shift_s = HOUR * (48.0 if shelter else random.uniform(3.0, 14.0))
            crew = tuple(random.sample(CREW_NAMES, 2))
            posts.append(Post(facts=facts, station=_somewhere(random, radius_m), crew=crew, shift_s=shift_s))
    return tuple(posts)


def _late(random: Random, radius_m: float) -> Post:
    facts = UnitFacts(code="police-0", institution=Institution.POLICE, agency="Federal", zone="centro")
    return Post(facts=facts, station=_somewhere(random, radius_m), crew=("p99",), shift_s=6.0 * HOUR)


def _calls(random: Random, radius_m: float, hours: float, codes: list[str]) -> tuple[Call, ...]:
    """Calls at random, many more in the twenty minutes of the storm; some households call again and again."""
    an_hour, storm_at_s = random.uniform(0.5, 3.0), random.uniform(0.0, hours * HOUR)
    households = [f"h{number}" for number in range(1, 1 + random.choice((4, 12, 60)))]
    calls: list[Call] = []
    after_s = 0.0
    while True:
        storm = storm_at_s <= after_s < storm_at_s + 1200.0
        after_s += random.expovariate(an_hour * (12.0 if storm else 1.0) / HOUR)
        if after_s >= hours * HOUR:
            return tuple(calls)
        call = _call(random, after_s, radius_m, codes, households)
        calls.append(call)
        if random.random() < 0.15:
            # The neighbours call too, a little later, of the same door.
            again_s = after_s + random.uniform(1.0, 900.0)
            other = _call(random, again_s, radius_m, codes, households)
            house = replace(
                other.command, household=call.command.household | frozenset({random.choice(households)})
            )
            calls.append(replace(other, command=house))


def _call(random: Random, after_s: float, radius_m: float, codes: list[str], households: list[str]) -> Call:
    known = random.random() < 0.6
    command = RaiseAlert(
        id=str(UUID(int=random.getrandbits(128))),
        by="operator",
        zone=random.choice(ZONES),
        incident=random.choice(SILENT) if random.random() < 0.15 else "30503",
        needs=_needs(random),
        threat={q: random.choice(("yes", "no", "unknown")) for q in QUESTIONS if random.random() < 0.15},
        keep_out=_keep_out(random, codes),
        received_at=BEGINS + after_s - random.uniform(5.0, 900.0),
        household=frozenset(random.sample(households, random.randint(1, 2))) if known else frozenset(),
        avoid_zones=frozenset({random.choice(ZONES)}) if random.random() < 0.1 else frozenset(),
    )
    avoided = (_somewhere(random, radius_m),) if random.random() < 0.3 else ()
    return Call(after_s=after_s, place=_somewhere(random, radius_m), command=command, avoided=avoided)


def _needs(random: Random) -> tuple[NeedWanted, ...]:
    """Mostly what the service adds by itself; sometimes two patrols, sometimes children or a capability."""
    kind = random.random()
    if kind < 0.5:
        return ()
    requires = ("english",) if kind > 0.9 else ()
    prefers = ("interview",) if kind > 0.7 else ()
    police = NeedWanted(institution=Institution.POLICE, requires=requires, prefers=prefers)
    if kind < 0.65:
        shelter = NeedWanted(
            institution=Institution.SHELTER,
            requires=random.choice(((), (), ("wheelchair",), ("pets",))),
            children=random.randint(0, 3),
        )
        return (police, shelter)
    return (police, police) if kind > 0.85 else (police,)


def _keep_out(random: Random, codes: list[str]) -> KeepOut:
    """Seldom somebody; then a unit, crew members or a whole agency, spelled as people spell."""
    kind = random.random()
    if kind < 0.7 or not codes:
        return KeepOut()
    if kind < 0.8:
        return KeepOut(units=frozenset(random.sample(codes, 1)))
    if kind < 0.95:
        return KeepOut(crew=frozenset(random.sample(CREW_NAMES, 8)))
    return KeepOut(agencies=frozenset({random.choice(("municipal", "ESTATAL", "Fiscalia"))}))


def _somewhere(random: Random, radius_m: float) -> Point:
    return unflat(random.uniform(-radius_m, radius_m), random.uniform(-radius_m, radius_m), MIDDLE)
