"""What only the holder of VENDOR_SECRET_KEY can make or read: tour tokens, door codes at rest, masked addresses.

Each purpose has its own key, derived from the one secret, so that none can be used for another's work. A seal's key is of the one
thing whose secret it keeps (a grant, a tour, an event): moved to another row it cannot be read there.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_CODES = b"door codes"
# No base64 has a dot: what begins so cannot be a seal from before they were bound.
_BOUND = "2."


class UnreadableSeal(Exception):
    """What was sealed cannot be read here."""


class Keys:
    """The keys derived from one secret; what was sealed with secrets of `before` can still be read."""

    def __init__(self, secret_key: str, before: Iterable[str] = ()) -> None:
        self._tokens = [_derive(one, b"tour tokens") for one in (secret_key, *before)]
        self._addresses = [_derive(one, b"client addresses") for one in (secret_key, *before)]
        self._answers = _derive(secret_key, b"one-time codes")
        self._secrets = (secret_key, *before)
        self._unbound = MultiFernet([_fernet(one, _CODES) for one in self._secrets])

    def tour_token(self, tour_id: str) -> str:
        """The token that opens a tour's page. Derived, not stored: the database alone never gives one away."""
        return _token(self._tokens[0], tour_id)

    def token_of(self, tour_id: str, token_hash: str) -> str | None:
        """The token of a tour that was booked under this secret or a former one, known by its fingerprint; None when lost."""
        made = (_token(key, tour_id) for key in self._tokens)
        return next((token for token in made if fingerprint(token) == token_hash), None)

    def masked(self, text: str) -> str:
        """A client's address, or somebody's contact, as something that can be counted but not read."""
        return self.masks(text)[0]

    def masks(self, text: str) -> list[str]:
        """The same as it is now, and as it was under each former secret."""
        return [_mac(key, text).hex()[:32] for key in self._addresses]

    def code_mac(self, tour_id: str, code: str) -> str:
        """How a one-time code is compared: six digits could be guessed from a plain hash, not from this."""
        return _mac(self._answers, f"{tour_id}:{code}").hex()

    def seal(self, text: str, of: str) -> str:
        """A code or link as it may be stored; `of` names whose it is: the id of a grant or tour, `event_seal(id)` of an event."""
        return _BOUND + self._bound_to(of).encrypt(text.encode()).decode()

    def unseal(self, sealed: str, of: str) -> str:
        """The code or link. Raises UnreadableSeal when it is of something else, or the secret key has changed since.

        Seals from before they were bound are read whatever `of` is.
        """
        fernet = self._bound_to(of) if sealed.startswith(_BOUND) else self._unbound
        try:
            return fernet.decrypt(sealed.removeprefix(_BOUND).encode()).decode()
        except InvalidToken as error:
            raise UnreadableSeal("sealed for something else, or with a VENDOR_SECRET_KEY that is not known any more") from error

    def _bound_to(self, of: str) -> MultiFernet:
        return MultiFernet([_fernet(one, _CODES + b" of " + of.encode()) for one in self._secrets])


def event_seal(event_id: str) -> str:
    """How a seal names an event; a sender chooses its events' ids, and one may be a grant's."""
    return f"event:{event_id}"


def fingerprint(token: str) -> str:
    """How a token is looked up: its SHA-256, which does not lead back to it."""
    return hashlib.sha256(token.encode()).hexdigest()


def _token(key: bytes, tour_id: str) -> str:
    return base64.urlsafe_b64encode(_mac(key, tour_id)).decode().rstrip("=")


def _mac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")


def _fernet(secret_key: str, purpose: bytes) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(_derive(secret_key, purpose)))


def _derive(secret_key: str, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(secret_key.encode())
