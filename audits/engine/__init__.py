"""Checks as pure functions: a frozen plan, frames and a model in; outcomes out.

Knows no Django and no Celery, so a check runs the same in the sandbox, in a script and in a test.
"""
