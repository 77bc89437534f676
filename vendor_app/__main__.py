"""The operators' commands behind the Makefile: `python -m vendor_app --help`."""

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

import click

from vendor_app.clock import utcnow
from vendor_app.config import Config, ConfigError
from vendor_app.domain import LOCK_SYSTEMS, Partner
from vendor_app.launch import serve_web, settings_of
from vendor_app.parent import end_with_parent
from vendor_app.reports import at, told, tour_lines
from vendor_app.server.listening import CannotListen
from vendor_app.store import StoreError
from vendor_app.store.engine.backup import back_up
from vendor_app.store.engine.copying import copy_to_postgres
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.communities.load_rules import load_rules_file
from vendor_app.usecases.communities.rules_file import read_file
from vendor_app.usecases.communities.sync_communities import switch_community, sync_communities
from vendor_app.usecases.errors import UseCaseError
from vendor_app.usecases.operators import operate
from vendor_app.usecases.operators.doctor import examine
from vendor_app.usecases.operators.move_lock import move_lock


@click.group(help=__doc__)
def commands() -> None:
    """Every command but copy-to-postgres reads the VENDOR_… settings from the environment."""


@commands.command()
def serve() -> None:
    """The web application only."""
    sys.exit(serve_web(os.environ))


@commands.command()
def migrate() -> None:
    """Bring the database up to date."""
    applied = _collaborators().migrate_database()
    click.echo("applied: " + ", ".join(applied) if applied else "the database is up to date")


@commands.command("copy-to-postgres")
@click.option("--from", "from_url", default="sqlite:///var/vendor.db", show_default=True, help="The SQLite database.")
@click.option("--to", "to_url", required=True, help="An empty PostgreSQL database: postgresql://…")
def copy(from_url: str, to_url: str) -> None:
    """Move a SQLite database into an empty PostgreSQL, everything or nothing; needs no settings."""
    for table in copy_to_postgres(from_url, to_url):
        click.echo(f"{table.name:20} {table.rows:>10} rows  {table.checksum[:12]}")
    click.echo("copied and compared; now set VENDOR_DATABASE_URL to the new database")


@commands.command()
@click.option("--to", "name", default="", help="A file that is not there yet.")
def backup(name: str) -> None:
    """Copy the SQLite database, also while it is in use, and check the copy."""
    if not name:
        raise ConfigError("say which file: make backup TO=…")
    config = Config.from_env(settings_of(os.environ))
    tables = back_up(config.database_url, Path(name), config.partners)
    click.echo(f"{name}: {sum(tables.values())} rows in {len(tables)} tables, checked")


@commands.command()
def sync() -> None:
    """Fetch the communities that Knock lists, and say what has changed."""
    via = _connect()
    found = sync_communities(via.db, via.knock, utcnow())
    for change in found.changes:
        click.echo(str(change))
    click.echo(", ".join(f"{name} {count}" for name, count in asdict(found.counts).items()))


@commands.command()
@click.option("--file", "name", default="", help="The file of rules, as communities.example.toml shows it.")
@click.option("--dry-run", is_flag=True, help="Only show what the file would change.")
def communities(name: str, dry_run: bool) -> None:
    """Take over the communities' rules from a file, and say what changes."""
    content = read_file(name)
    via = _connect()
    found = load_rules_file(via.db, via.config, content, utcnow(), dry_run=dry_run)
    for warning in found.warnings:
        click.echo(f"warning: {warning}")
    for change in found.changes:
        click.echo(change)
    click.echo("nothing changes" if not found.changes else "nothing was changed: this was a dry run" if dry_run else "done")


@commands.command()
def doctor() -> None:
    """Is everything connected, and may every community be served by its lock system?"""
    ill = False
    for finding in examine(_connect(), utcnow()):
        ill = ill or bool(finding.problems)
        click.echo(f"{finding.what}: {'well' if not finding.problems else ''}")
        for sentence in (*finding.problems, *finding.advice):
            click.echo(f"  {sentence}")
    sys.exit(1 if ill else 0)


@commands.command("move-lock")
@click.option("--lock", type=click.Choice(LOCK_SYSTEMS), default=Partner.HTTP, show_default=True, help="Which lock system.")
@click.option("--to", "to_url", required=True, help="Its new address.")
def move(lock: str, to_url: str) -> None:
    """A lock system is found at another address; stop `make serve` and `make jobs` before."""
    partner = Partner(lock)
    before, now = move_lock(_connect(but=partner), partner, to_url)
    click.echo(f"{before} is {now} from now on: set {partner.setting} to it and start `make serve` and `make jobs`")


@commands.command()
@click.option("--limit", default=20, show_default=True)
def tours(limit: int) -> None:
    """The tours booked last."""
    for tour in operate.list_newest_tours(_connect(), limit):
        start = tour.local(tour.starts_at).strftime("%Y-%m-%d %H:%M %z")
        click.echo(f"{tour.tour_id}  {start}  {tour.community_id}  {tour.status}{f' ({tour.reason})' if tour.reason else ''}")


@commands.command()
@click.argument("tour_id")
def tour(tour_id: str) -> None:
    """What happened to this tour?"""
    for line in tour_lines(operate.tell_tour(_connect(), tour_id)):
        click.echo(line)


@commands.command()
def tasks() -> None:
    """What only a person can do."""
    for task in operate.list_tasks(_connect()):
        click.echo(f"{task.id}  {task.created_at:%Y-%m-%d %H:%M}Z  {task.tour_id}  {task.what}  {told(task.detail)}")


@commands.command("task-done")
@click.argument("task_id", type=int)
def task_done(task_id: int) -> None:
    """Say that a task has been done by hand."""
    task = operate.finish_task(_connect(), task_id, utcnow())
    click.echo(f"{task.what} of {task.tour_id} is done")


@commands.command()
def outbox() -> None:
    """What we owe the partners, and what we gave up on."""
    via = _connect()
    for count in operate.count_everything(via, utcnow()).messages:
        click.echo(f"{count.kind:20} {count.state:8} {count.n}")
    for message in operate.list_failing_messages(via):
        tried = f"{message.attempts} tries since {message.created_at:%Y-%m-%d %H:%M:%S}Z{at(', next', message.next_attempt_at)}"
        click.echo(f"pending: {message.id}  {message.kind}  {message.subject_id}  {tried}: {message.last_error}")
    for message in operate.list_dead_messages(via):
        click.echo(f"dead: {message.id}  {message.kind}  {message.subject_id}  {message.last_error}")
    for notice in operate.list_unreadable_notices(via):
        click.echo(f"unreadable notice{at(',', notice.received_at)}: {notice.problem}  {json.dumps(notice.payload)}")


@commands.command()
@click.argument("message_id", type=int)
def replay(message_id: int) -> None:
    """Try a dead message again."""
    message = operate.replay_message(_connect(), message_id, utcnow())
    click.echo(f"{message.kind} of {message.subject_id} is due again")


@commands.command("cancel-tour")
@click.argument("tour_id")
def cancel_tour(tour_id: str) -> None:
    """Cancel a tour, its doors and its appointment."""
    operate.cancel_as_operator(_connect(), tour_id, utcnow())
    click.echo(f"{tour_id} is cancelled; the jobs revoke its access and tell Knock")


@commands.command("switch-community")
@click.argument("community_id")
@click.argument("state", type=click.Choice(["on", "off"]))
def switch(community_id: str, state: str) -> None:
    """Take a community's self-guided tours on or off."""
    switch_community(_connect().db, community_id, state == "on", utcnow())
    click.echo(f"{community_id} is {state}" + ("; its upcoming tours are cancelled by the jobs" if state == "off" else ""))


def _connect(but: Partner | None = None) -> Collaborators:
    """The collaborators, their database taken up; `but`: a partner whose address the database is not asked about."""
    via = _collaborators()
    via.migrate_database(but)
    return via


def _collaborators() -> Collaborators:
    via = Collaborators.connect(Config.from_env(settings_of(os.environ)))
    click.get_current_context().call_on_close(via.close)
    return via


def main() -> None:
    """Run a command; what an operator can mend is one line, not a traceback."""
    end_with_parent(os.environ)
    try:
        commands()
    except (ConfigError, StoreError, UseCaseError, CannotListen, *operate.EXPECTED_FAILURES) as error:
        click.echo(str(error), err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
