"""Mail waits, and the operator is told, while its way is not encrypted."""

import logging
from dataclasses import replace

import pytest

from tests.flow.story import book_until_confirmed
from tests.world import World
from vendor_app.clients.mail import Mail


def test_mail_waits_until_its_way_is_encrypted(the_world: World, caplog: pytest.LogCaptureFixture) -> None:
    config = the_world.config
    near, far = the_world.via, Mail(config.smtp_url, config.mail_from, config.knock_timeout, never_leaves=lambda _: False)
    the_world.via = replace(near, mail=far)
    the_world.rules(require_verified="email")
    booked = book_until_confirmed(the_world)
    with caplog.at_level(logging.ERROR):
        the_world.jobs()

    assert the_world.sandbox.mailbox.mails == []
    with near.db.read() as db:
        (owed,) = [one for one in db.outbox_reports.pending_messages_of(booked["tourId"]) if one.kind == "send_code"]
    place = config.smtp_url.removeprefix("smtp://")
    assert place in (owed.last_error or "")
    assert any("messages wait until a connection is encrypted" in one.message and place in one.message for one in caplog.records)

    the_world.via = near
    the_world.clock.move(minutes=2)
    the_world.jobs()
    assert len(the_world.sandbox.mailbox.mails) == 1
