"""The small town in which the stories happen: two zones, six units, one of them a shelter nobody may find."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

TRUE_LAT, TRUE_LON = 25.98765, -100.31234
"""Where the sealed shelter really is. No frame, answer, log record or row in the clear may ever hold this."""

HOME = {"lat": 25.6601, "lon": -100.3201}
"""Where she calls from."""

UNITS = f"""code,institution,agency,lat,lon,capacity,sealed,capabilities,children_max
KILO-7,police,municipal,25.661,-100.321,1,no
LIMA-2,police,municipal,25.670,-100.321,1,no
MIKE-9,police,estatal,25.680,-100.321,1,no
FISCAL-1,prosecutor,fiscalia,25.665,-100.325,1,no
FISCAL-2,prosecutor,fiscalia,25.690,-100.325,1,no
CASA-1,shelter,red_refugios,{TRUE_LAT},{TRUE_LON},3,yes
"""
"""Three patrols in the order of their distance from her home, two prosecutors, three places in one shelter."""

CODES = tuple(line.split(",")[0] for line in UNITS.splitlines()[1:])


@dataclass(frozen=True, slots=True)
class Town:
    """The files an import reads."""

    zones: Path
    units: Path


def town(folder: Path, more: Sequence[str] = (), truth: tuple[float, float] = (TRUE_LAT, TRUE_LON)) -> Town:
    """Write the town's files into `folder`, with `more` units than the usual ones; the shelter is at `truth`."""
    folder.mkdir(parents=True, exist_ok=True)
    found = Town(folder / "zones.geojson", folder / "units.csv")
    features = [
        _zone("centro", south=25.60, north=25.70),
        _zone("norte", south=25.70, north=26.00),
    ]
    found.zones.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    usual = UNITS.replace(f"{TRUE_LAT},{TRUE_LON}", f"{truth[0]},{truth[1]}")
    found.units.write_text(usual + "".join(f"{row}\n" for row in more))
    return found


def _zone(name: str, *, south: float, north: float) -> dict[str, object]:
    west, east = -100.40, -100.25
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {
        "type": "Feature",
        "properties": {"id": name, "name": name.title()},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
