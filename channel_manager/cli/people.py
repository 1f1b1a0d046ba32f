"""`channel-manager user`."""

import os
import sys

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from channel_manager.accounts.models import Membership, Role, User
from channel_manager.cli.endings import Code, Stop
from channel_manager.cli.terminal import ask, say
from channel_manager.stores.models import Store

VARIABLE = "CHANNEL_MANAGER_PASSWORD"


def add_person(name: str, *, stores: list[str], role: str, superuser: bool) -> None:
    """Raises Stop: a name that is taken, an unknown store, a weak password."""
    if role not in Role.values:
        raise Stop(f"There is no role “{role}”: choose one of {', '.join(Role.values)}.", Code.USAGE)
    if not stores and not superuser:
        raise Stop("Say what they may see: --store NAME, or --superuser.", Code.USAGE)
    if User.objects.filter(username=name).exists():
        raise Stop(f"There is somebody named “{name}” already.")
    seen = [named_store(store) for store in stores]
    person = User(username=name, is_superuser=superuser, is_staff=superuser)
    password = _password(person)
    with transaction.atomic():
        person.set_password(password)
        person.save()
        for store in seen:
            Membership.objects.create(user=person, store=store, role=role)
    say(f"“{name}” can sign in now.")


def named_store(name: str) -> Store:
    """Raises Stop."""
    store = Store.objects.filter(name=name).first()
    if store is None:
        known = ", ".join(f"“{one}”" for one in Store.objects.order_by("name").values_list("name", flat=True))
        raise Stop(f"There is no store “{name}”. {f'Known: {known}.' if known else 'Add one first.'}", Code.NOT_FOUND)
    return store


def _password(person: User) -> str:
    password = os.environ.get(VARIABLE) or _typed()
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise Stop(" ".join(error.messages)) from error
    return password


def _typed() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = ask("Password", instead=VARIABLE, secret=True)
    if ask("Once more", instead=VARIABLE, secret=True) != password:
        raise Stop("The two passwords differ. Nothing was saved.")
    return password
