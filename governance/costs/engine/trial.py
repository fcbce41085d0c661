"""Experiments as the statistics of audits read them: the adapter that loads scipy."""

from governance.costs.rules.experiments import SHARES, Design, Observed
from governance.kernel.canonical import Json


def detectable(design: Design) -> float:
    """Return the smallest effect that the planned units show with a power of 80 %."""
    from audits.engine.statistics import experiments

    control, treated = design.planned
    find = experiments.detectable_share if design.kind == SHARES else experiments.detectable_mean
    return find(float(design.baseline), treated, control, float(design.alpha))


def judge(design: Design, observed: Observed, looks: int) -> dict[str, Json]:
    """Return the result as it is frozen: ``looks`` counts every reading, this last one too.

    ``effect`` is treatment less control. Unless ``nominal_trusted``, ``p`` says nothing by itself.
    """
    from audits.engine.statistics import experiments

    arm = experiments.Counts if design.kind == SHARES else experiments.Sample
    control, treated = (arm(**observed[name]) for name in design.arms)
    reading = experiments.read(treated, control, float(design.alpha), design.looks, looks)
    ratio = experiments.sample_ratio([control.n, treated.n], design.shares)
    effect = reading.effect
    return {
        "effect": effect.value,
        "low": effect.low,
        "high": effect.high,
        "level": effect.level,
        "interval_method": effect.interval_method,
        "test": effect.test_method,
        "p": effect.p,
        "p_corrected": reading.p_corrected,
        "correction": reading.correction,
        "looks": reading.looks,
        "planned_looks": design.looks,
        "peeked": reading.peeked,
        "nominal_trusted": reading.nominal_trusted,
        "false_alarm": reading.false_alarm,
        "ratio_p": ratio.p,
        "ratio_statistic": ratio.statistic,
        "ratio_valid": ratio.valid,
        "n": control.n + treated.n,
        "short": control.n + treated.n < design.planned_n,
        "clear": reading.p_corrected < float(design.alpha),
    }
