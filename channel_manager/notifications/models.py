"""Addresses that platforms call, what is wanted of the marketplace, and what came in."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from channel_manager.ports.messages import Platform

PLATFORMS = [(platform.value, platform.value) for platform in Platform]


class Hook(models.Model):
    """An address of ours with the secret that a caller of it must know; the secret is sealed like other credentials.

    A retired one is still answered, until the marketplace has let go of it. `key` is the part of the address that
    cannot be guessed.
    """

    store = models.ForeignKey("stores.Store", on_delete=models.CASCADE, related_name="hooks")
    platform = models.CharField(max_length=16, choices=PLATFORMS)
    key = models.CharField(max_length=64, unique=True)
    secret = models.BinaryField()
    created_at = models.DateTimeField(db_default=Now())
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "platform"], condition=Q(retired_at__isnull=True), name="hook_once_in_use"
            ),
        ]


class Wanted(models.Model):
    """Whether the marketplace is to tell of news, and what it showed when that was last compared.

    `found` are our subscriptions as it lists them: {"event", "topic"}. `problem` is an error as sync keeps it.
    `others` are the hosts of other installations of this program that it tells.
    """

    store = models.OneToOneField("stores.Store", on_delete=models.CASCADE, related_name="+", primary_key=True)
    is_on = models.BooleanField(default=False)
    compared_at = models.DateTimeField(null=True, blank=True)
    found = models.JSONField(default=list)
    problem = models.JSONField(null=True, blank=True)
    others = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))


class Notification(models.Model):
    """One delivery, once for each `event_id`. Only what it is about is kept, not its words."""

    store = models.ForeignKey("stores.Store", on_delete=models.CASCADE, related_name="+", db_index=False)
    platform = models.CharField(max_length=16, choices=PLATFORMS)
    event_id = models.CharField(max_length=200)
    event = models.CharField(max_length=200, blank=True)
    topic = models.CharField(max_length=32, blank=True)
    order_number = models.CharField(max_length=200, blank=True)
    return_number = models.CharField(max_length=200, blank=True)
    occurred_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "platform", "event_id"], name="notification_once_per_event"),
        ]
        indexes = [
            models.Index(fields=["store", "platform", "received_at"], name="notification_by_store"),
            models.Index(fields=["received_at"], name="notification_by_age"),
        ]
