"""What the host imports once, so that no run pays for it."""

import gc
import importlib
import warnings
from collections.abc import Iterator

# Opening an upload needs these and the library of its own format.
LIGHT = (
    "pandas",
    "pyarrow",
    "pyarrow.csv",
    "pyarrow.json",
    "pyarrow.parquet",
    "audits.engine.child",
)
MODULES = (
    "sklearn.ensemble",
    "skops.io",
    "xgboost",
    "lightgbm",
    "onnx",
    "onnxruntime",
    "catboost",
    "scipy.stats",
    "sklearn.calibration",
    "sklearn.compose",
    "sklearn.impute",
    "sklearn.inspection",
    "sklearn.linear_model",
    "sklearn.metrics",
    "sklearn.model_selection",
    "sklearn.neighbors",
    "sklearn.pipeline",
    "sklearn.preprocessing",
    "sklearn.svm",
    "sklearn.tree",
    "threadpoolctl",
    "shap",
    "fairlearn.metrics",
    "evidently",
    "evidently.metrics",
)


def light() -> None:
    """Import what opening an upload needs: about a second."""
    for name in LIGHT:
        importlib.import_module(name)


def warming() -> Iterator[None]:
    """Import the rest, library by library: something else can be done between two of them.

    At the end it is all taken out of the collector's sight. Nothing here may start a pool of
    threads: a fork copies none of them, and OpenMP would hang.
    """
    from audits.engine.registry import load_checks

    for name in MODULES:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            importlib.import_module(name)
        yield
    load_checks()
    gc.collect()
    gc.freeze()


def warm() -> None:
    light()
    for _ in warming():
        pass
