"""Forms of the channel settings and of the first connection."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from channel_manager.orders.models import REASONS, Treatment
from channel_manager.ports.messages import Reason
from channel_manager.stores.models import CarrierRule, OrderRules

MINUTE = "%Y-%m-%dT%H:%M"


class CarrierRuleForm(forms.ModelForm):  # type: ignore[type-arg] # takes no parameter at run time
    """`carriers` are the marketplace's own."""

    class Meta:
        model = CarrierRule
        fields = ["carrier_code", "title", "number_pattern", "carrier", "other_name", "tracking_url", "position"]
        labels = {"position": pgettext_lazy("rank", "Order")}
        help_texts = {
            "carrier_code": gettext_lazy("As in Commerce: ups, usps, fedex, dhl, custom or a carrier module's own."),
            "title": gettext_lazy("As typed beside the tracking number."),
            "number_pattern": gettext_lazy("* stands for anything, ? for one character, # for one digit."),
            "other_name": gettext_lazy("Only without a carrier of Walmart's own."),
            "tracking_url": gettext_lazy("Where the buyer follows the parcel, with {number} in the number's place."),
            "position": gettext_lazy("Rules are tried from the lowest number; the first that matches counts."),
        }

    def __init__(self, *args: Any, carriers: Sequence[str], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["carrier"] = forms.ChoiceField(
            label=_("Carrier at Walmart"),
            required=False,
            choices=[("", _("Another carrier")), *((name, name) for name in carriers)],
            error_messages={"invalid_choice": _("Walmart does not know this carrier: choose one of the list.")},
        )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not any(cleaned.get(name) for name in ("carrier_code", "title", "number_pattern")):
            self.add_error("carrier_code", _("Say when the rule counts: a code, a title or a number pattern."))
        if not cleaned.get("carrier"):
            self._check_other(cleaned)
        return cleaned

    def _check_other(self, cleaned: dict[str, Any]) -> None:
        url = cleaned.get("tracking_url", "")
        if not cleaned.get("other_name"):
            self.add_error("other_name", _("Choose one of Walmart's carriers, or name the other one."))
        if not url.startswith(("https://", "http://")) or "{number}" not in url:
            self.add_error("tracking_url", _("Walmart needs a web address that holds {number}."))


class OrderRulesForm(forms.ModelForm):  # type: ignore[type-arg] # as above
    class Meta:
        model = OrderRules
        fields = [
            "acknowledge",
            "default_reason",
            "use_relay_address",
            "placeholder_phone",
            "shipping_method",
            "payment_method",
            "mirror_refunds",
            "fit_refunds",
            "restock_returns",
            "refund_reason",
        ]
        help_texts = {
            "acknowledge": gettext_lazy("Walmart expects it within four hours of the order."),
            "default_reason": gettext_lazy("Used when an order is canceled in Commerce without one; empty: ask."),
            "use_relay_address": gettext_lazy("Commerce's own Edit and Reorder could then mail the buyer."),
            "shipping_method": gettext_lazy("Code of the method that Commerce places the order with."),
            "payment_method": gettext_lazy("Code of the method that Commerce places the order with."),
            "mirror_refunds": gettext_lazy(
                "Walmart refunds by itself 48 hours after the goods are back, and at once what the buyer keeps. On: "
                "Commerce gets the credit memo without a person. Off: the return asks for it."
            ),
            "fit_refunds": gettext_lazy(
                "Walmart computes its refund from units alone. On: an adjustment makes the credit memo say the same "
                "to the cent, unless one is typed. Off: a difference stays and must be agreed to."
            ),
            "restock_returns": gettext_lazy(
                "How the box is preset in the form, and what a credit memo made by rule does. On: units are for sale "
                "again at once, before anyone has looked at them. What the buyer keeps is never preset."
            ),
            "refund_reason": gettext_lazy(
                "Told to Walmart with a credit memo that was made in Commerce without a return, such as goodwill."
            ),
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        reason = self.fields["default_reason"]
        assert isinstance(reason, forms.ChoiceField)
        known = [(value, label) for value, label in REASONS if value != Reason.BUYER]
        reason.choices = [("", _("None: the order asks for it")), *known]


class ConfirmationForm(forms.Form):
    """From when orders are taken, in the viewer's time zone, and what becomes of older open ones."""

    orders_from = forms.DateTimeField(
        label=gettext_lazy("Take orders placed since"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MINUTE),
        error_messages={
            "invalid": gettext_lazy("Enter a day and an hour."),
            "required": gettext_lazy("Choose a start."),
        },
    )
    open_orders = forms.ChoiceField(
        label=gettext_lazy("Older orders that are still open"),
        widget=forms.RadioSelect,
        choices=[
            (Treatment.IGNORE, gettext_lazy("Leave them alone: they are finished where they were begun")),
            (Treatment.LINK, gettext_lazy("Link each to the Commerce order that already carries its number")),
            (Treatment.IMPORT, gettext_lazy("Create them in Commerce")),
        ],
        initial=Treatment.IGNORE,
        error_messages={"required": gettext_lazy("Choose what happens with them.")},
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["orders_from"].initial = timezone.localtime().strftime(MINUTE)
