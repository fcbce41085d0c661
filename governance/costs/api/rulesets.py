"""Rule sets over REST: drafted and submitted by token, approved by a person with a password."""

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from governance.access.reauthentication import prove
from governance.costs import commands as costs
from governance.costs.models import RuleSet
from governance.costs.querysets.closing import dry_months
from governance.costs.rules.allocation import read_rule
from governance.costs.rules.wording import rule_in_words
from governance.costs.serializers import rulesets as forms
from governance.kernel.rest.schema import page_of, reading, writing
from inventory.catalog.api.base import CatalogViewSet, one, seen_revision, shown


class RuleSetViewSet(CatalogViewSet):
    @extend_schema(
        operation_id="list_cost_rulesets",
        parameters=[forms.RuleSetQuery],
        responses=reading(page_of(forms.RuleSetSerializer)),
    )
    def list(self, _request: Request) -> Response:
        """Every rule set, the newest first."""
        query = self.asked(forms.RuleSetQuery)
        found = RuleSet.objects.visible_to(self.actor)
        found = found.filter(state=query["state"]) if "state" in query else found
        return Response(self.page(found, forms.RULESET, query))

    @extend_schema(
        operation_id="draft_cost_ruleset",
        request=forms.RuleSetCreate,
        responses=writing(forms.RuleSetDetailSerializer),
    )
    def create(self, _request: Request) -> Response:
        """Draft a set from the rules given, or from those in force then."""
        values = self.given(forms.RuleSetCreate)
        raws = values.pop("rules", None)
        row = costs.draft_ruleset(actor=self.actor, raws=raws, **values)
        return self._answer(row.pk, 201)

    @extend_schema(
        operation_id="read_cost_ruleset", responses=reading(forms.RuleSetDetailSerializer)
    )
    def retrieve(self, _request: Request, pk: uuid.UUID) -> Response:
        """One set with its rules, each in words as well."""
        return self._answer(pk)

    @extend_schema(
        operation_id="edit_cost_ruleset",
        request=forms.RuleSetWrite,
        responses=writing(forms.RuleSetDetailSerializer, 200),
    )
    def partial_update(self, request: Request, pk: uuid.UUID) -> Response:
        """Replace the rules of your own draft."""
        row = RuleSet.objects.get_visible(self.actor, pk)
        values = self.given(forms.RuleSetWrite)
        revision = seen_revision(request, row.revision)
        raws = values.pop("rules")
        costs.edit_ruleset(actor=self.actor, ruleset_id=pk, raws=raws, revision=revision, **values)
        return self._answer(pk)

    @extend_schema(
        operation_id="submit_cost_ruleset",
        request=None,
        responses=writing(forms.RuleSetDetailSerializer),
    )
    def submit(self, _request: Request, pk: uuid.UUID) -> Response:
        """Hand your draft to whoever approves."""
        costs.submit_ruleset(actor=self.actor, ruleset_id=pk)
        return self._answer(pk, 201)

    @extend_schema(
        operation_id="approve_cost_ruleset",
        request=forms.RuleSetApprove,
        responses=writing(forms.RuleSetDetailSerializer),
    )
    def approve(self, request: Request, pk: uuid.UUID) -> Response:
        """Put a set in force: a person signed in, never its author, never a token."""
        values = self.given(forms.RuleSetApprove)
        proof = prove(request._request, self.actor, values["password"])  # noqa: SLF001
        costs.approve_ruleset(actor=self.actor, ruleset_id=pk, seen=values["digest"], proof=proof)
        return self._answer(pk, 201)

    @extend_schema(
        operation_id="return_cost_ruleset",
        request=forms.RuleSetReturn,
        responses=writing(forms.RuleSetDetailSerializer),
    )
    def give_back(self, request: Request, pk: uuid.UUID) -> Response:
        """Give a set back to its author, with the reason."""
        values = self.given(forms.RuleSetReturn)
        proof = prove(request._request, self.actor, values["password"])  # noqa: SLF001
        costs.return_ruleset(actor=self.actor, ruleset_id=pk, reason=values["reason"], proof=proof)
        return self._answer(pk, 201)

    @extend_schema(
        operation_id="dry_run_cost_ruleset",
        request=None,
        responses=writing(forms.DryRunsSerializer),
    )
    def dry_run(self, _request: Request, pk: uuid.UUID) -> Response:
        """Try a set on the last closed and the latest month with bills; nothing of it counts."""
        row = RuleSet.objects.get_visible(self.actor, pk)
        runs = [
            costs.request_run(actor=self.actor, month=month, ruleset_id=row.pk, dry=True)
            for month in dry_months()
        ]
        found = [{"run": r.pk, "public_id": r.public_id, "month": r.month} for r in runs]
        return shown({"items": found}, 201)

    def _answer(self, pk: uuid.UUID, status: int = 200) -> Response:
        row = one(RuleSet.objects.visible_to(self.actor), forms.RULESET, pk)
        rules = [rule.plain() for rule in RuleSet(pk=pk).rules.all()]
        said = [rule_in_words(read_rule(rule)) for rule in rules]
        return shown({**row, "rules": rules, "in_words": said}, status)
