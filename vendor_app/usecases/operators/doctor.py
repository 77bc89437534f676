"""`make doctor`: tries every partner with every key, and checks the database, the jobs and every community's rules."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from vendor_app.clients.errors import PartnerError
from vendor_app.domain import Channel, CommunityRules, Verification
from vendor_app.domain.partners.locks import why_unsafe
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.operators.health import lacks_migrations, silent_jobs, silent_web
from vendor_app.usecases.operators.heartbeat import keep_new_outcomes


@dataclass(frozen=True)
class Finding:
    """One thing that was checked, and a sentence for each problem, none when all is well; `advice` is not urgent."""

    what: str
    problems: list[str]
    advice: list[str] = field(default_factory=list)


def examine(via: Collaborators, now: datetime) -> Iterator[Finding]:
    """Look at the database and the jobs, try every partner with every key, and look at every community that Knock lists."""
    why_not = lacks_migrations(via)
    yield Finding("database", [why_not] if why_not else [])
    with via.db.read() as db:
        beats = db.heartbeats.list_all()
    yield Finding("web", silent_web(beats, now))
    yield Finding("jobs", silent_jobs(beats, now))
    for name, check in _checks(via, now):
        yield Finding(name, _tried(check))
    with via.db.transaction() as tx:
        keep_new_outcomes(tx, via, now)
    with via.db.read() as db:
        listed = [one.community_id for one in db.communities.list_all() if not one.gone_at]
        rules = {one: via.rules(db, one) for one in listed}
    for community_id, own in rules.items():
        yield Finding(f"community {community_id}", list(_community(via, own)), list(_advice(own)))


def _checks(via: Collaborators, now: datetime) -> Iterator[tuple[str, Callable[[], None]]]:
    yield "Knock, appointment key", via.knock.check_appointment_key
    yield "Knock, prospect key", via.knock.check_prospect_key
    for kind, system in via.locks.items():
        yield f'lock system "{kind}"', partial(system.check, now)
    if via.propexo is not None:
        yield "Propexo", partial(via.propexo.check, now)
    if via.mail is not None:
        yield "mail", via.mail.check


def _tried(check: Callable[[], None]) -> list[str]:
    try:
        check()
    except PartnerError as error:
        return [f"It does not answer as it should: {error}."]
    return []


def _community(via: Collaborators, rules: CommunityRules) -> Iterator[str]:
    system = via.locks.get(rules.lock)
    if system is not None:
        yield from why_unsafe(system.abilities, rules, f'"{rules.lock}"')
    elif rules.has_lock:
        yield f'Its lock system "{rules.lock}" is not connected.'
    if rules.require_verified is not Verification.NONE and via.mail is None:
        yield "It wants contacts verified, and no mail server is connected (VENDOR_SMTP_URL)."
    if rules.require_verified is Verification.PHONE and not via.config.sms_gateway:
        yield "It wants phones verified, and there is no gateway to text messages (VENDOR_SMS_GATEWAY)."


def _advice(rules: CommunityRules) -> Iterator[str]:
    if rules.channel is Channel.PROPEXO and rules.propexo and not rules.propexo.tour_type:
        yield "Its propexo.tour_type is not set: Propexo may book another kind of tour. Ask Propexo for the value."
