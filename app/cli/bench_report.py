"""P50 and P90 by zone x shift x institution: from a report's columns, and by PostgreSQL on the same rows."""

import resource
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import numpy as np

from app.children.postgres import EmbeddedPostgres
from app.reports.codes import Codes
from app.reports.groups import groups_of
from app.reports.intervals import INTERVALS
from app.reports.observations import INSTITUTIONS, OF_AN_ALERT, OF_AN_OBSERVATION, Column, Observations
from app.reports.ordered import ordered
from app.reports.response_times import Row, Shifts, rows_of

SEED = 847
ZONES = 847
INTERVAL = "response"
BY = ("zone", "shift", "institution")
SHIFTS = Shifts(time_zone=ZoneInfo("UTC"))
MEDIAN_S, SPREAD = 900.0, 0.7
"""Of the log-normal lengths: median in seconds, standard deviation of the logarithm."""
AT_ONCE = 500_000
SQL = (
    "SELECT zone, shift, institution, percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY seconds)"
    " FROM responses GROUP BY zone, shift, institution"
)
TABLE = "CREATE TABLE responses (zone smallint, shift smallint, institution smallint, seconds float8)"
Cuts = dict[tuple[str, ...], tuple[float, float]]


async def report_figures(rows: int, rounds: int) -> dict[str, Any]:
    """Medians in seconds over alternating rounds. Raises RuntimeError where a single digit of a group differs."""
    seen = _made(rows)
    first = _from_columns(seen)
    peak = _peak_mib()
    times: dict[str, list[float]] = {}
    found: dict[str, Any] = {}
    with TemporaryDirectory() as folder:
        async with AsyncExitStack() as stack:
            postgres = EmbeddedPostgres(Path(folder) / "postgres")
            await postgres.start()
            stack.push_async_callback(postgres.stop)
            sql = await asyncpg.connect(postgres.dsn())
            stack.push_async_callback(sql.close)
            await _copy(sql, seen)

            async def columns() -> Cuts:
                return _from_columns(seen)

            async def report() -> list[Row]:
                return rows_of(seen, BY, [INTERVAL], at=0.0, shifts=SHIFTS)

            ways: dict[str, Callable[[], Awaitable[Any]]] = {
                "theirs": lambda: sql.fetch(SQL),
                "columns": columns,
                "report": report,
            }
            for number in range(rounds):
                for way in list(ways)[:: 1 if number % 2 else -1]:
                    began = time.perf_counter()
                    found[way] = await ways[way]()
                    times.setdefault(way, []).append(time.perf_counter() - began)
    _check(first, found["columns"])
    _check(first, {_names(row): (row[3][0], row[3][1]) for row in found["theirs"]})
    _check(first, {tuple(value for _, value in row.group): (row.p50_s, row.p90_s) for row in found["report"]})
    theirs, ours, whole = (statistics.median(times[way]) for way in ("theirs", "columns", "report"))
    return {
        "rows": rows,
        "groups": len(first),
        "rounds": rounds,
        "columns_p50_p90_s": round(ours, 3),
        "columns_whole_report_s": round(whole, 3),
        "postgresql_percentile_cont_s": round(theirs, 3),
        "times_faster": round(theirs / ours, 1),
        "times_faster_whole_report": round(theirs / whole, 1),
        "groups_with_the_same_digits": len(first),
        "columns_mib": round(sum(one.nbytes for one in (*seen.alerts.values(), *seen.seen.values())) / 2**20),
        "peak_rss_mib": peak,
        "peak_rss_whole_report_mib": _peak_mib(),
    }


def _made(rows: int) -> Observations:
    """So many measured responses of as many alerts, the same each time."""
    chance = np.random.default_rng(SEED)
    zones = Codes()
    for zone in range(ZONES):
        zones.of(f"{zone:04}")
    names = {"zone": zones, "unit": Codes(), "center": Codes()}
    for key in ("unit", "center"):
        names[key].of("bench")
    alerts: dict[str, Column] = {name: np.zeros(rows, dtype=kind) for name, kind in OF_AN_ALERT.items()}
    seen: dict[str, Column] = {name: np.zeros(rows, dtype=kind) for name, kind in OF_AN_OBSERVATION.items()}
    alerts["zone"] = chance.integers(0, ZONES, rows, dtype=np.int32)
    alerts["hour"] = chance.integers(0, 24, rows, dtype=np.uint8)
    seen["alert"] = np.arange(rows, dtype=np.int32)
    seen["interval"] += list(INTERVALS).index(INTERVAL)
    seen["institution"] = chance.integers(0, 3, rows, dtype=np.uint8)
    seen["seconds"] = np.round(chance.lognormal(np.log(MEDIAN_S), SPREAD, rows), 6)
    return Observations(time_zone=SHIFTS.time_zone, alerts=alerts, seen=seen, names=names)


def _from_columns(seen: Observations) -> Cuts:
    """Zone, shift, institution -> P50, P90 of the measured."""
    groups = groups_of(seen, BY, SHIFTS.of_hour)
    lengths = ordered(seen.seen["seconds"], groups.codes, len(groups))
    cuts = zip(lengths.percentiles(0.5).tolist(), lengths.percentiles(0.9).tolist(), strict=True)
    return dict(zip(groups.names, cuts, strict=True))


async def _copy(sql: Any, seen: Observations) -> None:
    """The same rows into PostgreSQL, in its binary form, some at a time."""
    await sql.execute(TABLE)
    kinds = [("zone", ">i2"), ("shift", ">i2"), ("institution", ">i2"), ("seconds", ">f8")]
    fields = [(part, kind) for name, kind in kinds for part, kind in ((f"{name}_bytes", ">i4"), (name, kind))]
    starts = np.array([sorted(set(SHIFTS.of_hour)).index(name) for name in SHIFTS.of_hour])

    def parts() -> Iterator[bytes]:
        for begin in range(0, len(seen.seen["alert"]), AT_ONCE):
            part = slice(begin, begin + AT_ONCE)
            alert = seen.seen["alert"][part]
            made = np.zeros(len(alert), dtype=[("fields", ">i2"), *fields])
            made["fields"] = len(kinds)
            for name, kind in kinds:
                made[f"{name}_bytes"] = np.dtype(kind).itemsize
            made["zone"], made["shift"] = seen.alerts["zone"][alert], starts[seen.alerts["hour"][alert]]
            made["institution"], made["seconds"] = seen.seen["institution"][part], seen.seen["seconds"][part]
            yield b"PGCOPY\n\xff\r\n\0" + bytes(8) + made.tobytes() + b"\xff\xff"

    for part in parts():
        await sql.copy_to_table("responses", source=BytesIO(part), format="binary")
    await sql.execute("VACUUM ANALYZE responses")


def _names(row: Any) -> tuple[str, ...]:
    shifts = sorted(set(SHIFTS.of_hour))
    return f"{row['zone']:04}", shifts[row["shift"]], INSTITUTIONS[row["institution"]]


def _check(one: Cuts, other: Mapping[tuple[str, ...], Any]) -> None:
    """Every group has the same two numbers, bit for bit, whoever found them."""
    different = [name for name in one.keys() | other.keys() if one.get(name) != other.get(name)]
    if different:
        raise RuntimeError(f"{len(different)} groups differ, among them {different[0]}")


def _peak_mib() -> int:
    """The most memory this process had at any time so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (2**20 if sys.platform == "darwin" else 2**10))
