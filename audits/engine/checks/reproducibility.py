"""The artifact and the data are the plan's, and the model answers twice alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from audits.engine.checks.plain import count, finish
from audits.engine.checks.verdicts import AT_MOST, read_settings
from audits.engine.context import Context
from audits.engine.outcome import Measure, Outcome, Table, Threshold, Verdict
from audits.engine.registry import check

ID, VERSION = "reproducibility.l0", 1


@dataclass(frozen=True, slots=True)
class ReproducibilitySettings:
    """``rows``: sample that is scored twice; ``max_difference``: largest difference allowed."""

    rows: int = 1000
    max_difference: float = 0.0


@check(id=ID, title="Digests and repeated scoring", roles=("current",))
def check_reproducibility(context: Context, parameters: Mapping[str, Any]) -> Outcome:
    """Digests of the bytes in use against the plan's; the same rows scored twice, and alone.

    A digest that the plan does not name is insufficient evidence. Parameters:
    ``ReproducibilitySettings``.
    """
    settings = read_settings(ReproducibilitySettings, parameters)
    rows = _digests(context)
    positions = context.sample("current", settings.rows)
    sample = context.frame("current").iloc[positions]
    again, once_more = context.model.score(sample), context.model.score(sample)
    differences = (
        Measure("rescore_difference", _widest(again, once_more), "", len(positions)),
        Measure(
            "batch_difference",
            _widest(context.scores("current")[positions], again),
            "",
            len(positions),
        ),
    )
    return _outcome(rows, differences, settings)


def _outcome(
    rows: list[tuple[str, str, str, str]],
    differences: tuple[Measure, Measure],
    settings: ReproducibilitySettings,
) -> Outcome:
    states = {state for *_, state in rows}
    twice = float(differences[0].value or 0.0)
    if "different" in states or twice > settings.max_difference:
        verdict = Verdict.FAIL
    else:
        verdict = Verdict.INSUFFICIENT if "not named" in states else Verdict.PASS
    columns = ("What", "Plan", "In use", "State")
    table = Table("digests", "SHA-256 of the bytes in use", columns, tuple(rows))
    return finish(
        Outcome(
            ID,
            VERSION,
            verdict,
            _summary(rows, twice, differences[0].n or 0, settings),
            differences,
            (Threshold("rescore_difference", AT_MOST, settings.max_difference),),
            tables=(table,),
            notes=(
                (
                    "batch_difference compares rows scored among all with the same ones alone; it "
                    "informs and does not decide."
                ),
            ),
        )
    )


def _widest(one: Any, two: Any) -> float:
    return float(np.abs(one - two).max()) if len(one) else 0.0


def _digests(context: Context) -> list[tuple[str, str, str, str]]:
    named = {"model": context.plan.model.digest}
    named |= {ref.role: ref.digest for ref in context.plan.data}
    rows = []
    for what in sorted({*named, *context.digests}):
        planned, found = named.get(what, ""), context.digests.get(what, "")
        state = "not named" if not (planned and found) else "same"
        if planned and found and planned != found:
            state = "different"
        rows.append((what, planned, found, state))
    return rows


def _summary(
    rows: list[tuple[str, str, str, str]], twice: float, n: int, settings: ReproducibilitySettings
) -> str:
    different = [what for what, *_, state in rows if state == "different"]
    if different:
        return f"The bytes in use are not those of the plan: {', '.join(different)}."
    if twice > settings.max_difference:
        return f"The model gave different scores for the same {count(n, 'row')}."
    unnamed = [what for what, *_, state in rows if state == "not named"]
    start = f"{count(n, 'row')} scored twice gave the same scores"
    if unnamed:
        return f"{start}; no digest to compare for {', '.join(unnamed)}."
    return f"{start}, on the very bytes that the plan names."
