"""The house stands as its plan says; what may import what is written in pyproject.toml."""

import subprocess
import sys
import tomllib
from itertools import chain
from pathlib import Path

import pytest
from django.apps import apps

ROOT = Path(__file__).resolve().parents[2]
HOUSES = ("governance", "inventory", "audits", "reports")
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
FLOORS = [
    [name.strip("() ") for name in layer.split("|")]
    for layer in reversed(CONTRACTS["contracts"][0]["layers"])
]


def _floor(package: str) -> int:
    return next(number for number, names in enumerate(FLOORS) if package in names)


def test_nothing_imports_upwards_or_sideways():
    linter = Path(sys.executable).with_name("lint-imports")
    told = subprocess.run(
        [linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stdout


@pytest.mark.parametrize("house", HOUSES)
def test_every_package_has_a_floor(house):
    named = set(chain.from_iterable(FLOORS))
    packages = {f"{house}.{p.parent.name}" for p in (ROOT / house).glob("*/__init__.py")}
    assert packages <= named


def test_foreign_keys_point_down():
    ours = [model for model in apps.get_models() if model.__module__.split(".")[0] in HOUSES]
    upwards = [
        f"{model.__name__}.{field.name} → {field.related_model.__name__}"
        for model in ours
        for field in model._meta.get_fields(include_hidden=True)
        if field.concrete
        and field.is_relation
        and field.related_model in ours
        and _floor(field.related_model._meta.app_config.name) > _floor(model._meta.app_config.name)
    ]
    assert ours
    assert upwards == []


def test_no_file_is_longer_than_it_may_be():
    too_long = {
        str(path.relative_to(ROOT)): lines
        for path in chain.from_iterable((ROOT / house).rglob("*.py") for house in HOUSES)
        if "migrations" not in path.parts
        and path.name != "settings.py"  # one file, by plan
        and (lines := len(path.read_text().splitlines())) > 400
    }
    assert too_long == {}
