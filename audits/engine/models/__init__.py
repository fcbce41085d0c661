"""Model artifacts, one file for each library; loaded from bytes, never from a path.

Native formats can still crash a process or be made to: load what strangers send only inside the
sandbox (``audits.engine.sandbox``).
"""

from collections.abc import Callable
from typing import Protocol, TypeVar

from audits.engine.errors import ModelError
from audits.engine.models.base import Contributions, FloatArray, ModelFacts, Scorer
from audits.engine.plan import Signature

__all__ = [
    "FORMATS",
    "Contributions",
    "FloatArray",
    "ModelError",
    "ModelFacts",
    "Scorer",
    "inspect_model",
    "load_model",
]

T = TypeVar("T")

FORMATS = ("onnx", "skops", "xgboost-json", "xgboost-ubj", "lightgbm", "catboost")
SPEAKING = frozenset({"skops", "onnx"})  # their readers' messages are stable and help
PICKLES = frozenset({"pickle", "pkl", "joblib", "dill", "cloudpickle", "pt", "pth"})


class Adapter(Protocol):
    """What each library's file offers."""

    def load(self, data: bytes, format: str, signature: Signature, threads: int) -> Scorer: ...  # noqa: A002

    def inspect(self, data: bytes, format: str) -> ModelFacts: ...  # noqa: A002


def load_model(data: bytes, format: str, signature: Signature, *, threads: int = 1) -> Scorer:  # noqa: A002
    """Return a scorer that fits the signature; raises ``ModelError`` saying what does not."""
    adapter = _adapter(data, format)
    return _guarded(lambda: adapter.load(data, format, signature, threads), format)


def inspect_model(data: bytes, format: str) -> ModelFacts:  # noqa: A002
    """Return what the artifact says about itself; raises ``ModelError`` when it is unreadable."""
    adapter = _adapter(data, format)
    return _guarded(lambda: adapter.inspect(data, format), format)


def _adapter(data: bytes, format: str) -> Adapter:  # noqa: A002
    if format in PICKLES or _is_pickle(data):
        raise ModelError(
            "Pickle and joblib files can run any program when they are opened, so they are "
            "refused. Save scikit-learn models with skops.io.dump, others in their native format "
            "or as ONNX.",
            "pickle-refused",
        )
    if format not in FORMATS:
        known = ", ".join(FORMATS)
        raise ModelError(f"Unknown model format “{format}”; use one of {known}.", "unknown-format")
    if not data:
        raise ModelError("The artifact is empty.", "empty")
    return _find(format)


def _find(format: str) -> Adapter:  # noqa: A002
    if format == "onnx":
        from audits.engine.models import onnx as adapter
    elif format == "skops":
        from audits.engine.models import sklearn as adapter  # type: ignore[no-redef]
    elif format == "lightgbm":
        from audits.engine.models import lightgbm as adapter  # type: ignore[no-redef]
    elif format == "catboost":
        from audits.engine.models import catboost as adapter  # type: ignore[no-redef]
    else:
        from audits.engine.models import xgboost as adapter  # type: ignore[no-redef]
    return adapter


def _is_pickle(data: bytes) -> bool:
    """Protocol 2 and later start with 0x80 and its number; joblib compresses the same stream."""
    head = data[:2]
    return len(head) == 2 and head[0] == 0x80 and 2 <= head[1] <= 5 and data[-1:] == b"."  # noqa: PLR2004


def _guarded(make: Callable[[], T], format: str) -> T:  # noqa: A002
    try:
        return make()
    except (ModelError, MemoryError):
        raise
    except Exception as error:
        raise ModelError(
            f"The artifact is not readable as {format}: {_reason(error, format)}", "unreadable"
        ) from error


def _reason(error: Exception, format: str) -> str:  # noqa: A002
    """Native readers run past a damaged file's end and report what they met: never the same twice.

    An outcome's digest must not rest on that, so their own words are left out.
    """
    if format not in SPEAKING:
        return "it is damaged, cut off or of another format or version."
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
