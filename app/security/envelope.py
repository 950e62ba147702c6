"""The form of everything that is sealed: bytes that say which key they need and open in one place only.

    sealed = version (1 byte) | id of the sealing key (4) | nonce (12) | ciphertext and tag

AES-256-GCM (NIST SP 800-38D). The head and the place (center, table, column, row) are authenticated, so what was
moved, or given the head of another key, does not open. Nonces are random; one key may seal 2^32 times (8.3).
"""

import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = 1
KEY_BYTES = 32
ID_BYTES, _NONCE_BYTES, _TAG_BYTES = 4, 12, 16
_HEAD_BYTES = 1 + ID_BYTES


class Unsealable(Exception):
    """This does not open here: damaged, moved from its row, column, alert or center, or sealed with another key.

    Codes: `wrong_version`, `wrong_key` (the id names another key), `tampered` (all the rest).
    """

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code, self.sentence = code, sentence


def new_secret() -> bytes:
    """A random key."""
    return secrets.token_bytes(KEY_BYTES)


def key_id(secret: bytes) -> bytes:
    """The id by which what a key sealed names it; it says nothing of the key."""
    return hmac.digest(secret, b"naranja key id", "sha256")[:ID_BYTES]


def id_in(sealed: bytes) -> bytes:
    """The id of the key that this names; of what is too short to be sealed, too short an id."""
    return sealed[1:_HEAD_BYTES]


def seal(secret: bytes, place: bytes, plaintext: bytes) -> bytes:
    """Seal for this place."""
    head = bytes([VERSION]) + key_id(secret)
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return head + nonce + AESGCM(secret).encrypt(nonce, plaintext, head + place)


def unseal(secret: bytes, place: bytes, sealed: bytes) -> bytes:
    """What was sealed with this key for this place. Raises Unsealable."""
    check_form(sealed)
    head, nonce = sealed[:_HEAD_BYTES], sealed[_HEAD_BYTES:][:_NONCE_BYTES]
    if not hmac.compare_digest(head[1:], key_id(secret)):
        raise wrong_key()
    try:
        return AESGCM(secret).decrypt(nonce, sealed[_HEAD_BYTES + _NONCE_BYTES :], head + place)
    except InvalidTag:
        raise Unsealable("tampered", "This was altered, or sealed for another place.") from None


def check_form(sealed: bytes) -> None:
    """Return if this looks like something sealed. Raises Unsealable."""
    if len(sealed) < _HEAD_BYTES + _NONCE_BYTES + _TAG_BYTES:
        raise Unsealable("tampered", "This is too short to be sealed.")
    if sealed[0] != VERSION:
        raise Unsealable("wrong_version", f"This was sealed in version {sealed[0]}; only {VERSION} is known here.")


def wrong_key() -> Unsealable:
    """The refusal of what names a key that is not here."""
    return Unsealable("wrong_key", "This was sealed with another key, or with one that is destroyed.")


def joined(*parts: str) -> bytes:
    """The parts as one string of bytes, each after its length, so that no two lists give the same."""
    encoded = [part.encode() for part in parts]
    return b"".join(len(part).to_bytes(4, "big") + part for part in encoded)
