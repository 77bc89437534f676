"""Changes the address under which a database remembers a lock system.

Only a lock system's may change: once all its grants are revoked the database holds no valid id of it, while the ids of Knock's
and Propexo's records stay valid for ever. An address on this machine may only become another one on this machine, so that a
sandbox's database never becomes a real one, nor the other way round.
"""

from vendor_app.config_checks import address_problem
from vendor_app.domain import LOCK_SYSTEMS, Partner
from vendor_app.domain.partners.addresses import host_of, is_loopback, normalised
from vendor_app.store.partners import lock_partners, move_partner, remembered_partners
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.errors import NotNow

_NAMED = 5


def move_lock(via: Collaborators, lock: Partner, to: str) -> tuple[str, str]:
    """Store the lock system's new address; returns the old and the new one. Raises NotNow, which says why not."""
    if lock not in LOCK_SYSTEMS:
        raise NotNow(f"{lock} is no lock system: its ids stay in the database, and so does its address")
    if problem := address_problem(to, plain_allowed=via.config.allow_plain_http):
        raise NotNow(f"the new address {problem}")
    address = normalised(to)
    with via.db.transaction() as tx:
        lock_partners(tx.connection)
        before = remembered_partners(tx.connection).get(lock)
        if before is None:
            raise NotNow(f"this database knows no lock system {lock!s} yet: it takes its address from {lock.setting}")
        if is_loopback(host_of(before)) != is_loopback(host_of(address)):
            raise NotNow(
                f"{before} and {address} are not both on this machine, or both elsewhere: a sandbox's database stays a sandbox's"
            )
        if left := tx.grants.unrevoked(lock):
            named = ", ".join(left[:_NAMED]) + (f" and {len(left) - _NAMED} more" if len(left) > _NAMED else "")
            raise NotNow(
                f"at {before} there are grants that are live or not known to be revoked: {named}. Have their tours end, or "
                "cancel them, and let `make jobs` revoke them there first; `make tasks` lists what must be revoked by hand"
            )
        move_partner(tx.connection, lock, address)
    return before, address
