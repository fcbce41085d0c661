"""The Celery application. A message carries ids only; the rows in the database are the truth."""

import os

from celery import Celery

from governance.kernel import filebroker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")
os.environ.setdefault("DO_NOT_TRACK", "1")

filebroker.install()
app = Celery("assay")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
