"""All routes of the catalogue: the API's and the control API's."""

from channel_simulators.walmart.catalog import (
    control,
    inventory,
    items,
    lagtime,
    nodes,
    own_search,
    price,
    walmart_search,
)

ROUTES = [
    route
    for table in (items, own_search, walmart_search, inventory, nodes, price, lagtime, control)
    for route in table.ROUTES
]
