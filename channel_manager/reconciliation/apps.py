from django.apps import AppConfig


class ReconciliationConfig(AppConfig):
    name = "channel_manager.reconciliation"
    label = "reconciliation"
