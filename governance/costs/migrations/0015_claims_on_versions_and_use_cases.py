from typing import Any

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import OuterRef, Q, Subquery


def name_teams(apps: Any, _schema: Any) -> None:
    """Every claim so far is on a model, and its model's team's."""
    found = apps.get_model("catalog", "RegisteredModel").objects.filter(pk=OuterRef("model"))
    claims = apps.get_model("costs", "BenefitClaim").objects
    claims.update(team=Subquery(found.values("team")[:1]))


def _key(to: str, *, null: bool = True) -> models.ForeignKey:
    return models.ForeignKey(
        null=null, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=to
    )


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0001_initial"),
        ("catalog", "0001_initial"),
        ("costs", "0014_why_a_closing_failed"),
    ]

    operations = [
        migrations.AddField("benefitclaim", "team", _key("access.team")),
        migrations.RunPython(name_teams, migrations.RunPython.noop),
        migrations.AlterField("benefitclaim", "team", _key("access.team", null=False)),
        migrations.AddField("benefitclaim", "use_case", _key("catalog.usecase")),
        migrations.AddField("benefitclaim", "version", _key("catalog.modelversion")),
        migrations.AlterField("benefitclaim", "model", _key("catalog.registeredmodel")),
        migrations.AddConstraint(
            "benefitclaim",
            models.CheckConstraint(
                condition=Q(use_case=None, model__isnull=False)
                | Q(use_case__isnull=False, model=None, version=None),
                name="claim_on_one",
            ),
        ),
    ]
