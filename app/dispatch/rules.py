"""The named numbers of one center, and the book of which count from when; docs/rules.md has their sources."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from .model import Institution, Level
from .screens import LAP, Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """An offer goes on when nobody has looked within `seen_within_s` or answered within `answer_within_s`."""

    seen_within_s: float
    answer_within_s: float


def _clocks() -> Mapping[Institution, Mapping[Level, Clock]]:
    def by_level(usual: Clock, extreme: Clock) -> Mapping[Level, Clock]:
        return {Level.STANDARD: usual, Level.HIGH: usual, Level.EXTREME: extreme}

    def clock(seen_s: float, answer_s: float) -> Clock:
        return Clock(seen_within_s=seen_s, answer_within_s=answer_s)

    return {
        Institution.POLICE: by_level(clock(20.0, 45.0), clock(15.0, 30.0)),
        Institution.PROSECUTOR: by_level(clock(30.0, 90.0), clock(20.0, 60.0)),
        Institution.SHELTER: by_level(clock(60.0, 180.0), clock(30.0, 90.0)),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Seconds unless the name says otherwise. Units are named last.

    Attributes:
        clocks: how long an offer waits, by institution and level.
        offers_at_once: units asked at the same time for a need of an `extreme` alert (1 or 2; shelters: always 1).
        ask_again_after_s: a unit that declined or let an offer pass is not asked for that alert before this.
        stuck_retry_s: a stuck need is tried again at least this often, whatever happens on the board.
        accept_alarm_s: a need that nobody has accepted for so long calls a human, by level.
        alarm_again_s: an alarm whose cause stands sounds again after this, acknowledged or not.
        neighbours: zone (or `*`, any other) -> the neighbouring center that is asked when nobody here accepts.
        neighbour_after_s: how long an alarm for an unaccepted need stands before the neighbouring center is asked.
        neighbour_silent_s: a neighbouring center that has the need and is not heard for so long calls a human.
        turnout_within_s: who accepted and has not set off within this calls a human, by institution.
        overdue_factor, overdue_margin_s: a unit is overdue after so many times its travel time, and at least so
            much more than it.
        frozen_after_s: a unit on the way whose position has not changed for so long calls a human.
        welfare_s: a crew on scene that has said nothing for so long calls a human.
        quiet_s: whoever serves a need and has said nothing about it for so long calls a human.
        lost_after_s: a unit whose line has been dead for so long is asked nothing until it is heard again.
        close_within_s: an alert nobody works on any more and nobody closes calls a human after this.
        fix_age_max_s: an older position is not believed; the station stands for it.
        shortlist: how many of the nearest by distance are compared by road.
        station_penalty_s: added to the travel of a unit whose position is not known.
        other_zone_penalty_s, far_zone_penalty_s: added for a unit of a neighbouring zone, of one farther off.
        preference_penalty_s: added for each preferred capability a unit lacks.
        rest_s, rest_penalty_s: added for a unit that became free less than `rest_s` ago.
        shift_margin_s, shift_penalty_s: added for a unit whose shift ends within `shift_margin_s`.
        pair_from, pair_when: from this level on, a `yes` to one of these questions brings a second patrol, one for
            each party.
        reassign_gain_s: before it is on the way, a unit gives way to one that is nearer by so much.
        take_gain_s: a higher level takes a unit from a lower one if that is nearer by so much than any free one.
        change_min_s: a need is not changed twice within this.
        level_weight: how much a second of waiting counts, by level, where several needs are assigned together.
        wait_doubles_s: a need that waits so long counts double, twice as long three times, and so on.
        unattended_s: what a need left without anybody counts as, where several are assigned together.
        hold_s: a shelter's place is kept for her so long.
        aggressor_distance_min_m: metres a shelter must be away from every known place of the aggressor.
        order_within_s: the protection order is due so long after the call (T0).
        history_within_s: an alert of the same household within this makes the next one `high`.
        explain_max: how many nearer units are looked at to say why they were passed over.
        screens: risk screens that can be answered on scene.
    """

    clocks: Mapping[Institution, Mapping[Level, Clock]] = field(default_factory=_clocks)
    offers_at_once: int = 2
    ask_again_after_s: float = 300.0
    stuck_retry_s: float = 300.0
    accept_alarm_s: Mapping[Level, float] = field(
        default_factory=lambda: {Level.STANDARD: 180.0, Level.HIGH: 120.0, Level.EXTREME: 60.0}
    )
    alarm_again_s: float = 120.0
    neighbours: Mapping[str, str] = field(default_factory=dict)
    neighbour_after_s: float = 180.0
    neighbour_silent_s: float = 180.0
    turnout_within_s: Mapping[Institution, float] = field(
        default_factory=lambda: {Institution.POLICE: 120.0, Institution.PROSECUTOR: 1800.0}
    )
    overdue_factor: float = 1.5
    overdue_margin_s: float = 120.0
    frozen_after_s: float = 180.0
    welfare_s: float = 900.0
    quiet_s: float = 21600.0
    lost_after_s: float = 300.0
    close_within_s: float = 3600.0
    fix_age_max_s: float = 120.0
    shortlist: int = 20
    station_penalty_s: float = 30.0
    other_zone_penalty_s: float = 30.0
    far_zone_penalty_s: float = 60.0
    preference_penalty_s: float = 120.0
    rest_s: float = 300.0
    rest_penalty_s: float = 30.0
    shift_margin_s: float = 1800.0
    shift_penalty_s: float = 120.0
    pair_from: Level | None = Level.EXTREME
    pair_when: tuple[str, ...] = ("aggressor_present",)
    reassign_gain_s: float = 240.0
    take_gain_s: float = 240.0
    change_min_s: float = 120.0
    level_weight: Mapping[Level, float] = field(
        default_factory=lambda: {Level.STANDARD: 1.0, Level.HIGH: 4.0, Level.EXTREME: 16.0}
    )
    wait_doubles_s: float = 600.0
    unattended_s: float = 7200.0
    hold_s: float = 7200.0
    aggressor_distance_min_m: float = 3000.0
    order_within_s: float = 14400.0
    history_within_s: float = 365 * 86400.0
    explain_max: int = 100
    screens: tuple[Profile, ...] = (LAP,)

    def clock(self, institution: Institution, level: Level) -> Clock:
        """How long an offer of this kind waits."""
        return self.clocks[institution][level]

    def neighbour(self, zone: str) -> str | None:
        """The neighbouring center to ask for an alert in `zone`, or None where there is none."""
        return self.neighbours.get(zone, self.neighbours.get("*"))

    def screen(self, code: str) -> Profile | None:
        """The risk screen of that code, or None."""
        return next((profile for profile in self.screens if profile.code == code), None)

    def patient(self, seconds: float) -> "Rules":
        """The same rules, with every offer waiting so much longer."""
        clocks = {
            institution: {
                level: Clock(
                    seen_within_s=clock.seen_within_s + seconds, answer_within_s=clock.answer_within_s + seconds
                )
                for level, clock in by_level.items()
            }
            for institution, by_level in self.clocks.items()
        }
        return replace(self, clocks=clocks)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleBook:
    """Which rules count from when: pairs of (seconds since 1970 UTC, rules), oldest first.

    Before the first date the first rules count: a center is never without.
    """

    pages: tuple[tuple[float, Rules], ...] = ((0.0, Rules()),)

    def at(self, moment: float) -> Rules:
        """The rules that count at `moment`."""
        page = bisect_right([begins for begins, _ in self.pages], moment) - 1
        return self.pages[max(0, page)][1]
