"""Forms that change an order. Each carries the order's version, so that a page that was left open is noticed, and a
marker of its own, so that sending it twice does it once.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any
from uuid import UUID, uuid4, uuid5

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channel_manager.history.models import Event
from channel_manager.orders.lifecycle import NotPossible
from channel_manager.orders.models import REASONS, PurchaseOrder
from channel_manager.orders.queries import LineRow, happened_since, latest_event, version
from channel_manager.ports.documents import Track
from channel_manager.ports.messages import Reason
from channel_manager.web import asked
from channel_manager.web.formats import words

STALE = gettext_lazy("This order changed while the page was open: look again, what you typed is kept.")


class VersionedForm(forms.Form):
    """`places` names the input that shows an action's complaint about a field it calls otherwise; `stale` is what a
    page that was left open says.
    """

    marker = forms.UUIDField(required=False, widget=forms.HiddenInput)
    version = forms.CharField(required=False, widget=forms.HiddenInput)
    places: dict[str, str] = {}
    stale: Any = STALE

    def __init__(self, data: Any = None, *, order: PurchaseOrder, **options: Any) -> None:
        super().__init__(data, **options)
        self.order = order
        self.fresh_marker = uuid4()
        self.sent: Mapping[str, Any] = data or {}

    @cached_property
    def current_version(self) -> str:
        return version(self.order, self.order.lines.all())

    @cached_property
    def seen(self) -> int | None:
        """What had happened when the page was made; None on a form that does not tell what happened since."""
        return latest_event(self.order)

    @cached_property
    def happened(self) -> list[Event]:
        """What happened while a page that is stale was open."""
        before = asked.number(str(self.sent.get("seen", "")))
        stale = self.is_bound and self.sent.get("version") != self.current_version
        return happened_since(self.order, before) if stale and before is not None else []

    @property
    def carried_marker(self) -> UUID:
        """What the page came with; a page without one gets the new one."""
        try:
            return UUID(str(self.sent.get("marker", "")))
        except ValueError:
            return self.fresh_marker

    @property
    def mark(self) -> UUID:
        """Names what this form asks for: its own for every order, whatever a page says."""
        return uuid5(self.carried_marker, self.order.subject)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("version") != self.current_version:
            self.add_error(None, str(self.stale))
        return cleaned

    def refuse(self, refusal: NotPossible) -> None:
        """Show what an action refused beside the input that it names."""
        place = self.places.get(refusal.field, refusal.field)
        self.add_error(place if place in self.fields else None, words(refusal.sentence))


class PreviewedForm(VersionedForm):
    """May be sent with `preview`: then it is only checked, and what it would do is shown."""

    @property
    def previews(self) -> bool:
        return self.is_bound and "preview" in self.sent

    @property
    def is_sent(self) -> bool:
        return self.is_bound and not self.previews


class QuantitiesForm(PreviewedForm):
    """One input for each line of the order, named by the line's number. `line`: the only one that is preset."""

    def __init__(
        self, data: Any = None, *, order: PurchaseOrder, rows: Sequence[LineRow], line: str = "", **options: Any
    ) -> None:
        super().__init__(data, order=order, **options)
        self.rows = rows
        self.line = line if any(row.line.number == line for row in rows) else ""
        for row in rows:
            self.fields[f"quantity-{row.line.number}"] = self._field(row)
        self.places = self.places | {row.line.number: f"quantity-{row.line.number}" for row in rows}

    @cached_property
    def current_version(self) -> str:
        return version(self.order, [row.line for row in self.rows])

    def lines(self) -> Iterator[tuple[LineRow, BoundField]]:
        for row in self.rows:
            yield row, self[f"quantity-{row.line.number}"]

    def quantities(self) -> dict[str, int]:
        """By line number; lines left at nothing are not part of it."""
        typed = {row.line.number: self.cleaned_data.get(f"quantity-{row.line.number}") or 0 for row in self.rows}
        return {number: quantity for number, quantity in typed.items() if quantity}

    @property
    def are_quantities_right(self) -> bool:
        """Whether what is typed can be counted; presets always can."""
        return not self.is_bound or not {name for name in self.errors if name.startswith("quantity-")}

    def chosen(self) -> list[tuple[LineRow, int]]:
        """What is typed, of a fresh page what is preset; lines left at nothing are left out."""
        if not self.is_bound:
            units = {row.line.number: self._preset(row) for row in self.rows}
        else:
            units = self.quantities() if self.are_quantities_right else {}
        return [(row, units[row.line.number]) for row in self.rows if units.get(row.line.number)]

    def preset(self, row: LineRow) -> int:
        return row.open

    def _preset(self, row: LineRow) -> int:
        if self.line:
            return row.open if row.line.number == self.line else 0
        return self.preset(row)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.errors and not self.quantities():
            self.add_error(None, _("Choose at least one unit."))
        return cleaned

    def _field(self, row: LineRow) -> forms.IntegerField:
        above = _("This line has only %(open)s open.") % {"open": row.open}
        messages = {
            "invalid": _("Enter a whole number."),
            "min_value": _("A quantity cannot be negative."),
            "max_value": above,
        }
        return forms.IntegerField(
            required=False,
            min_value=0,
            max_value=row.open,
            initial=self._preset(row),
            label=_("Quantity of %(sku)s") % {"sku": row.line.sku},
            error_messages=messages,
            widget=forms.NumberInput(attrs={"inputmode": "numeric", "class": "quantity"}),
        )


class CancellationForm(QuantitiesForm):
    reason = forms.ChoiceField(
        label=gettext_lazy("Cancellation reason"),
        error_messages={"required": gettext_lazy("Choose a reason: Walmart requires one and tells it to the buyer.")},
    )

    confirmed = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, data: Any = None, *, order: PurchaseOrder, rows: Sequence[LineRow], sku: str = "", **options: Any
    ) -> None:
        """`sku`: the product that the cancellation is about, where a page knows it. `confirmed`: the units that the
        page named beside its last button, if it did.
        """
        self.asked = any(row.line.buyer_asked_to_cancel for row in rows)
        self.sku = sku if any(row.line.sku == sku for row in rows) else ""
        super().__init__(data, order=order, rows=rows, **options)
        choice = self.fields["reason"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = reason_choices(buyer_asked=self.asked)

    def preset(self, row: LineRow) -> int:
        """What is open; of one product or of the lines that the buyer asked about, where it is about those."""
        if self.sku:
            return row.open if row.line.sku == self.sku else 0
        return row.open if row.line.buyer_asked_to_cancel or not self.asked else 0

    @property
    def named_units(self) -> str:
        """The units that the page names, as `confirmed` carries them."""
        return " ".join(f"{row.line.number}:{units}" for row, units in self.chosen())

    @property
    def total_units(self) -> int:
        return sum(units for _row, units in self.chosen())

    @property
    def left_open(self) -> int:
        """Units that stay open."""
        return sum(row.open for row in self.rows) - self.total_units

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.is_sent and not self.errors and self.sent.get("confirmed", self.named_units) != self.named_units:
            self.add_error(None, _("The quantities were changed after they were named: look again, then press again."))
        return cleaned

    def reasons(self) -> list[Reason]:
        """Those that are offered."""
        return [Reason(value) for value, _label in reason_choices(buyer_asked=self.asked) if value]

    def request(self) -> dict[str, Any]:
        return {
            "quantities": self.quantities(),
            "reason": Reason(self.cleaned_data["reason"]),
            "marker": self.mark,
        }


class ReasonForm(VersionedForm):
    reason = forms.ChoiceField(label=gettext_lazy("Cancellation reason"))

    def __init__(self, data: Any = None, *, order: PurchaseOrder, **options: Any) -> None:
        super().__init__(data, order=order, **options)
        choice = self.fields["reason"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = reason_choices(buyer_asked=order.buyer_asked_at is not None)


class ConfirmedForm(VersionedForm):
    """A button: nothing is typed. What happened meanwhile stands on the page that it leads back to."""

    seen = None


class SettlementForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why it is settled"),
        max_length=300,
        help_text=gettext_lazy("For the record: what was done by hand, and where."),
        error_messages={"required": gettext_lazy("Say why: it stays in the order's history.")},
    )


def reason_choices(*, buyer_asked: bool) -> list[tuple[str, Any]]:
    """The buyer's reason is offered only when the buyer did ask (glossary, orders)."""
    offered = [(value, label) for value, label in REASONS if buyer_asked or value != Reason.BUYER]
    return [("", _("Choose a reason")), *offered]


def track_of(cleaned: dict[str, Any]) -> Track:
    return Track(carrier_code=cleaned["carrier"], title=cleaned["title"], number=cleaned["number"])
