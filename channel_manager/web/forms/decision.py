"""What a person says about a refund: what a credit memo made in Commerce means, and consent to a repair."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channel_manager.orders.models import PurchaseOrder
from channel_manager.orders.queries import UNFINISHED
from channel_manager.returns.models import Effect, Refund, Return
from channel_manager.stores.models import REFUND_REASONS
from channel_manager.web.forms.order import VersionedForm, reason_choices


class DecisionForm(VersionedForm):
    """`returned` is the open return of the order, if there is one to settle."""

    effect = forms.ChoiceField(
        label=gettext_lazy("What the credit memo means"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what it means: a wrong guess would refund twice.")},
    )
    cancellation_reason = forms.ChoiceField(
        label=gettext_lazy("Cancellation reason"),
        required=False,
        help_text=gettext_lazy("It stands in the buyer's notice."),
    )
    refund_reason = forms.ChoiceField(
        label=gettext_lazy("Refund reason"),
        required=False,
        choices=REFUND_REASONS,
        help_text=gettext_lazy("Walmart keeps it with the refund."),
    )

    def __init__(
        self, data: Any = None, *, order: PurchaseOrder, refund: Refund, returned: Return | None, **options: Any
    ) -> None:
        initial = {"refund_reason": order.store.rules.refund_reason}
        super().__init__(data, order=order, initial=initial, **options)
        meanings, reasons = self.fields["effect"], self.fields["cancellation_reason"]
        assert isinstance(meanings, forms.ChoiceField)
        assert isinstance(reasons, forms.ChoiceField)
        meanings.choices = _meanings(order, refund, returned)
        reasons.choices = reason_choices(buyer_asked=order.buyer_asked_at is not None)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("effect") == Effect.CANCELLATION and not cleaned.get("cancellation_reason"):
            words = _("Choose a reason: Walmart requires one and tells it to the buyer.")
            self.add_error("cancellation_reason", words)
        if cleaned.get("effect") == Effect.ORDER and not cleaned.get("refund_reason"):
            self.add_error("refund_reason", _("Choose a reason: Walmart requires one."))
        return cleaned

    def request(self) -> dict[str, Any]:
        effect = Effect(self.cleaned_data["effect"])
        reasons = {Effect.CANCELLATION: "cancellation_reason", Effect.ORDER: "refund_reason"}
        return {"effect": effect, "reason": self.cleaned_data[reasons[effect]] if effect in reasons else ""}


class RepairForm(forms.Form):
    agree = forms.BooleanField(
        error_messages={"required": gettext_lazy("Nothing was done: say that the Commerce order may be reopened.")}
    )


def _meanings(order: PurchaseOrder, refund: Refund, returned: Return | None) -> list[tuple[str, str]]:
    """Money alone cancels no unit, and nothing can be cancelled when all has left; without an open return there is
    none to settle.
    """
    has_units = bool(refund.lines.all())
    choices = [(Effect.ORDER, _("It refunds units that have shipped. Walmart pays the buyer the same amount."))]
    if has_units and order.status in UNFINISHED:
        words = _("It cancels units that have not shipped. Walmart cancels them and tells the buyer.")
        choices.insert(0, (Effect.CANCELLATION, words))
    if returned and has_units:
        words = _("It settles the open return %(number)s. Walmart refunds the return.") % {"number": returned.number}
        choices.append((Effect.RETURN, words))
    return [*choices, (Effect.NONE, _("Nothing is sent: Walmart knows of it already, or need not."))]
