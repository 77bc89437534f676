"""The mails that arrived: one-time codes and other letters to prospects."""

from flask import Blueprint, render_template

from sandbox.current import current

mailbox = Blueprint("mailbox", __name__, url_prefix="/mail")


@mailbox.get("")
def show() -> str:
    """Every mail, newest first."""
    return render_template("mail.html", mails=current().mailbox.mails[::-1])
