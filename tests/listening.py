"""A port of this machine that is listened on before there is a server."""

import socket


def a_listener(port: int = 0) -> socket.socket:
    """A socket that listens on that port, or on any free one.

    Its protocol is named: asyncio only then sends small answers at once, and without that each waits 40 ms for the
    other side's word that it has had the one before.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen()
    return listener
