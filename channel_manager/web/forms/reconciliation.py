"""What a person says about a check: its period, and why a difference may stay."""

from django import forms
from django.utils.translation import gettext_lazy

from channel_manager.reconciliation.runs import DAYS, LONGEST_DAYS

PERIODS = [
    (1, gettext_lazy("1 day")),
    (7, gettext_lazy("7 days")),
    (DAYS, gettext_lazy("30 days")),
    (90, gettext_lazy("90 days")),
    (LONGEST_DAYS, gettext_lazy("179 days, as far back as Walmart shows")),
]


class PeriodForm(forms.Form):
    days = forms.TypedChoiceField(label=gettext_lazy("Period"), choices=PERIODS, coerce=int, initial=DAYS)


class DismissalForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why it may stay"),
        max_length=300,
        help_text=gettext_lazy("For the record. It comes back when the difference changes."),
        error_messages={"required": gettext_lazy("Say why: it stays in the order's history.")},
    )
