"""One installation writes to a seller account (glossary, rule 8).

Within one database the account belongs to one store. A copy of the database elsewhere is recognised when a web server
or a worker starts: all its stores then only read, until an owner of each confirms that no other installation is left.
Claiming asks for that in the statement that measures the lane (`lanes.limits.MEASURE`).
"""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from channel_manager.accounts.models import User
from channel_manager.history.models import Actor
from channel_manager.history.records import record
from channel_manager.ports.messages import Platform
from channel_manager.shared.sentences import Sentence, say
from channel_manager.stores.models import Store
from channel_manager.sync import sql, wakeups
from channel_manager.sync.lanes.key import LaneKey
from channel_manager.sync.models import Installation, ReadOnly

# Any user may ask for both: nothing is revoked from the function in PostgreSQL 15 to 18.
WHERE = """
    SELECT system_identifier::text AS system, (SELECT oid::text FROM pg_database WHERE datname = current_database())
        AS database
    FROM pg_control_system()
"""
DUE = """
    SELECT DISTINCT platform, family FROM sync_operation WHERE store_id = %s AND state = 'waiting' AND due_at <= now()
"""
# A copy may be older than what its original did afterwards: nothing that waits in it is sent without a look.
DOUBT = """
    UPDATE sync_operation SET ambiguous = true
    WHERE store_id = %s AND state IN ('waiting', 'sending', 'failed') AND NOT ambiguous
"""
CLAUSE = say(
    "This database was copied or moved: it is not where it was when it last worked. Nothing is sent to Walmart or to "
    "Commerce until an owner confirms that no other installation works on this account. Reading goes on."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """Where a database runs. `host` and `folder` are empty where they are not known, as of a server elsewhere."""

    system: str
    database: str
    host: str = ""
    folder: str = ""

    def is_at(self, before: "Home") -> bool:
        """What only one of the two knows says nothing."""
        if (self.system, self.database) != (before.system, before.database):
            return False
        pairs = ((self.host, before.host), (self.folder, before.folder))
        return all(one == other for one, other in pairs if one and other)


@transaction.atomic
def recognise(*, host: str = "", folder: str = "") -> list[Store]:
    """Compare where the database is with where it was, and remember it; the stores that only read.

    To be called when a process starts that sends or shows. `host` is the machine of a server on this machine, `folder`
    the data folder of the embedded one.
    """
    here = Home(**sql.rows(WHERE)[0], host=host, folder=folder)
    Installation.objects.get_or_create(id=1, defaults=asdict(here))
    known = Installation.objects.select_for_update().get(id=1)
    before = Home(system=known.system, database=known.database, host=known.host, folder=known.folder)
    if not here.is_at(before):
        _moved(before, here)
    elif learnt := {name: value for name, value in asdict(here).items() if value and value != getattr(before, name)}:
        Installation.objects.update(**learnt)
    return list(Store.objects.filter(read_only__isnull=False).order_by("name"))


def of(store: Store) -> ReadOnly | None:
    """Why the store only reads, if it does. One query, unless the store came with its `read_only`."""
    return getattr(store, "read_only", None)


def read_only_among(store_ids: Collection[int]) -> set[int]:
    return set(ReadOnly.objects.filter(store__in=store_ids).values_list("store_id", flat=True))


@transaction.atomic
def take_over(store: Store, *, by: User | None, at: datetime) -> bool:
    """An owner says that this is the only installation: the store writes again, and looks before it repeats what
    waited. False if it wrote already.
    """
    if not ReadOnly.objects.filter(store=store).delete()[0]:
        return False
    words = say("Confirmed: no other installation works on this account. Sending goes on.")
    actor = Actor.PERSON if by else Actor.RULE
    record(f"store:{store.pk}", "taken_over", words, store_id=store.pk, actor=actor, user=by, at=at)
    sql.execute(DOUBT, [store.pk])
    families = sql.rows(DUE, [store.pk])
    wakeups.wake(sorted(LaneKey(store.pk, Platform(row["platform"]), row["family"]) for row in families))
    return True


def difference(read_only: ReadOnly) -> Sentence:
    """What was found, for the person who must decide."""
    before, here = (Home(**read_only.found[end]) for end in ("before", "here"))
    if before.system != here.system:
        return say("It runs on another PostgreSQL server than before.")
    if before.database != here.database:
        return say("It is another database of the same PostgreSQL server: a copy.")
    if before.host != here.host and before.host and here.host:
        return say("Its data folder is on another machine than before.")
    return say("Its data folder was at %(before)s and is at %(here)s.", before=before.folder, here=here.folder)


def _moved(before: Home, here: Home) -> None:
    """Every store asks; what was asked before stays as it was first found."""
    Installation.objects.update(**asdict(here), known_since=timezone.now())
    found: dict[str, Any] = {"before": asdict(before), "here": asdict(here)}
    for store in Store.objects.filter(read_only__isnull=True).select_for_update(no_key=True, of=("self",)):
        ReadOnly.objects.create(store=store, found=found)
        kind, actor = "read_only", Actor.RULE
        record(f"store:{store.pk}", kind, CLAUSE, store_id=store.pk, actor=actor)
