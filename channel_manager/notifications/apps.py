from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "channel_manager.notifications"
    label = "notifications"
