"""What the use cases work with."""

from dataclasses import dataclass

from vendor_app.clients.knock import Knock
from vendor_app.clients.lock import HttpLock
from vendor_app.config import Config
from vendor_app.keys import Keys
from vendor_app.store.database import Database, open_database
from vendor_app.usecases.communities import CommunityDirectory
from vendor_app.usecases.offered_times import OfferedTimes


@dataclass(frozen=True)
class Collaborators:
    """The settings, the store, the partners. `lock` is None where no lock system is connected."""

    config: Config
    db: Database
    keys: Keys
    knock: Knock
    communities: CommunityDirectory
    offered: OfferedTimes
    lock: HttpLock | None

    @classmethod
    def connect(cls, config: Config) -> "Collaborators":
        """Make them from the settings; nothing is contacted yet."""
        knock = Knock(
            config.knock_base_url, config.knock_appointment_key, config.knock_prospect_key, timeout=config.knock_timeout
        )
        db = open_database(config.database_url, config.database_pool)
        return cls(
            config=config,
            db=db,
            keys=Keys(config.secret_key),
            knock=knock,
            communities=CommunityDirectory(db, knock),
            offered=OfferedTimes(knock),
            lock=HttpLock(config.access_url, config.access_webhook_secrets[0], config.knock_timeout) if config.has_lock else None,
        )
