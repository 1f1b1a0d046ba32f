"""What a person may do on a store. Every view and endpoint asks here; templates only hide what would be refused."""

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q

from channel_manager.accounts.models import Membership, Role, User

MAY_ACT = (Role.OPERATOR, Role.OWNER)


def visible_stores(user: User | AnonymousUser) -> Q:
    """A filter on stores: those this person may see."""
    if not isinstance(user, User):
        return Q(pk__in=[])
    return Q() if user.is_superuser else Q(memberships__user=user)


def may_act(user: User | AnonymousUser, store_id: int) -> bool:
    """Ship, cancel, retry, settle."""
    return _has_role(user, store_id, MAY_ACT)


def may_configure(user: User | AnonymousUser, store_id: int) -> bool:
    """Change connections, maps and rules."""
    return _has_role(user, store_id, (Role.OWNER,))


def _has_role(user: User | AnonymousUser, store_id: int, roles: tuple[Role, ...]) -> bool:
    if not isinstance(user, User) or not user.is_active:
        return False
    return user.is_superuser or Membership.objects.filter(user=user, store_id=store_id, role__in=roles).exists()
