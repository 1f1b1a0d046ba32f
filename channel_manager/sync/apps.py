from django.apps import AppConfig


class SyncConfig(AppConfig):
    name = "channel_manager.sync"
    label = "sync"
