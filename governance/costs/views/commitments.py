"""The page of what was bought in advance, and whether it was used up over its term."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from governance.access.requests import ActorRequest
from governance.costs.models import ContractCommitment
from governance.costs.presentation import commitments
from governance.kernel.rest.paging import keyset_page
from inventory.catalog.views.pages import SIZE

ORDER = ("-end", "id")


@require_safe
def commitment_list(request: ActorRequest) -> HttpResponse:
    rows = ContractCommitment.objects.visible_to(request.actor).speaking().select_related("batch")
    page = keyset_page(rows, order=ORDER, size=SIZE, cursor=request.GET.get("cursor"))
    context = {"page": page, "rows": commitments.shown(page.items)}
    return render(request, "costs/commitment_list.html", context)
