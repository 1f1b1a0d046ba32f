"""Addresses of channels: checked, sealed at rest like credentials, opened only to send, never shown again."""

from dataclasses import dataclass, field

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from channel_manager.alerts import messaging
from channel_manager.alerts.models import Channel, Way
from channel_manager.shared.secrets import Box
from channel_manager.shared.sentences import Sentence, say

LONGEST = 2000


class NotAnAddress(Exception):
    def __init__(self, sentence: Sentence) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """`label` is what may be seen of it."""

    way: Way
    text: str = field(repr=False)
    label: str


def read(text: str) -> Address:
    """What a person typed: an e-mail address, or the URL of a service that apprise knows. Raises NotAnAddress."""
    text = text.strip()
    if len(text) > LONGEST:
        raise NotAnAddress(say("This address is too long."))
    return _service(text) if "://" in text else _email(text)


def seal(address: Address) -> bytes:
    return Box(settings.CREDENTIAL_KEYS).seal({"address": address.text})


def opened(channel: Channel) -> Address:
    """Raises SecretsError when the key file is not the one that it was sealed with."""
    text = Box(settings.CREDENTIAL_KEYS).open(bytes(channel.address))["address"]
    return Address(way=Way(channel.way), text=text, label=channel.label)


def _email(text: str) -> Address:
    try:
        validate_email(text)
    except ValidationError as error:
        raise NotAnAddress(
            say("This is neither an e-mail address nor the address of a service such as ntfys://topic.")
        ) from error
    name, _at, host = text.rpartition("@")
    return Address(way=Way.EMAIL, text=text, label=f"{name[0]}•••@{host}")


def _service(text: str) -> Address:
    name = messaging.name_of(text)
    if not name:
        raise NotAnAddress(
            say("This address is not understood. It must be that of a service that apprise knows, on another machine.")
        )
    return Address(way=Way.SERVICE, text=text, label=name)
