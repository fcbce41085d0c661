"""Numbers that people quote, given out without gaps inside the business transaction."""

from django.db.models import F

from governance.ledger.models import Counter


def next_number(series: str) -> int:
    """Return the next number of ``series``; the row stays locked until the transaction ends."""
    if not Counter.objects.filter(name=series).update(value=F("value") + 1):
        Counter.objects.bulk_create([Counter(name=series, value=0)], ignore_conflicts=True)
        Counter.objects.filter(name=series).update(value=F("value") + 1)
    return Counter.objects.values_list("value", flat=True).get(name=series)
