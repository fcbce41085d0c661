"""Which input column each column of a fitted scikit-learn pipeline comes from."""

from typing import Any

import numpy as np


def column_origins(steps: list[Any], names: list[str]) -> list[str] | None:
    """Return one input name per transformed column, or None when one mixes several inputs."""
    origins: list[str] | None = list(names)
    inner = list(names)
    for step in steps:
        found = _step(step, inner)
        if found is None or origins is None:
            return None
        known = dict(zip(inner, origins, strict=True))
        origins = [known[name] for name in found]
        inner = [f"{name}\x1f{position}" for position, name in enumerate(origins)]
    return origins


def _step(step: Any, names: list[str]) -> list[str] | None:  # noqa: PLR0911 - one per shape
    """Return, for each output column of ``step``, the name of the one input it rests on."""
    if step in (None, "passthrough"):
        return names
    if hasattr(step, "steps"):
        return column_origins([inner for _, inner in step.steps], names)
    if hasattr(step, "transformers_"):
        return _columns(step, names)
    kind = type(step).__name__
    if kind == "OneHotEncoder":
        return _repeated(names, step._n_features_outs)  # noqa: SLF001
    if kind == "SimpleImputer":
        return _imputed(step, names)
    if kind == "FunctionTransformer":
        return names if _elementwise(step) else None
    if hasattr(step, "get_support"):
        return [name for name, kept in zip(names, step.get_support(), strict=True) if kept]
    if kind == "KBinsDiscretizer":
        return names if step.encode == "ordinal" else _repeated(names, step.n_bins_)
    return names if _one_to_one(step) else None


def _one_to_one(step: Any) -> bool:
    from sklearn.base import OneToOneFeatureMixin

    named = type(step).__name__
    return isinstance(step, OneToOneFeatureMixin) and named not in {"Normalizer", "TargetEncoder"}


def _elementwise(step: Any) -> bool:
    """A column transformer keeps "passthrough" as such a step with no function."""
    func = step.func
    return func is None or (isinstance(func, np.ufunc) and (func.nin, func.nout) == (1, 1))


def _repeated(names: list[str], counts: Any) -> list[str]:
    return [name for name, count in zip(names, counts, strict=True) for _ in range(int(count))]


def _imputed(step: Any, names: list[str]) -> list[str]:
    """All-missing columns are dropped, and indicators of missingness come after the values."""
    statistics = np.asarray(step.statistics_, dtype=object)
    kept = names
    if not step.keep_empty_features:
        kept = [
            name
            for name, value in zip(names, statistics, strict=True)
            if not (isinstance(value, float) and np.isnan(value))
        ]
    if step.indicator_ is not None:
        kept = kept + [names[position] for position in step.indicator_.features_]
    return kept


def _columns(step: Any, names: list[str]) -> list[str] | None:
    outputs: list[str] = []
    ordered = sorted(step.transformers_, key=lambda part: step.output_indices_[part[0]].start)
    for name, transformer, columns in ordered:
        span = step.output_indices_[name]
        if span.stop == span.start:
            continue
        chosen = _chosen(columns, step, names)
        found = _step(transformer, chosen)
        if found is None or len(found) != span.stop - span.start:
            return None
        outputs += found
    return outputs


def _chosen(columns: Any, step: Any, names: list[str]) -> list[str]:
    """Resolve names, positions, slices and masks; names are those that the step was fitted with."""
    fitted = [str(name) for name in getattr(step, "feature_names_in_", names)]
    if isinstance(columns, slice):
        return names[columns]
    wanted = [columns] if isinstance(columns, (str, int)) else list(columns)
    if wanted and isinstance(wanted[0], (bool, np.bool_)):
        return [name for name, kept in zip(names, wanted, strict=True) if kept]
    return [names[fitted.index(item) if isinstance(item, str) else int(item)] for item in wanted]


def numeric_categories(estimator: Any, names: tuple[str, ...]) -> frozenset[str]:
    """Return the inputs that the model took as numbers, even where they are declared as categories.

    Conformed categories are text; an encoder that was fitted on integers must be given integers,
    and an estimator that encodes nothing takes numbers throughout.
    """
    texts = _text_inputs(estimator, list(names))
    return frozenset(names) - texts


def _text_inputs(step: Any, names: list[str]) -> set[str]:
    if step in (None, "passthrough", "drop"):
        return set()
    if hasattr(step, "steps"):
        found: set[str] = set()
        for _, inner in step.steps:
            found |= _text_inputs(inner, names)
            if _step_or_none(inner, names) != names:
                break
        return found
    if hasattr(step, "transformers_"):
        return {
            name
            for _, transformer, columns in step.transformers_
            for name in _text_inputs(transformer, _chosen(columns, step, names))
        }
    return _encoded_text(step, names)


def _step_or_none(step: Any, names: list[str]) -> list[str] | None:
    try:
        return _step(step, names)
    except (AttributeError, ValueError, KeyError):
        return None


def _encoded_text(step: Any, names: list[str]) -> set[str]:
    categories = getattr(step, "categories_", None)
    if categories is None:
        categories = _histogram_categories(step, names)
    if categories is None and getattr(step, "statistics_", None) is not None:
        categories = [np.atleast_1d(value) for value in step.statistics_]
    if categories is None or len(categories) != len(names):
        return set()
    return {
        name
        for name, values in zip(names, categories, strict=True)
        if any(isinstance(value, str) for value in np.asarray(values, dtype=object).ravel())
    }


def _histogram_categories(step: Any, names: list[str]) -> list[Any] | None:
    """HistGradientBoosting encodes categories itself, in a private transformer."""
    preprocessor = getattr(step, "_preprocessor", None)
    if preprocessor is None:
        return None
    texts = _text_inputs(preprocessor, names)
    return [["text"] if name in texts else [0.0] for name in names]
