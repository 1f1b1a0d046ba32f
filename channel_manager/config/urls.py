"""Every address, by page."""

from django.urls import URLPattern, URLResolver, include, path

from channel_manager.api import hooks
from channel_manager.web.views import account, design, errors, home, preferences, session, setup
from channel_manager.web.views.activity import fixing, operations, reconciliation
from channel_manager.web.views.listings import comparison, listing
from channel_manager.web.views.listings import index as listings
from channel_manager.web.views.orders import bulk, cancelling, choices, decisions, order, runs, shipping
from channel_manager.web.views.orders import index as orders
from channel_manager.web.views.returns import index as returns
from channel_manager.web.views.returns import refunding
from channel_manager.web.views.settings import alerts, carriers, notifications, rules, stock_price

order_pages: list[URLPattern | URLResolver] = [
    path("", order.order, name="order"),
    path("/progress", order.progress, name="order-progress"),
    path("/commerce-order", order.commerce_order, name="commerce-order"),
    path("/shipment", shipping.shipment, name="shipment"),
    path("/shipments/<int:shipment_id>/tracking", shipping.tracking, name="tracking"),
    path("/shipments/<int:shipment_id>/carrier", fixing.carrier, name="carrier-choice"),
    path("/shipments/<int:shipment_id>/override", shipping.override, name="override"),
    path("/certificate", reconciliation.proof, name="certificate"),
    path("/cancellation", cancelling.cancellation, name="cancellation"),
    path("/cancellations/<int:cancellation_id>/reason", cancelling.reason, name="reason"),
    path("/refunds/<int:refund_id>/decision", decisions.decision, name="decision"),
]

return_pages: list[URLPattern | URLResolver] = [
    path("", returns.returned, name="return"),
    path("/orders/<int:order_id>/credit-memo", refunding.credit_memo, name="credit-memo"),
    path("/refunds/<int:refund_id>/repair", refunding.repair, name="repair"),
]

listing_pages: list[URLPattern | URLResolver] = [
    path("", listings.listings, name="listings"),
    path("/export.csv", listings.export, name="listings-csv"),
    path("/refreshing", listings.refresh, name="listings-refresh"),
    path("/selection", listings.selection, name="listings-selection"),
    path("/comparison/<str:kind>", comparison.comparison, name="comparison"),
    path("/comparison/<str:kind>/changes.csv", comparison.export, name="comparison-csv"),
    path("/comparison/<str:kind>/confirmation", comparison.confirmation, name="comparison-confirmation"),
    path("/comparison/<str:kind>/end", comparison.end, name="comparison-end"),
    path("/<int:listing_id>", listing.listing, name="listing"),
    path("/<int:listing_id>/rules", listing.own_rules, name="listing-rules"),
    path("/<int:listing_id>/price", listing.price, name="listing-price"),
    path("/<int:listing_id>/stock", listing.stock, name="listing-stock"),
    path("/<int:listing_id>/resending", listing.resending, name="listing-resending"),
]

store_pages: list[URLPattern | URLResolver] = [
    path("", home.store, name="store"),
    path("/first-connection", setup.first_connection, name="first-connection"),
    path("/synchronisation", operations.synchronisation, name="synchronisation"),
    path("/orders", orders.orders, name="orders"),
    path("/orders/arrivals", orders.arrivals, name="arrivals"),
    path("/orders/changes", orders.changes, name="order-changes"),
    path("/orders/columns", choices.columns, name="order-columns"),
    path("/orders/views", choices.views, name="order-views"),
    path("/orders/shipments", bulk.shipments, name="bulk-shipments"),
    path("/orders/retries", bulk.retries, name="bulk-retries"),
    path("/orders/runs/<int:run_id>", runs.run, name="bulk-run"),
    path("/orders/runs/<int:run_id>/progress", runs.run_progress, name="bulk-progress"),
    path("/orders/runs/<int:run_id>/rest.csv", runs.rest, name="bulk-rest"),
    path("/orders/export.csv", bulk.export, name="orders-csv"),
    path("/orders/<int:order_id>", include(order_pages)),
    path("/listings", include(listing_pages)),
    path("/returns", returns.returns, name="returns"),
    path("/returns/<int:return_id>", include(return_pages)),
    path("/checks", reconciliation.checks, name="reconciliation"),
    path("/checks/progress", reconciliation.progress, name="reconciliation-progress"),
    path("/checks/<int:run_id>", reconciliation.checks, name="reconciliation-run"),
    path("/checks/<int:run_id>/findings.csv", reconciliation.findings_csv, name="findings-csv"),
    path("/checks/<int:run_id>/orders.csv", reconciliation.orders_csv, name="compared-csv"),
    path("/checks/findings/<int:finding_id>/application", reconciliation.application, name="apply-finding"),
    path("/checks/findings/<int:finding_id>/dismissal", reconciliation.dismissal, name="dismiss-finding"),
    path("/activity", operations.operations, name="activity"),
    path("/activity/<int:operation_id>", operations.operation, name="operation"),
    path("/activity/<int:operation_id>/retry", operations.retry, name="retry"),
    path("/activity/<int:operation_id>/settlement", operations.settlement, name="settlement"),
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
    path("/settings/carriers", carriers.carriers, name="carriers"),
    path("/settings/carriers/new", carriers.new_carrier, name="new-carrier"),
    path("/settings/carriers/<int:rule_id>", carriers.carrier, name="carrier"),
    path("/settings/carriers/<int:rule_id>/deletion", carriers.carrier_deletion, name="carrier-deletion"),
    path("/settings/order-rules", rules.rules, name="order-rules"),
    path("/settings/stock-and-price", stock_price.stock_and_price, name="stock-and-price"),
    path("/settings/stock-and-price/feeds/<int:feed_id>", stock_price.feed, name="feed"),
    path("/settings/notifications", notifications.notifications, name="notifications"),
    path("/settings/notifications/walmart", notifications.walmart, name="walmart-notifications"),
    path("/settings/notifications/shop", notifications.shop, name="shop-notifications"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("sign-in", session.sign_in, name="sign-in"),
    path("sign-out", session.sign_out, name="sign-out"),
    path("preferences", preferences.preferences, name="preferences"),
    path("design", design.design, name="design"),
    path("stores/<int:store_id>", include(store_pages)),
    path("hooks/<str:key>/marketplace", hooks.marketplace, name="marketplace-hook"),
    path("hooks/<str:key>/commerce", hooks.commerce, name="commerce-hook"),
]

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.server_error
