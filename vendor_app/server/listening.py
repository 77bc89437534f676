"""Ports that are ours alone: who comes second is told at once, instead of getting every other request."""

import errno
import socket
from collections.abc import Mapping

from vendor_app.config import ConfigError

_BACKLOG = 1024


class CannotListen(Exception):
    """The port cannot be had; the message names host, port and the setting that moves it."""


def port_of(environ: Mapping[str, str], name: str, default: int, most: int = 65535) -> int:
    """The port that the variable says. Raises ConfigError."""
    text = environ.get(name, "").strip() or str(default)
    if text.isascii() and text.isdigit() and len(text) <= 5 and 1 <= int(text) <= most:
        return int(text)
    raise ConfigError(f"{name} must be a port: a whole number from 1 to {most}")


def listen(host: str, port: int, setting: str) -> socket.socket:
    """Listen there, and nobody else: the port is not shared. Raises CannotListen; `setting` moves the port."""
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        both = family == socket.AF_INET6 and socket.has_dualstack_ipv6()
        return socket.create_server(address[:2], family=family, backlog=_BACKLOG, dualstack_ipv6=both)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CannotListen(f"port {port} of {host} is in use: stop who listens there, or set {setting}") from error
        why = error.strerror.partition(" (while")[0] if error.strerror else type(error).__name__
        raise CannotListen(f"cannot listen at port {port} of {host} ({why}): set HOST or {setting}") from error
