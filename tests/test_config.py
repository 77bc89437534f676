"""The settings: what is missing or bad is named at once, and no secret is ever repeated."""

from dataclasses import FrozenInstanceError
from datetime import timedelta

import pytest

from vendor_app.config import Config, ConfigError
from vendor_app.domain.partners.known import Partner

NEEDED = {
    "VENDOR_SECRET_KEY": "0123456789abcdef-secret",
    "VENDOR_KNOCK_BASE_URL": "https://stage-syndication.knockrentals.com",
    "VENDOR_KNOCK_APPOINTMENT_KEY": "the-appointment-key",
    "VENDOR_KNOCK_PROSPECT_KEY": "the-prospect-key",
    "VENDOR_KNOCK_WEBHOOK_TOKEN": "the-webhook-token",
}
SIGNING = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
WHOLE = {
    "VENDOR_TOUR_MINUTES": 1,
    "VENDOR_NOTICE_MINUTES": 0,
    "VENDOR_EARLY_MINUTES": 0,
    "VENDOR_LATE_MINUTES": 0,
    "VENDOR_SETTLE_SECONDS": 0,
    "VENDOR_RECHECK_SECONDS": 0,
    "VENDOR_MAX_CONCURRENT_TOURS": 1,
    "VENDOR_BOOKINGS_PER_HOUR": 1,
    "VENDOR_KNOCK_TIMEOUT_SECONDS": 1,
}


def read(**changes: str) -> Config:
    return Config.from_env(NEEDED | {f"VENDOR_{name}": value for name, value in changes.items()})


def complaint(environ: dict[str, str]) -> str:
    with pytest.raises(ConfigError) as refused:
        Config.from_env(environ)
    return str(refused.value)


def test_the_defaults_are_those_of_the_design() -> None:
    config = read()
    assert config.database_url == "sqlite:///var/vendor.db"
    assert (config.access_url, config.access_webhook_secrets, config.default_rules.has_lock) == ("", (), False)
    assert (config.tour, config.notice) == (timedelta(minutes=30), timedelta(0))
    assert (config.early, config.late) == (timedelta(minutes=10), timedelta(minutes=10))
    assert (config.settle, config.recheck) == (timedelta(seconds=120), timedelta(seconds=60))
    assert (config.max_concurrent_tours, config.bookings_per_hour) == (1, 30)
    assert config.knock_timeout == timedelta(seconds=15)


def test_the_defaults_of_the_value_and_of_the_environment_agree() -> None:
    assert read() == Config(
        secret_key=NEEDED["VENDOR_SECRET_KEY"],
        knock_base_url=NEEDED["VENDOR_KNOCK_BASE_URL"],
        knock_appointment_key="the-appointment-key",
        knock_prospect_key="the-prospect-key",
        knock_webhook_token="the-webhook-token",
    )


def test_our_own_address_follows_host_and_port() -> None:
    assert Config.from_env(NEEDED | {"HOST": "10.0.0.7", "PORT": "8080"}).public_url == "http://10.0.0.7:8080"


def test_all_that_is_missing_is_named_at_once() -> None:
    said = complaint({})
    assert [name for name in NEEDED if f"{name} is missing" not in said] == []


def test_what_is_missing_and_what_is_bad_are_named_together() -> None:
    bad = dict.fromkeys(WHOLE, "soon") | {"VENDOR_PUBLIC_URL": "example.com", "VENDOR_DATABASE_URL": "mysql://db"}
    said = complaint(bad)
    assert [name for name in [*NEEDED, *bad] if name not in said] == []


@pytest.mark.parametrize("name", NEEDED)
def test_a_needed_setting_that_is_blank_is_missing(name: str) -> None:
    assert f"{name} is missing" in complaint(NEEDED | {name: "  "})


@pytest.mark.parametrize("name", [name for name in NEEDED if name != "VENDOR_KNOCK_BASE_URL"])
def test_only_what_is_wrong_is_named(name: str) -> None:
    said = complaint({key: value for key, value in NEEDED.items() if key != name})
    assert [other for other in [*NEEDED, *WHOLE] if other in said] == [name]


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("value", ["-1", "1.5", "ten", "1e3", "٣", "²", "1000001", "9" * 30, "1 0", "+1", "0x1"])
def test_a_number_that_is_none_is_refused(name: str, value: str) -> None:
    most = 60 if name == "VENDOR_KNOCK_TIMEOUT_SECONDS" else 1_000_000
    assert f"{name} must be a whole number from {WHOLE[name]} to {most}" in complaint(NEEDED | {name: value})


@pytest.mark.parametrize(("name", "least"), WHOLE.items())
def test_the_least_a_number_may_be_is_accepted_and_less_is_not(name: str, least: int) -> None:
    Config.from_env(NEEDED | {name: str(least)})
    assert name in complaint(NEEDED | {name: str(least - 1)})


@pytest.mark.parametrize("name", ["VENDOR_KNOCK_BASE_URL", "VENDOR_PUBLIC_URL", "VENDOR_ACCESS_URL"])
@pytest.mark.parametrize(
    "value", ["example.com", "ftp://example.com", "http://", "https:///x", "http://x:port", "http://x:99999", "//x"]
)
def test_an_address_that_is_not_http_is_refused(name: str, value: str) -> None:
    assert f"{name} must be an http(s) address" in complaint(NEEDED | {name: value, "VENDOR_ACCESS_WEBHOOK_SECRETS": SIGNING})


@pytest.mark.parametrize("value", ["vendor.db", "sqlite:///", "sqlite://vendor.db", "mysql://db/vendor", "postgresql:///"])
def test_a_database_of_no_engine_we_know_is_refused(value: str) -> None:
    assert "VENDOR_DATABASE_URL must look like" in complaint(NEEDED | {"VENDOR_DATABASE_URL": value})


def test_a_short_secret_key_is_refused() -> None:
    assert "VENDOR_SECRET_KEY must be at least 16 characters" in complaint(NEEDED | {"VENDOR_SECRET_KEY": "fifteen letters"})


@pytest.mark.parametrize(
    "value", ["secret", "whsec_", "whsec_%%%", f"{SIGNING} MfKQ9r8GKYqrTwjU", f"{SIGNING},{SIGNING}", "whsec_é"]
)
def test_signing_secrets_that_are_none_are_refused(value: str) -> None:
    assert "VENDOR_ACCESS_WEBHOOK_SECRETS must be" in complaint(NEEDED | {"VENDOR_ACCESS_WEBHOOK_SECRETS": value})


def test_several_signing_secrets_are_read_in_order() -> None:
    assert read(ACCESS_WEBHOOK_SECRETS=f"  {SIGNING}   whsec_AAAA ").access_webhook_secrets == (SIGNING, "whsec_AAAA")


def test_a_lock_system_without_a_secret_to_sign_with_is_refused() -> None:
    assert "VENDOR_ACCESS_WEBHOOK_SECRETS is missing" in complaint(NEEDED | {"VENDOR_ACCESS_URL": "https://locks.example"})


@pytest.mark.parametrize(("given", "missing"), [("BASE_URL", "TOKEN"), ("TOKEN", "BASE_URL")], ids=["no token", "no address"])
def test_propexo_needs_both_its_address_and_its_token(given: str, missing: str) -> None:
    said = complaint(NEEDED | {f"VENDOR_PROPEXO_{given}": "https://propexo.example"})
    assert f"VENDOR_PROPEXO_{missing} is missing" in said


def test_with_an_address_and_a_secret_there_is_a_lock_system() -> None:
    assert read(ACCESS_URL="https://locks.example", ACCESS_WEBHOOK_SECRETS=SIGNING).default_rules.has_lock


def test_no_value_of_a_secret_is_repeated_in_the_complaint() -> None:
    secrets = {
        "VENDOR_SECRET_KEY": "too-short",
        "VENDOR_KNOCK_APPOINTMENT_KEY": "the-appointment-key",
        "VENDOR_KNOCK_PROSPECT_KEY": "the-prospect-key",
        "VENDOR_KNOCK_WEBHOOK_TOKEN": "the-webhook-token",
        "VENDOR_ACCESS_WEBHOOK_SECRETS": "whsec_half-a-secret",
        "VENDOR_ACCESS_URL": "https-user:password@locks",
        "VENDOR_TOUR_MINUTES": "soon",
    }
    said = complaint(secrets)
    assert [value for value in secrets.values() if value in said] == []


def test_no_secret_shows_when_the_settings_are_printed() -> None:
    shown = repr(read(ACCESS_WEBHOOK_SECRETS=SIGNING))
    hidden = [
        NEEDED[f"VENDOR_{name}"] for name in ("SECRET_KEY", "KNOCK_APPOINTMENT_KEY", "KNOCK_PROSPECT_KEY", "KNOCK_WEBHOOK_TOKEN")
    ]
    assert [value for value in [*hidden, SIGNING] if value in shown] == []


PARTNERS = ["KNOCK_BASE_URL", "ACCESS_URL", "SEAM_BASE_URL", "PROPEXO_BASE_URL"]
CONNECTED = {"ACCESS_WEBHOOK_SECRETS": SIGNING, "PROPEXO_TOKEN": "token", "PROPEXO_BASE_URL": "https://propexo.example"}


@pytest.mark.parametrize("name", PARTNERS)
@pytest.mark.parametrize(
    "value", ["http://partner.example", "HTTP://10.0.0.1/x", "http://localhost.example.com", "http://0.0.0.0"]
)
def test_a_partner_is_not_called_by_plain_http(name: str, value: str) -> None:
    given = {f"VENDOR_{one}": told for one, told in {**CONNECTED, name: value}.items()}
    said = complaint(NEEDED | given)
    assert f"VENDOR_{name} must be https" in said
    assert "VENDOR_ALLOW_PLAIN_HTTP=1" in said


@pytest.mark.parametrize("name", PARTNERS)
@pytest.mark.parametrize(
    "value", ["http://127.0.0.1:8001/x", "http://127.8.8.8", "http://[::1]:1", "http://localhost", "https://a.example"]
)
def test_on_this_machine_a_partner_may_be(name: str, value: str) -> None:
    assert getattr(read(**{**CONNECTED, name: value}), name.lower()) == value


@pytest.mark.parametrize("name", PARTNERS)
def test_plain_http_can_be_allowed(name: str) -> None:
    assert read(**{**CONNECTED, name: "http://partner.example"}, ALLOW_PLAIN_HTTP="1").allow_plain_http


@pytest.mark.parametrize("value", ["yes", "true", "2", "on"])
def test_plain_http_is_not_allowed_by_anything_else(value: str) -> None:
    assert "VENDOR_ALLOW_PLAIN_HTTP must be 1 or 0" in complaint(NEEDED | {"VENDOR_ALLOW_PLAIN_HTTP": value})


def test_plain_http_is_allowed_no_more_than_http() -> None:
    given = {"VENDOR_ALLOW_PLAIN_HTTP": "1", "VENDOR_KNOCK_BASE_URL": "ftp://knock.example"}
    assert "must be an http(s) address" in complaint(NEEDED | given)


def test_the_partners_are_those_that_are_connected() -> None:
    assert read().partners == {Partner.KNOCK: "https://stage-syndication.knockrentals.com"}
    all_of_them = read(**CONNECTED, ACCESS_URL="https://locks.example/?a", SEAM_KEY="key", SEAM_WEBHOOK_SECRETS=SIGNING)
    assert all_of_them.partners == {
        Partner.KNOCK: "https://stage-syndication.knockrentals.com",
        Partner.PROPEXO: "https://propexo.example",
        Partner.HTTP: "https://locks.example",
        Partner.SEAM: "https://connect.getseam.com",
    }


def test_a_slash_at_the_end_of_an_address_does_not_matter() -> None:
    assert (
        read(KNOCK_BASE_URL="https://knock.example/", PUBLIC_URL="https://tours.example/").knock_base_url
        == "https://knock.example"
    )


def test_the_rules_of_a_community_follow_the_settings() -> None:
    rules = read(TOUR_MINUTES="45", NOTICE_MINUTES="60", MAX_CONCURRENT_TOURS="2").default_rules.slots
    assert (rules.tour, rules.notice, rules.max_concurrent) == (timedelta(minutes=45), timedelta(hours=1), 2)


def test_settings_do_not_change_while_the_product_runs() -> None:
    with pytest.raises(FrozenInstanceError):
        read().secret_key = "another"  # type: ignore[misc]
