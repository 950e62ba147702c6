"""What a center sets from outside: environment variables, or a `.env` file, and nothing else.

Every limit of the service has its name here or in `dispatch.policy.Rules`.
"""

import os
from datetime import date
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

import platformdirs
from pydantic import AfterValidator, BaseModel, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

MASTER_KEY = "NARANJA_MASTER_KEY"
SYNTHETIC = "-synthetic"
"""How the name of a synthetic center ends, and no real one's: the log of such a center may be forgotten."""
_TAKEN: dict[str, SecretStr] = {}
"""What was taken out of the environment: this process goes on knowing it, its children and its dumps do not."""
HERE = frozenset({"127.0.0.1", "::1", "localhost"})
"""Names of this very machine, to which plain HTTP may go."""


def _safe(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return (parts.scheme == "https" and bool(parts.hostname)) or (
        parts.scheme == "http" and parts.hostname in HERE
    )


def _origin(said: str) -> str:
    """An origin as browsers say it: scheme, host, and a port where it is not the usual one."""
    origin = said.removesuffix("/")
    parts = urlsplit(origin)
    if parts.scheme not in {"http", "https"} or not parts.hostname or origin != f"{parts.scheme}://{parts.netloc}":
        raise ValueError("an origin is written as https://naranja.example")
    if "@" in parts.netloc or origin != origin.lower():
        raise ValueError("an origin has no name or password in it, and no capital letters")
    return origin


Origin = Annotated[str, AfterValidator(_origin)]


class NeighbourAddress(BaseModel):
    """Where a neighbouring center answers, and as whom this one signs in there (a person of role `center`)."""

    url: str
    login: str
    password: SecretStr


class OidcIssuer(BaseModel):
    """An agency's own sign-in, what we are called there, and the claim that carries a person's login."""

    issuer: str
    client_id: str
    client_secret: SecretStr
    login_claim: str = "preferred_username"

    @field_validator("issuer")
    @classmethod
    def _is_safe(cls, address: str) -> str:
        if not cls.safe(address):
            raise ValueError("an issuer's address is https://…, or http:// on this very machine")
        return address

    @staticmethod
    def safe(address: str) -> bool:
        """Whether nobody on the way can read along: TLS, or this machine itself."""
        return _safe(address)


class TargetSetting(BaseModel):
    """How fast help is meant to come here: an interval within so many seconds in a share (0 to 1) of all cases."""

    interval: Literal[
        "processing",
        "acceptance",
        "turnout",
        "travel",
        "response",
        "safety",
        "order",
        "answering",
        "call_taking",
    ]
    by: str = "center"
    """Who sets it; a newer one by the same takes its place."""
    within_s: float = Field(gt=0)
    share: float = Field(gt=0, le=1)
    source: str
    effective: date


class Settings(BaseSettings):
    """Read once at start. `DATABASE_URL` and `OSRM_URL` go by their customary names, the rest by `NARANJA_…`."""

    model_config = SettingsConfigDict(
        env_prefix="NARANJA_",
        env_file=".env",
        extra="ignore",
        populate_by_name=True,
        # What is wrong with a setting is said without the setting: it may be a password.
        hide_input_in_errors=True,
    )

    database_url: SecretStr | None = Field(default=None, validation_alias="DATABASE_URL")
    """A PostgreSQL to use (`postgresql://…`); without it the service starts its own in `data_dir`."""
    osrm_url: str | None = Field(default=None, validation_alias="OSRM_URL")
    """An OSRM to ask; without it the service starts its own where the region has roads."""
    data_dir: Path = Field(default_factory=lambda: Path(platformdirs.user_data_dir("naranja")))
    """Where the embedded database, the prepared roads and the master key live; mode 0700."""
    master_key_file: Path | None = None
    """32 bytes, base64, and older keys on further lines; default `data_dir/master.key`, made at first start."""
    master_key: SecretStr | None = None
    """The master key itself, instead of a file. It is taken out of the environment when it is read."""
    master_key_command: str | None = None
    """A command that prints the master key, instead of a file."""

    center: str = "main"
    center_name: str = "Centro de llamadas"
    folio_prefix: str = "N"
    time_zone: str = "America/Mexico_City"
    """For what people read (reports by hour, terminal); the log and the wire are UTC."""
    telephone_region: str = "MX"
    """The country (ISO 3166) of a telephone number that is told without its country code."""

    small_cell_min: int = Field(default=5, ge=1)
    """A figure about fewer cases is not told in a report, nor one that would give it away."""
    report_centers: tuple[str, ...] = ()
    """Other centers of the same database coordinators here may compare with, in reports by `center` (JSON)."""
    targets: tuple[TargetSetting, ...] = ()
    """The center's own targets, before the published ones (JSON)."""

    host: str = "127.0.0.1"
    port: int = 8080
    public_origin: Origin | None = None
    """Where people reach the service, as their browsers name it (`https://naranja.example`). Without it the `Host`
    header is believed."""
    allowed_origins: tuple[Origin, ...] = ()
    """Browser origins beside the service's own whose pages may act for who is signed in, and open a socket."""
    native_clients: bool = True
    """Whether a client that says no origin, and its token in the first frame, may open a socket."""
    secure_cookies: bool = True
    """Turn off only where the service is reached without TLS on this very machine."""
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    """Proxies whose word is taken for whom they speak for (`X-Forwarded-For`); nobody else's is."""
    oidc: OidcIssuer | None = None
    """An agency's own sign-in (OpenID Connect), as JSON."""
    push_contact: str | None = None
    """Whom push services may write to about this center (`mailto:…` or `https:…`); without it `public_origin`,
    where that is https. Without either no web push is sent."""
    push_to_this_machine: bool = False
    """Let devices hear web push at `http://127.0.0.1`: for trying things out."""
    log_format: Literal["console", "json"] = "console"
    """Log lines for people or, one JSON object a line, for machines."""
    clock_start: float | None = None
    clock_speed: float = 1.0
    """A clock for replays: starts at `clock_start` (seconds since 1970 UTC), runs `clock_speed` times as fast."""

    body_bytes_max: int = 65_536
    body_depth_max: int = 32
    """Brackets within brackets in a JSON body."""
    header_bytes_max: int = 16_384
    """Address and headers of one request together."""
    headers_within_s: float = 10.0
    body_within_s: float = 20.0
    read_within_s: float = 20.0
    """A client that does not read what it is sent for this long is cut."""
    keep_alive_s: int = 30
    drain_s: float = Field(default=2.0, ge=0)
    """After SIGTERM so long everything new is answered 503, and `/readyz` too, before the port closes. At least as
    long as whoever shares out the requests takes to notice."""
    connections_max: int = 24_000
    """Connections of one process, sockets among them."""
    requests_in_flight_max: int = 512
    """Requests at once; what reports violence or answers an offer is let in above it for who is signed in."""
    requests_burst_max: int = 300
    requests_per_s_max: float = 50.0
    """Of one session: so many at once, and so many a second from then on. Intake and answers are not counted."""
    socket_frame_bytes_max: int = 65_536
    socket_queue_max: int = 256
    sockets_max: int = 20_000
    sockets_per_session_max: int = 8
    hello_within_s: float = 5.0
    ping_every_s: float = 5.0
    dead_line_s: float = 11.0
    """Nothing heard on a socket for this long: the line is dead (a phone notices within 12 s)."""
    positions_every_s: float = 1.0
    desk_queue_max: int = 2_000
    batch_max: int = 128
    poll_every_s: float = 1.0
    """The safety net under the bell: how often the log is looked at when no bell rings."""
    session_idle_s: float = 12 * 3600.0
    session_absolute_s: float = 24 * 3600.0
    proof_fresh_s: float = 300.0
    """How long a proof of who one is lasts for what asks for one, such as a new passkey or somebody's account."""
    glass_open_s: float = 900.0
    """How long broken glass stays open, for one person and one alert."""
    open_alerts_page_max: int = 500
    checkpoint_every_s: float = 60.0
    """How often the heads of log and audit are signed and sent outside, where they have changed."""
    checkpoint_file: Path | None = None
    """Where checkpoints are appended, a line of JSON each; default `data_dir/checkpoints.jsonl`."""
    checkpoint_webhook: SecretStr | None = None
    """An address (`https://…`) that each checkpoint is posted to; secret, for it may hold a token."""
    checkpoint_mail: SecretStr | None = None
    """A mail server (`smtps://user:password@host:port`, or `smtp://…`) that each checkpoint is given to."""
    checkpoint_mail_from: str | None = None
    checkpoint_mail_to: str | None = None
    checkpoints_waiting_max: int = 1_440
    """Checkpoints kept for a place outside that takes none; of more the oldest go, for newer ones cover them."""
    watch_every_s: float = 2.0
    """How often the audit is looked at for what insiders should not have read."""
    insiders: dict[str, Any] = {}
    """What differs from the defaults of `security.looks.InsiderRules` (JSON)."""
    neighbours: dict[str, NeighbourAddress] = {}
    """Neighbouring centers by their code, as `Rules.neighbours` names them (JSON)."""
    neighbours_every_s: float = 3.0
    """How often a neighbouring center with a need of ours is asked how it stands."""

    synthetic_s: float = Field(default=60.0, ge=0)
    """How often a synthetic alert goes the whole way, in a center of its own; 0: never."""

    @property
    def answers_for_push(self) -> str | None:
        """Whom push services may write to; None: no web push is sent."""
        origin = self.public_origin
        return self.push_contact or (origin if origin is not None and origin.startswith("https://") else None)

    @model_validator(mode="after")
    def _take_the_key(self) -> Self:
        """Nobody who is started from here, and no list of the environment, shows the master key."""
        for name in [name for name in os.environ if name.upper() == MASTER_KEY]:
            del os.environ[name]
            if self.master_key is not None:
                _TAKEN[MASTER_KEY] = self.master_key
        self.master_key = self.master_key or _TAKEN.get(MASTER_KEY)
        return self

    @field_validator("center")
    @classmethod
    def _is_real(cls, center: str) -> str:
        if center.endswith(SYNTHETIC):
            raise ValueError(f"a center's name does not end in {SYNTHETIC}")
        return center

    @field_validator("push_contact")
    @classmethod
    def _can_be_written_to(cls, contact: str | None) -> str | None:
        if contact is not None and not contact.startswith(("mailto:", "https://")):
            raise ValueError("a contact is mailto:somebody@agency.example or an https:// address")
        return contact

    @field_validator("public_origin")
    @classmethod
    def _is_safe(cls, origin: str | None) -> str | None:
        if origin is not None and not _safe(origin):
            raise ValueError("people come over https://, or over http:// on this very machine")
        return origin
