"""Forecasts over REST: read with their backtest and score, made with events of one's own."""

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from governance.access import permissions
from governance.access.kinds import Permission
from governance.costs import commands as costs
from governance.costs.models import ForecastRun, Target
from governance.costs.querysets import series
from governance.costs.querysets.calibrating import calibrated, whose
from governance.costs.rules.drafts import draft
from governance.costs.rules.events import Known, check_events
from governance.costs.rules.scoring import sentence
from governance.costs.serializers import plans as forms
from governance.kernel.errors import RuleBroken
from governance.kernel.rest.schema import page_of, reading, writing
from inventory.catalog.api.base import CatalogViewSet, one, shown


class ForecastViewSet(CatalogViewSet):
    @extend_schema(
        operation_id="list_forecasts",
        parameters=[forms.ForecastQuery],
        responses=reading(page_of(forms.ForecastSerializer)),
    )
    def list(self, _request: Request) -> Response:
        """Frozen forecasts, the newest first."""
        query = self.asked(forms.ForecastQuery)
        found = ForecastRun.objects.visible_to(self.actor).narrowed(query)
        return Response(self.page(found, forms.FORECAST, query))

    @extend_schema(
        operation_id="freeze_forecast",
        request=forms.ForecastCreate,
        responses=writing(forms.ForecastDetailSerializer),
    )
    def create(self, _request: Request) -> Response:
        """Forecast 30 days from what has settled, with known events as terms of their own."""
        values = self.given(forms.ForecastCreate)
        target = Target.objects.get_visible(self.actor, values["target"])
        permissions.require(self.actor, Permission.BUDGET_SET, target)
        events = tuple(Known(**one) for one in values.get("events", ()))
        check_events(events)
        history = series.daily(target, values["basis"]).get(values["currency"])
        if history is None or not history.amounts:
            raise RuleBroken("nothing-settled", "No day of this target has settled yet.")
        made = draft(history, values["currency"], values["basis"], events)
        row = costs.freeze_forecast(actor=self.actor, target_id=target.pk, draft=made)
        return self._answer(row.pk, 201)

    @extend_schema(operation_id="read_forecast", responses=reading(forms.ForecastDetailSerializer))
    def retrieve(self, _request: Request, pk: uuid.UUID) -> Response:
        """One forecast by day, with its backtest and the team's calibration."""
        return self._answer(pk)

    def _answer(self, pk: uuid.UUID, status: int = 200) -> Response:
        row = one(ForecastRun.objects.visible_to(self.actor), forms.FORECAST_WHOLE, pk)
        target = Target.objects.select_related("team").get(pk=row["target"])
        said = sentence(calibrated(self.actor, target), whose(target))
        by_billed = series.billed_instead(target, row["currency"], row["basis"])
        return shown({**row, "calibration": said, "by_billed": by_billed}, status)
