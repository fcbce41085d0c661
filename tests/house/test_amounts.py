"""Money is whole numbers: Django's decimals and its sums, which are floats on SQLite, stay away."""

import ast
from collections.abc import Iterator
from pathlib import Path

from django.apps import apps
from django.db.models import DecimalField

from governance.kernel.amounts import AmountField

ROOT = Path(__file__).parents[2]
OURS = ("governance", "inventory", "audits", "reports")
SHARES = {"costs.BenefitClaim.share", "catalog.Deployment.traffic_share"}  # of a whole, few places
ADDING = {"Sum", "Avg", "Max", "Min", "StdDev", "Variance"}  # text compares as text on SQLite


def amounts() -> set[str]:
    """The names of all columns that hold money, or other amounts kept alike."""
    fields = (field for model in apps.get_models() for field in model._meta.get_fields())
    return {field.name for field in fields if isinstance(field, AmountField)}


def calls(name: str) -> Iterator[tuple[str, ast.Call]]:
    """Every call of a function of this name, with its place."""
    for app in OURS:
        for path in (ROOT / app).rglob("*.py"):
            text = path.read_text()
            if f"{name}(" in text:
                yield from _within(path, ast.parse(text), name)


def _within(path: Path, tree: ast.AST, name: str) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == name:
            yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def named(call: ast.Call) -> list[str]:
    """The last part of each path that a call names."""
    texts = [a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    return [text.rsplit("__", 1)[-1] for text in texts]


def test_no_column_of_money_is_a_decimal_of_djangos() -> None:
    ours = [model for model in apps.get_models() if model.__module__.startswith(OURS)]
    fields = [field for model in ours for field in model._meta.get_fields()]
    assert {str(field) for field in fields if isinstance(field, DecimalField)} == SHARES
    assert "billed" in amounts()


def test_amounts_are_added_and_compared_exactly() -> None:
    money = amounts()
    seen = [(at, call) for name in sorted(ADDING) for at, call in calls(name)]
    assert len(seen) > 10, "the walk finds nothing"
    wrong = [f"{at} {ast.unparse(call)}" for at, call in seen if money & set(named(call))]
    assert wrong == []
