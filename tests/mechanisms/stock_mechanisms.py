"""Of stock and prices. See `mechanisms.py`."""

from removals import Mechanism, Removal

SYNC = "channel_manager/sync"
CATALOG = "channel_manager/catalog"
LEVELS = "tests/contexts/test_levels.py"
LOWERING = "tests/contexts/test_lowering.py"
FEEDS = "tests/contexts/test_catalog_feeds.py"
MEASURING = "tests/contexts/test_catalog_measuring.py"
FOLLOWS = "tests/scenarios/test_stock_follows.py"

STOCK = (
    Mechanism(
        name="stock lowered before a shipment is reported",
        protects="units that have just been shipped are sold a second time",
        removal=Removal(
            file="channel_manager/orders/operations/shipment_reports.py",
            text="            await lowering.lower(claim, prepared.units(missing), gateways.marketplace)\n",
        ),
        tests=(f"{FOLLOWS}::test_through_shipments_of_all_kinds_buyers_see_what_can_be_sold",),
    ),
    Mechanism(
        name="stock lowered before a cancellation",
        protects="units that Commerce has given back already are sold twice",
        removal=Removal(
            file="channel_manager/orders/operations/cancellations.py",
            text="            await lowering.lower(claim, _by_sku(prepared, lines), gateways.marketplace)\n",
        ),
        tests=(f"{FOLLOWS}::test_stock_given_back_in_commerce_is_not_sold_twice_while_walmart_does_not_know",),
    ),
    Mechanism(
        name="units taken off while their shipment is in doubt",
        protects="the figure rises although the units may have been shipped",
        removal=Removal(
            file=f"{SYNC}/levels/lowering.py",
            text="    if in_doubt:\n",
            instead="    if False:\n",
        ),
        tests=(
            f"{LOWERING}::test_the_figure_does_not_rise_while_the_units_may_have_been_freed[error2-False-False]",
            f"{LOWERING}::test_the_figure_does_not_rise_while_the_units_may_have_been_freed[error3-True-False]",
        ),
    ),
    Mechanism(
        name="units taken off until they were counted",
        protects="a figure from before a shipment is sent once more after it, with units that have left",
        removal=Removal(
            file=f"{SYNC}/levels/__init__.py",
            text="ELSE operation.finished_at >= level.measured_at END",
            instead="ELSE false END",
        ),
        tests=(f"{LOWERING}::test_the_end_casts_doubt_and_the_figure_rises_only_once_it_was_measured_after_that",),
    ),
    Mechanism(
        name="what may be on its way says nothing",
        protects="a parcel is reported while a higher figure, whose answer was lost, may still arrive",
        removal=Removal(
            file=f"{SYNC}/levels/lowering.py",
            text="        THEN NULL ELSE sent END\n",
            instead="        THEN sent ELSE sent END\n",
        ),
        tests=(
            f"{LOWERING}::test_what_may_have_been_told_already_is_lowered_although_a_lower_figure_was_sent_before[sending]",
            f"{LOWERING}::test_what_may_have_been_told_already_is_lowered_although_a_lower_figure_was_sent_before[feed]",
        ),
    ),
    Mechanism(
        name="a hold ends by what was asked for after it",
        protects="goods that came in before a cancellation for want of stock release what it holds at zero",
        removal=Removal(
            file=f"{CATALOG}/measuring.py",
            text="CASE WHEN mine.changed THEN mine.asked_at ELSE",
            instead="CASE WHEN mine.changed THEN now() ELSE",
        ),
        tests=(
            f"{MEASURING}::test_goods_that_came_in_before_do_not_end_the_hold_of_what_is_canceled_while_commerce_is_asked",
        ),
    ),
    Mechanism(
        name="fewest open units before and after",
        protects="an order that is shipped while Commerce is asked is counted in once more",
        removal=Removal(
            file=f"{CATALOG}/measuring.py",
            text="min(_imported(asked.before, listing.sku), _imported(after, listing.sku))",
            instead="_imported(asked.before, listing.sku)",
        ),
        tests=(
            f"{MEASURING}::test_an_order_that_changes_while_commerce_is_asked_never_makes_the_figure_too_high[shipped-7-7]",
        ),
    ),
    Mechanism(
        name="the later of two measurings",
        protects="a slow reading overwrites what a later one has found",
        removal=Removal(
            file=f"{SYNC}/levels/__init__.py",
            text="OR level.measured_at <= mine.asked_at)",
            instead="OR true)",
        ),
        tests=(f"{LEVELS}::test_a_measuring_that_was_overtaken_by_a_later_one_changes_nothing",),
    ),
    Mechanism(
        name="doubts settled by their ids",
        protects="a change that commits while its SKU is measured waits for the next sweep",
        removal=Removal(
            file=f"{SYNC}/levels/__init__.py",
            text='SETTLE = "DELETE FROM sync_doubt WHERE id = ANY(%s)"',
            instead='SETTLE = "DELETE FROM sync_doubt WHERE key IN (SELECT key FROM sync_doubt WHERE id = ANY(%s))"',
        ),
        tests=(f"{LEVELS}::test_a_doubt_is_settled_by_its_id_alone",),
    ),
    Mechanism(
        name="dirty until it has arrived",
        protects="a value that came back while another was on its way is never told",
        removal=Removal(
            file=f"{SYNC}/levels/__init__.py",
            text="(mine.wanted IS DISTINCT FROM level.sent OR carrier <> '')\n            THEN",
            instead="mine.wanted IS DISTINCT FROM level.sent\n            THEN",
        ),
        tests=(f"{LEVELS}::test_a_value_that_came_back_while_another_was_on_its_way_is_sent_again",),
    ),
    Mechanism(
        name="fencing by the carrier",
        protects="an operation that was overtaken writes what is not shown any more",
        removal=Removal(
            file=f"{SYNC}/levels/__init__.py",
            text="    WHERE level.carrier = mine.carrier\n",
            instead="    WHERE level.id = split_part(mine.carrier, ':', 2)::bigint\n",
        ),
        tests=(f"{LEVELS}::test_an_overtaken_carrier_writes_nothing",),
    ),
    Mechanism(
        name="only what was confirmed is sent",
        protects="stock and prices are sent before anybody has seen what would change",
        removal=Removal(
            file=f"{SYNC}/levels/__init__.py",
            text="    store_id = %(store)s AND kind = %(kind)s AND active AND dirty_since",
            instead="    store_id = %(store)s AND kind = %(kind)s AND dirty_since",
        ),
        tests=(f"{LEVELS}::test_an_inactive_level_is_measured_and_never_sent",),
    ),
    Mechanism(
        name="a file is looked for before it is sent again",
        protects="a file whose answer was lost is sent twice, and overwrites what was sent since",
        removal=Removal(
            file=f"{CATALOG}/operations/feeds.py",
            text="if feed.feed_id not in prepared.known and await _is_ours(feed, prepared, marketplace):",
            instead="if False:",
        ),
        tests=(f"{FEEDS}::test_a_nameless_feed_that_shows_no_rows_yet_is_waited_for",),
    ),
    Mechanism(
        name="a file that may not show yet",
        protects="a file is sent twice since the list does not show it at once",
        removal=Removal(
            file=f"{CATALOG}/operations/feeds.py",
            text="        if tried and timezone.now()",
            instead="        if False and timezone.now()",
        ),
        tests=(f"{FEEDS}::test_a_file_without_an_answer_is_found_and_not_sent_twice[False-True]",),
    ),
    Mechanism(
        name="rows of a file are read",
        protects="a row that Walmart refused counts as sent",
        removal=Removal(
            file=f"{CATALOG}/intake/feeds.py",
            text="shown.accepted == shown.received == feed.lines and not shown.failed and not shown.processing",
            instead="True",
        ),
        tests=(f"{FEEDS}::test_each_row_has_its_own_end",),
    ),
    Mechanism(
        name="what was sent past a file is sent once more",
        protects="a file that is processed late overwrites a later value for good",
        removal=Removal(file=f"{CATALOG}/intake/feeds.py", text="    sql.execute(PASSED, where)\n"),
        tests=(f"{FEEDS}::test_what_is_urgent_passes_the_file_and_is_told_once_more_at_its_end",),
    ),
    Mechanism(
        name="a file leaves without what is held",
        protects="a price that a person must see goes out in a file that was waiting",
        removal=Removal(
            file=f"{CATALOG}/operations/feeds.py",
            text="AND NOT (active AND wanted IS NOT NULL AND {levels.ALLOWED})",
            instead="AND wanted IS NULL AND {levels.ALLOWED}",
        ),
        tests=(f"{FEEDS}::test_a_price_that_must_be_asked_about_leaves_a_file_that_has_not_left",),
    ),
)
