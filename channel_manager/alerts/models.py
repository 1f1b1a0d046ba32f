"""Where a store's alerts go, what there was to tell, and what was sent. Rows are written by raw statements as well."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from channel_manager.alerts.rules.ladder import Kind
from channel_manager.shared.sentences import Sentence

KINDS = [(kind.value, kind.value) for kind in Kind]


class Way(models.TextChoices):
    EMAIL = "email", _("E-mail")
    SERVICE = "service", _("Messaging service")


class Channel(models.Model):
    """One address that a store's alerts go to. `address` is sealed like credentials and never shown; `label` is what
    may be seen of it. `rungs` are minutes before a deadline.
    """

    store = models.ForeignKey("stores.Store", on_delete=models.CASCADE, related_name="alert_channels")
    name = models.CharField(_("name"), max_length=100)
    way = models.CharField(max_length=16, choices=Way.choices)
    address = models.BinaryField()
    label = models.CharField(max_length=200)
    language = models.CharField(_("language"), max_length=16, default=settings.LANGUAGE_CODE)
    kinds = models.JSONField(default=list)
    rungs = models.JSONField(default=list)
    quiet_minutes = models.PositiveSmallIntegerField(_("gather for"), default=5)
    tells_solved = models.BooleanField(_("also say when something is solved again"), default=False)
    is_active = models.BooleanField(_("in use"), default=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(fields=["store", "name"], name="alert_channel_named_once")]


class Alert(models.Model):
    """Something that a person should know, while it lasts. `name` is the number that people know its subject by."""

    store = models.ForeignKey("stores.Store", on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=32, choices=KINDS)
    subject = models.CharField(max_length=64)
    rung = models.PositiveIntegerField(db_default=0)
    name = models.CharField(max_length=64, blank=True, db_default="")
    sentence = models.JSONField()
    due_at = models.DateTimeField(null=True, blank=True)
    raised_at = models.DateTimeField(db_default=Now())
    solved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "kind", "subject", "rung"],
                condition=Q(solved_at__isnull=True),
                name="alert_once_while_it_lasts",
            ),
        ]
        indexes = [
            models.Index(fields=["solved_at"], condition=Q(solved_at__isnull=False), name="alert_by_age"),
        ]

    @property
    def words(self) -> Sentence:
        return Sentence.from_json(self.sentence)


class MessageState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")


class Message(models.Model):
    """What goes to a channel in one piece. `attempt` is the fencing token of the latest try. A `vital` one is sent even
    while the store only reads.
    """

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="messages")
    title = models.CharField(max_length=200)
    body = models.TextField()
    is_test = models.BooleanField(db_default=False)
    is_vital = models.BooleanField(db_default=False)
    state = models.CharField(max_length=16, choices=MessageState.choices, db_default=MessageState.WAITING)
    due_at = models.DateTimeField(db_default=Now())
    attempt = models.PositiveIntegerField(db_default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="waiting"), name="alert_message_waiting"),
            models.Index(fields=["created_at"], name="alert_message_by_age"),
        ]


class MessageAttempt(models.Model):
    """One try, written before it is made. `problem` is a sentence; an attempt that ended without one was successful."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveIntegerField()
    started_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True, blank=True)
    problem = models.JSONField(null=True, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["message", "number"], name="alert_attempt_once_per_number")]


class Notice(models.Model):
    """That a channel is to be told of an alert, or that it is solved; once each. With a message it is in that."""

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="notices")
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="+", db_index=False)
    message = models.ForeignKey(Message, null=True, blank=True, on_delete=models.SET_NULL, related_name="notices")
    is_solved = models.BooleanField(db_default=False)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["alert", "channel", "is_solved"], name="alert_notice_once"),
        ]
        indexes = [
            models.Index(fields=["channel", "created_at"], condition=Q(message__isnull=True), name="alert_notice_open"),
        ]


class AccountHealth(models.Model):
    """The rates of one day, measured again and again while the day lasts; the last one stays."""

    store = models.ForeignKey("stores.Store", on_delete=models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    measured_at = models.DateTimeField()
    rates = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "day"], name="account_health_once_a_day")]
