"""Who is one client, as far as its address tells."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

_SITE = 64


def client_of(address: str) -> str:
    """One spelling for one client: an IPv6 client has a whole /64 to itself, and may use any address in it."""
    try:
        parsed: IPv4Address | IPv6Address = ip_address(address.strip())
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is None:
            return str(IPv6Network((int(parsed), _SITE), strict=False))
        parsed = parsed.ipv4_mapped
    return str(parsed)
