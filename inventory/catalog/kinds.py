"""State names, choices and event kinds of the catalogue."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import TextChoices


class ModelClass(TextChoices):
    RULE = "rule", "Rule-based"
    STATISTICAL = "statistical", "Statistical"
    ML = "ml", "Machine learning"
    VENDOR = "vendor", "Vendor"
    GENERATIVE = "generative", "Generative"
    AGENT = "agent", "Agent"


class Autonomy(TextChoices):
    INFORMS = "informs", "Informs a person"
    RECOMMENDS = "recommends", "Recommends, a person decides"
    DECIDES_REVIEWED = "decides_reviewed", "Decides, a person can review"
    DECIDES = "decides", "Decides alone"


class Exposure(TextChoices):
    """What is at stake in a year, in the organisation's currency."""

    LOW = "low", "Under 1 million"
    MEDIUM = "medium", "1 to 10 million"
    HIGH = "high", "10 to 100 million"
    VERY_HIGH = "very_high", "Over 100 million"


class Purpose(TextChoices):
    INTERNAL = "internal", "Internal information"
    OPERATIONS = "operations", "Operations"
    CUSTOMER = "customer", "Decisions about customers"
    REGULATORY = "regulatory", "Regulatory capital or reporting"


class Reach(TextChoices):
    FEW = "few", "Under 1,000 persons a year"
    MANY = "many", "1,000 to 100,000 persons a year"
    MASS = "mass", "Over 100,000 persons a year"


class Complexity(TextChoices):
    SIMPLE = "simple", "Simple: can be followed by hand"
    MODERATE = "moderate", "Moderate: explained by its coefficients"
    COMPLEX = "complex", "Complex: needs an explanation method"


class Sensitivity(TextChoices):
    PUBLIC = "public", "Public"
    INTERNAL = "internal", "Internal"
    CONFIDENTIAL = "confidential", "Confidential"
    PERSONAL = "personal", "Personal data"
    SPECIAL = "special", "Special categories of personal data"


class DataRole(TextChoices):
    TRAIN = "train", "Training"
    VALIDATION = "validation", "Validation"
    REFERENCE = "reference", "Reference"
    CURRENT = "current", "Current"
    PRODUCTION = "production", "Production window"


class ChangeType(TextChoices):
    INITIAL = "initial", "Initial"
    RETRAIN = "retrain", "Retrained"
    MATERIAL = "material", "Material change"
    MINOR = "minor", "Minor change"


class ArtifactFormat(TextChoices):
    ONNX = "onnx", "ONNX"
    SKOPS = "skops", "skops (scikit-learn)"
    XGBOOST_JSON = "xgboost-json", "XGBoost JSON"
    XGBOOST_UBJ = "xgboost-ubj", "XGBoost UBJSON"
    LIGHTGBM = "lightgbm", "LightGBM text"
    CATBOOST = "catboost", "CatBoost cbm"


class DataFormat(TextChoices):
    PARQUET = "parquet", "Parquet"
    CSV = "csv", "CSV"
    JSONL = "jsonl", "JSON lines"


class Inspection(TextChoices):
    """What the sandbox found when it opened the file."""

    WAITING = "waiting", "Being looked at"
    READABLE = "readable", "Readable"
    UNREADABLE = "unreadable", "Not readable"


class Kind(TextChoices):
    USE_CASE_CREATED = "catalog.use_case.created"
    USE_CASE_CHANGED = "catalog.use_case.changed"
    MODEL_REGISTERED = "catalog.model.registered"
    MODEL_CHANGED = "catalog.model.changed"
    MODEL_RETIRED = "catalog.model.retired"
    ARTIFACT_RECEIVED = "catalog.artifact.received"
    ARTIFACT_INSPECTED = "catalog.artifact.inspected"
    VERSION_CREATED = "catalog.version.created"
    DATASET_CREATED = "catalog.dataset.created"
    DATASET_VERSION_RECEIVED = "catalog.dataset_version.received"
    DATASET_VERSION_INSPECTED = "catalog.dataset_version.inspected"
    ENVIRONMENT_RECORDED = "catalog.environment.recorded"
    DEPLOYMENT_RECORDED = "catalog.deployment.recorded"
    DEPLOYMENT_ENDED = "catalog.deployment.ended"


INSPECT = "inventory.catalog.inspect"  # task: (noun, id)
INSPECT_QUEUE = "checks"
INSPECT_LIMIT = 300  # seconds after which a worker is stopped, above the sandbox' own two tries
INSPECT_LEASE = INSPECT_LIMIT + 30  # seconds for which a claim keeps other workers off
MAX_ATTEMPTS = 3
SWEEP = "inventory.catalog.sweep"


@dataclass(frozen=True, slots=True)
class Findings:
    """What an inspection found: a table's rows and columns, a model's facts, or why neither."""

    reason: str = ""
    rows: int | None = None
    columns: tuple[dict[str, Any], ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
