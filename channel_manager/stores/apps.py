from django.apps import AppConfig


class StoresConfig(AppConfig):
    name = "channel_manager.stores"
    label = "stores"
