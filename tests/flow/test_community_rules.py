"""An operator edits the file of rules, looks at the difference, loads it, and the communities are served by it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.domain.example import NOON
from tests.store.conftest import ALDER
from vendor_app import __main__ as launcher
from vendor_app.config import Config
from vendor_app.domain.communities import Channel, CommunityRules
from vendor_app.domain.partners.known import LockKind
from vendor_app.store.errors import StoreError
from vendor_app.store.store import Store, open_store
from vendor_app.usecases.communities.community_rules import rules_of
from vendor_app.usecases.communities.load_rules import RulesChange, load_rules_file
from vendor_app.usecases.communities.rules_file import RulesRefused

ROOT = Path(__file__).parents[2]
CONFIG = Config(
    secret_key="a secret key of the tests only",
    knock_base_url="http://127.0.0.1:1/knock",
    knock_appointment_key="appointment-key",
    knock_prospect_key="prospect-key",
    knock_webhook_token="token",
    access_url="http://127.0.0.1:1/lock",
    access_webhook_secrets=("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",),
    propexo_base_url="http://127.0.0.1:1/propexo",
    propexo_token="token",
    tour=timedelta(minutes=20),
    notice=timedelta(minutes=5),
)
ALDER_AND_MAPLE = """
[community.alder]
tour_minutes = 45
hours = { mon = "09:00-19:00", tue = "09:00-19:00" }
doors = [
  { name = "Front", device = "d1" },
  { name = "204", device = "d2", unit = "204" },
]

[community.maple]
enabled = false
"""


@pytest.fixture
def db(database_url: str) -> Iterator[Store]:
    made = open_store(database_url)
    made.migrate()
    with made.transaction() as tx:
        tx.communities.keep(ALDER, NOON)
        tx.communities.keep(ALDER | {"community_id": "maple"}, NOON)
    yield made
    made.close()


def load(db: Store, text: str, **options: Any) -> RulesChange:
    return load_rules_file(db, CONFIG, text.encode(), NOON, **options)


def rules(db: Store, community_id: str = "alder", config: Config = CONFIG) -> CommunityRules:
    with db.read() as connection:
        return rules_of(connection, community_id, config.default_rules)


def refused(db: Store, text: str, config: Config = CONFIG) -> list[str]:
    with pytest.raises(RulesRefused) as caught:
        load_rules_file(db, config, text.encode(), NOON)
    assert str(caught.value).endswith("\nnothing was changed")
    return caught.value.problems


# What holds


def test_a_community_without_rules_follows_the_defaults(db: Store) -> None:
    assert rules(db) == CONFIG.default_rules


def test_what_the_file_leaves_out_follows_the_settings(db: Store) -> None:
    load(db, ALDER_AND_MAPLE)
    slots = rules(db).slots
    assert (slots.tour, slots.notice, slots.max_concurrent) == (timedelta(minutes=45), timedelta(minutes=5), 1)
    assert slots.hours == {0: (time(9), time(19)), 1: (time(9), time(19))}
    later = rules(db, config=replace(CONFIG, tour=timedelta(minutes=60), notice=timedelta(minutes=90)))
    assert (later.slots.tour, later.slots.notice) == (timedelta(minutes=45), timedelta(minutes=90))


def test_the_lock_system_is_the_settings_unless_the_file_says_so(db: Store) -> None:
    load(db, '[community.alder]\nlock = "none"\n[community.maple]\nenabled = true')
    assert (rules(db).lock, rules(db, "maple").lock, rules(db, "other").lock) == (LockKind.NONE, LockKind.HTTP, LockKind.HTTP)


def test_whether_a_community_is_enabled_can_be_asked_in_sql(db: Store) -> None:
    load(db, ALDER_AND_MAPLE)
    with db.read() as connection:
        off = connection.connection.query("SELECT community_id FROM community_rules WHERE NOT enabled")
    assert off == [{"community_id": "maple"}]


@pytest.mark.parametrize("file", ["communities.example.toml", "docs/communities.md"])
def test_what_we_tell_operators_to_write_can_be_loaded(db: Store, file: str) -> None:
    text = (ROOT / file).read_text(encoding="utf-8")
    load(db, text if file.endswith("toml") else text.split("```toml\n")[1].split("```")[0])
    assert rules(db, "b9XQN6eMvvrr07zg") != CONFIG.default_rules


def test_a_community_of_propexos_has_its_ids(db: Store) -> None:
    load(db, (ROOT / "communities.example.toml").read_text(encoding="utf-8"))
    own = rules(db, "191b65d2686d11e9")
    assert own.propexo is not None
    assert (own.channel, own.propexo.attribution_of("Zillow"), own.propexo.attribution_of("?")) == (
        Channel.PROPEXO,
        "clatt_zillow",
        "clatt_default",
    )


def test_rules_that_another_version_stored_are_not_guessed_at(db: Store) -> None:
    with db.transaction() as tx:
        tx.community_rules.keep("alder", True, {"tour_hours": 1}, NOON)
    with pytest.raises(StoreError, match="alder"):
        rules(db)


# What changes


def test_the_difference_is_told_in_the_files_words(db: Store) -> None:
    assert load(db, ALDER_AND_MAPLE).changes == [
        "community alder: new, with tour_minutes, hours, doors",
        "community maple: new, with enabled",
    ]
    edited = (
        ALDER_AND_MAPLE.replace("45", "30")
        .replace('tue = "09:00-19:00"', 'sun = "10:00-16:00"')
        .replace('"d2", unit = "204" }', '"d3" },\n{ name = "Gym", device = "d2" }')
        .partition("[community.maple]")[0]
    )
    assert load(db, edited + "[community.elm]\n").changes == [
        "community alder: tour_minutes: 45 -> 30",
        'community alder: hours.tue: "09:00-19:00" -> "closed"',
        'community alder: hours.sun: "closed" -> "10:00-16:00"',
        'community alder: doors.204.device: "d2" -> "d3"',
        'community alder: doors.204.unit: "204" -> (none)',
        'community alder: doors.Gym: (none) -> { device = "d2" }',
        "community elm: new",
        "community maple: back to the defaults, without enabled",
    ]
    assert load(db, "").changes == [
        "community alder: back to the defaults, without tour_minutes, hours, doors",
        "community elm: back to the defaults",
    ]
    assert rules(db) == CONFIG.default_rules


def test_what_the_file_leaves_out_from_now_on_is_back_to_its_default(db: Store) -> None:
    load(db, "[community.alder]\ntour_minutes = 45\nhorizon_days = 3")
    assert load(db, "[community.alder]\nhorizon_days = 3").changes == ["community alder: tour_minutes: 45 -> (default)"]
    assert rules(db).slots.tour == CONFIG.tour


def test_the_same_file_again_changes_nothing(db: Store) -> None:
    load(db, ALDER_AND_MAPLE)
    with db.read() as connection:
        before = connection.community_rules.list_all()
    again = load_rules_file(db, CONFIG, ALDER_AND_MAPLE.encode(), NOON + timedelta(days=1))
    with db.read() as connection:
        assert (again.changes, connection.community_rules.list_all()) == ([], before)


def test_the_order_of_the_doors_is_a_difference(db: Store) -> None:
    load(db, '[community.alder]\ndoors = [{name = "a", device = "1"}, {name = "b", device = "2"}]')
    assert load(db, '[community.alder]\ndoors = [{name = "b", device = "2"}, {name = "a", device = "1"}]').changes == [
        "community alder: doors: in another order"
    ]
    assert [door.name for door in rules(db).doors] == ["b", "a"]


def test_a_dry_run_tells_the_difference_and_changes_nothing(db: Store) -> None:
    told = load(db, ALDER_AND_MAPLE, dry_run=True)
    with db.read() as connection:
        assert connection.community_rules.list_all() == {}
    assert load(db, ALDER_AND_MAPLE) == told


def test_a_community_that_knock_does_not_list_is_warned_about_and_loaded(db: Store) -> None:
    with db.transaction() as tx:
        tx.communities.mark_gone("maple", NOON)
    told = load(db, "[community.aldr]\ntour_minutes = 7\n[community.maple]\n[community.alder]")
    assert told.warnings == [
        "community aldr: Knock does not list it (yet)",
        "community maple: Knock does not list it (yet)",
    ]
    assert rules(db, "aldr").slots.tour == timedelta(minutes=7)


# What is refused


def test_everything_that_is_wrong_is_told_with_its_line_and_nothing_is_changed(db: Store) -> None:
    load(db, ALDER_AND_MAPLE)
    wrong = """\
[community.alder]
tour_minutes = 0
colour = "red"
hours = { mon = "09:00-19:00", tue = "19:00-09:00" }

[[community.alder.doors]]
name = "Front"
device = "d1"
[[community.alder.doors]]
name = "Front"
unit = ["203", "204"]

[community."a b"]
doors = [
  { name = "a", device = "d1", unit = "10 A" },
  { name = "b", device = "d2", unit = "10a" },
]
[communities.maple]
"""
    assert refused(db, wrong) == [
        "line 2: community alder: tour_minutes: Must be from 1 to 1440.",
        "line 3: community alder: colour: Unknown key; known are enabled, tour_minutes, notice_minutes, horizon_days, "
        "max_concurrent_tours, default_source_title, hours, channel, lock, help_phone, require_verified, doors, propexo.",
        "line 4: community alder: hours.tue: Must open before it closes.",
        "line 9: community alder: doors[1].device: Missing.",
        "line 10: community alder: doors[1].name: The same name as community alder: doors[0]; it must stand for one door only.",
        "line 11: community alder: doors[1].unit: Must be one unit, as text in quotes: a door belongs to one unit, "
        "or to none when everybody takes it.",
        'line 15: community "a b": doors[0].device: The same device as community alder: doors[0]; '
        "it must stand for one door only.",
        'line 16: community "a b": doors[1].unit: The same unit as community "a b": doors[0]; it must stand for one door only.',
        "line 18: communities: Unknown key; did you mean community?",
    ]
    assert (rules(db).slots.tour, rules(db, "maple").enabled) == (timedelta(minutes=45), False)


def test_two_communities_may_have_doors_of_the_same_name_and_unit(db: Store) -> None:
    door = '[[community.{}.doors]]\nname = "204"\nunit = "204"\ndevice = "{}"\n'
    load(db, door.format("alder", "d1") + door.format("maple", "d2"))
    assert len(rules(db, "maple").doors) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[community.alder]\ntour_minutes 30", "this is not TOML: Expected '=' after a key in a key/value pair (at line 2,"),
        ("[community.alder]\n[community.alder]", "this is not TOML: Cannot declare ('community', 'alder') twice (at line 2,"),
        ("community = 3", "line 1: community: Must be tables, one a community: [community.…]."),
        ("[[community]]", "line 1: community: Must be tables, one a community: [community.…]."),
        ("\n[community]\nalder = 3", "line 3: community alder: Must be a table."),
        ('[community." x"]', 'line 1: community " x": No id of Knock\'s'),
        ('[community."\\u001b"]', 'line 1: community "\\u001b": No id of Knock\'s'),
        ("[community]\n" + "x" * 101 + " = {}", "line 2: community xxx"),
    ],
)
def test_a_file_of_another_shape_is_refused(db: Store, text: str, said: str) -> None:
    (problem,) = refused(db, text)
    assert problem.startswith(said)


def test_a_file_of_windows_is_read_like_any_other(db: Store) -> None:
    text = ALDER_AND_MAPLE.replace("\n", "\r\n")
    assert load_rules_file(db, CONFIG, b"\xef\xbb\xbf" + text.encode(), NOON).changes
    assert refused(db, text.replace("45", "0"))[0].startswith("line 3: ")


def test_a_file_that_is_not_utf_8_is_refused_with_its_line(db: Store) -> None:
    with pytest.raises(RulesRefused, match=r"^line 2: this is not UTF-8"):
        load_rules_file(db, CONFIG, '[community.alder]\ndefault_source_title = "café"'.encode("latin-1"), NOON)


@pytest.mark.parametrize(
    ("table", "setting"),
    [('lock = "seam"', "SEAM_KEY"), ('require_verified = "email"', "SMTP_URL"), ('require_verified = "phone"', "SMS_GATEWAY")],
)
def test_what_needs_a_setting_is_refused_without_it(db: Store, table: str, setting: str) -> None:
    problem = refused(db, f"[community.alder]\n{table}")[0]
    assert problem.startswith("line 2: community alder: ") and problem.endswith(f"needs the setting VENDOR_{setting}.")


def test_what_the_settings_do_not_allow_is_refused(db: Store) -> None:
    bare = replace(CONFIG, access_url="", access_webhook_secrets=(), propexo_base_url="", propexo_token="")
    table = '[community.alder]\nlock = "http"\nchannel = "propexo"\n[community.alder.propexo]\n'
    ids = 'integration_id = "i"\ncommunity_id = "c"\nattribution_id = "a"\n'
    assert refused(db, table + ids, bare) == [
        'line 2: community alder: lock: "http" needs the setting VENDOR_ACCESS_URL.',
        'line 3: community alder: channel: "propexo" needs the setting VENDOR_PROPEXO_BASE_URL.',
    ]
    load(db, table + ids)
    assert rules(db).channel is Channel.PROPEXO


# The command


@pytest.fixture
def command(database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs `python -m vendor_app communities …`; the exit status and what was printed to each stream."""
    settings = {"SECRET_KEY": CONFIG.secret_key, "KNOCK_BASE_URL": CONFIG.knock_base_url, "DATABASE_URL": database_url}
    for name in ("KNOCK_APPOINTMENT_KEY", "KNOCK_PROSPECT_KEY", "KNOCK_WEBHOOK_TOKEN"):
        settings[name] = "key"
    for name, value in settings.items():
        monkeypatch.setenv(f"VENDOR_{name}", value)

    def run(*arguments: str) -> tuple[Any, str, str]:
        monkeypatch.setattr("sys.argv", ["vendor_app", "communities", *arguments])
        with pytest.raises(SystemExit) as ended:
            launcher.main()
        return (ended.value.code, *capsys.readouterr())

    return run


def test_the_command_shows_the_difference_and_takes_it_over(db: Store, command: Any, tmp_path: Path) -> None:
    file = tmp_path / "communities.toml"
    file.write_text("[community.alder]\ntour_minutes = 45\n[community.elm]\n")
    told = "warning: community elm: Knock does not list it (yet)\ncommunity alder: new, with tour_minutes\ncommunity elm: new\n"
    assert command("--file", str(file), "--dry-run") == (0, told + "nothing was changed: this was a dry run\n", "")
    assert rules(db).slots.tour == CONFIG.tour
    assert command("--file", str(file)) == (0, told + "done\n", "")
    assert rules(db).slots.tour == timedelta(minutes=45)
    assert command("--file", str(file))[1].endswith("\nnothing changes\n")


def test_the_command_tells_what_is_wrong_and_changes_nothing(db: Store, command: Any, tmp_path: Path) -> None:
    file = tmp_path / "communities.toml"
    file.write_text("[community.alder]\ntour_minutes = 0\n[community.maple]\nlock = 1\n")
    assert command("--file", str(file)) == (
        2,
        "",
        "line 2: community alder: tour_minutes: Must be from 1 to 1440.\n"
        "line 4: community maple: lock: Must be text in quotes.\nnothing was changed\n",
    )
    with db.read() as connection:
        assert connection.community_rules.find("alder") is None


def test_the_command_says_which_file_it_misses(command: Any, tmp_path: Path) -> None:
    missing = str(tmp_path / "none.toml")
    assert command("--file", missing) == (2, "", f"{missing} cannot be read: No such file or directory\nnothing was changed\n")
    for arguments in ((), ("--file", "")):
        status, _, said = command(*arguments)
        assert (status, said.startswith("say which file: make communities FILE=communities.toml")) == (2, True)
