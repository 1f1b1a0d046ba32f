"""A comparison of both platforms with our record, every order that it compared, and what it found.

Rows are written by raw statements as well as by the ORM, so every default is the database's.
"""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from channel_manager.history.models import Actor
from channel_manager.ports.messages import Platform
from channel_manager.reconciliation.rules.judging import Action

EMPTY_OBJECT = models.Value({}, models.JSONField())
EMPTY_LIST = models.Value([], models.JSONField())


class RunState(models.TextChoices):
    OPEN = "open", pgettext_lazy("check", "Running")
    DONE = "done", pgettext_lazy("check", "Finished")
    FAILED = "failed", pgettext_lazy("check", "Given up")


class Run(models.Model):
    """One comparison of a store and a period. It goes on from `cursor` after a crash or an outage.

    `numbers` names single orders to be looked at again; None for all of the period. `lease` is the fencing token of the
    worker that holds it until `lease_until`. The counts are those of what was compared so far.
    """

    store = models.ForeignKey("stores.Store", on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField()
    until = models.DateTimeField(db_default=Now())
    numbers = models.JSONField(null=True)
    actor = models.CharField(max_length=16, choices=Actor.choices)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    state = models.CharField(max_length=16, choices=RunState.choices, db_default=RunState.OPEN)
    cursor = models.JSONField(db_default=EMPTY_OBJECT)
    due_at = models.DateTimeField(db_default=Now())
    lease = models.IntegerField(db_default=0)
    lease_until = models.DateTimeField(null=True)
    begun_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    failed_since = models.DateTimeField(null=True)
    error = models.JSONField(null=True)
    calls = models.IntegerField(db_default=0)
    expected = models.IntegerField(db_default=0, help_text="Orders of the period that we know when it begins.")

    compared = models.IntegerField(db_default=0)
    missing = models.IntegerField(db_default=0)
    doubled = models.IntegerField(db_default=0)
    healed = models.IntegerField(db_default=0)
    under_way = models.IntegerField(db_default=0)
    proposed = models.IntegerField(db_default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store"], condition=Q(state=RunState.OPEN), name="reconciliation_one_run_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(state=RunState.OPEN, finished_at__isnull=True)
                | (~Q(state=RunState.OPEN) & Q(finished_at__isnull=False, lease_until__isnull=True)),
                name="reconciliation_run_finished_at",
            ),
            models.CheckConstraint(
                condition=Q(failed_since__isnull=True, error__isnull=True)
                | Q(failed_since__isnull=False, error__isnull=False),
                name="reconciliation_run_fails_with_error",
            ),
        ]
        indexes = [models.Index(fields=["store", "-id"], name="reconciliation_run_by_store")]

    @property
    def days(self) -> int:
        return round((self.until - self.since) / timedelta(days=1))

    @property
    def took(self) -> timedelta | None:
        return self.finished_at - self.begun_at if self.finished_at and self.begun_at else None

    @property
    def progress(self) -> int:
        """Percent of the orders that were known at the beginning; never the whole before it is finished."""
        if self.state == RunState.DONE:
            return 100
        return min(99, 100 * self.compared // self.expected) if self.expected else 0


class Outcome(models.TextChoices):
    """What came of comparing one order."""

    AGREES = "agrees", _("Agrees")
    UNDER_WAY = "under_way", _("Under way")
    HEALED = "healed", _("Healed by itself")
    NEEDS_YOU = "needs_you", _("Needs you")


class ComparedOrder(models.Model):
    """One order of a run, with what each side shows. Units are {"walmart" | "here" | "commerce": {state: units}}."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="orders", db_index=False)
    number = models.CharField(max_length=40)
    order = models.ForeignKey("orders.PurchaseOrder", null=True, on_delete=models.SET_NULL, related_name="+")
    commerce_number = models.CharField(max_length=50, db_default="")
    outcome = models.CharField(max_length=16, choices=Outcome.choices)
    differences = models.JSONField(db_default=EMPTY_LIST)
    walmart_total = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    own_total = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    commerce_total = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    units = models.JSONField(db_default=EMPTY_OBJECT)
    compared_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="reconciliation_order_compared_once")]


class FindingState(models.TextChoices):
    HEALED = "healed", _("Healed by itself")
    PROPOSED = "proposed", _("Needs you")
    APPLIED = "applied", _("Applied")
    DISMISSED = "dismissed", _("Dismissed")
    CLOSED = "closed", _("Gone")


STANDING = (FindingState.PROPOSED, FindingState.APPLIED, FindingState.DISMISSED)


class Finding(models.Model):
    """A difference that healed, or that a person decides about. `run` saw it first, `seen_in` last.

    `sentence` says what differs, `preview` what the `action` would do; `target` is the id of the operation, shipment or
    return that the action is about.
    """

    store = models.ForeignKey("stores.Store", on_delete=models.CASCADE, related_name="+")
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="findings")
    seen_in = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="+")
    order = models.ForeignKey("orders.PurchaseOrder", null=True, on_delete=models.SET_NULL, related_name="+")
    number = models.CharField(max_length=40)
    kind = models.CharField(max_length=32)
    side = models.CharField(max_length=16, choices=[(side.value, side.value) for side in Platform])
    line = models.CharField(max_length=100, blank=True)
    expected = models.CharField(max_length=300, blank=True)
    found = models.CharField(max_length=300, blank=True)
    severity = models.CharField(max_length=16)
    sentence = models.JSONField()
    state = models.CharField(max_length=16, choices=FindingState.choices)
    action = models.CharField(max_length=16, choices=[(action.value, action.value) for action in Action], blank=True)
    target = models.BigIntegerField(default=0)
    preview = models.JSONField(default=list)
    found_at = models.DateTimeField(db_default=Now())
    closed_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "number", "kind", "side", "line"],
                condition=Q(state__in=STANDING),
                name="reconciliation_finding_stands_once",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[FindingState.APPLIED, FindingState.DISMISSED]) | Q(decided_at__isnull=False),
                name="reconciliation_finding_decided",
            ),
            models.CheckConstraint(
                condition=~Q(state=FindingState.DISMISSED) | ~Q(reason=""), name="reconciliation_dismissed_with_reason"
            ),
        ]
        indexes = [models.Index(fields=["store", "seen_in"], name="reconciliation_finding_by_run")]
