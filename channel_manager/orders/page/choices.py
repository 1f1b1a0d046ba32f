"""What each person chose for the list of orders: columns, and names for what its address asks for."""

from collections.abc import Callable, Collection

from django.db import transaction

from channel_manager.accounts.models import User
from channel_manager.orders.lifecycle import NotPossible
from channel_manager.orders.page.models import ListChoice
from channel_manager.shared.sentences import say
from channel_manager.stores.models import Store

MOST_VIEWS = 30
LONGEST_NAME = 60
LONGEST_QUERY = 1000


def chosen(by: User, store: Store) -> ListChoice:
    """Not kept yet where nothing was chosen. One query."""
    return ListChoice.objects.filter(user=by, store=store).first() or ListChoice(user=by, store=store)


def hide(by: User, store: Store, columns: Collection[str]) -> None:
    def write(choice: ListChoice) -> None:
        choice.hidden = sorted(columns)

    _change(by, store, write)


def save_view(by: User, store: Store, *, name: str, query: str) -> None:
    """Under a name that may have stood for something else before. Raises NotPossible."""
    name = " ".join(name.split())[:LONGEST_NAME]
    if not name:
        raise NotPossible(say("Give the view a name."), field="name")

    def write(choice: ListChoice) -> None:
        others = [view for view in choice.views if view["name"] != name]
        if len(others) >= MOST_VIEWS:
            raise NotPossible(say("You keep %(most)s views: remove one first.", most=MOST_VIEWS), field="name")
        made = {"name": name, "query": query[:LONGEST_QUERY]}
        choice.views = sorted([*others, made], key=lambda view: view["name"].casefold())

    _change(by, store, write)


def forget_view(by: User, store: Store, name: str) -> None:
    def write(choice: ListChoice) -> None:
        choice.views = [view for view in choice.views if view["name"] != name]

    _change(by, store, write)


@transaction.atomic
def _change(by: User, store: Store, write: Callable[[ListChoice], None]) -> None:
    ListChoice.objects.get_or_create(user=by, store=store)
    choice = ListChoice.objects.select_for_update().get(user=by, store=store)
    write(choice)
    choice.save()
