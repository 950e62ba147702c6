"""Field encryption: what is sealed opens only with its key and only in the row and column it was sealed for.

Keys form a ladder. The master key gives each center its own (HKDF-SHA256, RFC 5869), the center's key wraps a
random key per alert, the alert's key seals its details (AES-256-GCM, NIST SP 800-38D). Forgetting an alert's
wrapped key erases the alert.

    sealed = version (1 byte) | id of the sealing key (4) | nonce (12) | ciphertext and tag

The id is there so that another master key can come later: what an old one sealed says so. Nonces are random; one
key may seal 2^32 times (SP 800-38D, 8.3), and the center's, used most, seals once an alert.
"""

import hmac
import secrets
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from .master_key import KEY_BYTES, MasterKey

VERSION = 1
_ID_BYTES, _NONCE_BYTES, _TAG_BYTES = 4, 12, 16
_HEAD_BYTES = 1 + _ID_BYTES


class Unsealable(Exception):
    """This does not open here: damaged, moved from its row, column, alert or center, or sealed with another key.

    Codes: `wrong_version`, `wrong_key` (the id names another key), `tampered` (all the rest).
    """

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code, self.sentence = code, sentence


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AlertKey:
    """The key of one alert. Store `wrapped`; the open key stays in memory and does not print."""

    alert: str
    wrapped: bytes
    secret: bytes = field(repr=False)


class Sealer:
    """Seals and opens for one center."""

    __slots__ = ("_center", "_hashing", "_key")

    def __init__(self, master: MasterKey, center: str) -> None:
        self._center = center
        self._key = _derived(master.secret, "center key", center)
        self._hashing = _derived(master.secret, "keyed hash", center)

    def __repr__(self) -> str:
        return f"Sealer(center={self._center!r})"

    def new_alert_key(self, alert: str) -> AlertKey:
        """A random key for a new alert."""
        secret = secrets.token_bytes(KEY_BYTES)
        return AlertKey(alert=alert, wrapped=_seal(self._key, self._wrapping(alert), secret), secret=secret)

    def unwrap(self, alert: str, wrapped: bytes) -> AlertKey:
        """The key of a known alert from what was stored of it. Raises Unsealable."""
        return AlertKey(alert=alert, wrapped=wrapped, secret=_open(self._key, self._wrapping(alert), wrapped))

    def seal(self, key: AlertKey, alert: str, kind: str, row_id: str, plaintext: bytes) -> bytes:
        """Seal one detail of the alert; the same text twice differs. Raises ValueError for another's key."""
        if key.alert != alert:
            raise ValueError(f"this is the key of alert {key.alert}, not of {alert}")
        return _seal(key.secret, self._detail(alert, kind, row_id), plaintext)

    def open(self, key: AlertKey, alert: str, kind: str, row_id: str, sealed: bytes) -> bytes:
        """What was sealed for exactly this alert, kind and row. Raises Unsealable."""
        return _open(key.secret, self._detail(alert, kind, row_id), sealed)

    def seal_own(self, kind: str, row_id: str, plaintext: bytes) -> bytes:
        """Seal what is the center's and no alert's, such as the true place of a shelter."""
        return _seal(self._key, _joined(self._center, "own", kind, row_id), plaintext)

    def open_own(self, kind: str, row_id: str, sealed: bytes) -> bytes:
        """What `seal_own` sealed for exactly this kind and row. Raises Unsealable."""
        return _open(self._key, _joined(self._center, "own", kind, row_id), sealed)

    def keyed_hash(self, purpose: str, text: str) -> bytes:
        """32 bytes to look `text` up by equality; differs by purpose and center, and tells nobody the text.

        HMAC-SHA256 with a key of its own. The caller first brings `text` to one form (a telephone number, say).
        """
        return hmac.digest(self._hashing, _joined(purpose, text), "sha256")

    def _wrapping(self, alert: str) -> bytes:
        return _joined(self._center, "alert_keys", "wrapped", alert, alert)

    def _detail(self, alert: str, kind: str, row_id: str) -> bytes:
        return _joined(self._center, "details", kind, alert, row_id)


def _seal(key: bytes, place: bytes, plaintext: bytes) -> bytes:
    head = bytes([VERSION]) + _key_id(key)
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return head + nonce + AESGCM(key).encrypt(nonce, plaintext, head + place)


def _open(key: bytes, place: bytes, sealed: bytes) -> bytes:
    if len(sealed) < _HEAD_BYTES + _NONCE_BYTES + _TAG_BYTES:
        raise Unsealable("tampered", "This is too short to be sealed.")
    head, nonce, rest = (
        sealed[:_HEAD_BYTES],
        sealed[_HEAD_BYTES:][:_NONCE_BYTES],
        sealed[_HEAD_BYTES + _NONCE_BYTES :],
    )
    if head[0] != VERSION:
        raise Unsealable("wrong_version", f"This was sealed in version {head[0]}; only {VERSION} is known here.")
    if not hmac.compare_digest(head[1:], _key_id(key)):
        raise Unsealable("wrong_key", "This was sealed with another key.")
    try:
        return AESGCM(key).decrypt(nonce, rest, head + place)
    except InvalidTag:
        raise Unsealable("tampered", "This was altered, or sealed for another place.") from None


def _key_id(key: bytes) -> bytes:
    return hmac.digest(key, b"naranja key id", "sha256")[:_ID_BYTES]


def _derived(secret: bytes, label: str, center: str) -> bytes:
    hkdf = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=_joined("naranja", "1", label, center))
    return hkdf.derive(secret)


def _joined(*parts: str) -> bytes:
    """The parts as one string of bytes, each after its length, so that no two lists give the same."""
    encoded = [part.encode() for part in parts]
    return b"".join(len(part).to_bytes(4, "big") + part for part in encoded)
