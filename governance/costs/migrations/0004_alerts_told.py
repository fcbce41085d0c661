"""Alerts of before are taken as told: nobody wants mail about last year."""

from django.db import migrations, models
from django.db.models import F


def _told(apps, schema_editor):
    apps.get_model("costs", "BudgetAlert").objects.update(told_at=F("crossed_at"))


class Migration(migrations.Migration):
    dependencies = [("costs", "0003_exports_of_runs")]

    operations = [
        migrations.AddField(
            model_name="budgetalert",
            name="told_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.RunPython(_told, migrations.RunPython.noop),
    ]
