"""Field encryption: what is sealed opens only with its key and only in the row and column it was sealed for.

Keys form a ladder. The master key wraps the center's keys, the newest version of the center's key wraps a random
key per alert, the alert's key seals its details. Forgetting an alert's wrapped key erases the alert; forgetting a
version of the center's key ends everything that is still under it.

What is wrapped or sealed names its key (`envelope`), so several versions open side by side while a new one takes
over. Hashes to look something up by have a key of their own, which never changes: nothing would be found any more.
"""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from .envelope import KEY_BYTES, Unsealable, id_in, joined, key_id, new_secret, seal, unseal
from .master_key import KeyService

__all__ = ["AlertKey", "CenterKey", "Sealer", "StoredKey", "Unsealable", "Use", "WrongMasterKey"]


class Use(StrEnum):
    """What a key of the center is for: to seal and wrap, in versions; to hash, to sign checkpoints, for ever."""

    SEAL = "seal"
    HASH = "hash"
    SIGN = "sign"


_LABELS = {Use.SEAL: "center key", Use.HASH: "keyed hash", Use.SIGN: "checkpoint key"}
"""How the first key for each use is derived from the master key."""


class WrongMasterKey(Unsealable):
    """The keys of this center were wrapped with another master key."""

    def __init__(self) -> None:
        super().__init__(
            "wrong_master_key",
            "The keys of this center do not open with this master key. Bring back the one that wrapped them. After"
            " a change of master key, keep the old one on a second line until `naranja keys rewrap` is done.",
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AlertKey:
    """The key of one alert. Store `wrapped`; the open key stays in memory and does not print."""

    alert: str
    wrapped: bytes
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CenterKey:
    """A key of the center as it is stored: wrapped by the master key. `id` is named by what it seals."""

    use: Use
    version: int
    id: bytes
    wrapped: bytes


class StoredKey(Protocol):
    """A key of the center as the store gives it. `wrapped` is None once it is destroyed, and empty where it is
    derived from the master key, as the first of each center was before there were versions."""

    @property
    def use(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def id(self) -> bytes: ...
    @property
    def wrapped(self) -> bytes | None: ...


class Sealer:
    """Seals and opens for one center.

    It begins with what a new center has, the first version derived from the master key, until it is told what
    this center has (`learn`).
    """

    __slots__ = ("_center", "_current", "_hashing", "_keys", "_master", "signing")

    def __init__(self, master: KeyService, center: str) -> None:
        self._master, self._center = master, center
        self._current = master.derived("center key", center)
        self._keys = {key_id(self._current): self._current}
        self._hashing = master.derived(_LABELS[Use.HASH], center)
        self.signing = master.derived(_LABELS[Use.SIGN], center)
        """The seed of the key that signs this center's checkpoints."""

    @property
    def push(self) -> bytes:
        """The seed of the key by which push services know this center: from the one for signing, and as lasting.
        A device is bound to it, so it must not change with the versions that seal."""
        return HKDF(
            algorithm=SHA256(), length=KEY_BYTES, salt=None, info=joined("naranja", "1", "push key")
        ).derive(self.signing)

    def __repr__(self) -> str:
        return f"Sealer(center={self._center!r})"

    # --- the center's own keys

    @property
    def current(self) -> bytes:
        """The id of the version that seals now."""
        return key_id(self._current)

    def knows(self, sealed: bytes) -> bool:
        """Whether the center's key that this names is here."""
        return id_in(sealed) in self._keys

    def learn(self, stored: Iterable[StoredKey]) -> None:
        """These are the center's keys, and no others; the newest version seals from now on.

        Raises WrongMasterKey, and then nothing is learned.
        """
        versions: dict[int, bytes] = {}
        once: dict[Use, bytes] = {}
        for key in sorted(stored, key=lambda key: key.version):
            if key.wrapped is None:
                continue
            use = Use(key.use)
            secret = self._unwrapped(use, key.version, key.wrapped)
            if key_id(secret) != key.id:
                continue
            if use is Use.SEAL:
                versions[key.version] = secret
            else:
                once[use] = secret
        if not versions or len(once) < len(Use) - 1:
            raise WrongMasterKey
        self._keys = {key_id(secret): secret for secret in versions.values()}
        self._current, self._hashing, self.signing = versions[max(versions)], once[Use.HASH], once[Use.SIGN]

    def learn_what_opens(self, stored: Iterable[StoredKey]) -> dict[tuple[str, int], str]:
        """The same for whoever checks the keys: those that are what they say are learned, and what is wrong with
        the others is said by use and version: `unexpected` (no such use), `does_not_open`, `altered` (its id is
        another key's). A use that has no key left has the one that comes from the master key.

        Raises WrongMasterKey where none opens at all.
        """
        known: dict[str, dict[int, bytes]] = {use: {} for use in Use}
        strange: dict[tuple[str, int], str] = {}
        for key in stored:
            if key.use not in known:
                strange[key.use, key.version] = "unexpected"
            elif key.wrapped is not None:
                try:
                    secret = self._unwrapped(Use(key.use), key.version, key.wrapped)
                except WrongMasterKey:
                    strange[key.use, key.version] = "does_not_open"
                    continue
                if key_id(secret) == key.id:
                    known[key.use][key.version] = secret
                else:
                    strange[key.use, key.version] = "altered"
        if strange and not any(known.values()):
            raise WrongMasterKey
        for use, keys in known.items():
            if not keys:
                keys[1] = self._master.derived(_LABELS[Use(use)], self._center)
        versions = known[Use.SEAL]
        self._keys = {key_id(secret): secret for secret in versions.values()}
        self._current = versions[max(versions)]
        self._hashing, self.signing = (max(known[use].items())[1] for use in (Use.HASH, Use.SIGN))
        return strange

    def first_keys(self) -> list[CenterKey]:
        """What a center begins with, wrapped to be stored."""
        return [self._wrapped(use, 1, self._master.derived(_LABELS[use], self._center)) for use in Use]

    def new_key(self, version: int) -> CenterKey:
        """A random key for the next version, unlike every one known here also by its id."""
        while True:
            secret = new_secret()
            if key_id(secret) not in self._keys:
                return self._wrapped(Use.SEAL, version, secret)

    def wrapped_anew(self, stored: StoredKey) -> bytes | None:
        """The same key under the master key of now; None where it is under that already. Raises WrongMasterKey."""
        if not stored.wrapped or self._master.wrapped_it(stored.wrapped):
            return None
        use = Use(stored.use)
        return self._wrapped(use, stored.version, self._unwrapped(use, stored.version, stored.wrapped)).wrapped

    def _wrapped(self, use: Use, version: int, secret: bytes) -> CenterKey:
        wrapped = self._master.wrap(secret, self._keeping(use, version))
        return CenterKey(use=use, version=version, id=key_id(secret), wrapped=wrapped)

    def _unwrapped(self, use: Use, version: int, wrapped: bytes) -> bytes:
        if not wrapped:
            return self._master.derived(_LABELS[use], self._center)
        try:
            return self._master.unwrap(wrapped, self._keeping(use, version))
        except Unsealable:
            raise WrongMasterKey from None

    # --- what they seal

    def new_alert_key(self, alert: str) -> AlertKey:
        """A random key for a new alert."""
        secret = new_secret()
        return AlertKey(alert=alert, wrapped=seal(self._current, self._wrapping(alert), secret), secret=secret)

    def unwrap(self, alert: str, wrapped: bytes) -> AlertKey:
        """The key of a known alert from what was stored of it. Raises Unsealable."""
        return AlertKey(alert=alert, wrapped=wrapped, secret=self._open(self._wrapping(alert), wrapped))

    def rewrap(self, alert: str, wrapped: bytes) -> bytes:
        """The same alert's key under the newest version. Raises Unsealable."""
        return self._again(self._wrapping(alert), wrapped)

    def seal(self, key: AlertKey, alert: str, kind: str, row_id: str, plaintext: bytes) -> bytes:
        """Seal one detail of the alert; the same text twice differs. Raises ValueError for another's key."""
        if key.alert != alert:
            raise ValueError(f"this is the key of alert {key.alert}, not of {alert}")
        return seal(key.secret, self._detail(alert, kind, row_id), plaintext)

    def open(self, key: AlertKey, alert: str, kind: str, row_id: str, sealed: bytes) -> bytes:
        """What was sealed for exactly this alert, kind and row. Raises Unsealable."""
        return unseal(key.secret, self._detail(alert, kind, row_id), sealed)

    def seal_own(self, kind: str, row_id: str, plaintext: bytes) -> bytes:
        """Seal what is the center's and no alert's, such as the true place of a shelter."""
        return seal(self._current, self._own(kind, row_id), plaintext)

    def open_own(self, kind: str, row_id: str, sealed: bytes) -> bytes:
        """What `seal_own` sealed for exactly this kind and row. Raises Unsealable."""
        return self._open(self._own(kind, row_id), sealed)

    def reseal_own(self, kind: str, row_id: str, sealed: bytes) -> bytes:
        """The same value under the newest version. Raises Unsealable."""
        return self._again(self._own(kind, row_id), sealed)

    def keyed_hash(self, purpose: str, text: str) -> bytes:
        """32 bytes to look `text` up by equality; differs by purpose and center, and tells nobody the text.

        HMAC-SHA256 with a key of its own. The caller first brings `text` to one form (a telephone number, say).
        """
        return hmac.digest(self._hashing, joined(purpose, text), "sha256")

    def _open(self, place: bytes, sealed: bytes) -> bytes:
        secret = self._keys.get(id_in(sealed))
        # With any key, what is no envelope at all is refused as that.
        return unseal(secret or self._current, place, sealed)

    def _again(self, place: bytes, sealed: bytes) -> bytes:
        return seal(self._current, place, self._open(place, sealed))

    def _keeping(self, use: Use, version: int) -> bytes:
        return joined(self._center, "center_keys", use, str(version))

    def _wrapping(self, alert: str) -> bytes:
        return joined(self._center, "alert_keys", "wrapped", alert, alert)

    def _detail(self, alert: str, kind: str, row_id: str) -> bytes:
        return joined(self._center, "details", kind, alert, row_id)

    def _own(self, kind: str, row_id: str) -> bytes:
        return joined(self._center, "own", kind, row_id)
