"""A partner behind TLS that breaks off."""

import socket
import ssl
import threading
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


def localhosts(directory: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate of our own making for localhost, and what a server that has it speaks with."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    made = x509.CertificateBuilder(
        name, name, key.public_key(), 1, datetime(2020, 1, 1, tzinfo=UTC), datetime(2120, 1, 1, tzinfo=UTC)
    )
    names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    made = made.add_extension(names, False).add_extension(x509.BasicConstraints(True, None), True)
    certificate = directory / "certificate.pem"
    certificate.write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (directory / "key.pem").write_bytes(private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, directory / "key.pem")
    return certificate, context


class Tls:
    """A server with a certificate of its own making that answers a TLS client's request with what is no TLS record."""

    def __init__(self, directory: Path) -> None:
        self.certificate, self._context = localhosts(directory)
        self.read = b""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://localhost:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End it."""
        self._thread.join(5)
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):
            connection, _ = self._listener.accept()
            with self._context.wrap_socket(connection, server_side=True) as secure:
                while b'"tourType"' not in self.read and (received := secure.recv(65536)):
                    self.read += received
                socket.socket.sendall(secure, b"this is no TLS record at all")
