"""Many parcels at once: pasted, or a file."""

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channel_manager.orders.rules.parcels import MOST_ROWS, ParcelRow, read

LONGEST = 100_000
HEADS = ("order", "sku", "quantity", "carrier", "tracking")
"""Of the columns, as they are read again (`rules.parcels`): not words of a page."""
SEPARATORS = str.maketrans(";\t\r\n", "    ")
"""Signs that would make other columns of it."""


class ParcelsForm(forms.Form):
    """Its marker names the rows that were looked at: sent twice they are one."""

    rows = forms.CharField(
        label=gettext_lazy("Parcels"),
        required=False,
        max_length=LONGEST,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false", "autocomplete": "off", "class": "number"}),
        help_text=gettext_lazy(
            "One row for each parcel: order number, SKU, quantity, carrier, tracking number. SKU and quantity may be"
            " empty: then everything open is in it. Commas, semicolons or tabs between."
        ),
    )
    file = forms.FileField(
        label=gettext_lazy("Or a CSV file"),
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,.tsv,text/csv,text/plain"}),
    )
    marker = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def clean_file(self) -> str:
        found: UploadedFile | None = self.cleaned_data["file"]
        if found is None:
            return ""
        if (found.size or 0) > LONGEST:
            raise forms.ValidationError(_("This file is too long: at most %(most)s rows.") % {"most": MOST_ROWS})
        body: bytes = found.read()
        try:
            return body.decode("utf-8-sig")
        except UnicodeDecodeError:
            return body.decode("cp1252", errors="replace")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        text = (cleaned.get("file") or cleaned.get("rows") or "").replace("\x00", "")
        cleaned["text"], cleaned["parcels"] = text, read(text)
        if not cleaned["parcels"]:
            self.add_error("rows", _("Paste at least one row, or choose a file."))
        if len(cleaned["parcels"]) > MOST_ROWS:
            self.add_error("rows", _("At most %(most)s rows at once.") % {"most": MOST_ROWS})
        return cleaned

    @property
    def parcels(self) -> list[ParcelRow]:
        found: list[ParcelRow] = self.cleaned_data["parcels"]
        return found

    @property
    def mark(self) -> UUID:
        """What the page came with; a page without one gets a new one."""
        found: UUID | None = self.cleaned_data["marker"]
        return found or uuid4()


def cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    """A row of a run as it was typed."""
    return row["typed"], row["sku"], row["quantity"], row["carrier"], row["number"]


def as_text(rows: Iterable[Mapping[str, Any]]) -> str:
    """Rows of a run as they are typed, to be corrected."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(HEADS)
    writer.writerows(tuple(cell.translate(SEPARATORS) for cell in cells(row)) for row in rows)
    return buffer.getvalue()
