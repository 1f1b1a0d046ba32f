"""One message to one address. Knows no database; called on a thread."""

import re
import smtplib
from urllib.parse import unquote

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from channel_manager.alerts import messaging
from channel_manager.alerts.addresses import Address
from channel_manager.alerts.models import Way
from channel_manager.shared import redact
from channel_manager.shared.sentences import Sentence, say

NO_SERVER = say("This installation knows no mail server: set CHANNEL_MANAGER_SMTP_URL, then restart web and worker.")


class NotSent(Exception):
    """Not delivered; the sentence says why, without the address."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


def send(address: Address, title: str, body: str) -> None:
    """Raises NotSent."""
    if address.way == Way.EMAIL:
        _mail(address.text, title, body)
    else:
        _notify(address, title, body)


def _mail(to: str, title: str, body: str) -> None:
    if not settings.EMAIL_HOST:
        raise NotSent(NO_SERVER)
    try:
        with get_connection(fail_silently=False) as connection:
            EmailMessage(title, body, settings.DEFAULT_FROM_EMAIL, [to], connection=connection).send()
    except (smtplib.SMTPException, OSError) as error:
        raise NotSent(say("The mail server did not take it: %(problem)s", problem=_said(str(error), to))) from None


def _notify(address: Address, title: str, body: str) -> None:
    problem = messaging.notify(address.text, title, body)
    if problem is not None:
        words = _said(problem, address.text)
        raise NotSent(say("%(service)s did not take it: %(problem)s", service=address.label, problem=words))


def _said(text: str, address: str) -> str:
    """The other side's words without any part of the address that could be a secret."""
    text = redact.text(text)
    parts = {part for written in (address, unquote(address)) for part in re.split(r"[/:@?&=#,]+", written)}
    for part in sorted((part for part in parts if len(part) > 3), key=len, reverse=True):
        text = text.replace(part, redact.MASK)
    return " ".join(text.split())[:500]
