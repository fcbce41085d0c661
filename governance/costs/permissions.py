"""The doors of costs."""

from governance.access.doors import Entrance, Through
from governance.access.kinds import Permission

_EDITS = Through(read=Permission.COST_VIEW, write=Permission.COST_RULE_EDIT)

DOORS: dict[str, Entrance] = {
    "costs:target-list": Permission.COST_VIEW,
    "costs:target-create": Permission.COST_RULE_EDIT,
    "costs:target-detail": _EDITS,
    "costs:target-retire": Permission.COST_RULE_EDIT,
    "costs:ruleset-list": Permission.COST_VIEW,
    "costs:ruleset-create": Permission.COST_RULE_EDIT,
    "costs:ruleset-detail": Permission.COST_VIEW,
    "costs:ruleset-edit": Permission.COST_RULE_EDIT,
    "costs:ruleset-submit": Permission.COST_RULE_EDIT,
    "costs:ruleset-approve": Permission.COST_RULE_APPROVE,
    "costs:ruleset-return": Permission.COST_RULE_APPROVE,
    "costs:ruleset-text": Permission.COST_VIEW,
    "costs:usage-list": Permission.COST_VIEW,
    "costs:usage-upload": Permission.USAGE_RECORD,
    "api:cost-target-list": _EDITS,
    "api:cost-target-detail": _EDITS,
    "api:cost-target-retire": Permission.COST_RULE_EDIT,
    "api:cost-ruleset-list": _EDITS,
    "api:cost-ruleset-detail": _EDITS,
    "api:cost-ruleset-submit": Permission.COST_RULE_EDIT,
    "api:cost-ruleset-approve": Permission.COST_RULE_APPROVE,
    "api:cost-ruleset-return": Permission.COST_RULE_APPROVE,
    "api:cost-usage-list": Through(read=Permission.COST_VIEW, write=Permission.USAGE_RECORD),
    "api:cost-summary": Permission.COST_VIEW,
    "costs:overview": Permission.COST_VIEW,
    "costs:explorer": Permission.COST_VIEW,
    "costs:model-detail": Permission.COST_VIEW,
    "costs:reconciliation": Permission.COST_VIEW,
    "costs:charge-list": Permission.COST_VIEW,
    "costs:charge-detail": Permission.COST_VIEW,
}
