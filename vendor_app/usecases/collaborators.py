"""What the use cases work with."""

from collections.abc import Mapping
from dataclasses import dataclass

from vendor_app.clients.http_lock import HttpLock
from vendor_app.clients.knock import Knock
from vendor_app.clients.locks import LockSystem
from vendor_app.clients.mail import Mail
from vendor_app.clients.propexo import Propexo
from vendor_app.clients.seam import SeamLock
from vendor_app.config import Config
from vendor_app.domain.communities import LockKind
from vendor_app.keys import Keys
from vendor_app.store.database import OF_A_JOB, Database, Wait, open_database
from vendor_app.threads import Threads
from vendor_app.usecases.community_directory import CommunityDirectory
from vendor_app.usecases.offered_times import OfferedTimes
from vendor_app.usecases.room import Room

# As many requests of a process may wait for a booking's or a move's answer, and for that about a guest card at the door.
BOOKINGS_AT_ONCE = 32
CHECK_INS_AT_ONCE = 8
_QUESTIONS_AT_ONCE = 32
_MOST_QUESTIONS = 10_000
_IDLE_SECONDS = 10.0


@dataclass(frozen=True)
class Collaborators:
    """The settings, the store, the partners. `locks` has the lock systems that are connected; `propexo` and `mail` are None
    where they are not. `bookings` and `check_ins` are where prospects wait for a partner.
    """

    config: Config
    db: Database
    keys: Keys
    knock: Knock
    communities: CommunityDirectory
    offered: OfferedTimes
    locks: Mapping[LockKind, LockSystem]
    propexo: Propexo | None
    mail: Mail | None
    bookings: Room
    check_ins: Room

    @classmethod
    def connect(cls, config: Config, wait: Wait = OF_A_JOB) -> "Collaborators":
        """Make them from the settings; nothing is contacted yet. `wait` is how long the database may keep somebody waiting."""
        knock = Knock(
            config.knock_base_url, config.knock_appointment_key, config.knock_prospect_key, timeout=config.knock_timeout
        )
        db = open_database(config.database_url, config.database_pool, wait)
        background = Threads("ask-knock", _QUESTIONS_AT_ONCE, _QUESTIONS_AT_ONCE, _MOST_QUESTIONS, _IDLE_SECONDS)
        return cls(
            config=config,
            db=db,
            keys=Keys(config.secret_key, config.secret_keys_before),
            knock=knock,
            communities=CommunityDirectory(db, knock, config.default_rules, background),
            offered=OfferedTimes(knock, background),
            locks=_locks(config),
            propexo=_propexo(config),
            mail=Mail(config.smtp_url, config.mail_from, config.knock_timeout) if config.smtp_url else None,
            bookings=Room("bookings", BOOKINGS_AT_ONCE),
            check_ins=Room("check-ins", CHECK_INS_AT_ONCE),
        )


def _locks(config: Config) -> dict[LockKind, LockSystem]:
    locks: dict[LockKind, LockSystem] = {}
    if config.access_url:
        locks[LockKind.HTTP] = HttpLock(config.access_url, config.access_webhook_secrets[0], config.knock_timeout)
    if config.seam_key:
        locks[LockKind.SEAM] = SeamLock(config.seam_base_url, config.seam_key, config.knock_timeout)
    return locks


def _propexo(config: Config) -> Propexo | None:
    if not config.propexo_base_url:
        return None
    return Propexo(config.propexo_base_url, config.propexo_token, config.knock_timeout)
