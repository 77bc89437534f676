"""Grants and revokes a tour's access, as messages to the lock system. Call these inside one transaction."""

import secrets
from dataclasses import replace
from datetime import datetime

from vendor_app.config import Config
from vendor_app.domain import AccessGrant, AccessState, Attempt, Kind, Tour
from vendor_app.domain.access import FIRST_ATTEMPT
from vendor_app.store import Tables
from vendor_app.usecases.communities.community_rules import rules_of


def opens_doors(tx: Tables, tour: Tour, config: Config) -> bool:
    """Whether the tour needs a lock system: its community has one, and the prospect is on their own."""
    return tour.is_self_guided and rules_of(tx, tour.community_id, config.default_rules).has_lock


def ask_for_access(
    tx: Tables,
    tour: Tour,
    config: Config,
    now: datetime,
    due: datetime | None = None,
    attempt: Attempt = FIRST_ATTEMPT,
) -> AccessGrant:
    """A new grant of the tour's, and the message that asks the community's lock system for it at `due` (or at once)."""
    grant = AccessGrant(
        grant_id=f"grant_{secrets.token_hex(16)}",
        tour_id=tour.tour_id,
        state=AccessState.PENDING,
        opens_at=tour.opens_at,
        closes_at=tour.closes_at,
        lock=rules_of(tx, tour.community_id, config.default_rules).lock,
        credential=attempt.credential,
        attempt=attempt.number,
        created_at=now,
    )
    tx.grants.insert(grant)
    tx.outbox.enqueue(Kind.GRANT_ACCESS, tour.tour_id, now, due=due, partner=grant.lock, grantId=grant.grant_id)
    return grant


def resume_access(tx: Tables, tour: Tour, config: Config, now: datetime) -> None:
    """Ask for access again: the lock system had ended it, and the tour takes place all the same."""
    if tour.ended_at is not None:
        tour = replace(tour, ended_at=None)
        tx.tours.save(tour)
    ask_for_access(tx, tour, config, now)


def end_access(tx: Tables, tour: Tour, now: datetime) -> None:
    """End all of the tour's access: grants not yet asked for never are, all others are revoked at once."""
    for grant in tx.grants.of_tour(tour.tour_id):
        end_grant(tx, grant, now)
    tx.outbox.drop_pending(tour.tour_id, Kind.GRANT_ACCESS, "the tour is over", now)
    tx.outbox.drop_pending(tour.tour_id, Kind.READ_ACCESS, "the tour is over", now)


def end_grant(tx: Tables, grant: AccessGrant, now: datetime) -> None:
    """Close one grant and revoke it, whatever the lock system has made of it; a closed one stays as it is."""
    if not tx.grants.close(grant.grant_id, now):
        return
    if grant.state is AccessState.PENDING and tx.outbox.is_untried(grant.tour_id, Kind.GRANT_ACCESS, grantId=grant.grant_id):
        tx.grants.mark_revoked(grant.grant_id, now)  # the lock system has never heard of it, and never will
    else:
        _enqueue_revocation(tx, grant, now)


def revoke_again(tx: Tables, grant: AccessGrant, now: datetime) -> None:
    """Revoke a closed grant once more, even a confirmed one: the lock system acted on it after that, or may have."""
    tx.grants.unmark_revoked(grant.grant_id)
    if tx.outbox.is_unclaimed(grant.tour_id, Kind.REVOKE_ACCESS, now, grantId=grant.grant_id):
        tx.outbox.hasten(grant.tour_id, Kind.REVOKE_ACCESS, now)
    else:
        _enqueue_revocation(tx, grant, now)


def _enqueue_revocation(tx: Tables, grant: AccessGrant, now: datetime) -> None:
    tx.outbox.enqueue(Kind.REVOKE_ACCESS, grant.tour_id, now, partner=grant.lock, grantId=grant.grant_id)
