"""Listings by words of their SKUs and names, each as it begins.

The database takes words apart the same way when it keeps them and when it is asked (migration 0002): letter case and
signs between them do not matter.
"""

from django.db.models import IntegerField
from django.db.models.expressions import RawSQL

from channel_manager.sync import sql

WORDS = "SELECT lexeme FROM unnest(catalog_words(%s)) ORDER BY lexeme"
# OFFSET 0 keeps the planner from walking the list and taking the words of every row apart: it cannot know how rare a
# beginning is.
MATCHES = """
    SELECT id FROM catalog_listing
    WHERE store_id = %s AND catalog_words(sku || ' ' || commerce_sku || ' ' || name || ' ' || title) @@ %s::tsquery
    OFFSET 0
"""


def matches(store_id: int, text: str) -> RawSQL | None:
    """The ids of the listings that are found; None where the text has no word in it. One query."""
    words = [row["lexeme"].replace("\\", "\\\\").replace("'", "''") for row in sql.rows(WORDS, [text])]
    if not words:
        return None
    asked = " & ".join(f"'{word}':*" for word in words)
    return RawSQL(MATCHES, [store_id, asked], output_field=IntegerField())  # noqa: S611 - a constant
