"""What the service acknowledged, kept outside it: a line in a file before anything else is done, and in memory."""

import os
from dataclasses import dataclass
from pathlib import Path

import msgspec

from simulator.live.wire import Answer, Json, Sent

YES = frozenset({200, 201})


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One answered command: as it was sent, and the status and body of its answer."""

    token: str
    method: str
    path: str
    body: Json
    status: int
    answer: Json

    @property
    def id(self) -> str:
        """The command's id."""
        return str(self.body["id"])

    @property
    def said_yes(self) -> bool:
        """Whether the service said that it is saved."""
        return self.status in YES


class Ledger:
    """Append-only. The file holds tokens and places of invented people; it is as private as its folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines: dict[str, Line] = {}
        self.changed: list[str] = []
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def close(self) -> None:
        """Nothing more is written down."""
        os.close(self._file)

    def take(self, sent: Sent, answer: Answer) -> None:
        """Write down one answer. The same command answered otherwise than before is noted in `changed`."""
        line = Line(
            token=sent.token,
            method=sent.method,
            path=sent.path,
            body=sent.body,
            status=answer.status,
            answer=answer.body,
        )
        os.write(self._file, msgspec.json.encode(line) + b"\n")
        before = self.lines.setdefault(line.id, line)
        if before.status != line.status or before.answer != line.answer:
            self.changed.append(line.id)

    @property
    def acknowledged(self) -> list[Line]:
        """The commands that were said to be saved, in the order of their answers."""
        return [line for line in self.lines.values() if line.said_yes]

    @property
    def alerts(self) -> list[str]:
        """Every alert that was said to be saved."""
        return [str(line.answer["alert"]) for line in self.acknowledged if line.path == "/api/alerts"]
