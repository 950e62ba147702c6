"""Places as vectors of length one from the Earth's centre, and how far apart they are by the chord between."""

import math

import numpy as np
import numpy.typing as npt

from app.geo.cells import Vector
from app.geo.point import EARTH_RADIUS_M, Point

Floats = npt.NDArray[np.float64]


def vector(place: Point) -> Vector:
    """The place on the unit sphere: x towards 0° E, y towards 90° E, z towards the north pole."""
    lat, lon = math.radians(place.lat), math.radians(place.lon)
    out = math.cos(lat)
    return out * math.cos(lon), out * math.sin(lon), math.sin(lat)


def chord_squares(vectors: Floats, spot: Vector) -> Floats:
    """Squares of the chords from a place to each column of a (3, n) array; n of them.

    Of differences: a dot product loses everything below some ten metres.
    """
    x, y, z = spot
    squares: Floats = vectors[0] - x
    squares *= squares
    other = np.empty_like(squares)
    for axis, value in ((1, y), (2, z)):
        np.subtract(vectors[axis], value, out=other)
        other *= other
        squares += other
    return squares


def micrometres(squares: Floats) -> Floats:
    """Great circles of chord squares, whole micrometres: so that the last bit of an arcsine, which differs from
    one processor to another, never decides who goes first."""
    chords = np.sqrt(np.minimum(squares, 4.0))
    steps: Floats = np.rint(2e6 * EARTH_RADIUS_M * np.arcsin(chords / 2))
    return steps
