"""The shop's configuration, its integration, its clock, and what goes wrong with it."""

from collections.abc import Callable
from dataclasses import asdict, fields
from typing import Any

from channel_simulators.commerce.faults import Fault, Kind
from channel_simulators.commerce.shop import Shop
from channel_simulators.commerce.store.options import Options
from channel_simulators.commerce.store.transaction import Transaction
from channel_simulators.commerce.wire.errors import ApiError

Json = dict[str, Any]


def _set_options(tx: Transaction, **changes: Any) -> Json:
    unknown = changes.keys() - {option.name for option in fields(Options)}
    if unknown:
        raise ApiError(400, f"Options has no {', '.join(sorted(unknown))}.")
    tx.afterwards(lambda: vars(tx.state.options).update(changes))
    return {**asdict(tx.state.options), **changes}


def _set_acl(tx: Transaction, *, resources: list[str] | None) -> None:
    tx.afterwards(lambda: setattr(tx.state.integration, "resources", resources))


def _set_credentials(tx: Transaction, **changes: Any) -> None:
    tx.afterwards(lambda: vars(tx.state.integration).update(changes))


ACTIONS: dict[str, Callable[..., Any]] = {
    "set_options": _set_options,
    "set_acl": _set_acl,
    "set_credentials": _set_credentials,
}


def _mails(shop: Shop) -> list[Json]:
    shop.run_cron()
    return [asdict(mail) for mail in shop.state.mails]


def _requests(shop: Shop) -> list[Json]:
    return [asdict(exchange) for exchange in shop.exchanges.recent]


def _advance_clock(shop: Shop, seconds: float) -> str:
    shop.advance(seconds)
    return shop.clock.now().isoformat()


def _faults_add(shop: Shop, kind: str, **more: Any) -> None:
    given = {name: value for name, value in more.items() if value is not None}
    shop.faults.waiting.append(Fault(kind=Kind(kind), **given))


def _faults(shop: Shop) -> list[Json]:
    return [asdict(fault) for fault in shop.faults.waiting]


OF_THE_SERVER: dict[str, Callable[..., Any]] = {
    "mails": _mails,
    "requests": _requests,
    "clear_requests": lambda shop: shop.exchanges.recent.clear(),
    "advance_clock": _advance_clock,
    "now": lambda shop: shop.clock.now().isoformat(),
    "faults_add": _faults_add,
    "faults": _faults,
    "faults_clear": lambda shop: shop.faults.waiting.clear(),
}
