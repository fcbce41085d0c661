"""What a bill's rows are about: endpoints, training jobs, a platform, the rest of a company."""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np

_ACCOUNTS = (("000111222333", "ml-production"), ("000111222444", "ml-research"))
_PLATFORM = ("000111222555", "ml-platform")
_OTHER = ("000987654321", "web-shop")
_REGIONS = (("eu-west-1", "Europe (Ireland)"), ("us-east-1", "US East (N. Virginia)"))
_STRAY = 0.05  # of resources carry a tag key with a space before it
_AI = "AI and Machine Learning"
# Service, its category, SKU, resource type, dollars an hour, unit; what belongs to no model.
_REST = (
    ("Amazon EC2", "Compute", "m6i.2xlarge", "instance", 0.40, "Hours"),
    ("Amazon S3", "Storage", "standard-bytes", "bucket", 0.02, "GB-Mo"),
    ("Amazon RDS", "Databases", "db.r6g.large", "database", 0.27, "Hours"),
    ("AWS Data Transfer", "Networking", "out-bytes", "", 0.05, "GB"),
)


@dataclass(frozen=True, slots=True)
class Workload:
    """A model as the cloud sees it. ``tag`` is what its resources name it; empty: its own name."""

    name: str
    tag: str = ""
    phase: str = "serve"
    gpu: bool = True
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Resources:
    """Columns by code (-1: nothing), dollars an hour, how often billed, and how it is paid for."""

    texts: dict[str, list[str]]
    codes: dict[str, Any]
    price: Any
    weight: Any
    credit: Any
    covered: Any
    purchase: Any


def resources(workloads: tuple[Workload, ...], count: int, tagged: float, seed: int) -> "Resources":
    """Return about ``count`` resources, two fifths of them of ``workloads``."""
    rng = np.random.default_rng(seed)
    rows: list[dict[str, Any]] = []
    for load in workloads:
        own = max(int(count * 0.4 * load.share / len(workloads)), 3)
        rows += [_of_model(load, number, rng) for number in range(own)]
    rows += [_platform(number) for number in range(max(count // 50, 2))]
    rows += [_rest(number, rng) for number in range(max(count - len(rows), 4))]
    for row in rows:
        if rng.random() > tagged:
            row["Tags"] = None
    return _columns([*rows, *_paid_otherwise()])


def _of_model(load: Workload, number: int, rng: np.random.Generator) -> dict[str, Any]:
    account = _ACCOUNTS[number % 2]
    training = number % 3 == 1
    tags = {"model": load.tag or load.name, "phase": "train" if training else load.phase}
    if rng.random() < _STRAY:
        tags[" org"] = "data-science"
    kind = "training-job" if training else "endpoint"
    size = "ml.p4d.24xlarge" if training else ("ml.g5.xlarge" if load.gpu else "ml.m5.xlarge")
    price = 32.77 if training else (1.41 if load.gpu else 0.23)
    row = _row("Amazon SageMaker", _AI, f"{size}-{kind}", price, "Hours", account, number)
    name = f"{load.name}-{number:05d}"
    row |= {"ResourceId": f"arn:aws:sagemaker:eu-west-1:{account[0]}:{kind}/{name}"}
    row |= {"ResourceName": name, "ResourceType": kind, "Tags": json.dumps(tags)}
    row["covered"] = not training and number % 7 == 0
    row["weight"] = 0.3 if training else 1.0
    return row


def _platform(number: int) -> dict[str, Any]:
    row = _row("Amazon EKS", "Compute", "eks-node", 0.8, "Hours", _PLATFORM, number)
    tags = json.dumps({"platform": "ml", "org": "data-science"})
    return row | {"ResourceId": f"eks/ml-platform/node-{number:04d}", "Tags": tags, "weight": 2.0}


def _rest(number: int, rng: np.random.Generator) -> dict[str, Any]:
    service, category, sku, kind, price, unit = _REST[int(rng.integers(0, len(_REST)))]
    row = _row(service, category, sku, price, unit, _OTHER, number)
    tags = json.dumps({"app": f"shop-{number % 12}", "env": "prod"})
    named = {"ResourceId": f"{kind}/r-{number:07d}"} if number % 12 else {}
    return row | named | {"ResourceType": kind if number % 5 == 0 else None, "Tags": tags}


def _paid_otherwise() -> list[dict[str, Any]]:
    """Tax, a credit, a support plan; a savings plan bought, and the part of it nobody used."""
    tax = _row("Tax", "Other", "", 40.0, "", _OTHER, 0) | {"ChargeCategory": "Tax"}
    credit = _row("Promotion", "Other", "", 3.0, "", _OTHER, 0) | {"ChargeCategory": "Credit"}
    plan = {"CommitmentDiscountId": "sp/ml-2026"}
    bought = _row("Savings Plans", "Compute", "sp-1y", 900.0, "", _PLATFORM, 0) | plan
    unused = _row("Savings Plans", "Compute", "sp-1y", 2.0, "Hours", _PLATFORM, 0) | plan
    return [
        tax | {"weight": 0.02},
        credit | {"weight": 0.05, "credit": True},
        bought | {"ChargeCategory": "Purchase", "weight": 0.002, "purchase": True},
        unused | {"CommitmentDiscountStatus": "Unused", "weight": 0.2, "covered": True},
        _row("Support", "Other", "", 5.0, "", _OTHER, 0) | {"weight": 0.1},
    ]


def _row(
    service: str,
    category: str,
    sku: str,
    price: float,
    unit: str,
    account: tuple[str, str],
    number: int,
) -> dict[str, Any]:
    region, region_name = _REGIONS[number % 2]
    return {
        "ServiceName": service,
        "ServiceCategory": category,
        "SkuId": sku or None,
        "SkuPriceId": f"{sku}.on-demand" if sku else None,
        "ChargeCategory": "Usage",
        "ChargeDescription": f"{service}, {sku or 'flat'}",
        "PricingUnit": unit or None,
        "ConsumedUnit": unit or None,
        "SubAccountId": account[0],
        "SubAccountName": account[1],
        "RegionId": region,
        "RegionName": region_name,
        "price": price,
        "weight": 1.0,
    }


def _columns(rows: list[dict[str, Any]]) -> Resources:
    for row in rows:
        if row.get("covered"):
            row.setdefault("CommitmentDiscountId", "sp/ml-2026")
            row.setdefault("CommitmentDiscountStatus", "Used")
    texts: dict[str, list[str]] = {}
    codes: dict[str, Any] = {}
    for name in sorted({name for row in rows for name in row if name[0].isupper()}):
        texts[name] = sorted({row[name] for row in rows if row.get(name)})
        known = {text: code for code, text in enumerate(texts[name])}
        codes[name] = np.array([known.get(row.get(name) or "", -1) for row in rows])
    weight = np.array([row["weight"] for row in rows])
    return Resources(
        texts=texts,
        codes=codes,
        price=np.array([row["price"] for row in rows]),
        weight=weight / weight.sum(),
        **{n: np.array([bool(r.get(n)) for r in rows]) for n in ("credit", "covered", "purchase")},
    )
