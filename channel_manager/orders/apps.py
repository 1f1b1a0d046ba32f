from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "channel_manager.orders"
    label = "orders"
