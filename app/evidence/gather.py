"""What the log says of one alert, from its first row to the checkpoint that covers its last."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from app.security import chain
from app.security.checkpoints import Signed
from app.store import audit, checkpoints, queries
from app.store.chained import LogRow


class RecordsAltered(Exception):
    """A row does not bear the hash it must: nothing is evidence before that is cleared up."""

    code = "records_altered"

    def __init__(self, seq: int) -> None:
        super().__init__(seq)
        self.sentence = (
            f"Row {seq} of the log is not as it was written, so no evidence is made of it. Run naranja db verify."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One row of the alert: what was hashed (`leaf`), the hash before it and its own, in hex."""

    seq: int
    at: float
    kind: str
    unit: str | None
    leaf: str
    before: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """An alert's rows in order, and the way from each to the checkpoint.

    `between` is (row, SHA-256 of its leaf) of every other row up to the checkpoint's: they are other alerts', and
    tell nothing. `checkpoint` is None while none covers the last row. Ids only, nothing personal.
    """

    center: str
    alert: str
    folio: str
    state: str
    made_at: float
    steps: Sequence[Step]
    between: Sequence[tuple[int, str]]
    checkpoint: Signed | None


async def gather(connection: AsyncConnection, center: str, alert: str, *, by: str, at: float) -> Evidence | None:
    """The evidence of an alert, None where there is no such alert; who asked is written in the same transaction.

    Raises RecordsAltered.
    """
    head = await queries.alert_head(connection, center, alert)
    if head is None:
        return None
    await audit.write(connection, center, at=at, by=by, what="evidence", alert=alert)
    own = [entry.seq for entry in await queries.story(connection, center, alert)]
    if not own:
        raise RecordsAltered(0)
    point = await checkpoints.covering(connection, center, own[-1])
    last = point.checkpoint.log.seq if point else own[-1]
    rows = await queries.log_rows(connection, center, own[0] - 1, last)
    steps, between = _walked(center, rows, set(own), own[0])
    if len(steps) + len(between) != last - own[0] + 1:
        raise RecordsAltered(last)
    if point is not None and (rows[-1].seq, rows[-1].hash.hex()) != (last, point.checkpoint.log.hash):
        raise RecordsAltered(last)
    return Evidence(
        center=center,
        alert=head.id,
        folio=head.folio,
        state=head.state,
        made_at=at,
        steps=steps,
        between=between,
        checkpoint=point,
    )


def _walked(
    center: str, rows: Sequence[LogRow], own: set[int], first: int
) -> tuple[list[Step], list[tuple[int, str]]]:
    """The alert's rows and the digests of the others, each checked against the row before it."""
    steps: list[Step] = []
    between: list[tuple[int, str]] = []
    head = chain.genesis(chain.LOG, center)
    for row in rows:
        if row.seq < first:
            head = row.hash
            continue
        leaf = row.leaf(center)
        if chain.following(head, leaf) != row.hash:
            raise RecordsAltered(row.seq)
        if row.seq in own:
            steps.append(
                Step(
                    seq=row.seq,
                    at=row.at,
                    kind=row.kind,
                    unit=row.unit,
                    leaf=leaf.decode(),
                    before=head.hex(),
                    hash=row.hash.hex(),
                )
            )
        else:
            between.append((row.seq, chain.digest(leaf).hex()))
        head = row.hash
    return steps, between
