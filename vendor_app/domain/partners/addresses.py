"""Partners' addresses in one spelling, and whether they are on this machine."""

from ipaddress import ip_address
from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}


def normalised(url: str) -> str:
    """The http(s) address in one spelling, as it may be kept and shown.

    Without user, password, query, default port and a slash at the end; scheme and host in small letters.
    """
    parts = urlsplit(url)
    host = _without_last_dot(parts.hostname or "")
    port = "" if parts.port in (None, _PORTS.get(parts.scheme)) else f":{parts.port}"
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{port}{parts.path.rstrip('/')}"


def host_of(url: str) -> str:
    """The address's host: a name, or an IP address without brackets."""
    return _without_last_dot(urlsplit(url).hostname or "")


def is_loopback(host: str) -> bool:
    """Whether what is sent there never leaves this machine: 127.0.0.0/8, ::1, localhost."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return _without_last_dot(host.lower()) == "localhost"


def _without_last_dot(host: str) -> str:
    """`knock.example` for `knock.example.`, the same host with its root dot."""
    return host.removesuffix(".")
