"""Months as days: a month is its first day."""

import datetime as dt


def next_month(month: dt.date) -> dt.date:
    return (month.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
