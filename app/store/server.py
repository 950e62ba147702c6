"""Where PostgreSQL is: one host, or several of which one takes writes; connections that notice a dead line."""

import socket
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qs, urlsplit

import asyncpg

CONNECT_S_MAX = 5.0
HOST_S_MAX = 2.0
"""Of several hosts one that does not answer may take this much; then the next is asked."""
STATEMENT_S_MAX = 15.0
UNHEARD_MS = 6_000
"""What was sent and is not even acknowledged by the other machine for so long: the line is dead (RFC 5482)."""
SERVER_SETTINGS = {
    "idle_in_transaction_session_timeout": "5s",
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "10000",
}
"""A machine that dies in the middle of a commit must not keep the center's row: the database lets go of it."""
_KEEP_ALIVE = (("TCP_KEEPIDLE", 5), ("TCP_KEEPINTVL", 2), ("TCP_KEEPCNT", 3), ("TCP_USER_TIMEOUT", UNHEARD_MS))


def hosts(dsn: str) -> list[str]:
    """The same address once for each host it names (`postgresql://user@one:5432,two:5432/name`).

    Where there are several the one that takes writes is wanted, unless `target_session_attrs` says otherwise.
    """
    parts = urlsplit(dsn)
    who, at, where = parts.netloc.rpartition("@")
    named = where.split(",")
    if len(named) == 1:
        return [dsn]
    query = parts.query
    if "target_session_attrs" not in parse_qs(query):
        query = "&".join(part for part in (query, "target_session_attrs=read-write") if part)
    return [parts._replace(netloc=f"{who}{at}{host}", query=query).geturl() for host in named]


class Server:
    """The way to one database. The host that took the last connection is asked first."""

    def __init__(self, dsn: str, settings: Mapping[str, str]) -> None:
        self._hosts, self._settings = hosts(dsn), dict(settings)

    async def connect(
        self, statement_s_max: float | None = STATEMENT_S_MAX, more: Mapping[str, str] = MappingProxyType({})
    ) -> Any:
        """A plain connection (asyncpg), with `more` settings. Raises what the last host asked raised."""
        within_s = CONNECT_S_MAX if len(self._hosts) == 1 else HOST_S_MAX
        for number, host in enumerate(list(self._hosts), 1):
            try:
                connection: Any = await asyncpg.connect(
                    host,
                    timeout=within_s,
                    command_timeout=statement_s_max,
                    server_settings={**self._settings, **more},
                )
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InternalClientError):
                if number == len(self._hosts):
                    raise
                continue
            if number > 1:
                self._hosts.remove(host)
                self._hosts.insert(0, host)
            _watch_over(connection)
            return connection
        raise OSError("no host is named")


def _watch_over(connection: Any) -> None:
    """A machine that vanished does not even say that it is gone: the kernel then ends the line in seconds."""
    line: socket.socket | None = connection._transport.get_extra_info("socket")  # no other way leads to it
    if line is None or line.family not in {socket.AF_INET, socket.AF_INET6}:
        return
    line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEP_ALIVE:
        if hasattr(socket, name):
            line.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
