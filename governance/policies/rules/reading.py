"""From YAML to a ``Policy``: refused as a whole, with every reason and its place."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import yaml
from rfc8785 import CanonicalizationError

from governance.kernel.canonical import digest
from governance.kernel.errors import RuleBroken
from governance.policies.rules.document import (
    Check,
    Effect,
    Factor,
    Policy,
    Requirement,
    Source,
    Step,
    Tier,
)

LONGEST = 200_000
_MOST_ERRORS = 20
_SCHEMA = Path(__file__).parent.parent / "packs" / "schema.json"


def parse(text: str) -> tuple[Policy, dict[str, Any]]:
    """Return the policy and its plain document; raises ``RuleBroken`` naming each bad place."""
    document = _load(text)
    return policy_from_document(document), document


def policy_from_document(document: dict[str, Any]) -> Policy:
    """Return the policy of a document that was read before; raises ``RuleBroken``."""
    _hold_to_schema(document)
    try:
        policy = _build(document)
    except CanonicalizationError as error:
        raise _refused("A number in this policy is not finite; nothing was installed.") from error
    _hold_together(policy)
    return policy


class _Loader(yaml.SafeLoader):
    """Plain YAML: no aliases (a short text could unfold without end), no key given twice."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases are not allowed in a policy")
        return super().compose_node(parent, index)

    def construct_mapping(
        self,
        node: Any,
        deep: bool = False,  # noqa: ARG002, FBT001, FBT002 - the library's signature
    ) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.YAMLError(f"“{key.value}” stands twice, line {key.start_mark.line + 1}")
            seen.add(key.value)
        made = super().construct_mapping(node, deep=True)
        return {str(key): value for key, value in made.items()}


def _load(text: str) -> dict[str, Any]:
    if len(text) > LONGEST:
        raise _refused("This policy is longer than 200,000 characters.")
    try:
        document = yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise _refused(
            f"This is not readable YAML: {' '.join(str(error).split())[:300]}"
        ) from error
    if not isinstance(document, dict):
        raise _refused("A policy is a YAML mapping; this is something else.")
    return document


@cache
def _validator() -> Any:
    return jsonschema.Draft202012Validator(json.loads(_SCHEMA.read_text(encoding="utf-8")))


def _hold_to_schema(document: Mapping[str, Any]) -> None:
    errors: dict[str, list[str]] = {}
    for error in _validator().iter_errors(document):
        place = ".".join(str(part) for part in error.absolute_path) or "policy"
        errors.setdefault(place, []).append(error.message[:300])
        if len(errors) >= _MOST_ERRORS:
            break
    if errors:
        raise _refused("This policy does not keep the schema; nothing was installed.", errors)


def _build(document: dict[str, Any]) -> Policy:
    return Policy(
        key=document["key"],
        title=document["title"],
        summary=document["summary"],
        sources=tuple(Source(**source) for source in document["sources"]),
        tiering_text=document["tiering"]["text"],
        factors=tuple(
            Factor(**{**factor, "facts": tuple(factor["facts"])})
            for factor in document["tiering"]["factors"]
        ),
        tiers=tuple(_tier(tier) for tier in document["tiers"]),
        evidence_days=document["clocks"]["evidence_days"],
        checks=tuple(_check(check) for check in document["checks"]),
        digest=digest(document),
    )


def _tier(body: dict[str, Any]) -> Tier:
    return Tier(**{**body, "steps": tuple(Step(**step) for step in body["steps"])})


def _check(body: dict[str, Any]) -> Check:
    """Fill in what a tier does not say from the check, and from the strictest effect otherwise."""
    tiers = {}
    for number, own in sorted(body["tiers"].items()):
        effects = {
            name: Effect(own.get(name, body.get(name, Effect.BLOCKS)))
            for name in ("failing", "insufficient")
        }
        merged = {**body.get("parameters", {}), **own.get("parameters", {})}
        tiers[int(number)] = Requirement(parameters=merged, **effects)
    return Check(
        check=body["check"],
        title=body["title"],
        text=body["text"],
        tasks=tuple(body["tasks"]),
        when=body.get("when", "always"),
        tiers=tiers,
    )


def _hold_together(policy: Policy) -> None:
    """Refuse what single fields cannot show: tiers out of order, a check that stands twice."""
    errors: dict[str, list[str]] = {}
    if [tier.tier for tier in policy.tiers] != [1, 2, 3, 4]:
        errors["tiers"] = ["Name the tiers 1, 2, 3 and 4, each once, in this order."]
    bounds = [tier.at_least for tier in policy.tiers]
    if sorted(bounds, reverse=True) != bounds or len(set(bounds)) != len(bounds) or bounds[-1]:
        errors["tiers.at_least"] = ["Points fall from tier 1 to tier 4, which starts at 0."]
    names = [check.check for check in policy.checks]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        errors["checks"] = [f"{name} stands twice." for name in twice]
    for tier in policy.tiers:
        if tier.steps[-1].kind != "decision":
            errors[f"tiers.{tier.tier}.steps"] = ["The last step must be a decision."]
    for factor in policy.factors:
        if not _points_fit(factor.points, len(factor.facts)):
            errors[f"tiering.{factor.key}"] = ["Points must be nested as deep as there are facts."]
    if errors:
        raise _refused("This policy contradicts itself; nothing was installed.", errors)


def _points_fit(points: Any, depth: int) -> bool:
    if depth == 0:
        return isinstance(points, int)
    return isinstance(points, Mapping) and all(_points_fit(p, depth - 1) for p in points.values())


def _refused(message: str, errors: Mapping[str, list[str]] | None = None) -> RuleBroken:
    return RuleBroken("bad-policy", message, errors=errors)
