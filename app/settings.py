"""What a center sets from outside: environment variables, or a `.env` file, and nothing else.

Every limit of the service has its name here or in `dispatch.policy.Rules`.
"""

from datetime import date
from pathlib import Path
from typing import Literal

import platformdirs
from pydantic import BaseModel, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class NeighbourAddress(BaseModel):
    """Where a neighbouring center answers, and as whom this one signs in there (a person of role `center`)."""

    url: str
    login: str
    password: SecretStr


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
        env_prefix="NARANJA_", env_file=".env", extra="ignore", populate_by_name=True
    )

    database_url: SecretStr | None = Field(default=None, validation_alias="DATABASE_URL")
    """A PostgreSQL to use (`postgresql://…`); without it the service starts its own in `data_dir`."""
    osrm_url: str | None = Field(default=None, validation_alias="OSRM_URL")
    """An OSRM to ask; without it the service starts its own where the region has roads."""
    data_dir: Path = Field(default_factory=lambda: Path(platformdirs.user_data_dir("naranja")))
    """Where the embedded database, the prepared roads and the master key live; mode 0700."""
    master_key_file: Path | None = None
    """32 bytes, base64; default `data_dir/master.key`, made at first start."""

    center: str = "main"
    center_name: str = "Centro de llamadas"
    folio_prefix: str = "N"
    time_zone: str = "America/Mexico_City"
    """For what people read (reports by hour, terminal); the log and the wire are UTC."""
    telephone_region: str = "MX"
    """The country (ISO 3166) of a telephone number that is told without its country code."""

    small_cell_min: int = Field(default=5, ge=1)
    """A figure about fewer cases is not told in a report, nor one that would give it away."""
    targets: tuple[TargetSetting, ...] = ()
    """The center's own targets, before the published ones (JSON)."""

    host: str = "127.0.0.1"
    port: int = 8080
    allowed_origins: tuple[str, ...] = ()
    """Browser origins that may open a socket beside the service's own."""
    secure_cookies: bool = True
    """Turn off only where the service is reached without TLS on this very machine."""
    clock_start: float | None = None
    clock_speed: float = 1.0
    """A clock for replays: starts at `clock_start` (seconds since 1970 UTC), runs `clock_speed` times as fast."""

    body_bytes_max: int = 65_536
    socket_frame_bytes_max: int = 65_536
    socket_queue_max: int = 256
    sockets_max: int = 20_000
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
    open_alerts_page_max: int = 500
    neighbours: dict[str, NeighbourAddress] = {}
    """Neighbouring centers by their code, as `Rules.neighbours` names them (JSON)."""
    neighbours_every_s: float = 3.0
    """How often a neighbouring center with a need of ours is asked how it stands."""
