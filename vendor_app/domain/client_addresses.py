"""Which IP addresses count as one client, for limits and idempotency keys."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

_SITE = 64


def client_of(address: str) -> str:
    """The client of an address: an IPv4 address, or the /64 of an IPv6 address, in one spelling."""
    try:
        parsed: IPv4Address | IPv6Address = ip_address(address.strip())
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is None:
            return str(IPv6Network((int(parsed), _SITE), strict=False))
        parsed = parsed.ipv4_mapped
    return str(parsed)
