"""The credit memo form: units of a return, what goes back to stock, amounts, and what both sides come to."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import UUID, uuid5

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channel_manager.history.models import Event
from channel_manager.orders.models import PurchaseOrder
from channel_manager.returns.actions import Units
from channel_manager.returns.models import Return
from channel_manager.returns.queries import LineRow, MemoDraft, happened_since, latest_event, memo_draft, version
from channel_manager.returns.refunding import Terms
from channel_manager.shared.money import ZERO
from channel_manager.web import asked
from channel_manager.web.formats import money
from channel_manager.web.forms.order import VersionedForm

STALE = gettext_lazy("This return changed while the page was open: look again, what you typed is kept.")


class AmountField(forms.CharField):
    """Digits with at most two decimals after a point; nothing typed is nothing."""

    def __init__(self, **options: Any) -> None:
        attrs = {"inputmode": "decimal", "autocomplete": "off", "class": "quantity"}
        super().__init__(required=False, widget=forms.TextInput(attrs=attrs), **options)

    def clean(self, value: Any) -> Decimal:
        text = str(super().clean(value)).strip()
        if sentence := _why_no_amount(text):
            raise forms.ValidationError(sentence)
        return Decimal(text) if text else ZERO


def _why_no_amount(text: str) -> str:
    if not text or re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,2})?", text):
        return ""
    if "," in text:
        return _("Write a point before the decimals and no comma: 12.50.")
    if re.fullmatch(r"-[0-9.]+", text):
        return _("An amount cannot be negative.")
    if re.fullmatch(r"[0-9]+\.[0-9]{3,}", text):
        return _("An amount has at most two decimals: 12.50.")
    if re.fullmatch(r"[0-9]{7,}(\.[0-9]*)?", text):
        return _("An amount is below 1000000.")
    return _("Write an amount as digits: 12.50.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """What the marketplace pays and what the memo says. `memo` is before adjustments; `fitted`: one is made by rule."""

    walmart: Decimal
    memo: Decimal
    typed: Decimal
    fitted: bool

    @property
    def adjustment(self) -> Decimal:
        return self.walmart - self.memo if self.fitted else self.typed

    @property
    def total(self) -> Decimal:
        return self.memo + self.adjustment

    @property
    def difference(self) -> Decimal:
        """What remains of it; above zero the marketplace pays more than the memo says."""
        return self.walmart - self.total


class CreditMemoForm(VersionedForm):
    """For the lines of a return that belong to one order. A press on *Calculate* shows the sums and decides nothing."""

    stale = STALE

    comment = forms.CharField(
        label=gettext_lazy("Comment"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Stands on the credit memo in Commerce; the buyer is not told."),
    )
    shipping = AmountField(label=gettext_lazy("Shipping, before tax"))
    plus = AmountField(label=gettext_lazy("Adjustment refund"), help_text=gettext_lazy("Makes the credit memo larger."))
    minus = AmountField(label=gettext_lazy("Adjustment fee"), help_text=gettext_lazy("Makes the credit memo smaller."))
    differ = forms.BooleanField(
        required=False,
        label=gettext_lazy("The amounts may differ. My name is recorded with it."),
    )
    repair = forms.BooleanField(
        required=False,
        label=gettext_lazy("Reopen the canceled Commerce order for what has shipped, so that it can be refunded."),
    )

    def __init__(
        self, data: Any = None, *, returned: Return, order: PurchaseOrder, draft: MemoDraft, **options: Any
    ) -> None:
        super().__init__(data, order=order, initial={"shipping": draft.shipping}, **options)
        self.returned, self.draft = returned, draft
        self.calculates = "calculate" in self.sent
        self.is_sent = self.is_bound and not self.calculates
        left = money(draft.shipping_left, returned.currency)
        self.fields["shipping"].help_text = _("Not refunded yet: %(amount)s.") % {"amount": left}
        self.places = {}
        for row in draft.rows:
            self.places[row.line.number] = f"quantity-{row.line.number}"
            if row.why_not is None:
                self.fields[f"quantity-{row.line.number}"] = self._quantity(row)
                self.fields[f"restock-{row.line.number}"] = self._restock(row)

    @cached_property
    def current_version(self) -> str:
        return version(self.returned, [row.line for row in self.draft.rows])

    @property
    def mark(self) -> UUID:
        """Names what this form asks for: its own for every return and order, whatever a page says."""
        return uuid5(self.carried_marker, f"{self.returned.subject} {self.order.subject}")

    @property
    def may_send(self) -> bool:
        return any(row.why_not is None for row in self.draft.rows)

    @cached_property
    def seen(self) -> int:
        """What had happened when the page was made."""
        return latest_event(self.returned, self.order)

    @cached_property
    def happened(self) -> list[Event]:
        """What happened while a page that is stale was open."""
        before = asked.number(str(self.sent.get("seen", "")))
        stale = self.is_sent and self.sent.get("version") != self.current_version
        return happened_since(self.returned, self.order, before) if stale and before is not None else []

    @property
    def is_readable(self) -> bool:
        """Whether what is typed has sums."""
        counted = {"shipping", "plus", "minus", *self.places.values()}
        return not counted & set(self.errors)

    @cached_property
    def sums(self) -> Sums:
        """Of what is typed, as far as it can be read; of the draft on a fresh page."""
        typed: Mapping[str, Any] = self.cleaned_data if self.is_bound and self.errors is not None else {}
        draft = self.draft
        if self.is_bound:
            shipping = typed.get("shipping", ZERO)
            draft = memo_draft(self.returned, self.order, self.quantities(), shipping=shipping)
        plus, minus = typed.get("plus", ZERO), typed.get("minus", ZERO)
        fitted = self.returned.store.rules.fit_refunds and not plus and not minus
        return Sums(walmart=draft.walmart, memo=draft.commerce, typed=plus - minus, fitted=fitted)

    def lines(self) -> Iterator[tuple[LineRow, BoundField | None, BoundField | None]]:
        """Each line with its inputs, if it can be refunded."""
        for row in self.draft.rows:
            number = row.line.number
            open_ = row.why_not is None
            yield row, self[f"quantity-{number}"] if open_ else None, self[f"restock-{number}"] if open_ else None

    def quantities(self) -> dict[str, int]:
        """By line of the return; lines left at nothing are not part of it."""
        typed = {row.line.number: self.cleaned_data.get(f"quantity-{row.line.number}") or 0 for row in self.draft.rows}
        return {number: quantity for number, quantity in typed.items() if quantity}

    def clean(self) -> dict[str, Any]:
        if self.calculates:
            return self.cleaned_data
        cleaned = super().clean()
        if not self.errors and not self.quantities():
            self.add_error(None, _("Choose at least one unit."))
        if self.draft.canceled_in_commerce and not cleaned.get("repair"):
            self.add_error(
                "repair", _("Commerce takes no credit memo of a canceled order. Agree, or leave it as it is.")
            )
        if not self.errors and self.sums.difference and not cleaned.get("differ"):
            self.add_error("differ", _("Both sides would not agree. Say that this is wanted, or change the amounts."))
        return cleaned

    def request(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        return {
            "lines": {
                number: Units(quantity, restock=cleaned[f"restock-{number}"])
                for number, quantity in self.quantities().items()
            },
            "terms": Terms(
                shipping=cleaned["shipping"],
                plus=cleaned["plus"],
                minus=cleaned["minus"],
                fit=self.sums.fitted,
                repair=cleaned["repair"],
                comment=cleaned["comment"],
            ),
            "marker": self.mark,
        }

    def _quantity(self, row: LineRow) -> forms.IntegerField:
        left = row.facts.room
        return forms.IntegerField(
            required=False,
            min_value=0,
            max_value=left,
            initial=left,
            label=_("Quantity of %(sku)s") % {"sku": row.line.sku},
            error_messages={
                "invalid": _("Enter a whole number."),
                "min_value": _("A quantity cannot be negative."),
                "max_value": _("Only %(left)s of this line can be refunded.") % {"left": left},
            },
            widget=forms.NumberInput(attrs={"inputmode": "numeric", "class": "quantity"}),
        )

    def _restock(self, row: LineRow) -> forms.BooleanField:
        """By the store's rule, but never for what does not come back."""
        comes_back = row.line.goods_expected and not row.line.keep_it
        return forms.BooleanField(
            required=False,
            initial=self.returned.store.rules.restock_returns and comes_back,
            label=_("Return %(sku)s to stock") % {"sku": row.line.sku},
        )
