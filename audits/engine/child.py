"""The forked run: reads the hostile bytes, carries out its order, writes lines of JSON, is gone."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, BinaryIO

from audits.engine.errors import DataError, InputError
from audits.engine.execute import execute, open_context
from audits.engine.frames import profile
from audits.engine.models import inspect_model
from audits.engine.outcome import Outcome
from audits.engine.plan import CheckSpec, Plan, plan_from_json


def work(order: dict[str, Any], files: list[int]) -> int:
    """Carry out ``order``; the first file takes the answer, the others are its inputs.

    Returns the exit status: 0 when an answer was written.
    """
    say = _Line(files[0])
    inputs = [os.fdopen(file, "rb") for file in files[1:]]
    try:
        _carry_out(order, inputs, say)
    except InputError as error:
        kind = "data" if isinstance(error, DataError) else "model"
        say(event="refused", what=kind, message=error.message, code=error.code)
    except MemoryError:
        say(event="failed", kind="memory")
    return 0


class _Line:
    """Writes one event per line."""

    def __init__(self, file: int) -> None:
        self._file = os.fdopen(file, "wb", buffering=0)

    def __call__(self, **event: Any) -> None:
        data = json.dumps(event, allow_nan=False).encode() + b"\n"
        view = memoryview(data)
        while view:
            view = view[self._file.write(view) :]


def _carry_out(order: dict[str, Any], inputs: Sequence[BinaryIO], say: _Line) -> None:
    if order["order"] == "inspect-data":
        say(event="profile", body=asdict(profile(inputs[0], order["format"])))
    elif order["order"] == "inspect-model":
        say(event="facts", body=asdict(inspect_model(inputs[0].read(), order["format"])))
    else:
        _run(plan_from_json(order["plan"]), order["names"], inputs, say)


def _run(plan: Plan, names: list[str], inputs: Sequence[BinaryIO], say: _Line) -> None:
    files = dict(zip(names, inputs, strict=True))
    model = files.pop("model", None)

    def started(index: int, spec: CheckSpec) -> None:
        say(event="started", index=index, check=spec.check)

    def finished(index: int, outcome: Outcome) -> None:
        seconds = round(outcome.seconds, 6)
        say(event="finished", index=index, outcome=outcome.to_json(), seconds=seconds)

    outcomes = execute(plan, open_context(plan, files, model), started, finished)
    say(event="done", count=len(outcomes))
