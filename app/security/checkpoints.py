"""Checkpoints: where both chains of a center stood at a time, signed with a key the database does not have.

The key is the center's for signing, wrapped by the master key; the signature is over MARK and the JSON text.
"""

from dataclasses import dataclass, field
from typing import Self

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

MARK = "naranja checkpoint 1\n"
"""Stands before what is signed, so that no signature of ours can ever mean something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The last row of a chain: its number, and its hash in hex."""

    seq: int
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """Both heads of a center at a time (seconds since 1970 UTC); `number` counts its checkpoints without a gap."""

    center: str
    number: int
    at: float
    log: Head
    audit: Head

    @property
    def text(self) -> str:
        """What is signed, after MARK."""
        return msgspec.json.encode(self).decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A checkpoint with its signature and the public key that checks it, both in hex: one line of the file."""

    checkpoint: Checkpoint
    signature: str
    key: str

    @property
    def line(self) -> str:
        """As JSON, without the line's end."""
        return msgspec.json.encode(self).decode()

    @classmethod
    def read(cls, line: str | bytes) -> Self:
        """What `line` wrote. Raises msgspec.MsgspecError."""
        return msgspec.json.decode(line, type=cls)

    def signed_by(self, key: str) -> bool:
        """Whether this public key's owner has signed exactly this."""
        try:
            public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))
            public.verify(bytes.fromhex(self.signature), (MARK + self.checkpoint.text).encode())
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True, eq=False)
class Signer:
    """Signs for one center. The public key is for everybody who will check."""

    _key: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def of(cls, seed: bytes) -> Self:
        """The signer of the center whose `Sealer.signing` this is."""
        return cls(Ed25519PrivateKey.from_private_bytes(seed))

    @property
    def public(self) -> str:
        """The public key, in hex."""
        return self._key.public_key().public_bytes_raw().hex()

    def sign(self, checkpoint: Checkpoint) -> Signed:
        """The checkpoint with its signature."""
        signature = self._key.sign((MARK + checkpoint.text).encode())
        return Signed(checkpoint=checkpoint, signature=signature.hex(), key=self.public)
