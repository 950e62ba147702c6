"""Checkpoints as a check of the records uses them: what each row's hash was when it was signed for."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import msgspec

from app.security import chain
from app.security.checkpoints import Signed

from .findings import Verdict

TABLE = "checkpoints"


@dataclass(slots=True, kw_only=True)
class Points:
    """Checkpoints of one center that were signed with `key`: of each chain, row number -> hashes signed for it.

    `outside` is the highest number of those that were not in the database.
    """

    center: str
    key: str
    hashes: dict[str, dict[int, set[str]]] = field(default_factory=lambda: {chain.LOG: {}, chain.AUDIT: {}})
    outside: int = 0

    def read_file(self, lines: Iterable[str], verdict: Verdict) -> None:
        """Take in a file of checkpoints, a line each; other centers' lines are theirs."""
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            signed = self._signed(f"line {number}", line, verdict)
            if signed is not None and signed.checkpoint.center == self.center:
                self.outside = max(self.outside, signed.checkpoint.number)

    def read_rows(self, rows: Sequence[tuple[int, str]], verdict: Verdict, known: int) -> int:
        """Take in rows of the table in order, of which `known` is the last before them; the last now."""
        for number, text in rows:
            if number != known + 1:
                verdict.add(TABLE, known + 1, "missing", f"checkpoint {known + 1} is not there")
            known = number
            signed = self._signed(str(number), text, verdict)
            point = signed.checkpoint if signed else None
            if point is not None and (point.center, point.number) != (self.center, number):
                verdict.add(TABLE, number, "altered", f"checkpoint {number} is another one")
        return known

    def of(self, name: str) -> Iterator[int]:
        """The rows of a chain that were signed for, in order."""
        return iter(sorted(self.hashes[name]))

    def _signed(self, key: str, text: str, verdict: Verdict) -> Signed | None:
        try:
            signed = Signed.read(text)
        except msgspec.MsgspecError:
            verdict.add(TABLE, key, "altered", "this is no checkpoint")
            return None
        point = signed.checkpoint
        if point.center != self.center:
            return signed
        if not signed.signed_by(self.key):
            verdict.add(TABLE, key, "altered", f"checkpoint {point.number} was not signed with this center's key")
            return None
        self.hashes[chain.LOG].setdefault(point.log.seq, set()).add(point.log.hash)
        self.hashes[chain.AUDIT].setdefault(point.audit.seq, set()).add(point.audit.hash)
        return signed
