"""Forms that put right what a platform refused. Each is preset with what was sent, and notices when somebody else was
faster.
"""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from channel_manager.orders.fixing import Row
from channel_manager.orders.lifecycle import NotPossible
from channel_manager.orders.models import PurchaseOrder
from channel_manager.orders.rules.addresses import LONGEST, PARTS
from channel_manager.sync.models import SyncOperation
from channel_manager.web.formats import words
from channel_manager.web.forms.order import VersionedForm, reason_choices

CHANGED = gettext_lazy("This error changed while the page was open: look again, what you typed is kept.")
PART_NAMES = {
    "name": gettext_lazy("First and last name"),
    "street": gettext_lazy("Street"),
    "city": gettext_lazy("City"),
    "state": pgettext_lazy("address", "State"),
    "postcode": gettext_lazy("Postcode"),
    "phone": gettext_lazy("Telephone"),
}


def error_version(operation: SyncOperation) -> str:
    """Changes with what is wrong, not with how often it was tried."""
    sentence = (operation.error or {}).get("sentence")
    return hashlib.sha256(repr((operation.pk, operation.state, sentence)).encode()).hexdigest()[:16]


class FixForm(forms.Form):
    version = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, operation: SyncOperation, **options: Any) -> None:
        super().__init__(data, **options)
        self.current_version = error_version(operation)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("version") != self.current_version:
            self.add_error(None, str(CHANGED))
        return cleaned

    def refuse(self, refusal: NotPossible) -> None:
        names = (refusal.field, f"quantity-{refusal.field}")
        self.add_error(next((name for name in names if name in self.fields), None), words(refusal.sentence))


class FewerForm(FixForm):
    """One input for each line that the parcel or the cancellation has."""

    def __init__(
        self, data: Any = None, *, operation: SyncOperation, order: PurchaseOrder, rows: Sequence[Row], **options: Any
    ) -> None:
        super().__init__(data, operation=operation, **options)
        self.rows = rows
        for row in rows:
            self.fields[f"quantity-{row.line.number}"] = forms.IntegerField(
                min_value=0,
                max_value=row.quantity,
                initial=min(row.quantity, _open_at_marketplace(row)),
                label=_("Quantity of %(sku)s") % {"sku": row.line.sku},
                error_messages={"required": _("Enter a whole number."), "invalid": _("Enter a whole number.")},
                widget=forms.NumberInput(attrs={"inputmode": "numeric", "class": "quantity"}),
            )

    def lines(self) -> Iterator[tuple[Row, BoundField]]:
        for row in self.rows:
            yield row, self[f"quantity-{row.line.number}"]

    def request(self) -> dict[str, Any]:
        typed = {row.line.number: self.cleaned_data[f"quantity-{row.line.number}"] for row in self.rows}
        return {"quantities": typed}


class ReasonFixForm(FixForm):
    reason = forms.ChoiceField(label=gettext_lazy("Cancellation reason"))

    def __init__(self, data: Any = None, *, operation: SyncOperation, order: PurchaseOrder, **options: Any) -> None:
        super().__init__(data, operation=operation, **options)
        choice = self.fields["reason"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = reason_choices(buyer_asked=order.buyer_asked_at is not None)


class SkuForm(FixForm):
    """`skus` are those of the order's lines, `near` those of products that the shop sold before and that look alike."""

    sku = forms.ChoiceField(label=gettext_lazy("SKU at Walmart"))
    commerce_sku = forms.CharField(
        label=gettext_lazy("SKU in Commerce"),
        max_length=64,
        help_text=gettext_lazy("Counts from now on for every order of this store with this SKU."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "class": "number", "list": "near"}),
        error_messages={"required": gettext_lazy("Enter the SKU of the product in Commerce that is meant.")},
    )

    def __init__(
        self,
        data: Any = None,
        *,
        operation: SyncOperation,
        skus: Sequence[str],
        near: Sequence[str],
        **options: Any,
    ) -> None:
        super().__init__(data, operation=operation, **options)
        self.near = near
        choice = self.fields["sku"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [(sku, sku) for sku in skus]

    def request(self) -> dict[str, Any]:
        return {"sku": self.cleaned_data["sku"], "commerce_sku": self.cleaned_data["commerce_sku"]}


class AddressForm(FixForm):
    """`written` is Walmart's address by part; `wrong` the parts that the shop refuses."""

    def __init__(
        self,
        data: Any = None,
        *,
        operation: SyncOperation,
        written: dict[str, str],
        wrong: Sequence[str],
        **options: Any,
    ) -> None:
        super().__init__(data, operation=operation, **options)
        self.wrong = wrong
        for part in PARTS:
            widget = forms.Textarea(attrs={"rows": 2}) if part == "street" else forms.TextInput()
            widget.attrs["autocomplete"] = "off"
            self.fields[part] = forms.CharField(
                label=str(PART_NAMES[part]),
                max_length=LONGEST,
                required=False,
                widget=widget,
                help_text=_("Walmart gave: %(value)s") % {"value": written[part].replace("\n", ", ") or "–"},
            )

    def parts(self) -> Iterator[tuple[BoundField, bool]]:
        """Each input, and whether it is the one that the shop refuses."""
        for part in PARTS:
            yield self[part], part in self.wrong

    def request(self) -> dict[str, Any]:
        return {"parts": {part: "\n".join(self.cleaned_data[part].splitlines()) for part in PARTS}}


class CarrierChoiceForm(VersionedForm):
    carrier = forms.ChoiceField(
        label=gettext_lazy("Carrier at Walmart"),
        error_messages={
            "required": gettext_lazy("Choose the carrier."),
            "invalid_choice": gettext_lazy("Walmart does not know this carrier: choose one of the list."),
        },
    )

    def __init__(self, data: Any = None, *, order: PurchaseOrder, carriers: Sequence[str], **options: Any) -> None:
        super().__init__(data, order=order, **options)
        choice = self.fields["carrier"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [("", _("Choose a carrier")), *((name, name) for name in carriers)]


def _open_at_marketplace(row: Row) -> int:
    line = row.line
    return max(int(line.quantity) - int(line.reported_shipped) - int(line.reported_cancelled), 0)
