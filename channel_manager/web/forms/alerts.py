"""The form of an alert channel."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channel_manager.alerts import addresses
from channel_manager.alerts.addresses import Address, NotAnAddress
from channel_manager.alerts.models import Channel
from channel_manager.alerts.rules import ladder
from channel_manager.web import labels
from channel_manager.web.formats import words

HOUR = 60


class WriteOnly(forms.TextInput):
    """What was typed is not given back, not even with a complaint."""

    def format_value(self, value: Any) -> None:
        return None


class ChannelForm(forms.ModelForm):  # type: ignore[type-arg] # takes no parameter at run time
    """The address is only ever typed: a channel that has one keeps it when nothing is."""

    address = forms.CharField(
        label=gettext_lazy("Address"),
        required=False,
        max_length=addresses.LONGEST,
        widget=WriteOnly(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=gettext_lazy(
            "An e-mail address, or the URL of a service in the form of apprise: ntfys://topic, slack://…, tgram://…, "
            "a webhook of Discord or Teams. It is encrypted and never shown again."
        ),
    )
    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("Tell when"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    rungs = forms.CharField(
        label=gettext_lazy("Hours before a deadline"),
        max_length=60,
        help_text=gettext_lazy(
            "Each once, such as 24, 4, 1, and once more when it has passed. One that is longer than the whole time of "
            "a deadline does not count for it: Walmart gives four hours to acknowledge."
        ),
    )

    class Meta:
        model = Channel
        fields = ["name", "language", "quiet_minutes", "tells_solved", "is_active"]
        labels = {"quiet_minutes": gettext_lazy("Gather for (minutes)")}
        help_texts = {
            "quiet_minutes": gettext_lazy("What comes within this time is one message."),
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.read: Address | None = None
        kinds, languages = self.fields["kinds"], settings.LANGUAGES
        assert isinstance(kinds, forms.MultipleChoiceField)
        kinds.choices = [(kind.value, label) for kind, label in labels.ALERT_KINDS.items() if kind not in ladder.ALWAYS]
        self.fields["language"] = forms.ChoiceField(label=_("Language"), choices=languages)
        self.fields["quiet_minutes"].validators += [_at_most_a_day]
        new = self.instance.pk is None
        chosen = [kind for kind, _label in kinds.choices] if new else self.instance.kinds
        rungs = ladder.DEFAULT if new else self.instance.rungs
        self.initial.update(kinds=chosen, rungs=", ".join(f"{minutes / HOUR:g}" for minutes in rungs))

    def clean_address(self) -> str:
        typed: str = self.cleaned_data["address"]
        if typed:
            try:
                self.read = addresses.read(typed)
            except NotAnAddress as refusal:
                raise forms.ValidationError(words(refusal.sentence)) from refusal
        elif self.instance.pk is None:
            raise forms.ValidationError(_("Say where alerts go."))
        return ""

    def clean_rungs(self) -> list[int]:
        """Minutes, most first."""
        typed = [part for part in self.cleaned_data["rungs"].replace(";", ",").split(",") if part.strip()]
        try:
            minutes = sorted({round(float(part) * HOUR) for part in typed}, reverse=True)
        except (ValueError, OverflowError):
            minutes = [0]
        if len(minutes) > ladder.MOST or any(not 1 <= each <= ladder.LONGEST for each in minutes):
            raise forms.ValidationError(
                _("Enter at most %(most)s numbers of hours with commas between, such as 24, 4, 1.")
                % {"most": ladder.MOST}
            )
        return minutes

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        name = cleaned.get("name")
        others = Channel.objects.filter(store=self.instance.store_id, name=name).exclude(pk=self.instance.pk)
        if name and others.exists():
            self.add_error("name", _("There is a channel of this name already."))
        return cleaned

    def channel(self) -> Channel:
        """As it was filled in, not saved."""
        channel: Channel = self.instance
        channel.kinds, channel.rungs = self.cleaned_data["kinds"], self.cleaned_data["rungs"]
        return channel


def _at_most_a_day(minutes: int) -> None:
    if minutes > 24 * HOUR:
        raise forms.ValidationError(_("At most 1440 minutes: a day."))
