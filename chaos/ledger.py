"""What the service acknowledged, kept outside it: a line in a file before anything else is done, and in memory."""

import os
from dataclasses import dataclass
from pathlib import Path

import msgspec

from simulator.live.wire import Answer, Json, Sent

YES = frozenset({200, 201})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
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
        self.answered: dict[str, Answered] = {}
        self.changed: list[str] = []
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def close(self) -> None:
        """Nothing more is written down."""
        os.close(self._file)

    def take(self, sent: Sent, answer: Answer) -> None:
        """Write down one answer. The same command answered otherwise than before is noted in `changed`."""
        one = Answered(
            token=sent.token,
            method=sent.method,
            path=sent.path,
            body=sent.body,
            status=answer.status,
            answer=answer.body,
        )
        os.write(self._file, msgspec.json.encode(one) + b"\n")
        before = self.answered.setdefault(one.id, one)
        if before.status != one.status or before.answer != one.answer:
            self.changed.append(one.id)

    @property
    def acknowledged(self) -> list[Answered]:
        """The commands that were said to be saved, in the order of their answers."""
        return [one for one in self.answered.values() if one.said_yes]

    @property
    def alerts(self) -> list[str]:
        """Every alert that was said to be saved."""
        return [str(one.answer["alert"]) for one in self.acknowledged if one.path == "/api/alerts"]
