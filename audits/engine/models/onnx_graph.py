"""What an ONNX file holds: read, refused where it goes beyond the standard, described."""

import json
from typing import Any

from audits.engine.errors import ModelError
from audits.engine.models.base import ModelFacts, label_text

LIBRARY = "onnxruntime"
DOMAINS = frozenset({"", "ai.onnx", "ai.onnx.ml"})
MATRIX = 2


def read_graph(data: bytes) -> Any:
    import onnx

    try:
        model = onnx.load_model_from_string(data)
    except Exception as error:
        raise ModelError(
            "The artifact is not a complete ONNX file, it may be cut off.", "unreadable"
        ) from error
    if not model.graph.node:
        raise ModelError("The ONNX file holds no graph.", "unreadable")
    _refuse_foreign(model, onnx)
    return model


def _refuse_foreign(model: Any, onnx: Any) -> None:
    domains = {entry.domain for entry in model.opset_import} | {
        node.domain for node in _nodes(model)
    }
    foreign = sorted(domains - DOMAINS)
    if foreign:
        raise ModelError(
            f"The model uses operators beyond the standard: {', '.join(foreign)[:200]}.",
            "custom-operators",
        )
    outside = onnx.TensorProto.EXTERNAL
    if any(tensor.data_location == outside for tensor in _tensors(model)):
        raise ModelError(
            "The model keeps weights in another file; save it as one file.", "external-data"
        )


def _graphs(model: Any) -> list[Any]:
    """Return the graph and every graph inside its nodes, however deep, and local functions."""
    found, waiting = [], [model.graph, *model.functions]
    while waiting:
        graph = waiting.pop()
        found.append(graph)
        for node in graph.node:
            for attribute in node.attribute:
                waiting += [attribute.g] if attribute.HasField("g") else []
                waiting += list(attribute.graphs)
    return found


def _nodes(model: Any) -> list[Any]:
    return [node for graph in _graphs(model) for node in graph.node]


def _tensors(model: Any) -> list[Any]:
    weights = [t for graph in _graphs(model) for t in getattr(graph, "initializer", ())]
    sparse = [
        part
        for graph in _graphs(model)
        for tensor in getattr(graph, "sparse_initializer", ())
        for part in (tensor.values, tensor.indices)
    ]
    constants = [
        tensor
        for node in _nodes(model)
        for attribute in node.attribute
        for tensor in ([attribute.t] if attribute.HasField("t") else []) + list(attribute.tensors)
    ]
    return weights + sparse + constants


def describe(model: Any, format: str) -> ModelFacts:  # noqa: A002
    weights = {tensor.name for tensor in model.graph.initializer}
    inputs = [value for value in model.graph.input if value.name not in weights]
    names: tuple[str, ...] = tuple(value.name for value in inputs)
    count: int | None = len(inputs)
    if len(inputs) == 1:
        count = _width(inputs[0])
        names = names if count == 1 else _stored_names(model)
    return ModelFacts(
        format=format,
        library=LIBRARY,
        kind=", ".join(sorted({node.op_type for node in _nodes(model)}))[:200],
        features=names,
        feature_count=count,
        classes=_classes(model),
        trees=_trees(model),
        details={
            "producer": f"{model.producer_name} {model.producer_version}".strip()[:80],
            "outputs": ", ".join(value.name for value in model.graph.output)[:200],
        },
    )


def _width(value: Any) -> int | None:
    dimensions = value.type.tensor_type.shape.dim
    return int(dimensions[1].dim_value) or None if len(dimensions) == MATRIX else None


def _stored_names(model: Any) -> tuple[str, ...]:
    """Return the JSON list under ``feature_names`` in the metadata, when somebody put it there."""
    for entry in model.metadata_props:
        if entry.key == "feature_names":
            try:
                found = json.loads(entry.value)
            except ValueError:
                return ()
            return tuple(str(name) for name in found) if isinstance(found, list) else ()
    return ()


def _classes(model: Any) -> tuple[str, ...]:
    for node in _nodes(model):
        for attribute in node.attribute:
            if attribute.name.startswith("classlabels_") or attribute.name.startswith(
                "classlabels"
            ):
                found = list(attribute.ints) or [text.decode() for text in attribute.strings]
                if found:
                    return tuple(label_text(label) for label in found)
    return ()


def _trees(model: Any) -> int | None:
    for node in _nodes(model):
        for attribute in node.attribute:
            if attribute.name == "nodes_treeids":
                return len(set(attribute.ints))
    return None
