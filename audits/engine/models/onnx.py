"""ONNX by onnxruntime: standard operators only, no file beside the model, explained by permutation.

Two shapes of input are known: one tensor (rows, features), or one input (rows, 1) per feature.
"""

from typing import Any

import numpy as np
import pandas as pd

from audits.engine.errors import ModelError
from audits.engine.models.base import (
    PROBABILITY,
    VALUE,
    Contributions,
    FloatArray,
    ModelFacts,
    finite_scores,
    label_text,
    match_features,
    numeric,
)
from audits.engine.models.native import require_task
from audits.engine.models.onnx_graph import LIBRARY, MATRIX, describe, read_graph
from audits.engine.models.permutation import permutation
from audits.engine.plan import ColumnKind, Signature, Task

NUMBERS = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
    "tensor(bool)": np.bool_,
}
TEXT = "tensor(string)"
WHOLE = (np.int64, np.int32, np.bool_)


def load(data: bytes, format: str, signature: Signature, threads: int) -> "OnnxScorer":  # noqa: A002
    facts = describe(read_graph(data), format)
    return OnnxScorer(_session(data, threads), facts, signature)


def inspect(data: bytes, format: str) -> ModelFacts:  # noqa: A002
    return describe(read_graph(data), format)


class OnnxScorer:
    library = LIBRARY
    permuted = True

    def __init__(self, session: Any, facts: ModelFacts, signature: Signature) -> None:
        self._session = session
        self._facts = facts
        self._inputs = list(session.get_inputs())
        self._outputs = [output.name for output in session.get_outputs()]
        self._classifies = signature.task is Task.CLASSIFICATION
        known = bool(facts.classes) or len(self._outputs) > 1
        if known != self._classifies and (known or len(facts.details.get("outputs", "")) == 0):
            require_task(signature, classifies=known, what=facts.kind)
        self._declared = tuple(column.name for column in signature.features)
        self._names = match_features(facts.features, facts.feature_count, signature, tidy=_tidy)
        self._kinds = {column.name: column.kind for column in signature.features}
        self._positive = self._positive_index(signature)

    def _positive_index(self, signature: Signature) -> int:
        label = label_text(signature.positive_label or "1")
        if not self._classifies or not self._facts.classes:
            return 0 if label == "0" else 1
        if label not in self._facts.classes:
            raise ModelError(
                f"The model's classes are {', '.join(self._facts.classes)}; "
                f"“{signature.positive_label}” is none of them.",
                "positive-label",
            )
        return self._facts.classes.index(label)

    def describe(self) -> ModelFacts:
        return self._facts

    def score(self, frame: pd.DataFrame) -> FloatArray:
        try:
            found = self._session.run(None, self._feed(frame))
        except ModelError:
            raise
        except Exception as error:
            text = " ".join(str(error).split())[:200]
            raise ModelError(f"The model refuses the data: {text}", "refused-data") from error
        named = dict(zip(self._outputs, found, strict=True))
        scores = self._probability(named) if self._classifies else found[0]
        return finite_scores(scores, len(frame), LIBRARY)

    def contributions(
        self, frame: pd.DataFrame, background: pd.DataFrame, seed: int
    ) -> Contributions:
        columns = list(self._declared)
        scale = PROBABILITY if self._classifies else VALUE
        return permutation(self.score, frame[columns], background[columns], seed, scale)

    def _probability(self, named: dict[str, Any]) -> Any:
        """Find P(positive): the last output, as a list of maps or a (rows, 1 or classes) tensor."""
        found = named[self._outputs[-1]]
        if isinstance(found, list):
            by_label = [{label_text(k): v for k, v in row.items()} for row in found]
            label = self._facts.classes[self._positive] if self._facts.classes else "1"
            return [row[label] for row in by_label]
        matrix = np.asarray(found, dtype=np.float64)
        if matrix.ndim == MATRIX and matrix.shape[1] > 1:
            matrix = matrix[:, self._positive]
        elif self._positive == 0:
            matrix = 1.0 - matrix
        if ((matrix < 0) | (matrix > 1)).any():
            raise ModelError(
                "The model's last output is no probability: values lie outside 0 to 1.",
                "bad-output",
            )
        return matrix

    def _feed(self, frame: pd.DataFrame) -> dict[str, Any]:
        if len(self._inputs) == 1 and self._facts.feature_count != 1:
            only = self._inputs[0]
            columns = [self._column(frame[name], only.type) for name in self._names]
            return {only.name: np.column_stack(columns)}
        return {
            tensor.name: self._column(frame[name], tensor.type).reshape(-1, 1)
            for tensor, name in zip(self._inputs, self._names, strict=True)
        }

    def _column(self, values: pd.Series, type_: str) -> np.ndarray[Any, Any]:
        category = self._kinds[str(values.name)] is ColumnKind.CATEGORY
        if type_ == TEXT:
            texts = values if category else values.map(label_text)
            return texts.fillna("").to_numpy(dtype=object)
        if type_ not in NUMBERS:
            raise ModelError(f"The model takes {type_}, which no column gives.", "feature-type")
        kind = NUMBERS[type_]
        plain = numeric(values, LIBRARY) if category else values
        if kind in WHOLE and plain.isna().any():
            raise ModelError(
                f"The model takes whole numbers in “{values.name}”, the data has gaps there.",
                "feature-type",
            )
        return plain.to_numpy(dtype=np.float64).astype(kind)


def _session(data: bytes, threads: int) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])


def _tidy(name: str) -> str:
    """Converters write input names as identifiers."""
    return "".join(sign if sign.isalnum() else "_" for sign in name)
