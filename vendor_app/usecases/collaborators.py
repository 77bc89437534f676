"""The settings, the database and the partners that use cases work with, in one value."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime

from vendor_app.clients.knock.client import Knock
from vendor_app.clients.locks.interface import LockSystem
from vendor_app.clients.locks.registry import VENDORS
from vendor_app.clients.mail import Mail
from vendor_app.clients.propexo.client import Propexo
from vendor_app.clients.watch import PartnerWatch
from vendor_app.clock import utcnow
from vendor_app.config import Config
from vendor_app.domain import CommunityRules, LockKind, Partner
from vendor_app.keys import Keys
from vendor_app.sampled import Sampled
from vendor_app.store import Store, Tables, open_store
from vendor_app.store.engine.database import OF_A_JOB, Wait
from vendor_app.store.partners import migrate_for_partners
from vendor_app.threads import Threads
from vendor_app.usecases.communities.community_directory import CommunityDirectory
from vendor_app.usecases.communities.community_rules import rules_of
from vendor_app.usecases.communities.offered_times import OfferedTimes
from vendor_app.usecases.communities.waiting_places import WaitingPlaces

# How many requests of a process may wait for Knock at once: for a booking or a move, and for the guest card at check-in.
BOOKINGS_AT_ONCE = 32
CHECK_INS_AT_ONCE = 8
_QUESTIONS_AT_ONCE = 32
_MOST_QUESTIONS = 10_000
_IDLE_SECONDS = 10.0

_MOST_THREADS = 1024


@dataclass(frozen=True)
class Collaborators:
    """The settings, the clock, the store, the partners.

    `locks` has the lock systems that are connected; `propexo` and `mail` are None where they are not. `watch` knows how they
    answered last. `bookings` and `check_ins` bound how many requests wait for Knock. `questions` are the threads that ask Knock
    for times and communities, `threads` those that deliver messages; both start when needed.
    """

    config: Config
    clock: Callable[[], datetime]
    db: Store
    keys: Keys
    knock: Knock
    communities: CommunityDirectory
    offered: OfferedTimes
    locks: Mapping[LockKind, LockSystem]
    propexo: Propexo | None
    mail: Mail | None
    watch: PartnerWatch
    bookings: WaitingPlaces
    check_ins: WaitingPlaces
    questions: Threads
    tour_counts: Sampled[dict[str, int]] = field(default_factory=Sampled)
    threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(_MOST_THREADS, "delivery"))

    @classmethod
    def connect(cls, config: Config, clock: Callable[[], datetime] = utcnow, wait: Wait = OF_A_JOB) -> "Collaborators":
        """Make them from the settings; nothing is contacted yet. `wait` bounds waits for the database."""
        watch = PartnerWatch()
        keys = (config.knock_appointment_key, config.knock_prospect_key)
        knock = Knock(config.knock_base_url, *keys, config.knock_timeout, watch)
        db = open_store(config.database_url, config.database_pool, wait)
        questions = Threads("ask-knock", _QUESTIONS_AT_ONCE, _QUESTIONS_AT_ONCE, _MOST_QUESTIONS, _IDLE_SECONDS)
        return cls(
            config=config,
            clock=clock,
            db=db,
            keys=Keys(config.secret_key, config.secret_keys_before),
            knock=knock,
            communities=CommunityDirectory(db, knock, config.default_rules, questions),
            offered=OfferedTimes(knock, questions),
            locks=_locks(config, watch),
            propexo=_propexo(config, watch),
            mail=Mail(config.smtp_url, config.mail_from, config.knock_timeout, watch) if config.smtp_url else None,
            watch=watch,
            bookings=WaitingPlaces("bookings", BOOKINGS_AT_ONCE),
            check_ins=WaitingPlaces("check-ins", CHECK_INS_AT_ONCE),
            questions=questions,
        )

    def rules(self, db: Tables, community_id: str) -> CommunityRules:
        """The rules that the community is served by. Raises StoreError."""
        return rules_of(db, community_id, self.config.default_rules)

    def migrate_database(self, but: Partner | None = None) -> list[str]:
        """Migrate the database; the migrations applied. Raises OtherPartners when it was filled with other partners.

        `but`: a partner whose address is not compared.
        """
        return migrate_for_partners(
            self.db.database, {one: address for one, address in self.config.partners.items() if one is not but}
        )

    def prepare_database(self) -> None:
        """The same for a long-running process: while the database is still coming up it starts without it."""
        self.db.prepare(self.migrate_database)

    def close(self) -> None:
        """Close the connections; threads finish what they are doing."""
        self.threads.shutdown(wait=False)
        self.questions.close()
        self.db.close()


def _locks(config: Config, watch: PartnerWatch) -> dict[LockKind, LockSystem]:
    return {
        kind: VENDORS[kind].connect(lock.url, lock.key, config.knock_timeout, watch)
        for kind, lock in config.locks.items()
        if lock.url
    }


def _propexo(config: Config, watch: PartnerWatch) -> Propexo | None:
    if not config.propexo_base_url:
        return None
    return Propexo(config.propexo_base_url, config.propexo_token, config.knock_timeout, watch)
