"""A plan's checks, one after the other: one that breaks leaves the others whole."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, BinaryIO

import pandas as pd

from audits.engine import threads
from audits.engine.conform import conform, infer_kind
from audits.engine.context import Context, Lazy
from audits.engine.digests import file_sha256
from audits.engine.errors import DataError, InputError, ModelError
from audits.engine.frames import read_frame
from audits.engine.models import Scorer, load_model
from audits.engine.outcome import Outcome, Verdict
from audits.engine.plan import CheckSpec, Column, DataRef, Plan
from audits.engine.registry import Registered, UnknownCheckError, find

ADDRESS = re.compile(r" at 0x[0-9a-f]+")  # differs from run to run

Started = Callable[[int, CheckSpec], None]
Finished = Callable[[int, Outcome], None]


def execute(
    plan: Plan,
    context: Context,
    on_started: Started | None = None,
    on_finished: Finished | None = None,
) -> list[Outcome]:
    """Return one outcome per check of the plan, in its order; never raises for a check's fault.

    ``on_started`` and ``on_finished`` get the check's position in the plan, so that a page can
    show the checks one by one. The libraries' threads are held to the plan's number meanwhile,
    since sums depend on it.
    """
    outcomes = []
    with threads.held(plan.threads):
        for position, spec in enumerate(plan.checks):
            if on_started:
                on_started(position, spec)
            outcomes.append(_timed(spec, context))
            if on_finished:
                on_finished(position, outcomes[-1])
    return outcomes


def _timed(spec: CheckSpec, context: Context) -> Outcome:
    begun = time.perf_counter()
    return replace(_carry_out(spec, context), seconds=time.perf_counter() - begun)


def open_context(plan: Plan, data: dict[str, BinaryIO], model: BinaryIO | None = None) -> Context:
    """Return a context over open files, by role; each is read when a check first needs it.

    The bytes are held to the plan's digests before anything parses them.
    """
    digests = Lazy(
        {
            role: partial(file_sha256, file)
            for role, file in (data | ({"model": model} if model else {})).items()
        }
    )
    refs = {ref.role: ref for ref in plan.data}
    raw = Lazy({role: _reader(plan, refs.get(role), digests, data[role]) for role in data})
    frames = Lazy({role: partial(_conform_role, plan, raw, role) for role in data})

    def loaded() -> Scorer | None:
        if model is None:
            return None
        if plan.model.digest and digests["model"] != plan.model.digest:
            raise ModelError("The artifact's bytes are not those of the plan.", "digest-mismatch")
        model.seek(0)
        return load_model(model.read(), plan.model.format, plan.signature, threads=plan.threads)

    return Context(plan, frames, loaded, raw=raw, digests=digests)


def _reader(
    plan: Plan, ref: DataRef | None, digests: Mapping[str, str], file: BinaryIO
) -> Callable[[], pd.DataFrame]:
    def read() -> pd.DataFrame:
        if ref is None:
            raise DataError("The plan does not name this data.", "no-data")
        if ref.digest and digests[ref.role] != ref.digest:
            raise DataError(
                f"The {ref.role} data's bytes are not those of the plan.", "digest-mismatch"
            )
        features = [column.name for column in plan.signature.features]
        others = [*plan.signature.protected, plan.signature.target]
        return read_frame(file, ref.format, features, optional=others)

    return read


def _conform_role(plan: Plan, frames: Mapping[str, pd.DataFrame], role: str) -> pd.DataFrame:
    raw = frames[role]
    features = {column.name for column in plan.signature.features}
    extra = tuple(
        Column(name, infer_kind(raw[name]))
        for name in dict.fromkeys(plan.signature.protected)
        if name in raw.columns and name not in features and name != plan.signature.target
    )
    return conform(raw, plan.signature.features + extra)


def _carry_out(spec: CheckSpec, context: Context) -> Outcome:
    try:
        found = find(spec.check)
    except UnknownCheckError as error:
        return _failed(spec.check, 0, str(error))
    try:
        outcome = _run(found, spec.parameters, context)
        outcome.digest()
    except InputError as error:
        return _failed(found.id, found.version, error.message)
    except MemoryError:
        return _failed(
            found.id, found.version, "The check needed more memory than the run may use."
        )
    except Exception as error:  # noqa: BLE001 - whatever a check raises must not end the others
        return _failed(
            found.id,
            found.version,
            f"Internal error in check {found.id}: {type(error).__name__}.",
            detail=ADDRESS.sub("", " ".join(str(error).split()))[:300],
        )
    return outcome


def _run(found: Registered, parameters: Mapping[str, Any], context: Context) -> Outcome:
    for role in found.roles:
        context.frame(role)
    outcome = found.run(context.for_check(found.id), parameters)
    if outcome.check != found.id or outcome.version != found.version:
        raise ValueError(f"the check reported as {outcome.check} v{outcome.version}")
    return outcome


def _failed(check: str, version: int, reason: str, detail: str = "") -> Outcome:
    notes = (f"Detail for the developer: {detail}",) if detail else ()
    return Outcome(check, version, Verdict.ERROR, reason, notes=notes)
