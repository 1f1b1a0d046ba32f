"""Of the engine: delivering, and reading. See `mechanisms.py`."""

from removals import Mechanism, Removal

SYNC = "channel_manager/sync"
ORDERS = "channel_manager/orders"
RETURNS = "channel_manager/returns"
DELIVERY_ALONE = "tests/mechanisms/test_delivery_alone.py"
READING_ALONE = "tests/mechanisms/test_reading_alone.py"
DELIVERY = "tests/contexts/test_sync_delivery.py"
OUTBOX = "tests/contexts/test_sync_outbox.py"
PULLS = "tests/contexts/test_sync_pulls.py"

ENGINE = (
    Mechanism(
        name="lease of an operation",
        protects="two workers send the same operation at the same time",
        removal=Removal(
            file=f"{SYNC}/lanes/claim.py",
            text="WHERE state = 'sending' AND lease_until < now() AND (",
            instead="WHERE state = 'sending' AND (",
        ),
        tests=(f"{DELIVERY_ALONE}::test_what_one_worker_is_sending_no_other_worker_sends",),
    ),
    Mechanism(
        name="time limit of an attempt",
        protects="a worker still waits for its answer when its lease has gone to another",
        removal=Removal(
            file=f"{SYNC}/delivery.py", text="asyncio.timeout_at(_lease_ends())", instead="asyncio.timeout_at(None)"
        ),
        tests=(f"{DELIVERY_ALONE}::test_an_attempt_ends_before_its_lease_does",),
    ),
    Mechanism(
        name="fencing by the attempt's number: answers",
        protects="the late answer of a worker that lost its lease overwrites what its successor is doing",
        removal=Removal(
            file=f"{SYNC}/lanes/finish.py",
            text="AND operation.attempt = mine.attempt AND operation.state = 'sending'",
            instead="AND operation.state = 'sending'",
        ),
        tests=(f"{DELIVERY}::test_an_answer_that_comes_too_late_writes_nothing",),
    ),
    Mechanism(
        name="fencing by the attempt's number: checkpoints",
        protects="a worker that lost its lease goes on with the steps that its successor makes too",
        removal=Removal(
            file=f"{SYNC}/delivery.py",
            text="WHERE id = %s AND attempt = %s AND state = 'sending'",
            instead="WHERE id = %s AND %s > 0 AND state = 'sending'",
        ),
        tests=(f"{DELIVERY}::test_a_checkpoint_renews_the_lease_or_says_that_it_is_lost",),
    ),
    Mechanism(
        name="look before repeating (`find_existing`)",
        protects="what was done, and whose answer was lost, is done again",
        removal=Removal(file=f"{SYNC}/delivery.py", text="if claim_.ambiguous:", instead="if False:"),
        tests=(
            f"{DELIVERY}::test_in_doubt_it_looks_before_it_repeats[True]",
            f"{DELIVERY}::test_a_worker_killed_in_mid_send_leaves_what_the_next_one_looks_for",
        ),
    ),
    Mechanism(
        name="an expired lease is a doubt",
        protects="what a killed worker may have done is done again unseen",
        removal=Removal(
            file=f"{SYNC}/lanes/claim.py",
            text="SET state = 'waiting', ambiguous = true, lease_until = NULL",
            instead="SET state = 'waiting', lease_until = NULL",
        ),
        tests=(f"{DELIVERY}::test_a_worker_killed_in_mid_send_leaves_what_the_next_one_looks_for",),
    ),
    Mechanism(
        name="unique key of an operation",
        protects="an intention that is asked for twice is sent twice",
        removal=Removal(
            file=f"{SYNC}/outbox.py",
            text="SELECT store_id, platform, family, kind, priority, in_order, key, subject,",
            instead="SELECT store_id, platform, family, kind, priority, in_order, key || gen_random_uuid(), subject,",
        ),
        tests=(f"{DELIVERY_ALONE}::test_an_intention_asked_for_twice_is_sent_once",),
    ),
    Mechanism(
        name="checkpoint",
        protects="the steps of an operation that had succeeded are made again with the one that had not",
        removal=Removal(
            file=f"{SYNC}/delivery.py",
            text="SET progress = progress || %s::jsonb,",
            instead="SET progress = coalesce(progress, %s::jsonb),",
        ),
        tests=(f"{DELIVERY_ALONE}::test_a_step_that_is_saved_is_not_repeated",),
    ),
    Mechanism(
        name="answer kept until it is applied",
        protects="an operation is sent again because recording its answer failed here",
        removal=Removal(file=f"{SYNC}/delivery.py", text="if one.result is not None:", instead="if False:"),
        tests=(f"{DELIVERY_ALONE}::test_an_answer_that_could_not_be_recorded_is_not_asked_for_again",),
    ),
    Mechanism(
        name="wake-up after the commit",
        protects="the worker comes before it can see the work, and goes again",
        removal=Removal(file=f"{SYNC}/wakeups.py", text="transaction.on_commit(self, robust=True)", instead="self()"),
        tests=(f"{OUTBOX}::test_the_fact_and_the_intention_commit_together_or_not_at_all",),
    ),
    Mechanism(
        name="sweep of what is due",
        protects="what lost its wake-up is never sent",
        removal=Removal(
            file=f"{SYNC}/lanes/sweep.py", text="wakeups.wake(sorted(LaneKey(", instead="list(sorted(LaneKey("
        ),
        tests=(f"{OUTBOX}::test_the_sweep_covers_a_lost_wake_up",),
    ),
    Mechanism(
        name="sweep of expired leases",
        protects="what a killed worker held is never sent, unless its lane is woken for something else",
        removal=Removal(file=f"{SYNC}/lanes/sweep.py", text="    free_expired()\n"),
        tests=(f"{DELIVERY_ALONE}::test_what_a_killed_worker_held_is_swept_up",),
    ),
    Mechanism(
        name="order of the operations of one subject",
        protects="a cancellation overtakes the creation of its order",
        removal=Removal(
            file=f"{SYNC}/lanes/claim.py",
            text="AND (NOT in_order OR NOT EXISTS (",
            instead="AND (true OR NOT EXISTS (",
        ),
        tests=(f"{DELIVERY}::test_operations_of_a_subject_go_in_order_those_of_others_together",),
    ),
    Mechanism(
        name="outage block of a lane",
        protects="a platform that is out is asked by every waiting operation",
        removal=Removal(
            file=f"{SYNC}/lanes/finish.py",
            text="        elif down:\n            _block(lane, down[0])\n",
        ),
        tests=(f"{DELIVERY_ALONE}::test_a_platform_that_is_out_is_not_asked_again_at_once",),
    ),
    Mechanism(
        name="pause of a platform",
        protects="refused credentials are tried with every operation, until the account is locked",
        removal=Removal(
            file=f"{SYNC}/lanes/finish.py",
            text="        if refused:\n            _pause(lane, refused[0])\n        elif asked_to_wait:",
            instead="        if asked_to_wait:",
        ),
        tests=(f"{DELIVERY}::test_a_refused_connection_pauses_only_its_platform",),
    ),
    Mechanism(
        name="bucket of a lane",
        protects="more is sent than the platform allows",
        removal=Removal(
            file=f"{SYNC}/lanes/limits.py",
            text="sql.execute(SPEND, [allowance.tokens - used, allowance.lane_id])",
            instead="sql.execute(SPEND, [allowance.tokens, allowance.lane_id])",
        ),
        tests=("tests/contexts/test_sync_limits.py::test_more_is_never_sent_than_the_bucket_holds",),
    ),
    Mechanism(
        name="one bucket for all workers",
        protects="two workers spend the same tokens",
        removal=Removal(file=f"{SYNC}/lanes/limits.py", text="    FOR UPDATE OF lane\n"),
        tests=(f"{DELIVERY_ALONE}::test_workers_that_measure_a_bucket_at_the_same_time_share_it",),
    ),
    Mechanism(
        name="one installation for an account",
        protects="a copy of the database sends everything a second time",
        removal=Removal(
            file=f"{SYNC}/lanes/limits.py",
            text="store.confirmed_at IS NOT NULL AND copied.store_id IS NULL AS may_write",
            instead="store.confirmed_at IS NOT NULL AS may_write",
        ),
        tests=(f"{DELIVERY_ALONE}::test_a_copy_of_the_database_sends_nothing",),
    ),
)

READING = (
    Mechanism(
        name="lease of a stream",
        protects="two workers read the same page at the same time",
        removal=Removal(
            file=f"{SYNC}/pulls.py",
            text="AND stream = %(stream)s AND (lease_until IS NULL OR lease_until < now())\n",
            instead="AND stream = %(stream)s\n",
        ),
        tests=(f"{READING_ALONE}::test_a_stream_is_read_by_one_at_a_time",),
    ),
    Mechanism(
        name="cursor that only its holder moves",
        protects="a page that comes late takes the cursor back and overwrites newer facts",
        removal=Removal(
            file=f"{SYNC}/pulls.py",
            text="lease_until = clock_timestamp() + %s WHERE id = %s AND lease = %s",
            instead="lease_until = clock_timestamp() + %s WHERE id = %s AND %s > 0",
        ),
        tests=(f"{PULLS}::test_a_run_that_lost_its_lease_writes_nothing",),
    ),
    Mechanism(
        name="page and cursor in one transaction",
        protects="a page whose reception failed halfway is passed over",
        removal=Removal(
            file=f"{SYNC}/pulls.py",
            text="await sql.in_transaction(_receive)(current, fetched)",
            instead="await sql.in_thread(_receive)(current, fetched)",
        ),
        tests=(f"{PULLS}::test_a_page_that_cannot_be_received_does_not_move_the_cursor",),
    ),
    Mechanism(
        name="natural key of an order",
        protects="a page that is read twice stops the stream or makes its orders twice",
        removal=Removal(
            file=f"{ORDERS}/intake/purchase_orders.py",
            text="""    ON CONFLICT (store_id, number) DO UPDATE SET
        raw_latest = excluded.raw_latest,
        ship_by = coalesce(excluded.ship_by, known.ship_by),
        deliver_by = coalesce(excluded.deliver_by, known.deliver_by),
        email = coalesce(nullif(excluded.email, ''), known.email)
    WHERE known.raw_latest IS DISTINCT FROM excluded.raw_latest
""",
        ),
        tests=(f"{READING_ALONE}::test_a_page_read_twice_is_received_once",),
    ),
    Mechanism(
        name="window of shipments that is read again",
        protects="a shipment is missed whose id was handed out before a greater one and committed after it",
        removal=Removal(file=f"{ORDERS}/intake/streams.py", text="RESCANNED_IDS = 100", instead="RESCANNED_IDS = 0"),
        tests=(f"{READING_ALONE}::test_a_shipment_that_commits_after_one_with_a_greater_id_is_read",),
    ),
    Mechanism(
        name="window of credit memos that is read again",
        protects="a credit memo is missed whose id was handed out before a greater one and committed after it",
        removal=Removal(file=f"{RETURNS}/intake/streams.py", text="RESCANNED_IDS = 100", instead="RESCANNED_IDS = 0"),
        tests=(f"{READING_ALONE}::test_a_credit_memo_that_commits_after_one_with_a_greater_id_is_read",),
    ),
    Mechanism(
        name="overlap of Walmart's changes",
        protects="a change is missed that the list shows only after its own time",
        removal=Removal(
            file=f"{ORDERS}/intake/streams.py",
            text="changed_since=watermark - OVERLAP if watermark",
            instead="changed_since=watermark if watermark",
        ),
        tests=(f"{READING_ALONE}::test_an_order_whose_change_shows_late_is_read",),
    ),
    Mechanism(
        name="overlap of Commerce's changes",
        protects="a cancellation in Commerce is missed that commits after an order which changed later",
        removal=Removal(
            file=f"{ORDERS}/intake/streams.py",
            text="updated_at=start.updated_at - COMMERCE_OVERLAP",
            instead="updated_at=start.updated_at",
        ),
        tests=(f"{READING_ALONE}::test_a_commerce_order_whose_change_commits_late_is_read",),
    ),
    Mechanism(
        name="a notification counts once",
        protects="a notification that is delivered again is answered with an error, and comes again and again",
        removal=Removal(
            file="channel_manager/notifications/intake.py",
            text="    ON CONFLICT (store_id, platform, event_id) DO NOTHING\n",
        ),
        tests=("tests/api/test_hooks.py::test_a_duplicate_is_thanked_for_and_triggers_nothing",),
    ),
)
