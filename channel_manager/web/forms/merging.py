"""Settings that several people may have open at once: what each of them changes is kept."""

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


class MergingForm(forms.ModelForm):  # type: ignore[type-arg] # takes no parameter at run time
    """Its page carries what it showed, as `seen`. What somebody else changed since and this person left alone is taken
    over (`kept`, by label); what both changed is asked about once, and saved when it is sent again.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.kept: list[str] = []
        self.contested: dict[str, str] = {}

    @property
    def seen(self) -> str:
        return json.dumps({name: self._stored(name) for name in self.fields})

    @property
    def kept_words(self) -> str:
        return _("Somebody else changed meanwhile, and it is kept: %(fields)s.") % {"fields": ", ".join(self.kept)}

    def merge(self) -> None:
        """To be called when the fields are there."""
        merged = {name: self.data.get(name) for name in self.data}
        for name, before in self._before().items():
            typed, now = self._typed(name), self._stored(name)
            if self._same(name, now, before) or self._same(name, typed, now):
                continue
            if self._same(name, typed, before):
                self.kept.append(str(self.fields[name].label))
                merged[name] = now
            else:
                self.contested[name] = now
        self.data = merged

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name, now in self.contested.items():
            words = _("Somebody else made it %(value)s meanwhile. Save again to have it as you typed it.")
            self.add_error(name, words % {"value": now or "–"})
        return cleaned

    def _before(self) -> dict[str, str]:
        """What the page showed, as far as it says so."""
        try:
            found = json.loads(self.data.get("seen", ""))
        except (ValueError, AttributeError):
            return {}
        known = found if isinstance(found, dict) else {}
        return {name: text for name, text in known.items() if name in self.fields and isinstance(text, str)}

    def _stored(self, name: str) -> str:
        return _text(self.initial.get(name))

    def _typed(self, name: str) -> str:
        if isinstance(self.fields[name], forms.BooleanField):
            return _text(bool(self.data.get(name)))
        return str(self.data.get(name, "")).strip()

    def _same(self, name: str, one: str, other: str) -> bool:
        """5 and 5.00 are."""
        read = self.fields[name].to_python
        try:
            return one == other or read(one) == read(other)
        except ValidationError:
            return False


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else ""
    return "" if value is None else str(value)
