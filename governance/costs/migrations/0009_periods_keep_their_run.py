import datetime as dt
from typing import Any

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F


def name_runs(apps: Any, _schema: Any) -> None:
    """Closed periods were closed on their month's published run; what later ones moved is booked."""
    runs = apps.get_model("costs", "AllocationRun").objects
    periods = apps.get_model("costs", "BillingPeriod").objects.filter(state="closed")
    for run in runs.filter(state="published"):
        following = (run.month.replace(day=28) + dt.timedelta(days=4)).replace(day=1)
        closed = periods.filter(start__gte=run.month, start__lt=following)
        if closed.update(run=run):
            runs.filter(supersedes=run, dry=False).update(adjustment=F("difference"))


class Migration(migrations.Migration):
    dependencies = [("costs", "0008_charges_by_size")]

    operations = [
        migrations.AddField("allocationrun", "adjustment", models.JSONField(default=list)),
        migrations.AddField(
            "billingperiod",
            "run",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="costs.allocationrun",
            ),
        ),
        migrations.RunPython(name_runs, migrations.RunPython.noop),
    ]
