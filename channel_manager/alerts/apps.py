from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "channel_manager.alerts"
    label = "alerts"
