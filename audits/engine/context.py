"""What a check receives: the plan, the frames, and what several checks would compute twice.

Frames, scores, labels and contributions are made on first use and shared. A file that cannot be
read raises the same ``DataError`` in each check that asks for it, and in no other.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast

import numpy as np
import pandas as pd

from audits.engine.errors import DataError
from audits.engine.frames import as_labels, as_values
from audits.engine.models.base import Contributions, FloatArray, Scorer
from audits.engine.plan import Plan, Signature, Task

BACKGROUND_ROWS = 100
SAMPLE_ROWS = 1000
PERMUTED_ROWS = 200


class Lazy(Mapping[str, Any]):
    """A mapping whose values are made once, on first use; a failure is kept and raised again.

    ``in`` and iteration only look at the names, so asking whether a role exists reads nothing.
    """

    def __init__(self, makers: Mapping[str, Callable[[], Any]]) -> None:
        self._makers = dict(makers)
        self._made: dict[str, Any] = {}
        self._failed: dict[str, Exception] = {}

    def __getitem__(self, key: str) -> Any:
        if key in self._failed:
            raise self._failed[key]
        if key not in self._made:
            try:
                self._made[key] = self._makers[key]()
            except Exception as error:
                if key in self._makers:
                    self._failed[key] = error
                raise
        return self._made[key]

    def __contains__(self, key: object) -> bool:
        return key in self._makers

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._makers))

    def __len__(self) -> int:
        return len(self._makers)


class Context:
    """One run's inputs and shared results.

    ``frames`` holds one frame per role (``reference``, ``current``), conformed to the signature:
    numbers and booleans float64, categories text, NaN where missing; features in the signature's
    order, then the protected columns and the target as far as the file has them. ``raw`` holds
    the same columns as the file has them. ``digests`` names the SHA-256 of the bytes in use, by
    role and under ``model``.
    """

    def __init__(
        self,
        plan: Plan,
        frames: Mapping[str, pd.DataFrame],
        model: Callable[[], Scorer | None] | Scorer | None,
        *,
        raw: Mapping[str, pd.DataFrame] | None = None,
        digests: Mapping[str, str] | None = None,
    ) -> None:
        self.plan = plan
        self.signature: Signature = plan.signature
        self.frames = frames
        self.raw = raw if raw is not None else frames
        self.digests: Mapping[str, str] = digests or {}
        self.check = ""
        self._model = Lazy({"model": model if callable(model) else lambda: model})
        self._shared: dict[tuple[Any, ...], Any] = {}

    def for_check(self, check: str) -> "Context":
        """Return the same run as seen by one check: results are shared, random streams are not."""
        view = object.__new__(Context)
        view.__dict__.update(self.__dict__)
        view.check = check
        return view

    @property
    def roles(self) -> tuple[str, ...]:
        return tuple(self.frames)

    @property
    def features(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.signature.features)

    @property
    def model(self) -> Scorer:
        """Return the model, loaded on first use; raises ``ModelError`` when it cannot be."""
        scorer = self._model["model"]
        if scorer is None:
            raise DataError("This run carries no model artifact.", "no-model")
        return cast("Scorer", scorer)

    def frame(self, role: str) -> pd.DataFrame:
        """Return the conformed frame of ``role``; ``DataError`` when the run has none."""
        if role not in self.frames:
            raise DataError(f"This run carries no {role} data.", "no-data")
        return self.frames[role]

    def column(self, role: str, name: str) -> pd.Series:
        """Return one column, a feature or not; ``DataError`` names it when the file lacks it."""
        frame = self.frame(role)
        if name not in frame.columns:
            raise DataError(f"The {role} data has no column “{name}”.", "missing-columns")
        return frame[name]

    def has_labels(self, role: str) -> bool:
        return self.signature.target in self.frame(role).columns

    def scores(self, role: str) -> FloatArray:
        """Return the model's score per row: P(positive label), or the predicted value."""
        found = self._once(("scores", role), lambda: self.model.score(self.frame(role)))
        return cast("FloatArray", found)

    def labels(self, role: str) -> np.ndarray[Any, Any]:
        """Return the truth per row: bool for classification, float64 for regression.

        Raises ``DataError`` when the target is absent, empty in some rows, or of another kind.
        """
        found = self._once(("labels", role), lambda: self._labels(role))
        return cast("np.ndarray[Any, Any]", found)

    def sample(self, role: str, size: int = SAMPLE_ROWS) -> np.ndarray[Any, Any]:
        """Return sorted row positions, the same for each check of this plan."""
        rows = len(self.frame(role))
        if rows <= size:
            return np.arange(rows)
        picked = self._generator("sample", role).choice(rows, size=size, replace=False)
        return np.sort(picked)

    def to_explain(
        self, role: str, size: int = SAMPLE_ROWS, permuted: int = PERMUTED_ROWS
    ) -> np.ndarray[Any, Any]:
        """Return the positions to explain: at most ``permuted`` where each row costs thousands."""
        return self.sample(role, min(size, permuted) if self.model.permuted else size)

    def contributions(self, role: str, rows: Sequence[int] | np.ndarray[Any, Any]) -> Contributions:
        """Return what each feature added to the score of the rows at these positions."""
        positions = np.asarray(rows, dtype=np.int64)
        key = ("contributions", role, positions.tobytes())
        return cast("Contributions", self._once(key, lambda: self._explain(role, positions)))

    def rng(self, name: str = "") -> np.random.Generator:
        """Return a fresh random stream fixed by the plan's seed, this check and ``name``."""
        return self._generator("check", self.check, name)

    def _explain(self, role: str, positions: np.ndarray[Any, Any]) -> Contributions:
        home = "reference" if "reference" in self.frames else role
        background = self.frame(home).iloc[self.sample(home, BACKGROUND_ROWS)]
        chosen = self.frame(role).iloc[positions]
        return self.model.contributions(chosen, background, self.plan.seed)

    def _labels(self, role: str) -> np.ndarray[Any, Any]:
        target = self.column(role, self.signature.target)
        if self.signature.task is Task.CLASSIFICATION:
            return as_labels(target, self.signature.positive_label)
        return as_values(target)

    def _once(self, key: tuple[Any, ...], make: Callable[[], Any]) -> Any:
        if key not in self._shared:
            self._shared[key] = make()
        return self._shared[key]

    def _generator(self, *names: str) -> np.random.Generator:
        text = "\x1f".join((str(self.plan.seed), *names))
        return np.random.default_rng(int.from_bytes(hashlib.sha256(text.encode()).digest(), "big"))
