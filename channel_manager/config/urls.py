"""Every address, by page."""

from django.urls import URLPattern, URLResolver, include, path

from channel_manager.api import hooks
from channel_manager.web.views import (
    account,
    activity,
    alerts,
    cancelling,
    errors,
    fixing,
    home,
    notifications,
    order,
    orders,
    reconciliation,
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
    path("/shipments/<int:shipment_id>/carrier", fixing.carrier, name="carrier-choice"),
    path("/shipments/<int:shipment_id>/override", shipping.override, name="override"),
    path("/certificate", reconciliation.proof, name="certificate"),
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
    path("/checks", reconciliation.checks, name="reconciliation"),
    path("/checks/progress", reconciliation.progress, name="reconciliation-progress"),
    path("/checks/<int:run_id>", reconciliation.checks, name="reconciliation-run"),
    path("/checks/<int:run_id>/findings.csv", reconciliation.findings_csv, name="findings-csv"),
    path("/checks/<int:run_id>/orders.csv", reconciliation.orders_csv, name="compared-csv"),
    path("/checks/findings/<int:finding_id>/application", reconciliation.application, name="apply-finding"),
    path("/checks/findings/<int:finding_id>/dismissal", reconciliation.dismissal, name="dismiss-finding"),
    path("/activity", activity.operations, name="activity"),
    path("/activity/<int:operation_id>", activity.operation, name="operation"),
    path("/activity/<int:operation_id>/retry", activity.retry, name="retry"),
    path("/activity/<int:operation_id>/settlement", activity.settlement, name="settlement"),
    path("/activity/<int:operation_id>/fix", fixing.fix, name="fix"),
    path("/activity/<int:operation_id>/case-file", fixing.case, name="case-file"),
    path("/activity/errors/<slug:key>", fixing.group, name="error-group"),
    path("/account", account.health, name="account"),
    path("/take-over", account.take_over, name="take-over"),
    path("/settings/alerts", alerts.alerts, name="alerts"),
    path("/settings/alerts/sent", alerts.sent, name="alert-messages"),
    path("/settings/alerts/new", alerts.new_channel, name="new-alert-channel"),
    path("/settings/alerts/<int:channel_id>", alerts.channel, name="alert-channel"),
    path("/settings/alerts/<int:channel_id>/deletion", alerts.channel_deletion, name="alert-channel-deletion"),
    path("/settings/alerts/<int:channel_id>/test", alerts.channel_test, name="alert-channel-test"),
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
