from django.db import migrations, models

import governance.kernel.amounts
from governance.kernel.money import to_text


def keep_totals(apps, schema_editor):
    """What a person or the issuer said until now is the whole of its currency."""
    rows = apps.get_model('costs', 'BillingPeriod').objects.exclude(invoice_total=None)
    for row in rows:
        row.invoices = {row.invoice_currency: {'total': to_text(row.invoice_total)}}
        row.save(update_fields=['invoices'])


class Migration(migrations.Migration):

    dependencies = [
        ('costs', '0011_where_targets_stood'),
    ]

    operations = [
        migrations.AddField(
            model_name='billingperiod',
            name='invoices',
            field=models.JSONField(default=dict),
        ),
        migrations.RunPython(keep_totals, migrations.RunPython.noop, elidable=True),
        migrations.RemoveField(model_name='billingperiod', name='invoice_total'),
        migrations.RemoveField(model_name='billingperiod', name='invoice_currency'),
        migrations.AddField(
            model_name='parttotal',
            name='listed',
            field=governance.kernel.amounts.AmountField(null=True),
        ),
        migrations.AddField(
            model_name='parttotal',
            name='contracted',
            field=governance.kernel.amounts.AmountField(null=True),
        ),
        migrations.CreateModel(
            name='InvoiceTotal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('currency', models.CharField(max_length=3)),
                ('invoice', models.TextField()),
                ('billed', governance.kernel.amounts.AmountField()),
                ('part', models.ForeignKey(on_delete=models.deletion.CASCADE, related_name='invoices', to='costs.batchpart')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('part', 'currency', 'invoice'), name='invoice_total_once')],
            },
        ),
    ]
