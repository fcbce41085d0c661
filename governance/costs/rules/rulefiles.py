"""Rules as YAML text that people write, review and keep in a repository. JSON is YAML too."""

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from governance.costs.rules.rulesets import DAYS, FIELDS
from governance.kernel.errors import RuleBroken

LONGEST = 2_000_000
_EMPTY: tuple[Any, ...] = (None, [], {}, "")
_LEFT_OUT = ("options", "targets", *DAYS)  # where there is nothing to say
_AS_TYPED = frozenset({"tag:yaml.org,2002:float", "tag:yaml.org,2002:timestamp"})


class _Loader(yaml.SafeLoader):
    """Plain YAML in which days and fractions stay as typed; no aliases, no key given twice."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases are not allowed in rules")
        return super().compose_node(parent, index)

    def construct_mapping(
        self,
        node: Any,
        deep: bool = False,  # noqa: FBT001, FBT002 - the library's signature
    ) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        if twice := next((key for key in keys if keys.count(key) > 1), None):
            raise yaml.YAMLError(f"“{twice}” stands twice, line {node.start_mark.line + 1}")
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in _AS_TYPED]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_text(text: str) -> list[Any]:
    """Return the rules that ``text`` holds, unchecked; raises ``RuleBroken`` when it is no list."""
    if len(text) > LONGEST:
        raise _bad(f"Rules have at most {LONGEST:,} characters.")
    try:
        found = yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise _bad(f"This is no YAML: {error}") from error
    if isinstance(found, Mapping) and set(found) == {"rules"}:
        found = found["rules"]
    if not isinstance(found, list):
        raise _bad("Write a list of rules, each beginning with a hyphen.")
    return found


def write_text(rules: Sequence[Mapping[str, Any]]) -> str:
    """Return plain rules as YAML that reads back the same."""
    shown = [
        {name: rule[name] for name in (*FIELDS, *DAYS) if not _is_left_out(name, rule[name])}
        for rule in rules
    ]
    return yaml.safe_dump(shown, sort_keys=False, allow_unicode=True, width=100) if shown else ""


def _is_left_out(name: str, value: Any) -> bool:
    return name in _LEFT_OUT and value in _EMPTY


def _bad(message: str) -> RuleBroken:
    return RuleBroken("bad-rules", message, errors={"rules": [message]})
