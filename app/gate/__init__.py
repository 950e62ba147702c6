"""Who is there: the ways to sign in, the sessions they open, the accounts behind them, and failed attempts."""

from .accounts import Accounts
from .oidc import Oidc
from .passkeys import Passkeys
from .passwords import Passwords
from .refusals import IssuerSilent, NotLetIn, TooManyAttempts, WrongLogin
from .sessions import Gate
from .subscriptions import Subscriptions
from .ways import Ways, open_ways

__all__ = [
    "Accounts",
    "Gate",
    "IssuerSilent",
    "NotLetIn",
    "Oidc",
    "Passkeys",
    "Passwords",
    "Subscriptions",
    "TooManyAttempts",
    "Ways",
    "WrongLogin",
    "open_ways",
]
