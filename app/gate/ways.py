"""Every way to sign in, put together over the same sessions and the same database."""

from dataclasses import dataclass

from app.clock import Clock
from app.security.sealing import Sealer
from app.settings import Settings
from app.store.session import Database

from .accounts import Accounts
from .challenges import Challenges
from .codes import Codes
from .hashing import Hashing
from .oidc import Oidc
from .passkeys import Passkeys
from .passwords import Passwords
from .sessions import Gate
from .subscriptions import Subscriptions
from .sweep import Sweep
from .throttle import Throttle


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """The ways of one center in this process, and what goes with them."""

    accounts: Accounts
    codes: Codes
    oidc: Oidc
    passkeys: Passkeys
    passwords: Passwords
    subscriptions: Subscriptions
    sweep: Sweep


def open_ways(settings: Settings, database: Database, sealer: Sealer, clock: Clock, gate: Gate) -> Ways:
    """The ways that the settings allow."""
    center, origin = settings.center, settings.public_origin
    codes = Codes(database, sealer, clock, center)
    challenges = Challenges(database, sealer, clock, center)
    return Ways(
        accounts=Accounts(database=database, clock=clock, center=center, gate=gate),
        codes=codes,
        oidc=Oidc(
            database=database,
            sealer=sealer,
            clock=clock,
            center=center,
            gate=gate,
            challenges=challenges,
            issuer=settings.oidc,
            origin=origin,
        ),
        passkeys=Passkeys(
            database=database, clock=clock, center=center, gate=gate, challenges=challenges, origin=origin
        ),
        passwords=Passwords(
            database=database,
            clock=clock,
            center=center,
            gate=gate,
            throttle=Throttle(database, sealer, clock, center),
            hashing=Hashing(),
            codes=codes,
        ),
        subscriptions=Subscriptions(database=database, sealer=sealer, clock=clock, center=center, gate=gate),
        sweep=Sweep(database, clock, center, gate),
    )
