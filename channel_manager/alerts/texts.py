"""What a message says: one line for each kind of thing, equal ones together, in the channel's language."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from channel_manager.alerts.models import Alert
from channel_manager.alerts.rules import ladder
from channel_manager.alerts.rules.ladder import Kind
from channel_manager.shared.sentences import Sentence
from channel_manager.stores.models import Store

NAMED = 5
"""Numbers in one line; the rest is counted."""
EXAMPLES = 3
URGENCY = [
    Kind.READ_ONLY,
    Kind.CONNECTION,
    Kind.ALREADY_SHIPPED,
    Kind.BUYER_ASKED,
    Kind.ACKNOWLEDGE_DUE,
    Kind.AUTO_CANCEL_DUE,
    Kind.SHIP_DUE,
    Kind.REFUND_DUE,
    Kind.ORDER_ERROR,
    Kind.NEEDS_ACTION,
    Kind.LISTINGS,
    Kind.OTHER_WRITER,
    Kind.SILENCE,
]


@dataclass(frozen=True, slots=True)
class Text:
    title: str
    body: str


def digest(store: Store, raised: Sequence[Alert], solved: Sequence[Alert], *, language: str) -> Text:
    """One message for all that was gathered, most urgent first."""
    with translation.override(language):
        parts = [_part(store, group) for group in _groups(raised)]
        if solved:
            parts.append("\n".join([_("Solved again:"), *(_solved(group) for group in _groups(solved))]))
        return Text(_title(store, len(raised)), "\n\n".join([*parts, _signature(store)]))


def test(store: Store, *, language: str) -> Text:
    with translation.override(language):
        title = _("%(store)s: test alert") % {"store": store.name}
        body = _("This is a test. Alerts of “%(store)s” arrive here.") % {"store": store.name}
        return Text(_line(title), f"{body}\n\n{_signature(store)}")


def words(sentence: Sentence) -> str:
    """In the language that is set."""
    return sentence.translated(translation.gettext)


def _groups(alerts: Iterable[Alert]) -> list[list[Alert]]:
    """Of one kind, rung and template each; in each the most urgent first."""

    def key(alert: Alert) -> tuple[int, int, str]:
        return URGENCY.index(Kind(alert.kind)), alert.rung, alert.words.template

    in_order = sorted(alerts, key=lambda one: (*key(one), one.due_at or one.raised_at, one.name))
    return [list(group) for _key, group in groupby(in_order, key)]


def _title(store: Store, count: int) -> str:
    if not count:
        return _line(_("%(store)s: solved again") % {"store": store.name})
    text = ngettext("%(store)s: %(count)s alert", "%(store)s: %(count)s alerts", count)
    return _line(text % {"store": store.name, "count": count})


def _part(store: Store, group: list[Alert]) -> str:
    said = list(dict.fromkeys(words(alert.words) for alert in group))
    about = {"head": _head(group), "said": said[0]}
    lines = [(_("%(head)s: %(said)s") if len(said) == 1 else _("%(head)s:")) % about]
    if len(said) > 1:
        lines += [f"- {one}" for one in said[:EXAMPLES]]
        lines += [_more(len(said) - EXAMPLES)] if len(said) > EXAMPLES else []
    return "\n".join([*lines, *_names(group), *_links(store, group)])


def _names(group: list[Alert]) -> list[str]:
    names = [alert.name for alert in group if alert.subject.startswith(("order:", "return:"))]
    if len(names) <= 1:
        return names
    more = [_more(len(names) - NAMED)] if len(names) > NAMED else []
    return [" ".join([_listed(names[:NAMED]), *more])]


def _listed(names: Iterable[str]) -> str:
    return pgettext("between names", ", ").join(names)


def _more(count: int) -> str:
    return ngettext("and %(count)s more", "and %(count)s more", count) % {"count": count}


def _head(group: list[Alert]) -> str:
    kind, at, count = Kind(group[0].kind), group[0].rung, len(group)
    if kind in ladder.DEADLINES:
        return _("%(what)s, %(when)s") % {"what": _deadline(kind, count), "when": _when(at)}
    return _heads(kind, count) % {"count": count, "side": group[0].name or _("Connection")}


def _heads(kind: Kind, count: int) -> str:
    return {
        Kind.ORDER_ERROR: ngettext(
            "%(count)s order or return with an error", "%(count)s orders or returns with errors", count
        ),
        Kind.NEEDS_ACTION: ngettext(
            "%(count)s order or return needs action", "%(count)s orders or returns need action", count
        ),
        Kind.BUYER_ASKED: ngettext(
            "The buyer of %(count)s order asked to cancel", "The buyers of %(count)s orders asked to cancel", count
        ),
        Kind.ALREADY_SHIPPED: ngettext(
            "%(count)s order was already shipped", "%(count)s orders were already shipped", count
        ),
        Kind.CONNECTION: _("%(side)s does not answer as it should"),
        Kind.LISTINGS: _("Stock or prices that Walmart does not have"),
        Kind.SILENCE: _("No new orders"),
        Kind.OTHER_WRITER: _("Somebody else works on this account"),
        Kind.READ_ONLY: _("This store is read-only"),
    }[kind]


def _deadline(kind: Kind, count: int) -> str:
    text = {
        Kind.ACKNOWLEDGE_DUE: ngettext("%(count)s order to acknowledge", "%(count)s orders to acknowledge", count),
        Kind.SHIP_DUE: ngettext("%(count)s order to ship", "%(count)s orders to ship", count),
        Kind.AUTO_CANCEL_DUE: ngettext(
            "%(count)s order before automatic cancellation", "%(count)s orders before automatic cancellation", count
        ),
        Kind.REFUND_DUE: ngettext("%(count)s return to refund", "%(count)s returns to refund", count),
    }[kind]
    return text % {"count": count}


def _when(minutes: int) -> str:
    if minutes == ladder.PASSED:
        return _("the deadline has passed")
    if minutes % 60:
        return _("less than %(minutes)s minutes left") % {"minutes": minutes}
    return _("less than %(hours)s h left") % {"hours": minutes // 60}


def _solved(group: list[Alert]) -> str:
    names = _listed(alert.name for alert in group[:NAMED] if alert.name)
    head = _head(group)
    return "- " + (_("%(head)s (%(names)s)") % {"head": head, "names": names} if names else head)


def _links(store: Store, group: list[Alert]) -> list[str]:
    """One for a single order or return, that of the list for more; none without a public address."""
    base = str(settings.PUBLIC_URL)
    return [base + _path(store, group)] if base else []


def _path(store: Store, group: list[Alert]) -> str:
    of, _colon, number = group[0].subject.partition(":")
    if of not in ("order", "return"):
        return reverse("home")
    if len(group) == 1:
        return reverse(of, args=[store.pk, int(number)])
    card = {Kind.ORDER_ERROR: "errors", Kind.BUYER_ASKED: "buyer_asked", Kind.NEEDS_ACTION: "needs_action"}
    return reverse(
        f"{of}s",
        args=[store.pk],
        query={"card": card.get(Kind(group[0].kind), "at_risk")},
    )


def _signature(store: Store) -> str:
    return _("Channel Manager, store “%(store)s”. Where alerts go is set under Channel settings › Alerts.") % {
        "store": store.name
    }


def _line(text: str) -> str:
    """A subject is one line."""
    return " ".join(text.split())[:200]
