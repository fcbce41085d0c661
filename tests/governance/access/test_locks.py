"""A locked row lets others point at it, whatever they hold already."""

import threading

import pytest
from django.db import connection, transaction

from governance.costs import commands as costs
from governance.costs.models import Target
from governance.kernel.actor import system_actor
from governance.ledger import commands as ledger
from inventory.catalog.models import ModelVersion
from tests.factories import access
from tests.factories import catalog as things


@pytest.mark.django_db(transaction=True)
def test_who_locked_a_version_and_who_holds_the_ledger_do_not_wait_for_each_other():
    """One locks a version and then asks for the ledger; the other goes the other way round."""
    version = things.version(things.model(access.team()))

    def point_at_it() -> None:
        try:
            costs.ensure_targets(actor=system_actor(), subject_id=version.pk)
        finally:
            connection.close()

    other = threading.Thread(target=point_at_it)
    with transaction.atomic():
        ModelVersion.objects.locked(version.pk)
        other.start()
        other.join(timeout=20)
        assert not other.is_alive(), "it waits for the locked row"
        ledger.hold()
    assert Target.objects.filter(version=version).exists()
