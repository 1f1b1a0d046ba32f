"""The Listings page over 100,000 listings: words of SKUs and names, and the few that a filter looks for.

Signs between letters and digits only part words, so that parts of SKUs are words too; a letter of Chinese, Japanese or
Korean is a word of its own, since nothing stands between theirs.
"""

from django.db import migrations

WORDS = r"""
    CREATE FUNCTION catalog_words(said text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
    RETURN to_tsvector('pg_catalog.simple', regexp_replace(
        regexp_replace(lower(said), '([\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff])', ' \1 ', 'g'),
        '[^[:alnum:]]+', ' ', 'g'));

    CREATE INDEX listing_by_words ON catalog_listing USING gin (
        catalog_words(sku || ' ' || commerce_sku || ' ' || name || ' ' || title));
    CREATE INDEX listing_left_alone ON catalog_listing (store_id, sku) WHERE paused;
    CREATE INDEX listing_not_shown ON catalog_listing (store_id, published, sku) WHERE published NOT IN ('', 'live');
"""
NO_WORDS = """
    DROP INDEX listing_not_shown, listing_left_alone, listing_by_words;
    DROP FUNCTION catalog_words(text);
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]

    operations = [migrations.RunSQL(WORDS, NO_WORDS)]
