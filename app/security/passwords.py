"""Passwords: kept as argon2id hashes only, and as slow to check for a login that does not exist.

64 MiB, three passes, one lane: above the minima of the OWASP Password Storage Cheat Sheet. One check takes
about a tenth of a second and does not hold the interpreter, so a server runs it in a thread.
"""

import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

LENGTH_MIN = 12
LENGTH_MAX = 256
"""Characters a password may have. Length is the only rule: the others make people write it down."""

_MEMORY_KIB, _PASSES, _LANES = 64 * 1024, 3, 1
_SALT_BYTES, _HASH_BYTES = 16, 32
_HASHER = PasswordHasher(
    time_cost=_PASSES,
    memory_cost=_MEMORY_KIB,
    parallelism=_LANES,
    hash_len=_HASH_BYTES,
    salt_len=_SALT_BYTES,
)
# All salt and hash bits are zero. No password is known to give that hash, and checking one costs the full work.
_NOBODY = f"$argon2id$v=19$m={_MEMORY_KIB},t={_PASSES},p={_LANES}${'A' * 22}${'A' * 43}"


class WeakPassword(ValueError):
    """The password cannot be taken; `code` is stable, `sentence` says what to change."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code, self.sentence = code, sentence


def hash_password(password: str) -> str:
    """The hash to keep, with its own salt and numbers (PHC string). Raises WeakPassword."""
    length = len(unicodedata.normalize("NFC", password))
    if length < LENGTH_MIN:
        raise WeakPassword("password_too_short", f"A password has at least {LENGTH_MIN} characters.")
    if length > LENGTH_MAX:
        raise WeakPassword("password_too_long", f"A password has at most {LENGTH_MAX} characters.")
    return _HASHER.hash(_typed(password))


def check(hashed: str, password: str) -> bool:
    """Whether this is the password behind `hashed`.

    Raises argon2's InvalidHashError when `hashed` is no hash: the row is broken, not the password.
    """
    try:
        return _HASHER.verify(hashed, _typed(password))
    except VerifyMismatchError:
        return False


def check_nobody(password: str = "") -> bool:
    """False, after the work a real check takes: an unknown login must not be told by its quick answer."""
    return check(_NOBODY, password)


def _typed(password: str) -> bytes:
    """One byte string for what people see as one password: keyboards compose `ñ` in two ways (RFC 8265, 4.2)."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
