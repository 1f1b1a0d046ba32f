"""Events as people read them: one row each, never changed."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from channel_manager.shared.sentences import Sentence


class Actor(models.TextChoices):
    """Who began it."""

    MARKETPLACE = "marketplace"
    COMMERCE = "commerce"
    PERSON = "person"
    RULE = "rule"


class Event(models.Model):
    """`subject` names what it happened to, as in "order:17"."""

    store = models.ForeignKey("stores.Store", on_delete=models.CASCADE, related_name="+")
    subject = models.CharField(max_length=64)
    kind = models.CharField(max_length=64)
    actor = models.CharField(max_length=16, choices=Actor.choices)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    sentence = models.JSONField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["subject", "at"], name="event_by_subject")]

    @property
    def words(self) -> Sentence:
        return Sentence.from_json(self.sentence)
