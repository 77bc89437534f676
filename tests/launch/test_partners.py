"""Sandbox, stage and production never meet in one database, whatever command is given."""

import signal
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from sandbox import Sandbox, serve
from tests.domain.example import a_tour
from tests.launch.house import House, free_ports, listens, settings, until_it_answers
from tests.postgres import new_database
from tests.processes import until
from tests.store.conftest import ALDER
from tests.world import sandbox_settings
from vendor_app.__main__ import commands
from vendor_app.domain.partners.known import Partner
from vendor_app.domain.tours import Status
from vendor_app.store.partners import migrate_for_partners, remembered_partners
from vendor_app.store.store import open_store

PRODUCTION, STAGE = "https://syndication.knock.example", "https://stage.knock.example"
NOWHERE = "http://127.0.0.1:9/knock"


def use_in_production(url: str) -> None:
    """As production's Knock fills it."""
    with closing(open_store(url)) as db:
        migrate_for_partners(db.database, {Partner.KNOCK: PRODUCTION})
    fill(url)


def fill(url: str) -> None:
    """Two tours next week, and the community they are at."""
    soon = datetime.now(UTC) + timedelta(days=7)
    with closing(open_store(url)) as db, db.transaction() as tx:
        tx.communities.keep(ALDER, soon)
        for number in range(2):
            tx.tours.insert(a_tour(f"tour_{number}", start=soon + timedelta(hours=number)))
            tx.due_tours.check_again(f"tour_{number}", soon - timedelta(days=8))


def stored(url: str) -> list[tuple[str, Status]]:
    """The tours, and how they stand; nothing is owed to anybody."""
    with closing(open_store(url)) as db, db.read() as connection:
        assert connection.outbox_reports.count_open() == []
        return sorted((one.tour_id, one.status) for one in connection.tours.newest(10))


UNTOUCHED = [("tour_0", Status.CONFIRMED), ("tour_1", Status.CONFIRMED)]


@pytest.fixture
def production(database_url: str) -> str:
    """A database that is used with production's Knock, and has tours."""
    use_in_production(database_url)
    return database_url


# Every command

NEED_NO_SETTINGS = {"copy-to-postgres"}
HAVE_TESTS_OF_THEIR_OWN = {"serve", "backup"}
ARGUMENTS = {
    "communities": ["--file", "rules.toml"],
    "tour": ["tour_0"],
    "cancel-tour": ["tour_0"],
    "task-done": ["1"],
    "replay": ["1"],
    "switch-community": ["alder", "off"],
    "move-lock": ["--to", "https://locks.example"],
}


@pytest.mark.parametrize("name", sorted(commands.commands.keys() - NEED_NO_SETTINGS - HAVE_TESTS_OF_THEIR_OWN))
def test_an_operators_command_refuses_a_database_of_other_partners(
    house: House, production: str, name: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from vendor_app import __main__ as launcher

    (house.folder / "rules.toml").write_text("")
    monkeypatch.chdir(house.folder)
    for variable, value in {**settings(STAGE), "VENDOR_DATABASE_URL": production}.items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setattr("sys.argv", ["vendor_app", name, *ARGUMENTS.get(name, [])])

    with pytest.raises(SystemExit) as ended:
        launcher.main()

    told = capfd.readouterr()
    assert (ended.value.code, told.out) == (2, "")
    assert_it_says_all(told.err)
    assert stored(production) == UNTOUCHED


def assert_it_says_all(told: str, variable: str = "VENDOR_KNOCK_BASE_URL", now: str = STAGE, before: str = PRODUCTION) -> None:
    """One line: what the database was filled with, what the settings say, what to do."""
    (line,) = [one for one in told.splitlines() if "WARNING" not in one and one]
    assert [one for one in (before, now, variable, "VENDOR_DATABASE_URL", "set the address back") if one not in line] == []


THAT_WORK = [("vendor_app", "serve"), ("jobs",), ("jobs", "once"), ("vendor_app", "migrate")]


@pytest.mark.parametrize("command", THAT_WORK, ids=" ".join)
def test_what_serves_and_works_refuses_a_database_of_other_partners(
    house: House, production: str, command: tuple[str, ...]
) -> None:
    port = free_ports()
    ended = house.run(*command, PORT=str(port), VENDOR_DATABASE_URL=production, **settings(STAGE))

    assert (ended.returncode, ended.stdout) == (2, "")
    assert_it_says_all(ended.stderr)
    assert not listens(port)
    assert stored(production) == UNTOUCHED


def test_several_workers_are_refused_in_one_line(house: House, production: str) -> None:
    ended = house.run(
        "vendor_app", "serve", PORT=str(free_ports()), WORKERS="3", VENDOR_DATABASE_URL=production, **settings(STAGE)
    )
    assert ended.returncode == 2
    assert_it_says_all(ended.stderr)


def test_spelling_and_keys_do_not_make_other_partners(house: House, production: str) -> None:
    spelt = settings("HTTPS://us:pw@Syndication.Knock.Example:443/", KNOCK_APPOINTMENT_KEY="another", SECRET_KEY="x" * 20)
    ended = house.run("vendor_app", "tours", VENDOR_DATABASE_URL=production, **spelt)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "tour_0" in ended.stdout


def test_neither_password_nor_query_of_an_address_is_told(house: House, production: str) -> None:
    ended = house.run("vendor_app", "tours", VENDOR_DATABASE_URL=production, **settings(f"{STAGE}?key=hidden"))
    assert ended.returncode == 2
    spelt = settings("https://us:hidden@stage.knock.example")
    again = house.run("vendor_app", "tours", VENDOR_DATABASE_URL=production, **spelt)
    assert again.returncode == 2
    assert "hidden" not in ended.stderr + again.stderr


# The disasters


@pytest.fixture
def sandbox_port() -> int:
    """Of three in a row: the sandbox's, its mail server's, and the web's."""
    return free_ports(3)


def ports(sandbox_port: int) -> dict[str, str]:
    return {"SANDBOX_PORT": str(sandbox_port), "PORT": str(sandbox_port + 2)}


def test_make_run_leaves_a_production_database_alone(house: House, production: str, sandbox_port: int) -> None:
    environ = {**settings(PRODUCTION), "VENDOR_DATABASE_URL": production, **ports(sandbox_port)}
    running = house.start("sandbox", **environ)
    until_it_answers(sandbox_port + 2)
    until(lambda: "sync_communities" in house.said(running))  # all jobs have had their first turn with it

    running.send_signal(signal.SIGINT)
    assert running.wait(timeout=90) == 0
    assert stored(production) == UNTOUCHED
    assert partners_in(production) == {"knock": PRODUCTION}
    assert partners_in(f"sqlite:///{house.folder}/var/sandbox.db")["knock"] == f"http://127.0.0.1:{sandbox_port}/knock"


def test_make_run_refuses_a_given_production_database(house: House, production: str, sandbox_port: int) -> None:
    ended = house.run("sandbox", VENDOR_SANDBOX_DATABASE_URL=production, **ports(sandbox_port))

    assert (ended.returncode, ended.stdout) == (2, "")
    assert_it_says_all(ended.stderr, now=f"http://127.0.0.1:{sandbox_port}/knock")
    assert "VENDOR_SANDBOX_DATABASE_URL" in ended.stderr
    assert not any(listens(sandbox_port + one) for one in range(3))
    assert stored(production) == UNTOUCHED


def test_a_sandboxs_ids_never_reach_another_knock(house: House, database_url: str, sandbox_port: int) -> None:
    running = house.start("sandbox", VENDOR_SANDBOX_DATABASE_URL=database_url, **ports(sandbox_port))
    until_it_answers(sandbox_port + 2)
    until(lambda: "sync_communities" in house.said(running))
    running.send_signal(signal.SIGINT)
    running.wait(timeout=90)
    fill(database_url)
    stage = Sandbox(sandbox_settings("http://127.0.0.1:1"))

    with serve(stage, "127.0.0.1", 0) as real:
        for command in (("jobs", "once"), ("vendor_app", "sync"), ("vendor_app", "serve")):
            environ = {**settings(f"{real.url}/knock"), "VENDOR_DATABASE_URL": database_url, "PORT": str(free_ports())}
            ended = house.run(*command, **environ)
            assert ended.returncode == 2, ended.stderr
        assert stage.calls == []
    assert stored(database_url) == UNTOUCHED


def partners_in(url: str) -> dict[str, str]:
    with closing(open_store(url)) as db, db.read() as connection:
        return {str(name): address for name, address in remembered_partners(connection.connection).items()}


# A database that comes up later

Withheld = tuple[str, Callable[[], None]]


@pytest.fixture(params=["sqlite", "postgres"])
def withheld(request: pytest.FixtureRequest, house: House) -> Iterator[Withheld]:
    """Production's database, which does not answer; and what makes it answer."""
    if request.param == "sqlite":
        path = house.folder / "vendor.db"
        url, away = f"sqlite:///{path}", path.with_name("away.db")
        use_in_production(url)
        path.rename(away)
        path.mkdir()

        def give_back() -> None:
            path.rmdir()
            away.rename(path)

        yield url, give_back
        return
    server = request.getfixturevalue("postgres")
    with new_database(server) as url, psycopg.connect(server, autocommit=True) as admin:
        use_in_production(url)
        name = url.partition("?")[0].rpartition("/")[2]
        admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')

        def allow() -> None:
            admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')

        yield url, allow
        allow()


def test_jobs_end_when_the_database_that_comes_up_is_anothers(house: House, withheld: Withheld) -> None:
    url, give_back = withheld
    stage = Sandbox(sandbox_settings("http://127.0.0.1:1"))
    with serve(stage, "127.0.0.1", 0) as real:
        working = house.start("jobs", VENDOR_DATABASE_URL=url, **settings(f"{real.url}/knock"))
        until(lambda: "going on without it" in house.said(working))
        give_back()

        assert working.wait(timeout=60) == 2
        assert f"the database cannot be used: this database was filled with knock at {PRODUCTION}" in house.said(working)
        assert "Traceback" not in house.said(working)
        assert {name for name, _ in stage.calls} <= {"GET /communities"}  # which names none of the ids in the database
    assert stored(url) == UNTOUCHED


def test_the_web_ends_when_the_database_is_anothers(house: House, withheld: Withheld) -> None:
    url, give_back = withheld
    port = free_ports()
    serving = house.start("vendor_app", "serve", PORT=str(port), VENDOR_DATABASE_URL=url, **settings(STAGE))
    until_it_answers(port, "/healthz")
    give_back()

    assert serving.wait(timeout=60) == 2
    assert PRODUCTION in house.said(serving)
    assert not listens(port)
    assert stored(url) == UNTOUCHED


def test_with_the_right_partners_it_outlasts_a_missing_database(house: House, withheld: Withheld) -> None:
    url, give_back = withheld
    port = free_ports()
    house.start("vendor_app", "serve", PORT=str(port), VENDOR_DATABASE_URL=url, **settings(PRODUCTION))
    until_it_answers(port, "/healthz")
    give_back()
    until_it_answers(port, "/readyz")
    assert stored(url) == UNTOUCHED


# What `make run` leaves for the commands


def test_commands_without_settings_speak_to_the_sandbox_of_make_run(house: House, sandbox_port: int) -> None:
    running = house.start("sandbox", **ports(sandbox_port))
    until_it_answers(sandbox_port + 2)
    spoken = house.run("vendor_app", "tours")  # in another terminal, where no port is set
    running.send_signal(signal.SIGINT)
    running.wait(timeout=90)

    assert (spoken.returncode, spoken.stderr) == (0, "speaking to the sandbox of make run (sqlite:///var/sandbox.db)\n")


def test_commands_without_settings_and_sandbox_say_what_is_missing(house: House) -> None:
    ended = house.run("vendor_app", "tours", VENDOR_SANDBOX_DATABASE_URL="sqlite:///var/other.db")
    assert ended.returncode == 2
    assert "VENDOR_KNOCK_BASE_URL is missing" in ended.stderr


def test_the_sandbox_keeps_its_database_at_another_port(house: House, sandbox_port: int) -> None:
    for first in (sandbox_port, free_ports(3)):
        running = house.start("sandbox", **ports(first))
        until_it_answers(first + 2)
        running.send_signal(signal.SIGINT)
        assert running.wait(timeout=90) == 0, house.said(running)
        assert partners_in(f"sqlite:///{house.folder}/var/sandbox.db")["http"] == f"http://127.0.0.1:{first}/lock"
