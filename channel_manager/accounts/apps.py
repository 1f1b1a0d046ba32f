from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "channel_manager.accounts"
    label = "accounts"
