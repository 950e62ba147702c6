"""The one secret of an installation: 32 random bytes, base64. It wraps the keys of the centers and nothing else.

Whoever has it and the database can read everything; whoever loses it can read no details any more. So it is
backed up apart from the database. Where it comes from is in `key_source`: by default a file, made at the first
start.
"""

import base64
import binascii
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, Self

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from .envelope import KEY_BYTES, id_in, joined, key_id, seal, unseal, wrong_key


class KeySourceBroken(Exception):
    """No master key came from where it should; the sentence says what to do and nothing of what came."""

    code = "key_source_broken"

    @property
    def sentence(self) -> str:
        """What is wrong and what to do."""
        return str(self)


class KeyFileBroken(KeySourceBroken):
    """The key file cannot be read or is not what it should be."""

    code = "key_file_broken"


class KeyService(Protocol):
    """What a service for keys does, ours or a machine that never gives its key away: wraps others, unwraps them.

    What was wrapped in one context does not unwrap in another.
    """

    def wrap(self, secret: bytes, context: bytes) -> bytes:
        """The secret so that it can be stored."""
        ...

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """The secret again. Raises Unsealable."""
        ...

    def wrapped_it(self, wrapped: bytes) -> bool:
        """Whether the key of now wrapped it, and not one of before."""
        ...

    def derived(self, label: str, center: str) -> bytes:
        """32 bytes, always the same for these words, which say nothing of the key: what a center begins with."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class MasterKey:
    """The secret in memory, and those of before that still open. It does not print, and two are never compared.

    A `KeyService`. It wraps with its own secret and unwraps with whichever of them did.
    """

    secret: bytes = field(repr=False)
    older: tuple["MasterKey", ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) != KEY_BYTES:
            raise ValueError(f"a master key has {KEY_BYTES} bytes")

    @classmethod
    def parse(cls, text: bytes) -> Self:
        """The key on the first line; those on further lines are older ones. Raises ValueError, quoting nothing."""
        try:
            first, *older = (base64.b64decode(line, validate=True) for line in text.split())
            return cls(first, tuple(cls(secret) for secret in older))
        except (binascii.Error, ValueError):
            # `from None`: what stood there belongs in no log.
            raise ValueError(f"not {KEY_BYTES} bytes in base64") from None

    @classmethod
    def read(cls, path: Path) -> Self:
        """The key in that file. Raises KeyFileBroken when there is none or it is not 32 bytes in base64."""
        try:
            text = path.read_bytes()
        except OSError as problem:
            raise KeyFileBroken(f"The key file {path} cannot be read: {problem.strerror}.") from problem
        try:
            return cls.parse(text)
        except ValueError:
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

    def wrap(self, secret: bytes, context: bytes) -> bytes:
        """The secret under this key, for this context only."""
        return seal(self.secret, joined("master key") + context, secret)

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """What this key, or one of the older, wrapped in this context. Raises Unsealable."""
        for key in (self, *self.older):
            if key.wrapped_it(wrapped):
                return unseal(key.secret, joined("master key") + context, wrapped)
        raise wrong_key()

    def wrapped_it(self, wrapped: bytes) -> bool:
        """Whether it says that this key, and not an older one, wrapped it."""
        return id_in(wrapped) == key_id(self.secret)

    def derived(self, label: str, center: str) -> bytes:
        """The key of a center that comes from this one (HKDF-SHA256, RFC 5869): the first of each use."""
        info = joined("naranja", "1", label, center)
        return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(self.secret)


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
