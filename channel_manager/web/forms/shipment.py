"""The shipment form: quantities, and a carrier and number for each parcel."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channel_manager.orders.actions import check_track
from channel_manager.orders.lifecycle import NotPossible
from channel_manager.orders.models import PurchaseOrder, ShipmentTrack
from channel_manager.orders.queries import LineRow
from channel_manager.orders.rules.parcels import CARRIERS, CUSTOM
from channel_manager.orders.rules.tracking_numbers import remark, suggested
from channel_manager.ports.documents import Track
from channel_manager.shared.sentences import Sentence
from channel_manager.stores.carriers import Rule
from channel_manager.web.formats import words
from channel_manager.web.forms.order import PreviewedForm, QuantitiesForm, track_of

MOST_TRACKS = 10
LONGEST_NUMBER = 100


class TrackForm(forms.Form):
    """The carrier codes are Commerce's own (commerce-api §11). `suggested` is the carrier that was set by the number's
    form: it may follow the number, one that a person chose does not. Only another carrier has a title of its own.
    """

    carrier = forms.ChoiceField(
        label=gettext_lazy("Carrier"),
        choices=[("", gettext_lazy("Choose a carrier")), *CARRIERS.items(), (CUSTOM, gettext_lazy("Another carrier"))],
        error_messages={
            "required": gettext_lazy("Choose the carrier."),
            "invalid_choice": gettext_lazy("Commerce does not know this carrier: choose one of the list."),
        },
    )
    title = forms.CharField(
        label=gettext_lazy("Title"),
        max_length=255,
        required=False,
        help_text=gettext_lazy("The carrier's name, as the buyer reads it."),
    )
    number = forms.CharField(
        label=gettext_lazy("Tracking number"),
        max_length=LONGEST_NUMBER,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "class": "number"}),
        error_messages={
            "required": gettext_lazy("Enter the tracking number: Walmart requires one for every shipment.")
        },
    )

    suggested = forms.CharField(required=False, max_length=32, widget=forms.HiddenInput)

    def clean_number(self) -> str:
        """Numbers are pasted with the blanks that carriers print in them."""
        return "".join(str(self.cleaned_data["number"]).split())

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        carrier = cleaned.get("carrier", "")
        if carrier == CUSTOM and not cleaned.get("title"):
            self.add_error("title", _("Name the carrier: another carrier needs a title."))
        cleaned["title"] = CARRIERS.get(carrier, cleaned.get("title", ""))
        return cleaned

    @property
    def typed_carrier(self) -> str:
        return str(self["carrier"].value() or "")

    @property
    def carrier_name(self) -> str:
        """The carrier as people call it."""
        return CARRIERS.get(self.typed_carrier) or str(self["title"].value() or "")

    @property
    def by_number(self) -> bool:
        """Whether the carrier is the number's own; a person's choice never is."""
        return self.typed_carrier == str(self["suggested"].value() or "")

    @property
    def remark(self) -> Sentence | None:
        """What is odd about a number that can be sent."""
        if not self.is_bound or self.errors:
            return None
        return remark(track_of(self.cleaned_data))

    @property
    def wrong_so_far(self) -> list[str]:
        """What is wrong with what is typed; what is still missing is not wrong yet."""
        if not self.is_bound:
            return []
        found = [error for errors in self.errors.as_data().values() for error in errors if error.code != "required"]
        return [str(sentence) for error in found for sentence in error.messages]

    def fits(self, order: PurchaseOrder) -> bool:
        """Whether it can be sent as a parcel of this order; what is wrong with it is shown beside it."""
        if self.is_bound and (self.is_valid() or "number" in self.cleaned_data):
            try:
                check_track(order, track_of({"carrier": "", "title": "", **self.cleaned_data}))
            except NotPossible as refusal:
                self.add_error(refusal.field, words(refusal.sentence))
        return self.is_valid()


class TrackingForm(PreviewedForm, TrackForm):
    """A new number or carrier for a shipment that is held or was refused."""

    def __init__(self, data: Any = None, *, order: PurchaseOrder, rules: Sequence[Rule] = (), **options: Any) -> None:
        shown = follow_number(data, [""], rules) if data is not None and "preview" in data else data
        super().__init__(shown, order=order, **options)

    def clean(self) -> dict[str, Any]:
        """The title that the form was preset with is the old carrier's: it does not name another one."""
        cleaned = super().clean()
        carrier = cleaned.get("carrier", "")
        if carrier != self.initial.get("carrier") and cleaned.get("title") == self.initial.get("title"):
            cleaned["title"] = CARRIERS.get(carrier, cleaned.get("title", ""))
        return cleaned

    def track(self) -> Track:
        return track_of(self.cleaned_data)


class ShipmentForm(QuantitiesForm):
    """`tracks` are forms of their own; the first one shows what an action says about carrier and number."""

    comment = forms.CharField(
        label=gettext_lazy("Comment"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    source_code = forms.SlugField(
        label=gettext_lazy("Source"),
        max_length=64,
        required=False,
        help_text=gettext_lazy("The code of the inventory source in Commerce; empty for its default."),
    )
    override = forms.BooleanField(
        label=gettext_lazy("Ship although the buyer asked to cancel. My name is recorded with it."), required=False
    )

    def __init__(
        self,
        data: Any = None,
        *,
        order: PurchaseOrder,
        rows: Sequence[LineRow],
        rules: Sequence[Rule] = (),
        **options: Any,
    ) -> None:
        """A press on the button for one more row shows the form again as it is, unchecked. `rules`: the store's
        carrier map, whose patterns suggest carriers.
        """
        adds_track = data is not None and "add_track" in data
        typed = data.dict() if adds_track else {}
        count = min(_count((data or {}).get("tracks", "")) + adds_track, MOST_TRACKS)
        prefixes = [f"track-{index}" for index in range(count)]
        if data is not None and "preview" in data:
            data = follow_number(data, [f"{prefix}-" for prefix in prefixes], rules)
        super().__init__(None if adds_track else data, order=order, rows=rows, initial=typed, **options)
        self.sent, self.rules = data or {}, rules
        self.asked = any(row.line.buyer_asked_to_cancel and row.open for row in rows)
        if not self.asked:
            del self.fields["override"]
        self.tracks = [_track_form(None if adds_track else data, typed, prefix) for prefix in prefixes]

    def is_valid(self) -> bool:
        checked = [track.fits(self.order) for track in self.tracks]
        return super().is_valid() and all(checked)

    def refuse(self, refusal: NotPossible) -> None:
        if refusal.field in ("carrier", "title", "number"):
            self.tracks[0].add_error(refusal.field, words(refusal.sentence))
        else:
            super().refuse(refusal)

    def request(self) -> dict[str, Any]:
        return {
            "quantities": self.quantities(),
            "tracks": [track_of(track.cleaned_data) for track in self.tracks],
            "comment": self.cleaned_data["comment"],
            "source_code": self.cleaned_data["source_code"],
            "override": self.cleaned_data.get("override", False),
            "marker": self.mark,
        }


def preset(tracks: Iterable[ShipmentTrack]) -> dict[str, str]:
    """What a shipment was sent with, as the form writes it."""
    track = next(iter(tracks), None)
    if track is None:
        return {}
    code = track.carrier_code if track.carrier_code in CARRIERS else CUSTOM
    title = (track.title or track.carrier_code) if code == CUSTOM else ""
    return {"carrier": code, "title": title, "number": track.number}


def follow_number(data: Any, prefixes: Sequence[str], rules: Sequence[Rule]) -> Any:
    """The same input with each carrier that no person chose set to the one that its number suggests."""
    followed = data.copy()
    for prefix in prefixes:
        typed = {name: str(data.get(f"{prefix}{name}", "")) for name in ("carrier", "title", "number", "suggested")}
        if typed["carrier"] not in ("", typed["suggested"]):
            followed[f"{prefix}suggested"] = ""
            continue
        found = _carrier_of("".join(typed["number"].split())[:LONGEST_NUMBER], rules)
        followed[f"{prefix}carrier"] = followed[f"{prefix}suggested"] = found.carrier
        if found.carrier == CUSTOM or typed["carrier"] == CUSTOM:
            followed[f"{prefix}title"] = found.title
    return followed


@dataclass(frozen=True, slots=True)
class Followed:
    carrier: str = ""
    title: str = ""


def _carrier_of(number: str, rules: Sequence[Rule]) -> Followed:
    found = suggested(number, rules)
    if found is None:
        return Followed()
    return Followed(found.code) if found.code in CARRIERS else Followed(CUSTOM, found.title or found.code)


def _track_form(data: Any, typed: dict[str, str], prefix: str) -> TrackForm:
    initial = {name: typed.get(f"{prefix}-{name}", "") for name in TrackForm.base_fields}
    return TrackForm(data, prefix=prefix, initial=initial)


def _count(typed: str) -> int:
    """How many rows the page had; at least one."""
    return max(1, int(typed)) if typed.isascii() and typed.isdecimal() and len(typed) < 4 else 1
