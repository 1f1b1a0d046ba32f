"""Who works here, and on which stores."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """A person. `is_superuser` may do everything on every store; others have a membership per store."""

    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")


class Role(models.TextChoices):
    VIEWER = "viewer", _("Viewer: sees everything, changes nothing")
    OPERATOR = "operator", _("Operator: ships, cancels, retries")
    OWNER = "owner", _("Owner: also changes settings")


class Membership(models.Model):
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    store = models.ForeignKey("stores.Store", on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role.choices, default=Role.VIEWER)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "store"], name="membership_once_per_store")]
