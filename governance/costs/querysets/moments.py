"""A moment at which money is to be read as it stood: an instant, the end of a day, or a bill."""

import datetime as dt

from django.apps import apps
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from governance.kernel.ids import number_in

HINT = "A day, an instant, or the bill up to which to read: 2026-01-31 or BAT-00012."
_PREFIX = "BAT"


def moment_of(text: str) -> dt.datetime:
    """Return the moment that ``text`` names. Raises ``ValueError`` with what is wrong.

    A day is read to its end; a bill as of its acceptance, with itself.
    """
    number = number_in(text, _PREFIX)
    if number is not None:
        return _accepted(number)
    day = parse_date(text)
    if day is not None:
        return _aware(dt.datetime.combine(day + dt.timedelta(days=1), dt.time()))
    instant = parse_datetime(text)
    if instant is None:
        raise ValueError(f"This names no moment. {HINT}")
    return _aware(instant)


def _accepted(number: int) -> dt.datetime:
    parts = apps.get_model("costs", "BatchPart")._default_manager  # noqa: SLF001
    accepted = parts.filter(batch__number=number).exclude(accepted_at=None)
    moment = accepted.order_by("-accepted_at").values_list("accepted_at", flat=True).first()
    if moment is None:
        raise ValueError("No bill of this number was ever accepted.")
    found: dt.datetime = moment
    return found


def _aware(moment: dt.datetime) -> dt.datetime:
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)
