"""Makes a map file into roads that can be asked: all of them or none, and the old ones stay until then."""

import asyncio
import fcntl
import hashlib
import importlib.metadata
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec

from app.children.problem import RoadsRefused
from app.children.process import Command, spawn
from app.children.programs import package_directory

NAME = "roads.osrm"
SUMMARY = "roads.json"
OUTPUT_LINES_MAX = 12
SUFFIXES = (".osm.pbf", ".osm", ".osm.bz2")
_MILESTONES = (
    ("Parsing in progress", "reading the map", 0.02),
    ("Parsing finished", "joining streets", 0.35),
    ("Generating edge-expanded graph representation", "finding junctions", 0.45),
    ("Generating guidance turns", "measuring turns", 0.60),
    ("Building r-tree", "indexing places", 0.70),
    ("Computing recursive bisection", "dividing the region", 0.75),
    ("Loading partition data", "computing times", 0.90),
)
"""What the programs say, what a person is told then, and the share of the work done by then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadsSummary:
    """What was made of which file. `nodes` and `edges` are those of the street network, not of the file."""

    source: str
    sha256: str
    nodes: int
    edges: int
    seconds: float
    program: str
    folder: str


async def prepare_roads(
    source: Path, target: Path, progress: Callable[[str, float], None] = lambda _step, _share: None
) -> RoadsSummary:
    """Make `source` (.osm.pbf, .osm, .osm.bz2) into roads in the folder `target`, in place of those there.

    `progress` hears a step and the share of the work done, 0 to 1. Raises RoadsRefused with the code
    `children.roads.source_missing`, `.not_osm`, `.damaged`, `.no_roads`, `.busy` or `.program_failed`.
    Until the new roads are whole and on disk the old ones stay, also when this is cancelled or the power fails.
    """
    began = time.monotonic()
    path, digest = await asyncio.to_thread(_examined, source)
    lock = await asyncio.to_thread(_locked, target)
    try:
        return await _prepare(began, path, digest, target, progress)
    finally:
        os.close(lock)


async def _prepare(
    began: float, source: Path, digest: str, target: Path, progress: Callable[[str, float], None]
) -> RoadsSummary:
    # A folder in `target` is on the same disk: publishing it is a rename and never a copy.
    work = Path(tempfile.mkdtemp(dir=target, prefix="roads-"))
    try:
        numbers = await _make(source, work, progress)
        summary = RoadsSummary(
            source=source.name,
            sha256=digest,
            nodes=numbers["nodes"],
            edges=numbers["edges"],
            seconds=round(time.monotonic() - began, 3),
            program=f"osrm-bindings {importlib.metadata.version('osrm-bindings')}",
            folder=work.name,
        )
        await asyncio.to_thread(_publish, summary, work, target)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    progress("ready", 1.0)
    return summary


def read_summary(target: Path) -> RoadsSummary | None:
    """What roads `target` holds; None when there are none."""
    try:
        return msgspec.json.decode((target / SUMMARY).read_bytes(), type=RoadsSummary)
    except FileNotFoundError:
        return None


def roads_file(target: Path) -> Path | None:
    """The base name osrm-routed wants, of the newest whole roads in `target`; None when there are none."""
    summary = read_summary(target)
    return target / summary.folder / NAME if summary is not None else None


async def _make(source: Path, work: Path, progress: Callable[[str, float], None]) -> dict[str, int]:
    """Extract, partition and customise into `work`; the counts the programs print."""
    package = package_directory("osrm")
    roads = str(work / NAME)
    profile = str(package / "share" / "profiles" / "car.lua")
    numbers = {"nodes": 0, "edges": 0}
    for program, arguments in (
        ("osrm-extract", ("--profile", profile, "--output", roads, str(source))),
        ("osrm-partition", (roads,)),
        ("osrm-customize", (roads,)),
    ):
        command = Command(arguments=(str(package / "bin" / program), *arguments), directory=work)
        process = await spawn(command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)
        lines: list[str] = []
        try:
            assert process.stdout is not None
            async for raw in process.stdout:
                line = raw.decode(errors="replace").strip()
                lines = [*lines[-OUTPUT_LINES_MAX + 1 :], line] if line.strip(".%0123456789 ") else lines
                for said, step, share in _MILESTONES:
                    if said in line:
                        progress(step, share)
                if found := re.search(r"Loaded edge based graph: (\d+) edges, (\d+) nodes", line):
                    numbers = {"edges": int(found[1]), "nodes": int(found[2])}
            await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode != 0:
            raise _refused(program, process.returncode or 0, source.name, "\n".join(lines))
    return numbers


def _refused(program: str, status: int, name: str, output: str) -> RoadsRefused:
    """What the program's last words mean for the person who gave the file."""
    if "_error'" in output and "osmium::" in output:
        sentence = f"{name} is damaged or was cut off while it was copied. Fetch it again."
        return RoadsRefused("children.roads.damaged", sentence, output=output)
    if "no edges" in output:
        sentence = f"{name} holds no street a car may use. Is it the right file, with its ways and their nodes?"
        return RoadsRefused("children.roads.no_roads", sentence, output=output)
    reason = "was ended from outside; is there enough memory?" if status == -9 else f"failed with status {status}."
    return RoadsRefused("children.roads.program_failed", f"{program} {reason}", output=output)


def _examined(source: Path) -> tuple[Path, str]:
    """The file's whole path and its sha256. Refuses what cannot be a map by its name and its first bytes."""
    try:
        with source.open("rb") as file:
            head = file.read(4096)
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as problem:
        sentence = f"{source} cannot be read: {problem.strerror}."
        raise RoadsRefused("children.roads.source_missing", sentence) from problem
    forms = (head[4:32].find(b"OSMHeader") >= 0, b"<osm" in head, head.startswith(b"BZh"))
    if not any(form and source.name.endswith(suffix) for form, suffix in zip(forms, SUFFIXES, strict=True)):
        sentence = (
            f"{source.name} is not an OpenStreetMap file whose name says what it is "
            f"({', '.join(SUFFIXES)}). Fetch an extract of the region in one of these forms."
        )
        raise RoadsRefused("children.roads.not_osm", sentence)
    return source.resolve(), digest


def _locked(target: Path) -> int:
    """Hold `target` for one import at a time: a file descriptor, given up by closing it or by dying."""
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(target / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as problem:
        os.close(descriptor)
        sentence = f"Another import is making roads in {target}. Wait until it has ended."
        raise RoadsRefused("children.roads.busy", sentence) from problem
    return descriptor


def _publish(summary: RoadsSummary, work: Path, target: Path) -> None:
    """Make `work` the roads of `target` by one rename of the small file that names it; then drop older ones."""
    fresh = work / SUMMARY
    fresh.write_bytes(msgspec.json.format(msgspec.json.encode(asdict(summary))))
    for path in (*work.iterdir(), work):
        _sync(path)
    fresh.replace(target / SUMMARY)
    _sync(target)
    for older in target.glob("roads-*"):
        if older != work:
            # A running osrm-routed has read its files into memory and does not miss them.
            shutil.rmtree(older, ignore_errors=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
