"""All routes of the catalogue: the API's and the control API's."""

from channel_simulators.walmart.catalog import (
    control,
    inventory,
    items,
    lagtime,
    nodes,
    price,
)
from channel_simulators.walmart.catalog.search import own, walmart

ROUTES = [route for table in (items, own, walmart, inventory, nodes, price, lagtime, control) for route in table.ROUTES]
