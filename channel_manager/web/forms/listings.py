"""What the address of the Listings page asks for, and the forms of rules for stock and price."""

import re
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from functools import cached_property
from typing import Any, Self
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channel_manager.catalog.actions import ListingRules
from channel_manager.catalog.models import CatalogRules, Listing
from channel_manager.catalog.queries import Wanted, cards
from channel_manager.catalog.queries.listing import RULES
from channel_manager.catalog.rules.prices import CENT
from channel_manager.catalog.rules.stock import LARGEST
from channel_manager.web import asked
from channel_manager.web.forms.merging import MergingForm
from channel_manager.web.labels import LISTING_CARDS, LISTING_RULES, PUBLISHED

LONGEST = 64
CODE = re.compile(r"[a-z][a-z0-9_]*")
UNITS = ("buffer", "minimum", "cap")
PRICES = ("lowest_price", "highest_price")


@dataclass(frozen=True)
class ListState:
    """The page's whole state, as texts of its address. Anything an address cannot ask for is left out."""

    card: str = ""
    search: str = ""
    published: str = ""
    rules: str = ""
    after: str = ""
    before: str = ""

    @classmethod
    def of(cls, request: HttpRequest) -> Self:
        typed = {field.name: _clean(request.GET.get(field.name, "")) for field in fields(cls)}
        return cls(**{name: value for name, value in typed.items() if value in KNOWN.get(name, (value,))})

    def wanted(self) -> Wanted:
        return Wanted(**{field.name: getattr(self, field.name) for field in fields(self)})

    @cached_property
    def filters(self) -> dict[str, str]:
        """What narrows the list, without card, search and place."""
        return {name: value for name in ("published", "rules") if (value := getattr(self, name))}

    @property
    def kept(self) -> dict[str, str]:
        """What a search leaves as it was."""
        return {"card": self.card, **self.filters}

    def query(self, **changed: str) -> str:
        """The address's part behind the question mark. A change leads to the first page."""
        state = replace(self, **({"after": "", "before": ""} | changed))
        return urlencode([(field.name, value) for field in fields(state) if (value := getattr(state, field.name))])

    def link(self, page: str, **changed: str) -> str:
        query = self.query(**changed)
        return f"{page}?{query}" if query else page

    def chips(self) -> list[tuple[str, str]]:
        """Each filter that is set, in words, with the parameter that removes it."""
        words: Mapping[str, Any] = {
            "card": LISTING_CARDS.get(self.card, ""),
            "search": f"“{self.search}”",
            "published": PUBLISHED.get(self.published, ""),
            "rules": LISTING_RULES.get(self.rules, ""),
        }
        return [(str(text), name) for name, text in words.items() if getattr(self, name)]


KNOWN: Mapping[str, frozenset[str]] = {
    "card": frozenset({"", *cards()}),
    "published": frozenset({"", *PUBLISHED}),
    "rules": frozenset({"", *RULES}),
}


def _clean(text: str) -> str:
    return text.replace("\x00", "").strip()[: asked.LONGEST_SEARCH]


# ---- rules -------------------------------------------------------------------------------------------------------


class BoundsForm(MergingForm):
    """Figures of which some bound others, also those of the store where none is typed."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in UNITS:
            self.fields[name] = forms.IntegerField(
                label=self.fields[name].label,
                help_text=self.fields[name].help_text,
                required=self.fields[name].required,
                min_value=0,
                max_value=LARGEST,
                widget=forms.NumberInput(attrs={"class": "quantity"}),
            )
        for name in PRICES:
            self.fields[name] = forms.DecimalField(
                label=self.fields[name].label,
                help_text=self.fields[name].help_text,
                required=False,
                min_value=CENT,
                max_digits=9,
                decimal_places=2,
                widget=forms.NumberInput(attrs={"class": "quantity", "step": "0.01"}),
            )
        self.merge()

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        minimum, cap = self.effective("minimum"), self.effective("cap")
        if minimum is not None and cap is not None and minimum > cap:
            self.refuse(("minimum", "cap"), _("None would ever be shown: at most %(cap)s are.") % {"cap": cap})
        lowest, highest = self.effective("lowest_price"), self.effective("highest_price")
        if lowest is not None and highest is not None and lowest > highest:
            words = _("No price would be allowed: the highest is %(highest)s.") % {"highest": highest}
            self.refuse(PRICES, words)
        return cleaned

    def effective(self, name: str) -> Decimal | int | None:
        """What will count, if what was typed can be read."""
        found: Decimal | int | None = self.cleaned_data.get(name)
        return found

    def refuse(self, names: tuple[str, ...], words: str) -> None:
        """Beside the field that was typed into last, where one of them was not."""
        changed = [name for name in names if self.cleaned_data.get(name) is not None]
        self.add_error(changed[0] if changed else names[0], words)


class ListingRulesForm(BoundsForm):
    """One listing's own rules; what is empty is the store's."""

    class Meta:
        model = Listing
        fields = ["paused", *UNITS, *PRICES]
        help_texts = {
            "paused": gettext_lazy("Neither stock nor price of it is sent. What Walmart shows stays as it is."),
        }

    def __init__(self, data: Any = None, *, listing: Listing, store_rules: CatalogRules) -> None:
        self.store_rules = store_rules
        # Validation writes into the instance: the page goes on showing what is stored.
        super().__init__(data, instance=copy(listing))
        for name in (*UNITS, *PRICES):
            own = getattr(store_rules, name)
            self.fields[name].help_text = (
                _("Empty: as for the whole store, %(value)s.") % {"value": own}
                if own is not None
                else _("Empty: as for the whole store, no bound.")
            )

    def effective(self, name: str) -> Decimal | int | None:
        typed = super().effective(name)
        found: Decimal | int | None = getattr(self.store_rules, name) if typed is None else typed
        return None if name in self.errors else found

    def wanted(self) -> ListingRules:
        return ListingRules(**self.cleaned_data)


class CatalogRulesForm(BoundsForm):
    """A store's rules."""

    class Meta:
        model = CatalogRules
        fields = ["attribute", *UNITS, "use_special_price", *PRICES, "most_change"]
        help_texts = {
            "attribute": gettext_lazy(
                "Code of a yes/no attribute in Commerce. Empty: every product of the website is connected."
            ),
            "buffer": gettext_lazy("Units that Walmart's buyers never see: for what is sold elsewhere meanwhile."),
            "minimum": gettext_lazy("With fewer units left, none are shown."),
            "cap": gettext_lazy("However many there are."),
            "use_special_price": gettext_lazy("The first and the last day count, in the shop's own time zone."),
            "lowest_price": gettext_lazy("A price below it is not sent before somebody approves it."),
            "highest_price": gettext_lazy("A price above it is not sent before somebody approves it."),
            "most_change": gettext_lazy("A larger change is not sent before somebody approves it."),
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["most_change"] = forms.IntegerField(
            label=self.fields["most_change"].label,
            help_text=self.fields["most_change"].help_text,
            min_value=1,
            max_value=1000,
            widget=forms.NumberInput(attrs={"class": "quantity"}),
        )

    def clean_attribute(self) -> str:
        code: str = self.cleaned_data["attribute"]
        if code and not CODE.fullmatch(code):
            raise forms.ValidationError(_("A code has small letters, digits and underscores, a letter first."))
        return code


class PriceForm(forms.Form):
    """Carries the price that somebody was asked about."""

    price = forms.DecimalField(max_digits=14, decimal_places=2, widget=forms.HiddenInput)


class SelectionForm(forms.Form):
    """What is done with the listings that are ticked."""

    MOST = 200

    action = forms.ChoiceField(choices=[(name, name) for name in ("resend", "leave-alone", "follow")])

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        self.ticked = data.getlist("listing")[: self.MOST]

    @property
    def ids(self) -> list[int]:
        found = (asked.number(text) for text in self.ticked)
        return [pk for pk in found if pk is not None]
