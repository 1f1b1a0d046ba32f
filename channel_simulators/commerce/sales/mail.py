"""Mail the shop would have sent. With asynchronous sending, cron mails each minute what has `send_email` but not yet
`email_sent`, to the address the order carries then (observed §10).
"""

from datetime import datetime, timedelta

from channel_simulators.commerce.call import existing
from channel_simulators.commerce.store.transaction import Transaction, stamp

_MINUTE = timedelta(minutes=1)


def send_waiting(tx: Transaction) -> None:
    due = stamp(datetime.fromisoformat(tx.now) - _MINUTE)
    for order_id in sorted(tx.state.by.unmailed):
        row = tx.state.orders[order_id].row
        if row["created_at"] <= due:
            order = existing(tx.order(order_id))
            order.row["email_sent"] = 1
            tx.mail(order, "order", f"Your order confirmation {row['increment_id']}")
