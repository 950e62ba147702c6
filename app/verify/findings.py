"""What a check of the records has found: which row, and what is wrong with it."""

from dataclasses import dataclass, field

FINDINGS_MAX = 100
"""Of so many a verdict says which; of more only how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One row that is not as it was written.

    `what` is `missing`, `altered`, `unexpected` (nobody wrote it through the desk), `does_not_open`, or
    `checkpoint` (a signed checkpoint says otherwise). `key` is the row's key in its table.
    """

    table: str
    key: str
    what: str
    sentence: str


@dataclass(slots=True, kw_only=True)
class Verdict:
    """How many rows were looked at, and what was found, first things first: nothing, and all is well."""

    rows: dict[str, int] = field(default_factory=dict)
    erased: int = 0
    findings: list[Finding] = field(default_factory=list)
    found: int = 0

    @property
    def well(self) -> bool:
        return self.found == 0

    def add(self, table: str, key: object, what: str, sentence: str) -> None:
        """Note a finding."""
        self.found += 1
        if len(self.findings) < FINDINGS_MAX:
            self.findings.append(Finding(table=table, key=str(key), what=what, sentence=sentence))
