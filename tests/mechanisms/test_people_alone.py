"""What protects people's decisions from each other."""

import threading
import uuid

import pytest
from django.db import connection, transaction
from django.utils import timezone
from waiting import PATIENCE, until_blocked

from channel_manager.orders import actions
from channel_manager.orders.lifecycle import NotShippable
from tests import factories


@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_ship_the_last_units_the_second_is_told():
    alice, order = factories.user(), factories.order(factories.store(), lines=(("SKU-1", 1),))
    ends = []

    def ship():
        same = {"tracks": [], "comment": "", "source_code": "", "override": False, "by": alice, "at": timezone.now()}
        actions.ship(order, quantities={"1": 1}, marker=uuid.uuid4(), **same)

    def second():
        try:
            ends.append(ship())
        except Exception as error:  # noqa: BLE001 - compared below
            ends.append(type(error))
        finally:
            connection.close()

    other = threading.Thread(target=second)
    with transaction.atomic():
        ship()
        other.start()
        until_blocked(other)
    other.join(PATIENCE)
    assert ends == [NotShippable]
