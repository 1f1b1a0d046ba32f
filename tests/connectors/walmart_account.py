"""A seller account of its own at a running Walmart simulator, with the marketplace that speaks to it."""

import uuid

from channel_manager.connectors.walmart.marketplace import WalmartMarketplace


class Account:
    """`control` is what happens at Walmart; `before` how many requests it had met; `options` are the marketplace's."""

    def __init__(self, server, session, **options):
        self.control = server.control
        self.client_id = uuid.uuid4().hex
        self.control.add_account(self.client_id, "secret")
        self.before = len(self.control.requests())
        at = {"base_url": server.url, "client_id": self.client_id, "client_secret": "secret"}
        self.marketplace = WalmartMarketplace(session, **at | options)
