from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "channel_manager.catalog"
    label = "catalog"
