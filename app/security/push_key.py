"""The key by which push services know a center (VAPID, RFC 8292), and its public half for browsers."""

import base64

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, derive_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""How many points the curve P-256 has (FIPS 186-5); a private key is a number below it and above zero."""


def push_key(seed: bytes) -> EllipticCurvePrivateKey:
    """The key of the center whose `Sealer.push` this is."""
    return derive_private_key(int.from_bytes(seed) % (_ORDER - 1) + 1, SECP256R1())


def told_to_browsers(key: EllipticCurvePrivateKey) -> str:
    """The public key as `PushManager.subscribe` takes it: an uncompressed point, base64url without padding."""
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()
