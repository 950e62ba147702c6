"""What may be sent about accounts and signing in: passwords, codes, passkeys, where a device hears push."""

import base64
from typing import Annotated, Any, Literal, Self

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from pydantic import AfterValidator, ConfigDict, Field, StringConstraints, model_validator

from app.security.sessions import Role

from .bodies import Body, Code

Password = Annotated[str, Field(min_length=1, max_length=256)]
TotpCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
"""Six digits of an authenticator app."""
Secret = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{20,100}$")]
Base64Url = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,4000}=*$")]
AUTH_BYTES = 16


class SignIn(Body):
    """A password, with a code where the account asks for one; or a one-time secret and what becomes the password.

    `as`: a browser gets a cookie it cannot read, another client gets a token to send as `Bearer`.
    """

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    login: Code
    password: Password | None = None
    code: TotpCode | None = None
    secret: Secret | None = None
    new_password: Password | None = None
    give: Literal["cookie", "token"] = Field(default="cookie", alias="as")

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.password is None) == (self.secret is None):
            raise ValueError("a login goes with a password or with a one-time secret")
        if self.secret is None and self.new_password is not None:
            raise ValueError("a new password goes with a one-time secret")
        return self


class Response(Body):
    """What a device has made of a challenge; as browsers tell it (`PublicKeyCredential.toJSON`)."""

    model_config = ConfigDict(extra="allow", allow_inf_nan=False)

    clientDataJSON: Base64Url  # noqa: N815  # the name is the standard's
    attestationObject: Base64Url | None = None  # noqa: N815
    authenticatorData: Base64Url | None = None  # noqa: N815
    signature: Base64Url | None = None
    userHandle: Base64Url | None = None  # noqa: N815


class Credential(Body):
    """A passkey's answer, as browsers tell it."""

    model_config = ConfigDict(extra="allow", allow_inf_nan=False)

    id: Base64Url
    rawId: Base64Url  # noqa: N815  # the name is the standard's
    type: Literal["public-key"]
    response: Response

    def told(self) -> dict[str, Any]:
        """As the library wants it."""
        return self.model_dump(exclude_none=True)


class SignInByPasskey(Body):
    """`as`: see `SignIn`."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    credential: Credential
    give: Literal["cookie", "token"] = Field(default="cookie", alias="as")


class NewPasskey(Body):
    """What a device made of the options to register."""

    credential: Credential


class Proof(Body):
    """That it is still who signed in: the password, with a code where one is wanted, or a passkey."""

    password: Password | None = None
    code: TotpCode | None = None
    credential: Credential | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.password is None) == (self.credential is None):
            raise ValueError("a proof is a password or a passkey")
        return self


class NewPassword(Body):
    """What is to be the password from now on."""

    password: Password


class OneCode(Body):
    """A code of the app that is being set up."""

    code: TotpCode


def _public_key(text: str) -> str:
    try:
        EllipticCurvePublicKey.from_encoded_point(SECP256R1(), _bytes(text))
    except ValueError:
        raise ValueError("this is no public key of a push subscription") from None
    return text


def _auth(text: str) -> str:
    if len(_bytes(text)) != AUTH_BYTES:
        raise ValueError(f"this secret has {AUTH_BYTES} bytes")
    return text


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4))


class PushKeys(Body):
    """The keys of a push subscription (RFC 8291), base64url."""

    p256dh: Annotated[Base64Url, AfterValidator(_public_key)]
    auth: Annotated[Base64Url, AfterValidator(_auth)]


class Push(Body):
    """Where a device hears web push; as browsers tell it (`PushSubscription.toJSON`)."""

    endpoint: Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=r"^[\x21-\x7e]+$")]
    keys: PushKeys
    expirationTime: float | None = None  # noqa: N815  # the name is the standard's


class NewPerson(Body):
    """An account. Its person makes the password, by the one-time secret in the answer."""

    login: Code
    role: Role
    unit: Code | None = None


class PersonChanges(Body):
    """What is to be otherwise; the rest stays."""

    role: Role | None = None
    unit: Code | None = None
    disabled: bool | None = None
