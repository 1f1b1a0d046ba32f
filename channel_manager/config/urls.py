"""Every address, by page."""

from django.urls import URLPattern, URLResolver, include, path

from channel_manager.web.views import (
    activity,
    cancelling,
    errors,
    home,
    order,
    orders,
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
]

store_pages: list[URLPattern | URLResolver] = [
    path("", home.store, name="store"),
    path("/first-connection", setup.first_connection, name="first-connection"),
    path("/synchronisation", activity.synchronisation, name="synchronisation"),
    path("/orders", orders.orders, name="orders"),
    path("/orders/arrivals", orders.arrivals, name="arrivals"),
    path("/orders/<int:order_id>", include(order_pages)),
    path("/activity", activity.operations, name="activity"),
    path("/activity/<int:operation_id>", activity.operation, name="operation"),
    path("/activity/<int:operation_id>/retry", activity.retry, name="retry"),
    path("/activity/<int:operation_id>/settlement", activity.settlement, name="settlement"),
    path("/settings/carriers", settings.carriers, name="carriers"),
    path("/settings/carriers/new", settings.new_carrier, name="new-carrier"),
    path("/settings/carriers/<int:rule_id>", settings.carrier, name="carrier"),
    path("/settings/carriers/<int:rule_id>/deletion", settings.carrier_deletion, name="carrier-deletion"),
    path("/settings/order-rules", settings.rules, name="order-rules"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("sign-in", session.sign_in, name="sign-in"),
    path("sign-out", session.sign_out, name="sign-out"),
    path("stores/<int:store_id>", include(store_pages)),
]

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.server_error
