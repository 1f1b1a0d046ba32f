"""Both platforms, the store between them and the people who work in it, with the real worker behind."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from benchmarks.installation import Installation, wait_until
from channel_manager.accounts.models import Membership, Role, User
from channel_manager.cli.demo.sandbox import INTEGRATION, RULES, SELLER, VIEW
from channel_manager.notifications import actions as notifications
from channel_manager.orders import actions, onboarding
from channel_manager.orders.models import PurchaseOrder, Treatment
from channel_manager.ports.documents import StoreView, Track
from channel_manager.ports.messages import Reason
from channel_manager.returns import actions as returns_actions
from channel_manager.returns.models import Return
from channel_manager.returns.queries import memo_draft
from channel_manager.returns.refunding import Terms
from channel_manager.stores.actions import connect
from channel_manager.stores.models import CarrierRule, Store
from channel_manager.sync import writer
from channel_manager.sync.models import State, SyncOperation
from channel_simulators.commerce.control_client import CommerceControl
from channel_simulators.walmart.control_client import WalmartControl
from screens import cast
from screens.moments import Calendar

PASSWORD = "a long password of alice"  # noqa: S105 - of an installation that lives for minutes
PATIENCE = 180.0
MARKERS = uuid.UUID("5b1f0f5e-3d0a-4d57-8a35-6c8f1f3e9d20")
SOON = timedelta(seconds=20)
SETTLED = timedelta(minutes=20)
"""Orders are older than what the check of both sides leaves out as still under way."""


@dataclass
class Stage:
    walmart: WalmartControl
    commerce: CommerceControl
    urls: tuple[str, str]
    """Walmart's and Commerce's."""
    calendar: Calendar = field(default_factory=Calendar)

    def open(self) -> None:
        """The stores and who may do what in them. The second one is not confirmed, the third only for Bob."""
        self.alice = _person("alice", is_staff=True, time_zone="America/Chicago")
        self.bob, self.carol = _person("bob"), _person("carol")
        _person("dave")
        at = datetime.now(UTC)
        self.store = self._connect("Kitchen & Home", SELLER, VIEW)
        for position, rule in enumerate(RULES):
            CarrierRule.objects.create(store=self.store, position=position, **rule)
        onboarding.confirm(
            self.store, orders_from=at - timedelta(days=30), open_orders=Treatment.IMPORT, by=self.alice, at=at
        )
        self.store.refresh_from_db()
        for person, role in ((self.alice, Role.OWNER), (self.carol, Role.OPERATOR)):
            Membership.objects.create(user=person, store=self.store, role=role)
        writer.recognise()
        notifications.turn_on(self.store, by=self.alice, at=at)

    def connect_more(self) -> None:
        second = {"client_id": "garden-client", "client_secret": "garden-secret"}
        self.walmart.add_account(*second.values())
        self.garden = self._connect("Garden & Patio", second, _view(1, "default"))
        self.copy = self._connect("Kitchen & Home (copy)", SELLER | {"client_id": "copy-client"}, _view(3, "outlet"))
        Store.objects.filter(pk=self.copy.pk).update(is_active=False)
        Membership.objects.create(user=self.alice, store=self.garden, role=Role.OWNER)
        Membership.objects.create(user=self.bob, store=self.copy, role=Role.OWNER)

    # ---- what happens ----

    def place(self, name: str) -> None:
        asked = cast.order(name)
        if "ship_node_type" not in asked:  # what Walmart fulfils is found by the moment of its change alone
            asked["placed_at"] = (datetime.now(UTC) - SETTLED).isoformat()
        number = self.walmart.place_order(**asked)
        self.until(lambda: PurchaseOrder.objects.filter(number=number).exists(), f"order {name}")

    def ship(self, name: str, units: Mapping[str, int], carrier: str, title: str, number: str) -> None:
        actions.ship(
            self.order(name),
            quantities=units,
            tracks=[Track(carrier_code=carrier, title=title, number=number)],
            comment="",
            source_code="",
            override=False,
            marker=uuid.uuid5(MARKERS, f"ship {name} {number}"),
            by=self.alice,
            at=datetime.now(UTC),
        )

    def cancel(self, name: str, units: Mapping[str, int], reason: Reason) -> None:
        at, marker = datetime.now(UTC), uuid.uuid5(MARKERS, f"cancel {name}")
        actions.cancel(self.order(name), quantities=units, reason=reason, marker=marker, by=self.alice, at=at)

    def send_back(
        self, name: str, lines: list[tuple[str, int]], *, arrives: bool = True, reason: str = "NO_LONGER_WANTED"
    ) -> None:
        rma = self.walmart.open_return(cast.number(name), lines, return_order_id=rma_of(name), reason=reason)
        if arrives:
            self.walmart.deliver_return(rma)
        known = Return.objects.filter(number=rma, refund_by__isnull=not arrives)
        self.until(known.exists, f"the return of {name}")

    def refund(self, name: str, comment: str = "") -> None:
        returned = Return.objects.select_related("store__rules").get(number=rma_of(name))
        order = self.order(name)
        draft = memo_draft(returned, order)
        returns_actions.create_credit_memo(
            returned,
            order,
            lines={row.line.number: returns_actions.Units(row.facts.room, restock=True) for row in draft.rows},
            terms=Terms(shipping=draft.shipping, fit=True),
            marker=uuid.uuid5(MARKERS, f"refund {name}"),
            by=self.alice,
            at=datetime.now(UTC),
        )

    # ---- looking ----

    def order(self, name: str) -> PurchaseOrder:
        return PurchaseOrder.objects.select_related("store").get(number=cast.number(name))

    def until(self, condition: Callable[[], bool], what: str) -> None:
        wait_until(condition, what, PATIENCE)

    def rest(self) -> None:
        """Nothing is under way any more; what waits for a person or for long does not count."""

        def still() -> bool:
            due = SyncOperation.objects.filter(state__in=[State.WAITING, State.SENDING], error__isnull=True)
            return not due.filter(due_at__lt=datetime.now(UTC) + SOON).exists()

        self.until(still, "everything to come to rest")

    def _connect(self, name: str, seller: Mapping[str, str], view: StoreView) -> Store:
        walmart, commerce = self.urls
        return connect(
            name=name,
            marketplace_url=walmart,
            marketplace=seller,
            commerce_url=commerce,
            commerce=INTEGRATION,
            view=view,
        )


def rma_of(name: str) -> str:
    return str(100_000_000_041_286_000 + int(cast.number(name)) % 1000)


def started(installation: Installation) -> Stage:
    """With the worker and the web server that the platforms tell of news."""
    walmart = installation.serve("walmart", "channel_simulators", "walmart", "--port", "{port}")
    commerce = installation.serve("commerce", "channel_simulators", "commerce", "--port", "{port}")
    stage = Stage(WalmartControl(walmart), CommerceControl(commerce), (walmart, commerce))
    stage.open()
    installation.serve("web", "channel_manager", "web", "--port", "{port}", port=installation.web_port)
    installation.start("worker", "channel_manager", "worker")
    return stage


def _person(name: str, **facts: object) -> User:
    return User.objects.create_user(name, f"{name}@example.com", PASSWORD, first_name=name.title(), **facts)


def _view(number: int, code: str) -> StoreView:
    return StoreView(id=number, code=code, name=code.title(), website_code="base", currency="USD")
