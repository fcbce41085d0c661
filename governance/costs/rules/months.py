"""Months as days: a month is its first day."""

import datetime as dt


def next_month(month: dt.date) -> dt.date:
    return (month.replace(day=1) + dt.timedelta(days=32)).replace(day=1)


def last_whole(day: dt.date) -> dt.date:
    """Return the last day of the last month that is over by the end of ``day``."""
    return (day + dt.timedelta(days=1)).replace(day=1) - dt.timedelta(days=1)


def days_of(month: dt.date) -> list[dt.date]:
    """Return every day of ``month``."""
    count = (next_month(month) - month).days
    return [month + dt.timedelta(days=place) for place in range(count)]


def part_within(units: int, span: tuple[dt.date, dt.date], window: tuple[dt.date, dt.date]) -> int:
    """Return what of ``units``, spread evenly over the days of ``span``, falls into ``window``.

    Both reach from a first day to the day after the last. The parts that follow each other sum to
    the whole, to the last unit.
    """
    days = (span[1] - span[0]).days
    first, last = ((min(max(day, span[0]), span[1]) - span[0]).days for day in window)
    return units * max(last, first) // days - units * first // days
