"""One spelling for each address, and which of them stay on this machine."""

import pytest

from vendor_app.domain.partners.addresses import host_of, is_loopback, normalised


@pytest.mark.parametrize(
    "spelt",
    [
        "https://knock.example/api",
        "HTTPS://KNOCK.Example/api",
        "https://knock.example:443/api",
        "https://knock.example./api/",
        "https://us:password@knock.example/api",
        "https://knock.example/api?key=secret#part",
    ],
)
def test_one_address_has_one_spelling(spelt: str) -> None:
    assert normalised(spelt) == "https://knock.example/api"


@pytest.mark.parametrize(
    "other",
    [
        "http://knock.example/api",
        "https://knock.example:8443/api",
        "https://knock.example:80/api",
        "https://stage.knock.example/api",
        "https://knock.example/API",
        "https://knock.example",
        "https://knock.example/api/v2",
    ],
)
def test_another_address_has_another_spelling(other: str) -> None:
    assert normalised(other) != normalised("https://knock.example/api")


def test_an_ipv6_address_keeps_its_brackets() -> None:
    assert normalised("http://[2001:DB8::1]:80/x/") == "http://[2001:db8::1]/x"
    assert normalised("http://[::1]:8001") == "http://[::1]:8001"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "127.255.255.254", "::1", "localhost", "LocalHost", "localhost."])
def test_what_never_leaves_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "10.0.0.1",
        "128.0.0.1",
        "0.0.0.0",
        "::",
        "localhost.example.com",
        "127.0.0.1.example.com",
        "127.1",
        "2130706433",
        "::2",
    ],
)
def test_what_may_leave_this_machine(host: str) -> None:
    assert not is_loopback(host)


def test_the_host_of_an_address() -> None:
    assert [host_of(one) for one in ("http://[::1]:8001/x", "https://us:pw@Knock.example:1/y")] == ["::1", "knock.example"]
