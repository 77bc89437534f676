"""What only the holder of VENDOR_SECRET_KEY can make or read: tour tokens, door codes at rest, masked addresses.

Each purpose has its own key, derived from the one secret, so that none can be used for another's work.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class Keys:
    """The keys derived from one secret; what was sealed with secrets of `before` can still be read."""

    def __init__(self, secret_key: str, before: Iterable[str] = ()) -> None:
        self._tokens = [_derive(one, b"tour tokens") for one in (secret_key, *before)]
        self._addresses = [_derive(one, b"client addresses") for one in (secret_key, *before)]
        self._answers = _derive(secret_key, b"one-time codes")
        self._codes = MultiFernet([_fernet(one) for one in (secret_key, *before)])

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

    def seal(self, code: str) -> str:
        """A door code as it may be stored."""
        return self._codes.encrypt(code.encode()).decode()

    def unseal(self, sealed: str) -> str:
        """The door code. Raises cryptography's InvalidToken when the secret key has changed since."""
        return self._codes.decrypt(sealed.encode()).decode()


def fingerprint(token: str) -> str:
    """How a token is looked up: its SHA-256, which does not lead back to it."""
    return hashlib.sha256(token.encode()).hexdigest()


def _token(key: bytes, tour_id: str) -> str:
    return base64.urlsafe_b64encode(_mac(key, tour_id)).decode().rstrip("=")


def _mac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")


def _fernet(secret_key: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(_derive(secret_key, b"door codes")))


def _derive(secret_key: str, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(secret_key.encode())
