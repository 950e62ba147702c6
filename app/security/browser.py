"""What a browser sends by itself, its cookie and its origin, and how much of it counts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

PLAIN_COOKIE = "naranja_session"
HOST_COOKIE = f"__Host-{PLAIN_COOKIE}"
"""Browsers take a cookie of this name only over TLS and for this very host: no neighbour in the same domain can
put one of its own in its place."""
SAME_ORIGIN = "same-origin"
HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Permissions-Policy": (
        "geolocation=(self), screen-wake-lock=(self), publickey-credentials-get=(self), "
        "publickey-credentials-create=(self), camera=(), microphone=(), payment=(), usb=(), display-capture=()"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""On every answer. What is no page and no script may do nothing at all in a browser."""
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; img-src 'self' data: blob:; font-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'self'"
)
PAGES = ("text/html", "text/javascript", "application/javascript")
"""Answers that get PAGE_POLICY: pages, and scripts, because a worker lives under the policy of its own script."""
TLS_ONLY = "max-age=63072000; includeSubDomains"
"""Strict-Transport-Security, where people reach the service over TLS."""


def session_cookie(*, secure: bool) -> str:
    """The name of the cookie a session is in."""
    return HOST_COOKIE if secure else PLAIN_COOKIE


def presents_session(cookies: Collection[str]) -> bool:
    """Whether one of these names of cookies is a session's, counted or not."""
    return HOST_COOKIE in cookies or PLAIN_COOKIE in cookies


def bearer(authorization: str) -> str | None:
    """The token of an `Authorization` header. Another site's page cannot have it sent."""
    kind, _, token = authorization.partition(" ")
    return token.strip() or None if kind.lower() == "bearer" else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Origins:
    """The origins whose pages may act for whoever is signed in in the same browser.

    Attributes:
        public: where people reach the service, `https://naranja.example`; None: whatever host they name.
        allowed: origins of others that may, too.
    """

    public: str | None
    allowed: tuple[str, ...]

    def ours(self, said: Sequence[str], host: str | None) -> bool:
        """Whether these `Origin` headers are one, and one of ours. `host` is believed only where none is set."""
        if len(said) != 1:
            return False
        if said[0] in self.allowed or said[0] == self.public:
            return True
        return self.public is None and bool(host) and said[0] in {f"http://{host}", f"https://{host}"}

    def may_act(self, said: Sequence[str], fetch_site: str | None, host: str | None) -> bool:
        """Whether a request that changes something comes from a page of ours. One that does not say, does not."""
        return self.ours(said, host) if said else fetch_site == SAME_ORIGIN
