"""What the worker does, by name. A task knows only where things are."""

from collections.abc import Awaitable, Callable

from django.conf import settings
from django.utils import timezone
from procrastinate import App

from channel_manager.alerts import account, gathering, sending, watching
from channel_manager.alerts.retention import forget_alerts
from channel_manager.catalog import dispatch
from channel_manager.catalog import retention as levels
from channel_manager.connectors import registry
from channel_manager.notifications.retention import forget_notifications
from channel_manager.orders import retention as buyers
from channel_manager.orders.page.runs import forget_runs
from channel_manager.reconciliation import retention as checks
from channel_manager.reconciliation import runs, working
from channel_manager.stores.models import Store
from channel_manager.sync import delivery, pulls, retention, sql, wakeups
from channel_manager.sync.lanes import sweep as lanes
from channel_manager.worker import kinds, streams
from channel_manager.worker.kinds import KINDS
from channel_manager.worker.schedules import PERIODIC
from channel_manager.worker.streams import STREAMS


async def deliver(lane: str) -> None:
    from channel_manager.gateways import gateways_for  # noqa: PLC0415 - the web names tasks without opening gateways

    await delivery.run(lane, KINDS, gateways_for)


async def pull(store_id: int, stream: str) -> None:
    from channel_manager.gateways import gateways_for  # noqa: PLC0415 - as above

    if stream in STREAMS:
        await pulls.run(STREAMS[stream], store_id, gateways_for, poll_seconds=settings.POLL_SECONDS)


async def reconcile(run_id: int) -> None:
    from channel_manager.gateways import gateways_for  # noqa: PLC0415 - as above

    await working.work(run_id, gateways_for)


async def sweep(**_timestamp: int) -> None:
    await sql.in_transaction(lanes.sweep)()


async def schedule_pulls(**_timestamp: int) -> None:
    await sql.in_transaction(pulls.wake_due)(STREAMS)


async def dispatch_levels(**_timestamp: int) -> None:
    await sql.in_transaction(dispatch.dispatch_all)()


async def reconcile_due(**_timestamp: int) -> None:
    await sql.in_transaction(runs.request_daily)()
    await sql.in_transaction(runs.wake_due)()


async def watch_alerts(**_timestamp: int) -> None:
    await sql.in_transaction(watching.watch)(timezone.now())
    await sql.in_transaction(gathering.gather)(timezone.now())


async def send_alerts(**_timestamp: int) -> None:
    await sending.send_due()


async def measure_accounts(**_timestamp: int) -> None:
    for store in await sql.in_transaction(_measured)():
        carriers = registry.capabilities(store.marketplace).carriers
        await sql.in_transaction(account.measure)(store, carriers=carriers, now=timezone.now())


def _measured() -> list[Store]:
    return list(Store.objects.filter(is_active=True, confirmed_at__isnull=False).order_by("pk"))


async def forget_exchanges(**_timestamp: int) -> None:
    while await sql.in_transaction(retention.forget_exchanges)():
        pass
    while await sql.in_transaction(forget_notifications)():
        pass
    while await sql.in_transaction(checks.forget_compared)():
        pass
    while await sql.in_transaction(levels.forget_sent)():
        pass
    while await sql.in_transaction(levels.forget_rows)():
        pass
    while await sql.in_transaction(forget_alerts)(timezone.now()):
        pass
    while await sql.in_transaction(forget_runs)(timezone.now()):
        pass


async def forget_buyers(**_timestamp: int) -> None:
    while await sql.in_transaction(buyers.forget_buyers)(days=settings.KEEP_BUYERS_DAYS, now=timezone.now()):
        pass


RECURRING: tuple[Callable[..., Awaitable[None]], ...] = (
    sweep,
    schedule_pulls,
    dispatch_levels,
    reconcile_due,
    watch_alerts,
    send_alerts,
    measure_accounts,
    forget_exchanges,
    forget_buyers,
)


def on_app_ready(app: App) -> None:
    """Called by Procrastinate once Django's apps are loaded. What recurs goes first and never queues up."""
    wakeups.put_behind((*streams.BEHIND, *kinds.BEHIND))
    app.task(name=wakeups.DELIVER)(deliver)
    app.task(name=wakeups.PULL)(pull)
    app.task(name=runs.TASK)(reconcile)
    for function in RECURRING:
        name = function.__name__
        task = app.task(name=name, queueing_lock=name, priority=1)(function)
        app.periodic(cron=PERIODIC[name])(task)
