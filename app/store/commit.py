"""A commit of the desk as one statement: whatever tables it writes, one way to the database and one flush."""

from dataclasses import dataclass
from functools import cache

BELL = "naranja"
"""The channel of the bell; its payload is `center:seq`, or `center:region` after an import, or `center:keys` after
a change of keys, and nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One table's share of a commit: rows come as one array for each of `takes`, a name and its type."""

    into: str
    gives: str
    takes: tuple[tuple[str, str], ...]
    conflict: str = ""


ANSWERS = Part(
    into="answers (center, command, digest, receipt)",
    gives="c, d, r::jsonb",
    takes=(("c", "text"), ("d", "bytea"), ("r", "text")),
)
EVENTS = Part(
    into="events (center, seq, at, by, command, at_device, kind, alert, unit, body, seals, hash)",
    gives="s, a, b, c, d, k, al, u, j::json, x, h",
    takes=(
        *(("s", "bigint"), ("a", "float8"), ("b", "text"), ("c", "text"), ("d", "float8"), ("k", "text")),
        *(("al", "uuid"), ("u", "text"), ("j", "text"), ("x", "bytea"), ("h", "bytea")),
    ),
)
ALERTS = Part(
    into="alerts (center, id, folio, state, raised_at, on_board, body)",
    gives="i, f, s, r, j IS NOT NULL, j::jsonb",
    takes=(("i", "uuid"), ("f", "text"), ("s", "text"), ("r", "float8"), ("j", "text")),
    conflict="(id) DO UPDATE SET state = excluded.state, on_board = excluded.on_board, body = excluded.body",
)
UNITS = Part(
    into="units (center, code, capacity, listed, body)",
    gives="c, m, l, j::jsonb",
    takes=(("c", "text"), ("m", "smallint"), ("l", "bool"), ("j", "text")),
    conflict="(center, code) DO UPDATE"
    " SET capacity = excluded.capacity, listed = excluded.listed, body = excluded.body",
)
ASSIGNMENTS = Part(
    into="assignments (center, id, alert, need, unit, slot, capacity, state, live, body)",
    gives="i, a, d, u, s, p, t, j IS NOT NULL, j::jsonb",
    takes=(
        *(("i", "uuid"), ("a", "uuid"), ("d", "text"), ("u", "text"), ("s", "smallint"), ("p", "smallint")),
        *(("t", "text"), ("j", "text")),
    ),
    conflict="(id) DO UPDATE"
    " SET capacity = excluded.capacity, state = excluded.state, live = excluded.live, body = excluded.body",
)
KEYS = Part(into="alert_keys (center, alert, wrapped)", gives="a, w", takes=(("a", "uuid"), ("w", "bytea")))
DETAILS = Part(
    into="details (center, id, alert, kind, at, by, sealed)",
    gives="i, a, k, t, b, s",
    takes=(("i", "text"), ("a", "uuid"), ("k", "text"), ("t", "float8"), ("b", "text"), ("s", "bytea")),
)
HOUSEHOLDS = Part(
    into="household_alerts (center, token, alert, raised_at)",
    gives="t, a, r",
    takes=(("t", "uuid"), ("a", "uuid"), ("r", "float8")),
    conflict="DO NOTHING",
)
_SWAP = """
UPDATE centers SET last_seq = $3, last_at = $4, folios = $5 WHERE id = $1 AND last_seq = $2
AND (SELECT hash FROM events WHERE center = $1 AND seq = $2) IS NOT DISTINCT FROM $6::bytea RETURNING 1"""
"""The head the rows are chained to is remembered from the commit before, and believed only as it stands here."""
HEAD = "SELECT hash FROM events WHERE center = $1 AND seq = $2"
_GIVEN = 7
"""Parameters before the arrays: the swap's six, and what the bell says."""


@cache
def statement(parts: tuple[Part, ...], *, rings: bool) -> str:
    """Everything a commit of these tables writes, as one statement: one way to the database, one flush.

    1. The center's row is swapped, or nothing at all is written. 2. The answers are written before anything else,
    so that a repeated command is known as one, whatever else it would meet. 3. All the rest. 4. The bell.
    Returns no row where another was faster. Parameters: the swap's six, what the bell says, then the arrays.
    """
    # Nothing of what is put together here comes from outside.
    steps, taken = [f"swap AS ({_SWAP})"], _GIVEN
    answers = [part for part in parts if part is ANSWERS]
    gate = f"gate AS (SELECT count(*) AS passed FROM {'answered' if answers else 'swap'})"  # noqa: S608
    for number, part in enumerate([*answers, *(part for part in parts if part is not ANSWERS)]):
        first = part is ANSWERS
        arrays = ", ".join(f"${taken + at}::{kind}[]" for at, (_, kind) in enumerate(part.takes, 1))
        names = ", ".join(name for name, _ in part.takes)
        # In the rows' own order: of two assignments of one slot the first is over before the second begins.
        steps.append(
            f"{'answered' if first else f'part{number}'} AS (INSERT INTO {part.into} SELECT $1, {part.gives}"  # noqa: S608
            f" FROM {'swap' if first else 'gate'}, unnest({arrays}) WITH ORDINALITY AS t({names}, row)"
            f"{'' if first else ' WHERE passed > 0'} ORDER BY row"
            f"{f' ON CONFLICT {part.conflict}' if part.conflict else ''} RETURNING 1)"
        )
        taken += len(part.takes)
    steps.insert(1 + len(answers), gate)
    bell = f"pg_notify('{BELL}', $7)" if rings else "$7::text"
    return f"WITH {', '.join(steps)} SELECT {bell} FROM gate WHERE passed > 0"  # noqa: S608
