"""Every address, by page."""

from django.urls import URLPattern, URLResolver, include, path

from channel_manager.api import hooks
from channel_manager.web.views import (
    activity,
    cancelling,
    errors,
    home,
    notifications,
    order,
    orders,
    refunding,
    returns,
    session,
    settings,
    setup,
    shipping,
)

order_pages: list[URLPattern | URLResolver] = [
    path("", order.order, name="order"),
    path("/commerce-order", order.commerce_order, name="commerce-order"),
    path("/shipment", shipping.shipment, name="shipment"),
    path("/shipments/<int:shipment_id>/tracking", shipping.tracking, name="tracking"),
    path("/shipments/<int:shipment_id>/override", shipping.override, name="override"),
    path("/cancellation", cancelling.cancellation, name="cancellation"),
    path("/cancellations/<int:cancellation_id>/reason", cancelling.reason, name="reason"),
    path("/refunds/<int:refund_id>/decision", refunding.decision, name="decision"),
]

return_pages: list[URLPattern | URLResolver] = [
    path("", returns.returned, name="return"),
    path("/orders/<int:order_id>/credit-memo", refunding.credit_memo, name="credit-memo"),
    path("/refunds/<int:refund_id>/repair", refunding.repair, name="repair"),
]

store_pages: list[URLPattern | URLResolver] = [
    path("", home.store, name="store"),
    path("/first-connection", setup.first_connection, name="first-connection"),
    path("/synchronisation", activity.synchronisation, name="synchronisation"),
    path("/orders", orders.orders, name="orders"),
    path("/orders/arrivals", orders.arrivals, name="arrivals"),
    path("/orders/<int:order_id>", include(order_pages)),
    path("/returns", returns.returns, name="returns"),
    path("/returns/<int:return_id>", include(return_pages)),
    path("/activity", activity.operations, name="activity"),
    path("/activity/<int:operation_id>", activity.operation, name="operation"),
    path("/activity/<int:operation_id>/retry", activity.retry, name="retry"),
    path("/activity/<int:operation_id>/settlement", activity.settlement, name="settlement"),
    path("/settings/carriers", settings.carriers, name="carriers"),
    path("/settings/carriers/new", settings.new_carrier, name="new-carrier"),
    path("/settings/carriers/<int:rule_id>", settings.carrier, name="carrier"),
    path("/settings/carriers/<int:rule_id>/deletion", settings.carrier_deletion, name="carrier-deletion"),
    path("/settings/order-rules", settings.rules, name="order-rules"),
    path("/settings/notifications", notifications.notifications, name="notifications"),
    path("/settings/notifications/walmart", notifications.walmart, name="walmart-notifications"),
    path("/settings/notifications/shop", notifications.shop, name="shop-notifications"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("sign-in", session.sign_in, name="sign-in"),
    path("sign-out", session.sign_out, name="sign-out"),
    path("stores/<int:store_id>", include(store_pages)),
    path("hooks/<str:key>/marketplace", hooks.marketplace, name="marketplace-hook"),
    path("hooks/<str:key>/commerce", hooks.commerce, name="commerce-hook"),
]

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.server_error
