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
        self._tokens = _derive(secret_key, b"tour tokens")
        self._addresses = _derive(secret_key, b"client addresses")
        self._answers = _derive(secret_key, b"one-time codes")
        self._codes = MultiFernet([_fernet(one) for one in (secret_key, *before)])

    def tour_token(self, tour_id: str) -> str:
        """The token that opens a tour's page. Derived, not stored: the database alone never gives one away."""
        return base64.urlsafe_b64encode(_mac(self._tokens, tour_id)).decode().rstrip("=")

    def masked_address(self, address: str) -> str:
        """A client address as something that can be counted but not read."""
        return _mac(self._addresses, address).hex()[:32]

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


def _mac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")


def _fernet(secret_key: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(_derive(secret_key, b"door codes")))


def _derive(secret_key: str, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(secret_key.encode())
