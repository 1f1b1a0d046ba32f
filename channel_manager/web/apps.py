from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "channel_manager.web"
    label = "web"
