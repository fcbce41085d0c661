"""Governed rows are written by commands and nowhere else, each in a transaction of its own."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from governance.celery import app

ROOT = Path(__file__).resolve().parents[2]
APPS = ("governance", "inventory", "audits", "reports")
WRITES = {
    "bulk_create",
    "bulk_update",
    "create",
    "delete",
    "get_or_create",
    "save",
    "update",
    "update_or_create",
}
# What is written outside commands, and why that is no governed row.
ELSEWHERE = {
    "governance/access/authentication.py": "when a token was last used",
    "governance/access/idempotency.py": "answers kept for Idempotency-Key",
    "governance/ledger/numbers.py": "the counters, inside the caller's transaction",
}


def sources() -> Iterator[Path]:
    for folder in APPS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            parts = path.relative_to(ROOT).parts
            if "migrations" not in parts and "static" not in parts:
                yield path


def _in_commands(path: Path) -> bool:
    return path.name == "commands.py" or path.parent.name == "commands"


def _writes(path: Path) -> list[str]:
    """Return calls that write through the ORM: ``X.objects.create``, ``row.save()``."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        through = ast.unparse(node.func.value)
        orm = ".objects" in through or "_default_manager" in through
        if node.func.attr in WRITES and (orm or (node.func.attr == "save" and not node.args)):
            found.append(f"{path.relative_to(ROOT)}:{node.lineno} {ast.unparse(node.func)}")
    return found


def test_only_commands_write() -> None:
    strays = [
        stray
        for path in sources()
        if not _in_commands(path) and str(path.relative_to(ROOT)) not in ELSEWHERE
        for stray in _writes(path)
    ]
    assert strays == []


def _public_commands() -> Iterator[tuple[str, ast.FunctionDef]]:
    for path in sources():
        if not _in_commands(path) or "management" in path.parts or "ledger" in path.parts:
            continue
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                names = [arg.arg for arg in node.args.kwonlyargs]
                if "actor" in names and not node.args.args:
                    yield f"{path.relative_to(ROOT)}:{node.name}", node


@pytest.mark.parametrize("node", [pytest.param(n, id=i) for i, n in _public_commands()])
def test_a_command_stands_alone_in_its_transaction(node: ast.FunctionDef) -> None:
    """``durable=True`` makes nesting an error, so commands never call commands.

    A command with slow work (storage) does that first and then calls its own private half.
    """
    whole = "transaction.atomic(durable=True)"
    if whole in [ast.unparse(d) for d in node.decorator_list]:
        return
    assert SLOW & {ast.unparse(c.func) for c in ast.walk(node) if isinstance(c, ast.Call)}


SLOW = {"storage.keep", "keep"}


TASK = re.compile(r"(audits|governance|inventory|reports)\.[a-z]+\.[a-z]+")


def test_every_task_that_is_sent_exists() -> None:
    """Enqueuing goes by name; a name without a task would be lost in silence."""
    app.loader.import_default_modules()
    named = {
        node.value.value
        for path in sources()
        if path.name == "kinds.py"
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Constant)
        and TASK.fullmatch(str(node.value.value))
    }
    assert named
    assert named <= set(app.tasks)


def test_every_queue_has_a_worker() -> None:
    served = (ROOT / "governance/portal/management/commands/serve.py").read_text()
    queues = {str(getattr(app.tasks[name], "queue", None) or "default") for name in our_tasks()}
    assert all(f'_worker("{queue}"' in served for queue in queues)


def our_tasks() -> list[str]:
    app.loader.import_default_modules()
    return [name for name in app.tasks if TASK.fullmatch(name)]
