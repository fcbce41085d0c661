from django.apps import AppConfig


class FlowsConfig(AppConfig):
    name = "governance.flows"
    label = "flows"
