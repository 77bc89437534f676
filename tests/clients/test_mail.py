"""Mail as it goes to a real SMTP server, and what the server's answers mean."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aiosmtpd.controller import Controller

from sandbox.deliveries.mail_server import PostOffice
from tests.clients.tls import Tls, localhosts
from tests.domain.example import NOON
from tests.world import free_port
from vendor_app.clients.errors import KeysRefused, NotEncrypted, NotSent, PartnerError, Refused, Unknown
from vendor_app.clients.mail import Letter, Mail

SENDER = "Tours <tours@vendor.example>"
JANE = "jane.doe@example.com"
LETTER = Letter(to=JANE, subject="Your code for Alder", text="471100 is your code.\n", key="code-tour_1")
TIMEOUT = timedelta(seconds=30)
HURRY = timedelta(seconds=3)


class Office:
    """A post office, its folder, and mail that goes there."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.post = PostOffice(folder)
        self.post.open(self.port)

    def mail(self, scheme: str = "smtp", user: str = "") -> Mail:
        """The client under test, for this office."""
        return Mail(f"{scheme}://{user}127.0.0.1:{self.port}", SENDER, TIMEOUT)

    def headers(self) -> list[dict[str, str]]:
        """Those of each message, as they arrived."""
        return [dict(message_from_bytes(file.read_bytes()).items()) for file in sorted(self.folder.iterdir())]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path / "mail")
    yield made
    made.post.close()


def failure(mail: Mail, letter: Letter = LETTER) -> PartnerError:
    """What sending it raises."""
    with pytest.raises(PartnerError) as raised:
        mail.send(letter, NOON)
    return raised.value


def test_a_letter_arrives_with_its_subject_and_text(office: Office) -> None:
    office.mail().send(LETTER, NOON)

    (mail,) = office.post.mails
    assert (mail.to, mail.subject, mail.text.splitlines()) == (JANE, LETTER.subject, LETTER.text.splitlines())


def test_a_letter_says_who_sent_it_when_and_that_nobody_need_answer(office: Office) -> None:
    office.mail().send(LETTER, NOON)

    (headers,) = office.headers()
    assert headers["From"] == SENDER
    assert headers["To"] == JANE
    assert headers["Date"] == "Wed, 10 Jun 2026 19:00:00 +0000"
    assert headers["Auto-Submitted"] == "auto-generated"


def test_a_letter_sent_twice_has_one_message_id_so_that_mailboxes_can_tell(office: Office) -> None:
    for _ in range(2):
        office.mail().send(LETTER, NOON)

    assert {one["Message-ID"] for one in office.headers()} == {"<code-tour_1@vendor.example>"}


def test_letters_are_not_limited_to_plain_letters(office: Office) -> None:
    office.mail().send(Letter(to=JANE, subject="Übersicht – Ängström Höfe", text="12:30 – 1:00 ☂\n", key="key"), NOON)

    (mail,) = office.post.mails
    assert (mail.subject, mail.text.strip()) == ("Übersicht – Ängström Höfe", "12:30 – 1:00 ☂")


def test_a_name_of_several_lines_adds_no_header(office: Office) -> None:
    office.mail().send(Letter(to=JANE, subject="Alder\r\nBcc: all@example.com", text="Hello\n", key="key"), NOON)

    assert office.post.mails[0].subject == "Alder Bcc: all@example.com"
    assert "Bcc" not in office.headers()[0]


def test_a_comma_in_an_address_does_not_make_it_two(office: Office) -> None:
    office.mail().send(Letter(to='"jane,sam"@example.com', subject="Hello", text="Hello\n", key="key"), NOON)

    assert office.post.mails[0].to == '"jane,sam"@example.com'


@pytest.mark.parametrize("said", ["550 no such mailbox jane.doe@example.com", "554 spam", "552 too large"])
def test_a_5xx_is_the_servers_last_word(office: Office, said: str) -> None:
    office.post.refuses = said

    error = failure(office.mail())

    assert isinstance(error, Refused)
    assert error.status == int(said[:3])


@pytest.mark.parametrize("said", ["450 mailbox busy jane.doe@example.com", "451 try later", "421 closing"])
def test_a_4xx_is_for_now(office: Office, said: str) -> None:
    office.post.refuses = said

    assert isinstance(failure(office.mail()), NotSent)


@pytest.mark.parametrize("said", ["550 no such mailbox jane.doe@example.com", "450 busy jane.doe@example.com"])
def test_an_error_says_neither_to_whom_nor_what(office: Office, said: str) -> None:
    office.post.refuses = said

    error = failure(office.mail())

    told = f"{error} {error.message} {getattr(error, 'reason', '')}"
    assert [one for one in ("jane", "471100", "Alder") if one in told] == []


def test_nobody_listening_is_certainly_not_sent() -> None:
    assert isinstance(failure(Mail(f"smtp://127.0.0.1:{free_port()}", SENDER, TIMEOUT)), NotSent)


def test_a_password_is_never_sent_without_encryption(office: Office) -> None:
    error = failure(office.mail(user="us:our-password@"))

    assert isinstance(error, KeysRefused)
    assert "our-password" not in str(error)
    assert office.post.mails == []


def test_smtps_does_not_speak_to_a_server_without_encryption(office: Office) -> None:
    assert isinstance(failure(office.mail("smtps")), NotSent)


def test_a_certificate_that_is_not_trusted_gets_neither_password_nor_letter(tls: Tls) -> None:
    error = failure(Mail(f"smtps://us:our-password@localhost:{urlsplit(tls.url).port}", SENDER, TIMEOUT))

    assert isinstance(error, NotSent)
    assert isinstance(error.__cause__, ssl.SSLCertVerificationError)
    assert tls.read == b""


# On a way that leaves this machine


def far(url: str) -> Mail:
    """Mail to a server here that counts as one elsewhere."""
    return Mail(url, SENDER, HURRY, never_leaves=lambda _: False)


@pytest.fixture
def encrypting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[PostOffice, str]]:
    """A post office that takes nothing without STARTTLS, by a certificate that is trusted here; and where it is."""
    certificate, context = localhosts(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    post = PostOffice(tmp_path / "mail")
    server = Controller(post, hostname="127.0.0.1", port=free_port(), tls_context=context, require_starttls=True)
    server.start()
    yield post, f"smtp://localhost:{server.port}"
    server.stop()


def test_a_letter_goes_encrypted_where_the_server_offers_it(encrypting: tuple[PostOffice, str]) -> None:
    post, url = encrypting
    far(url).send(LETTER, NOON)
    assert [one.to for one in post.mails] == [JANE]


def test_a_server_that_offers_no_encryption_is_sent_nothing(office: Office) -> None:
    error = failure(far(f"smtp://127.0.0.1:{office.port}"))

    assert isinstance(error, NotEncrypted)
    assert [one for one in (f"127.0.0.1:{office.port}", "STARTTLS", "VENDOR_SMTP_URL", "smtps://") if one not in str(error)] == []
    assert office.post.mails == []


def test_an_offer_that_was_taken_out_on_the_way_is_no_offer() -> None:
    """As some firewalls do: the word is there, unreadable."""
    mail, told = speaking(WELCOME, b"250-here\r\n250-XXXXXXXX\r\n250 8BITMIME\r\n", make=far)

    assert isinstance(failure(mail), NotEncrypted)
    assert b"MAIL" not in told()
    assert b"jane" not in told()


@pytest.mark.parametrize("answer", [b"454 not now\r\n", b"501 what?\r\n", b"", b"220 go on\r\nand then no TLS at all\r\n"])
def test_an_offer_that_is_not_kept_is_sent_nothing(answer: bytes) -> None:
    mail, told = speaking(WELCOME, b"250-here\r\n250 STARTTLS\r\n", answer, make=far, user="us:our-password@")

    error = failure(mail)

    assert isinstance(error, NotEncrypted)
    assert "127.0.0.1:" in str(error)
    assert [one for one in (b"MAIL", b"AUTH", b"our-password", b"jane") if one in told()] == []


def test_a_certificate_of_nobody_is_no_encryption(tmp_path: Path) -> None:
    _, context = localhosts(tmp_path)
    post = PostOffice()
    server = Controller(post, hostname="127.0.0.1", port=free_port(), tls_context=context)
    server.start()
    try:
        assert isinstance(failure(far(f"smtp://localhost:{server.port}")), NotEncrypted)
    finally:
        server.stop()
    assert post.mails == []


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "localhost"])
def test_a_server_on_this_machine_may_do_without(host: str) -> None:
    post = PostOffice()
    port = free_port()
    post.open(port, "127.0.0.2" if host == "127.0.0.2" else "127.0.0.1")
    try:
        Mail(f"smtp://{host}:{port}", SENDER, TIMEOUT).send(LETTER, NOON)
    finally:
        post.close()
    assert len(post.mails) == 1


# A server of our own, to answer what no real one would


def near(url: str) -> Mail:
    """Mail to a server on this machine."""
    return Mail(url, SENDER, HURRY)


def speaking(*answers: bytes, make: Callable[[str], Mail] = near, user: str = "") -> tuple[Mail, Callable[[], bytes]]:
    """Mail to a server that answers one client's lines so, in order, and then hangs up; and what it was told."""
    listening = socket.create_server(("127.0.0.1", 0))
    heard: list[bytes] = []

    def serve() -> None:
        with closing(listening), listening.accept()[0] as client, client.makefile("rwb", buffering=0) as lines:
            for one in answers:
                lines.write(one)
                heard.append(lines.readline())

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()

    def told() -> bytes:
        thread.join(timeout=60)
        return b"".join(heard)

    return make(f"smtp://{user}127.0.0.1:{listening.getsockname()[1]}"), told


WELCOME, EHLO, OK, GO_ON = b"220 hello\r\n", b"250 here\r\n", b"250 ok\r\n", b"354 go on\r\n"


def test_a_connection_lost_with_the_letter_on_its_way_leaves_it_unknown() -> None:
    mail, _ = speaking(WELCOME, EHLO, OK, OK, GO_ON)

    assert isinstance(failure(mail), Unknown)


@pytest.mark.parametrize("welcome", [b"554 not you\r\n", b"421 too busy\r\n", b"nonsense\r\n"])
def test_a_server_that_does_not_let_us_in_has_been_sent_nothing(welcome: bytes) -> None:
    mail, told = speaking(welcome)

    assert isinstance(failure(mail), NotSent)
    assert b"MAIL" not in told()


@pytest.mark.parametrize(("code", "kind"), [(b"550", Refused), (b"450", NotSent)])
def test_a_mailbox_that_is_refused_before_the_letter_counts_the_same(code: bytes, kind: type[PartnerError]) -> None:
    mail, _ = speaking(WELCOME, EHLO, OK, code + b" jane.doe@example.com: not here\r\n", OK)

    error = failure(mail)

    assert isinstance(error, kind)
    assert "jane" not in str(error)


def test_an_address_that_the_server_cannot_take_is_not_tried_for_days() -> None:
    mail, _ = speaking(WELCOME, EHLO, OK)

    assert isinstance(failure(mail, Letter(to="jänè@example.com", subject="Hello", text="Hello\n", key="key")), Refused)
