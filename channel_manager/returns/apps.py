from django.apps import AppConfig


class ReturnsConfig(AppConfig):
    name = "channel_manager.returns"
    label = "returns"
