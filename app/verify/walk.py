"""One walk along a hash chain, row by row."""

from app.security import chain

from .findings import Verdict
from .points import Points


class Walk:
    """Along the chain `name` of a center, kept in `table`. What is found goes to the verdict.

    Behind a row that is wrong it goes on from the hash that row bears, so that one wrong row is one finding.
    """

    def __init__(self, name: str, table: str, center: str, points: Points, verdict: Verdict) -> None:
        self._table, self._verdict = table, verdict
        self._points = points.hashes[name]
        self._signed_up_to = [0, *points.of(name)]
        self.seq, self.head = 0, chain.genesis(name, center)
        self._check_point()

    def step(self, seq: int, leaf: bytes, bears: bytes) -> None:
        """The next row: its number, its leaf, and the hash it bears."""
        if seq == self.seq + 1:
            if chain.following(self.head, leaf) != bears:
                self._add(seq, "altered", "is not what was written, or not where it was written")
        else:
            self._missing(seq - 1)
        self.seq, self.head = seq, bears
        if seq in self._points:
            self._check_point()

    def end(self, seq: int, head: bytes | None = None) -> None:
        """There are no more rows; elsewhere it says that the last one is `seq`, and bears `head`."""
        if seq > self.seq:
            self._missing(seq)
        elif seq < self.seq:
            self._add(seq + 1, "unexpected", f"stands behind the last row, {seq}")
        elif head is not None and head != self.head:
            self._add(seq, "altered", "does not bear the hash that was noted as the last")
        behind = [point for point in self._signed_up_to if point > max(seq, self.seq)]
        if behind:
            self._add(max(seq, self.seq) + 1, "missing", f"is gone: a checkpoint was signed for row {behind[-1]}")

    def _missing(self, last: int) -> None:
        more = f", like all up to row {last}" if last > self.seq + 1 else ""
        self._add(self.seq + 1, "missing", f"is not there{more}")

    def _check_point(self) -> None:
        signed = self._points.get(self.seq)
        if signed is not None and signed != {self.head.hex()}:
            first = max((point for point in self._signed_up_to if point < self.seq), default=0) + 1
            self._add(self.seq, "checkpoint", f"or a row from {first} on is not what a checkpoint was signed for")

    def _add(self, seq: int, what: str, says: str) -> None:
        self._verdict.add(self._table, seq, what, f"row {seq} of {self._table} {says}")
