"""Of single operations, of what people decide, and of the database itself. See `mechanisms.py`."""

from removals import Mechanism, Removal

ORDERS = "channel_manager/orders"
RETURNS = "channel_manager/returns"
COMMERCE = "channel_manager/connectors/adobe_commerce/mapping"
OPERATIONS_ALONE = "tests/mechanisms/test_operations_alone.py"
DATABASE_ALONE = "tests/mechanisms/test_database_alone.py"
DOCUMENTS = "tests/connectors/test_commerce_documents.py"

OPERATIONS = (
    Mechanism(
        name="cart kept before it is placed",
        protects="a second Commerce order is made when the answer to placing the cart is lost",
        removal=Removal(
            file=f"{ORDERS}/operations/creation.py",
            text="    await progress.save(placing=True, units=units, cart_items=cart_items)\n",
        ),
        tests=(f"{OPERATIONS_ALONE}::test_a_cart_is_placed_once_though_the_answer_was_lost",),
    ),
    Mechanism(
        name="order found by Walmart's number",
        protects="an order that Commerce has already is made again",
        removal=Removal(
            file=f"{ORDERS}/operations/creation.py",
            text="elif found := await _existing(prepared, commerce):",
            instead="elif found := None:",
        ),
        tests=(f"{OPERATIONS_ALONE}::test_an_order_that_commerce_has_is_not_made_again",),
    ),
    Mechanism(
        name="marker in a shipment's comment",
        protects="a second shipment is made in Commerce when the answer to the first is lost",
        removal=Removal(
            file=f"{ORDERS}/operations/commerce_shipments.py",
            text="if any(plan.shipment.marker in comment for comment in shipment.comments):",
            instead="if False:",
        ),
        tests=(f"{OPERATIONS_ALONE}::test_a_parcel_is_made_in_commerce_once_though_the_answer_was_lost",),
    ),
    Mechanism(
        name="marker read from the feed of shipments",
        protects="a shipment of ours that the feed tells of first is taken for another one",
        removal=Removal(
            file=f"{ORDERS}/intake/commerce_shipments.py",
            text="if any(str(shipment.marker) in comment for comment in shown.comments):",
            instead="if False:",
        ),
        tests=(f"{OPERATIONS_ALONE}::test_a_parcel_whose_answer_was_lost_is_known_when_the_feed_tells_of_it",),
    ),
    Mechanism(
        name="parcel found by its tracking number",
        protects="a parcel is reported twice, and other units count as shipped",
        removal=Removal(
            file=f"{ORDERS}/operations/shipment_reports.py",
            text="(there := shipped_with(lines[part.number], parcel.tracking_number))",
            instead="(there := 0)",
        ),
        tests=(f"{OPERATIONS_ALONE}::test_a_parcel_is_reported_once_though_the_answer_was_lost",),
    ),
    Mechanism(
        name="cancellation by level",
        protects="more units are cancelled than were asked for",
        removal=Removal(
            file=f"{ORDERS}/operations/cancellations.py",
            text="min(part.quantity, part.level - units(line.reported, LineState.CANCELLED))",
            instead="part.quantity",
        ),
        tests=(f"{OPERATIONS_ALONE}::test_units_are_cancelled_once_though_the_answer_was_lost",),
    ),
    Mechanism(
        name="refunded units kept before a credit memo",
        protects="cancelled units of an invoiced order are refunded twice in Commerce",
        removal=Removal(
            file=f"{ORDERS}/operations/cancellations.py",
            text='    await progress.save(memo={"before": before, "units": {str(k): v for k, v in step.quantities.items()}})\n',
        ),
        tests=(f"{OPERATIONS_ALONE}::test_units_are_taken_off_an_invoiced_order_once_though_the_answer_was_lost",),
    ),
    Mechanism(
        name="refunded amounts kept before a refund",
        protects="the buyer is paid back twice",
        removal=Removal(
            file=f"{RETURNS}/operations/order_refunds.py",
            text="        await progress.save(before=_texts(before))\n",
        ),
        tests=(f"{OPERATIONS_ALONE}::test_money_is_paid_back_once_though_the_answer_was_lost",),
    ),
    Mechanism(
        name="refund by level, read just before",
        protects="units of a return that Walmart or Seller Center has paid back are paid again",
        removal=Removal(
            file=f"{RETURNS}/operations/return_refunds.py",
            text="min(part.quantity, part.level - line.refunded, line.quantity - line.refunded)",
            instead="part.quantity",
        ),
        tests=(f"{OPERATIONS_ALONE}::test_units_paid_back_by_somebody_else_meanwhile_are_not_paid_again",),
    ),
    Mechanism(
        name="no repetition by the HTTP library",
        protects="a write is sent twice without anybody having decided it",
        removal=Removal(
            file="channel_manager/gateways/__init__.py",
            text="http._retry_connection = False",
            instead="http._retry_connection = True",
        ),
        tests=(f"{OPERATIONS_ALONE}::test_the_library_repeats_no_write_by_itself",),
    ),
    Mechanism(
        name="address of the cart that does not exist",
        protects="the buyer gets the shop's mail about an order of Walmart",
        removal=Removal(file=f"{ORDERS}/plans.py", text="cart_email=undeliverable,", instead="cart_email=order.email,"),
        tests=(f"{OPERATIONS_ALONE}::test_the_shops_mail_about_a_new_order_reaches_nobody",),
    ),
    Mechanism(
        name="order marked as mailed",
        protects="the shop's cron mails the buyer later",
        removal=Removal(file=f"{COMMERCE}/corrections.py", text='                "email_sent": 1,\n'),
        tests=(f"{OPERATIONS_ALONE}::test_the_shops_cron_has_no_mail_left_to_send",),
    ),
    Mechanism(
        name="no mail about shipments",
        protects="the buyer gets the shop's mail about each parcel",
        removal=Removal(
            file=f"{COMMERCE}/shipments.py",
            text=""""items": items(wanted.quantities),
        "notify": False,""",
            instead=""""items": items(wanted.quantities),
        "notify": True,""",
        ),
        tests=(f"{DOCUMENTS}::test_nobody_is_mailed",),
    ),
    Mechanism(
        name="no mail about invoices",
        protects="the buyer gets the shop's mail about each invoice",
        removal=Removal(
            file=f"{COMMERCE}/shipments.py",
            text='"capture": False, "notify": False,',
            instead='"capture": False, "notify": True,',
        ),
        tests=(f"{DOCUMENTS}::test_nobody_is_mailed",),
    ),
    Mechanism(
        name="no mail about credit memos",
        protects="the buyer gets the shop's mail about each credit memo",
        removal=Removal(file=f"{COMMERCE}/memos.py", text='"notify": False,', instead='"notify": True,'),
        tests=(f"{DOCUMENTS}::test_nobody_is_mailed",),
    ),
)

PEOPLE = (
    Mechanism(
        name="marker of a form",
        protects="a double click is taken for a second wish",
        removal=Removal(
            file="channel_manager/web/forms/order.py",
            text="return uuid5(self.carried_marker, self.order.subject)",
            instead="return uuid5(uuid4(), self.order.subject)",
        ),
        tests=("tests/web/test_ship_and_cancel.py::test_a_double_click_ships_once",),
    ),
    Mechanism(
        name="shipment found by its marker",
        protects="the second of two clicks that race each other ends in an error page",
        removal=Removal(
            file=f"{ORDERS}/actions.py",
            text="if made := Shipment.objects.filter(order=order, marker=marker).first():",
            instead="if made := None:",
        ),
        tests=("tests/contexts/test_orders_actions.py::test_a_double_click_that_races_itself_ships_once",),
    ),
    Mechanism(
        name="lock of an order's row",
        protects="two people ship and cancel the same units",
        removal=Removal(
            file=f"{ORDERS}/state.py",
            text='PurchaseOrder.objects.select_for_update(of=("self",)).select_related("store")',
            instead='PurchaseOrder.objects.select_related("store")',
        ),
        tests=("tests/mechanisms/test_people_alone.py::test_of_two_people_who_ship_the_last_units_the_second_is_told",),
    ),
)

DATABASE = (
    Mechanism(
        name="constraint line_sends_at_most_its_quantity",
        protects="more units are shipped and cancelled than were ordered, should the program be wrong",
        removal=Removal(
            file=f"{ORDERS}/migrations/0001_initial.py",
            text="condition=models.Q(('quantity__gte', django.db.models.expressions.CombinedExpression("
            "models.F('sent_shipped'), '+', models.F('sent_cancelled')))), name=",
            instead="condition=models.Q(('quantity__gte', 0)), name=",
        ),
        tests=(f"{DATABASE_ALONE}::test_no_more_units_are_sent_than_were_ordered",),
    ),
    Mechanism(
        name="constraint commerce_order_belongs_to_one_order",
        protects="two orders of Walmart are shipped and refunded by one Commerce order",
        removal=Removal(
            file=f"{ORDERS}/migrations/0001_initial.py",
            text="fields=('store', 'commerce_order_id'), name='commerce_order_belongs_to_one_order'",
            instead="fields=('store', 'commerce_order_id', 'id'), name='commerce_order_belongs_to_one_order'",
        ),
        tests=(f"{DATABASE_ALONE}::test_a_commerce_order_belongs_to_one_order",),
    ),
    Mechanism(
        name="constraint return_line_refunded_once",
        protects="more units of a return are refunded than came back, should the program be wrong",
        removal=Removal(
            file=f"{RETURNS}/migrations/0001_initial.py",
            text="condition=models.Q(('quantity__gte', models.F('recorded'))), name='return_line_refunded_once'",
            instead="condition=models.Q(('quantity__gte', 0)), name='return_line_refunded_once'",
        ),
        tests=(f"{DATABASE_ALONE}::test_no_more_units_of_a_return_are_refunded_than_came_back",),
    ),
    Mechanism(
        name="constraint never_a_cent_above_what_was_charged",
        protects="more money is paid back than the buyer paid, should the program be wrong",
        removal=Removal(
            file=f"{RETURNS}/migrations/0001_initial.py",
            text="models.Q(('product__gte', models.F('sent_product')), ('product_tax__gte', "
            "models.F('sent_product_tax')), ('shipping__gte', models.F('sent_shipping')), ('shipping_tax__gte', "
            "models.F('sent_shipping_tax')))",
            instead="models.Q(('product__gte', 0))",
        ),
        tests=tuple(
            f"{DATABASE_ALONE}::test_no_cent_is_paid_back_that_was_not_charged[{part}]"
            for part in ("product", "product_tax", "shipping", "shipping_tax")
        ),
    ),
)
