"""Claims of benefit over REST."""

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from governance.access.reauthentication import prove
from governance.costs import commands as costs
from governance.costs.models import BenefitClaim
from governance.costs.serializers import claims as forms
from governance.kernel.rest.schema import page_of, reading, writing
from inventory.catalog.api.base import CatalogViewSet, one, shown


class ClaimViewSet(CatalogViewSet):
    @extend_schema(
        operation_id="list_benefit_claims",
        parameters=[forms.ClaimQuery],
        responses=reading(page_of(forms.ClaimSerializer)),
    )
    def list(self, _request: Request) -> Response:
        """Claims of benefit, the newest first."""
        query = self.asked(forms.ClaimQuery)
        found = BenefitClaim.objects.narrowed(query).visible_to(self.actor)
        return Response(self.page(found, forms.CLAIM, query))

    @extend_schema(
        operation_id="make_benefit_claim",
        request=forms.ClaimCreate,
        responses=writing(forms.ClaimSerializer),
    )
    def create(self, _request: Request) -> Response:
        """Claim a benefit; it counts nowhere until finance attests it."""
        values = self.given(forms.ClaimCreate)
        row = costs.make_claim(
            actor=self.actor, subject=forms.subject_of(values), fields=forms.fields_of(values)
        )
        return self._answer(row.pk, 201)

    @extend_schema(operation_id="read_benefit_claim", responses=reading(forms.ClaimSerializer))
    def retrieve(self, _request: Request, pk: uuid.UUID) -> Response:
        return self._answer(pk)

    @extend_schema(
        operation_id="attest_benefit_claim",
        request=forms.ClaimAttest,
        responses=writing(forms.ClaimSerializer),
    )
    def attest(self, request: Request, pk: uuid.UUID) -> Response:
        """Let a claim count: signed in, with the password; tokens are refused."""
        BenefitClaim.objects.get_visible(self.actor, pk)
        values = self.given(forms.ClaimAttest)
        proof = prove(request._request, self.actor, values["password"])  # noqa: SLF001
        costs.attest_claim(actor=self.actor, claim_id=pk, answer=values["answer"], proof=proof)
        return self._answer(pk, 201)

    @extend_schema(
        operation_id="reject_benefit_claim",
        request=forms.ClaimReject,
        responses=writing(forms.ClaimSerializer),
    )
    def reject(self, _request: Request, pk: uuid.UUID) -> Response:
        """Turn a claim down, signed in, with a reason."""
        costs.reject_claim(actor=self.actor, claim_id=pk, **self.given(forms.ClaimReject))
        return self._answer(pk, 201)

    @extend_schema(
        operation_id="withdraw_benefit_claim",
        request=forms.ClaimWithdraw,
        responses=writing(forms.ClaimSerializer),
    )
    def withdraw(self, _request: Request, pk: uuid.UUID) -> Response:
        """Take a claim back, attested or not."""
        costs.withdraw_claim(actor=self.actor, claim_id=pk, **self.given(forms.ClaimWithdraw))
        return self._answer(pk, 201)

    def _answer(self, pk: uuid.UUID, status: int = 200) -> Response:
        return shown(one(BenefitClaim.objects.visible_to(self.actor), forms.CLAIM, pk), status)
