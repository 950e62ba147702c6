"""The one secret of an installation: 32 random bytes in a file, base64, made at the first start.

Whoever has this file and the database can read everything; whoever loses it can read no details any more. So it
is backed up apart from the database.
"""

import base64
import binascii
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

KEY_BYTES = 32


class KeyFileBroken(Exception):
    """The key file cannot be read or is not what it should be; the sentence says what to do."""

    code = "key_file_broken"

    @property
    def sentence(self) -> str:
        """What is wrong and what to do."""
        return str(self)


@dataclass(frozen=True, slots=True, eq=False)
class MasterKey:
    """The secret in memory. It does not print, and two are never compared."""

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) != KEY_BYTES:
            raise ValueError(f"a master key has {KEY_BYTES} bytes")

    @classmethod
    def read(cls, path: Path) -> Self:
        """The key in that file. Raises KeyFileBroken when there is none or it is not 32 bytes in base64."""
        try:
            text = path.read_bytes()
        except OSError as problem:
            raise KeyFileBroken(f"The key file {path} cannot be read: {problem.strerror}.") from problem
        try:
            return cls(base64.b64decode(text.strip(), validate=True))
        except (binascii.Error, ValueError):
            # `from None`: what stood in the file belongs in no log.
            raise KeyFileBroken(
                f"The key file {path} is not {KEY_BYTES} bytes in base64; bring it back from its backup."
            ) from None

    @classmethod
    def read_or_make(cls, path: Path) -> Self:
        """The key in that file; without one, a new key, written first. Raises KeyFileBroken.

        Several services may start at once on one disk: all of them end with the same key.
        """
        try:
            if not path.exists():
                _make(path)
        except OSError as problem:
            raise KeyFileBroken(f"The key file {path} cannot be made: {problem.strerror}.") from problem
        return cls.read(path)


def _make(path: Path) -> None:
    """Write a new key under another name, then give it this one if nobody was faster: a half-written key is never
    seen here, not even after a power cut."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(handle, "wb") as file:
            file.write(base64.b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    finally:
        draft.unlink()
