"""The ground of a trial: zones, patrols, and the seconds by road between the places of a region."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from app.geo.point import Point
from app.geo.unit_files import UnitRow
from app.geo.zones import Zones


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Region:
    """What stays the same over all nights.

    Attributes:
        name: for people.
        places: where a patrol or a call can be.
        zone_of: of each place, the zone it is in.
        seconds: [from, to] by road, free and without lights; every place can be reached from every other.
        patrols: the police units.
        population: zone -> people, where the file said it.
        roads: how the seconds are known, in a sentence for the assumptions.
    """

    name: str
    zones: Zones = field(repr=False)
    places: Sequence[Point] = field(repr=False)
    zone_of: Sequence[str] = field(repr=False)
    seconds: npt.NDArray[np.float32] = field(repr=False)
    patrols: Sequence[UnitRow] = field(repr=False)
    population: Mapping[str, float] = field(repr=False)
    roads: str
