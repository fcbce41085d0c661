"""What approvals cost, over REST."""

import datetime as dt

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from governance.access.rest import GovernedView
from governance.approvals.querysets import burden, refusals
from governance.approvals.serializers.burden import (
    BurdenQuery,
    BurdenSerializer,
    case_cost,
    gate_body,
)
from governance.kernel.rest.schema import reading


class BurdenView(GovernedView):
    @extend_schema(
        operation_id="read_approval_costs",
        parameters=[BurdenQuery],
        responses=reading(BurdenSerializer),
    )
    def get(self, request: Request) -> Response:
        """Hours, checks and waiting of each case, and how often each gate refused in a year."""
        query = BurdenQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        start, end = (_midnight(asked[name]) for name in ("start", "end"))
        rows = burden.visible(self.actor)
        found = burden.case_costs(rows, start, end, timezone.now(), asked.get("team", ""))
        gates = refusals.gates(rows.cases, end)
        return Response(
            {"items": [case_cost(one) for one in found], "gates": [gate_body(g) for g in gates]}
        )


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), dt.UTC)
