"""What must be done on a platform, every try of it, and how far each stream has been read.

Rows are written by raw statements as well as by the ORM, so every default is the database's.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from channel_manager.ports.messages import Platform

PLATFORMS = [(platform.value, platform.value) for platform in Platform]
EMPTY_OBJECT = models.Value({}, models.JSONField())
EMPTY_LIST = models.Value([], models.JSONField())


class State(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    SENDING = "sending", _("Sending")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    SKIPPED = "skipped", _("Not needed")
    SETTLED = "settled", _("Settled by hand")


class SyncOperation(models.Model):
    """One outbound intent. `attempt` is the fencing token of its latest try, `failures` what is held against it.

    `error` is the last attempt's: {class, sentence, side, field, said, code, status, about, traceback}; `reason` says
    why an operation was skipped or settled. A `result` on an operation that is not done waits to be applied again.
    """

    store = models.ForeignKey("stores.Store", on_delete=models.CASCADE, related_name="+", db_index=False)
    platform = models.CharField(max_length=16, choices=PLATFORMS)
    family = models.CharField(max_length=64)
    kind = models.CharField(max_length=64)
    key = models.CharField(max_length=200)
    subject = models.CharField(max_length=64)
    payload = models.JSONField(db_default=EMPTY_OBJECT)
    progress = models.JSONField(db_default=EMPTY_OBJECT)
    result = models.JSONField(null=True, blank=True)
    state = models.CharField(max_length=16, choices=State.choices, db_default=State.WAITING)
    priority = models.SmallIntegerField(db_default=5)
    in_order = models.BooleanField(db_default=True)
    due_at = models.DateTimeField(db_default=Now())
    deadline = models.DateTimeField(null=True, blank=True)
    attempt = models.IntegerField(db_default=0)
    failures = models.IntegerField(db_default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    ambiguous = models.BooleanField(db_default=False)
    error = models.JSONField(null=True, blank=True)
    reason = models.JSONField(null=True, blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "sync_operation"
        constraints = [
            models.UniqueConstraint(fields=["key"], name="sync_operation_once_per_key"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="sync_operation_state"),
            models.CheckConstraint(
                condition=Q(platform__in=[value for value, _name in PLATFORMS]), name="sync_operation_platform"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "sending"], finished_at__isnull=True)
                | Q(state__in=["done", "failed", "skipped", "settled"], finished_at__isnull=False),
                name="sync_operation_finished_at",
            ),
            models.CheckConstraint(
                condition=Q(state="sending", lease_until__isnull=False)
                | (~Q(state="sending") & Q(lease_until__isnull=True)),
                name="sync_operation_lease",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["skipped", "settled"]) | Q(reason__isnull=False), name="sync_operation_reason"
            ),
            models.CheckConstraint(
                condition=~Q(state="failed") | Q(error__isnull=False), name="sync_operation_failed_with_error"
            ),
        ]
        indexes = [
            models.Index(
                fields=["store", "platform", "family", "priority", "deadline", "id"],
                include=["due_at"],
                condition=Q(state="waiting", requested_by__isnull=True),
                name="sync_operation_waiting",
            ),
            models.Index(
                fields=["store", "platform", "family", "priority", "deadline", "id"],
                include=["due_at"],
                condition=Q(state="waiting", requested_by__isnull=False),
                name="sync_operation_asked",
            ),
            models.Index(
                fields=["subject", "platform", "id"],
                condition=Q(state__in=["waiting", "sending"]),
                name="sync_operation_open",
            ),
            models.Index(fields=["lease_until"], condition=Q(state="sending"), name="sync_operation_sending"),
            models.Index(fields=["store", "id"], condition=Q(state="failed"), name="sync_operation_failed"),
            models.Index(
                fields=["store", "id"],
                condition=Q(state="waiting", error__isnull=False),
                name="sync_operation_in_trouble",
            ),
            models.Index(fields=["store", "id"], name="sync_operation_by_store"),
            models.Index(fields=["subject", "id"], name="sync_operation_by_subject"),
        ]


class Outcome(models.TextChoices):
    SENT = "sent", _("Sent")
    FOUND = "found", _("Was already done")
    UNAVAILABLE = "unavailable", _("Not available")
    REJECTED = "rejected", _("Rejected")
    POSTPONED = "postponed", _("Not possible yet")
    MISCONFIGURED = "misconfigured", _("Connection must be repaired")
    AMBIGUOUS = "ambiguous", _("No answer")
    BUG = "bug", _("Program error")
    LOST = "lost", _("Interrupted")
    SKIPPED = "skipped", _("Not needed")


class SyncAttempt(models.Model):
    """One try, written before it is made. `exchanges` are redacted (shared.http)."""

    operation = models.ForeignKey(SyncOperation, on_delete=models.CASCADE, related_name="attempts", db_index=False)
    number = models.IntegerField()
    started_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=16, choices=Outcome.choices, null=True, blank=True)  # noqa: DJ001 - null is open
    error = models.JSONField(null=True, blank=True)
    exchanges = models.JSONField(db_default=EMPTY_LIST)

    class Meta:
        db_table = "sync_attempt"
        constraints = [
            models.UniqueConstraint(fields=["operation", "number"], name="sync_attempt_once_per_number"),
            models.CheckConstraint(
                condition=Q(outcome__isnull=True, finished_at__isnull=True)
                | Q(outcome__isnull=False, finished_at__isnull=False),
                name="sync_attempt_finished_with_outcome",
            ),
        ]
        indexes = [
            models.Index(
                fields=["finished_at"], condition=~Q(exchanges=EMPTY_LIST), name="sync_attempt_with_exchanges"
            ),
        ]


class Lane(models.Model):
    """The rate-limit bucket of one endpoint family, and whether the platform is out. Without capacity: unlimited.

    `outages` counts consecutive failures to reach the platform; while `blocked_by` stands, one operation at a time
    tries whether it is back.
    """

    store = models.ForeignKey("stores.Store", on_delete=models.CASCADE, related_name="+", db_index=False)
    platform = models.CharField(max_length=16, choices=PLATFORMS)
    family = models.CharField(max_length=64)
    tokens = models.FloatField(db_default=0.0)
    capacity = models.FloatField(null=True, blank=True)
    refill_per_second = models.FloatField(db_default=0.0)
    measured_at = models.DateTimeField(db_default=Now())
    blocked_until = models.DateTimeField(null=True, blank=True)
    blocked_by = models.JSONField(null=True, blank=True)
    outages = models.IntegerField(db_default=0)
    throttled_at = models.DateTimeField(
        null=True, blank=True, help_text="When the platform last refused a call as one too many."
    )

    class Meta:
        db_table = "sync_lane"
        constraints = [
            models.UniqueConstraint(fields=["store", "platform", "family"], name="sync_lane_once"),
            models.CheckConstraint(
                condition=Q(tokens__gte=0) & (Q(capacity__isnull=True) | Q(tokens__lte=models.F("capacity"))),
                name="sync_lane_tokens",
            ),
        ]


class PlatformPause(models.Model):
    """A platform of a store that waits for its owner: nothing is sent but one probe after each `next_check_at`."""

    store = models.ForeignKey("stores.Store", on_delete=models.CASCADE, related_name="+", db_index=False)
    platform = models.CharField(max_length=16, choices=PLATFORMS)
    since = models.DateTimeField(db_default=Now())
    sentence = models.JSONField()
    next_check_at = models.DateTimeField()

    class Meta:
        db_table = "sync_platform_pause"
        constraints = [models.UniqueConstraint(fields=["store", "platform"], name="sync_platform_paused_once")]


class StreamCursor(models.Model):
    """How far a stream of a store has been read. `finished_at` is its last complete run; `failed_since` the first of
    the failures since then. `lease` is the fencing token of the run that holds it until `lease_until`.
    """

    store = models.ForeignKey("stores.Store", on_delete=models.CASCADE, related_name="+", db_index=False)
    stream = models.CharField(max_length=64)
    cursor = models.JSONField(db_default=EMPTY_OBJECT)
    due_at = models.DateTimeField(db_default=Now())
    lease = models.IntegerField(db_default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    failed_since = models.DateTimeField(null=True, blank=True)
    error = models.JSONField(null=True, blank=True)

    class Meta:
        db_table = "sync_stream_cursor"
        constraints = [
            models.UniqueConstraint(fields=["store", "stream"], name="sync_stream_cursor_once"),
            models.CheckConstraint(
                condition=Q(failed_since__isnull=True, error__isnull=True)
                | Q(failed_since__isnull=False, error__isnull=False),
                name="sync_stream_cursor_fails_with_error",
            ),
        ]


class LevelKind(models.TextChoices):
    STOCK = "stock", _("Stock")
    PRICE = "price", _("Price")


class Level(models.Model):
    """A value that a platform is to show of one thing, of which only the latest counts: stock or price of a SKU.

    `wanted` is what it should be, `sent` what the platform accepted or showed last; `dirty_since` stands while they
    differ. `carrier` is the key of the operation or feed that takes `carried` there since `carried_at`. `error` is the
    latest refusal, as operations keep it; `held` is a sentence that says what a person must decide before the level is
    raised, or a price changed.
    """

    store = models.ForeignKey("stores.Store", on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=8, choices=LevelKind.choices)
    key = models.CharField(max_length=64)
    active = models.BooleanField(db_default=False, help_text="Whether it is sent at all.")
    wanted = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    measured_at = models.DateTimeField(null=True, blank=True)
    sent = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    dirty_since = models.DateTimeField(null=True, blank=True)
    urgent = models.BooleanField(db_default=False)
    carrier = models.CharField(max_length=64, blank=True, db_default="")
    carried = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    carried_at = models.DateTimeField(null=True, blank=True)
    turns = models.IntegerField(db_default=0)
    again_at = models.DateTimeField(null=True, blank=True)
    error = models.JSONField(null=True, blank=True)
    held = models.JSONField(null=True, blank=True)

    class Meta:
        db_table = "sync_level"
        constraints = [
            models.UniqueConstraint(fields=["store", "kind", "key"], name="sync_level_once"),
            models.CheckConstraint(
                condition=Q(wanted__isnull=True) | Q(wanted__gte=0), name="sync_level_is_never_negative"
            ),
            models.CheckConstraint(
                condition=Q(carrier="", carried_at__isnull=True) | (~Q(carrier="") & Q(carried_at__isnull=False)),
                name="sync_level_carried",
            ),
        ]
        indexes = [
            models.Index(
                fields=["store", "kind", "-urgent", "dirty_since", "id"],
                condition=Q(dirty_since__isnull=False, carrier="", active=True)
                & (Q(held__isnull=True) | Q(kind=LevelKind.STOCK)),
                name="sync_level_to_be_sent",
            ),
            models.Index(fields=["carrier"], condition=~Q(carrier=""), name="sync_level_by_carrier"),
            models.Index(
                fields=["store", "kind", "carried_at"],
                condition=~Q(carrier="") & ~Q(carrier__startswith="feed:"),
                name="sync_level_one_by_one",
            ),
            models.Index(
                fields=["store", "key"],
                condition=Q(kind=LevelKind.STOCK, wanted__isnull=True),
                name="sync_level_unmeasured",
            ),
            models.Index(fields=["store", "key"], condition=Q(error__isnull=False), name="sync_level_in_error"),
            models.Index(fields=["store", "key"], condition=Q(held__isnull=False), name="sync_level_held"),
        ]


class Doubt(models.Model):
    """The stock of a SKU may have changed: to be measured. Only ever added and removed, so that nobody waits for it."""

    store = models.ForeignKey("stores.Store", on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=64)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "sync_doubt"
        indexes = [models.Index(fields=["store", "id"], name="sync_doubt_by_store")]


class Lowering(models.Model):
    """Units that a level is lowered by while an operation frees them at the platform, and until the level is measured
    after that; see `sync.levels.lowering`.
    """

    level = models.ForeignKey(Level, on_delete=models.CASCADE, related_name="lowerings", db_index=False)
    operation = models.ForeignKey(SyncOperation, on_delete=models.CASCADE, related_name="+")
    units = models.PositiveIntegerField()
    until = models.DateTimeField()

    class Meta:
        db_table = "sync_lowering"
        constraints = [models.UniqueConstraint(fields=["level", "operation"], name="sync_lowering_once")]


class Installation(models.Model):
    """Where this database is at home: one row. A copy of it that wakes up elsewhere finds that it is not there."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    system = models.CharField(max_length=32, help_text="PostgreSQL's identifier of the server's data.")
    database = models.CharField(max_length=32, help_text="Number of the database in that server.")
    host = models.CharField(max_length=128, blank=True, help_text="The machine, where it is used from the same one.")
    folder = models.CharField(max_length=1000, blank=True, help_text="Of an embedded database: the data folder.")
    known_since = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "sync_installation"
        constraints = [models.CheckConstraint(condition=Q(id=1), name="sync_installation_once")]


class ReadOnly(models.Model):
    """A store that only reads: its database was found elsewhere, and nobody has said yet that no other one writes to
    its accounts. `found` says where it was and where it is.
    """

    store = models.OneToOneField("stores.Store", on_delete=models.CASCADE, primary_key=True, related_name="read_only")
    since = models.DateTimeField(db_default=Now())
    found = models.JSONField()

    class Meta:
        db_table = "sync_read_only"
