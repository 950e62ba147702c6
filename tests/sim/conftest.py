"""A region small enough to be played in seconds."""

from pathlib import Path

import pytest

from simulator.region import Region, load_region
from tests.service_fixture import write_units, write_zones


@pytest.fixture(scope="session")
def region(tmp_path_factory: pytest.TempPathFactory) -> Region:
    """Two zones, three patrols, an invented net of streets."""
    folder: Path = tmp_path_factory.mktemp("region")
    write_zones(folder / "zones.geojson")
    write_units(folder / "units.csv")
    return load_region(folder, "two zones")
