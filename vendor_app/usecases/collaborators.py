"""What the use cases work with."""

from dataclasses import dataclass

from vendor_app.clients.knock import Knock
from vendor_app.clients.lock import HttpLock
from vendor_app.clients.propexo import Propexo
from vendor_app.config import Config
from vendor_app.keys import Keys
from vendor_app.store.database import Database, open_database
from vendor_app.usecases.community_directory import CommunityDirectory
from vendor_app.usecases.offered_times import OfferedTimes


@dataclass(frozen=True)
class Collaborators:
    """The settings, the store, the partners. `lock` and `propexo` are None where they are not connected."""

    config: Config
    db: Database
    keys: Keys
    knock: Knock
    communities: CommunityDirectory
    offered: OfferedTimes
    lock: HttpLock | None
    propexo: Propexo | None

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
            communities=CommunityDirectory(db, knock, config.default_rules),
            offered=OfferedTimes(knock),
            lock=_lock(config),
            propexo=_propexo(config),
        )


def _lock(config: Config) -> HttpLock | None:
    if not config.access_url:
        return None
    return HttpLock(config.access_url, config.access_webhook_secrets[0], config.knock_timeout)


def _propexo(config: Config) -> Propexo | None:
    if not config.propexo_base_url:
        return None
    return Propexo(config.propexo_base_url, config.propexo_token, config.knock_timeout)
