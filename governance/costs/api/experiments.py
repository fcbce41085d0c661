"""Experiments over REST."""

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from governance.costs import commands as costs
from governance.costs.models import Experiment
from governance.costs.serializers import experiments as forms
from governance.kernel.rest.schema import page_of, reading, writing
from inventory.catalog.api.base import CatalogViewSet, one, shown


class ExperimentViewSet(CatalogViewSet):
    @extend_schema(
        operation_id="list_cost_experiments",
        parameters=[forms.ExperimentQuery],
        responses=reading(page_of(forms.ExperimentSerializer)),
    )
    def list(self, _request: Request) -> Response:
        """Experiments and holdouts, the newest first."""
        query = self.asked(forms.ExperimentQuery)
        found = Experiment.objects.narrowed(query).visible_to(self.actor)
        return Response(self.page(found, forms.EXPERIMENT, query))

    @extend_schema(
        operation_id="register_cost_experiment",
        request=forms.ExperimentCreate,
        responses=writing(forms.ExperimentSerializer),
    )
    def create(self, _request: Request) -> Response:
        """Write down arms, measure and size before the experiment runs."""
        values = self.given(forms.ExperimentCreate)
        row = costs.register_experiment(
            actor=self.actor, model_id=values["model"], fields=forms.fields_of(values)
        )
        return self._answer(row.pk, 201)

    @extend_schema(
        operation_id="read_cost_experiment", responses=reading(forms.ExperimentSerializer)
    )
    def retrieve(self, _request: Request, pk: uuid.UUID) -> Response:
        return self._answer(pk)

    @extend_schema(
        operation_id="look_at_cost_experiment",
        request=forms.LookCreate,
        responses=writing(forms.ExperimentSerializer),
    )
    def look(self, _request: Request, pk: uuid.UUID) -> Response:
        """Record that somebody read interim results."""
        costs.record_look(actor=self.actor, experiment_id=pk, **self.given(forms.LookCreate))
        return self._answer(pk, 201)

    @extend_schema(
        operation_id="observe_cost_experiment",
        request=forms.ObservationCreate,
        responses=writing(forms.ExperimentSerializer),
    )
    def observe(self, _request: Request, pk: uuid.UUID) -> Response:
        """Take down what the arms gave; numbers that replace others count as a look."""
        arms = self.given(forms.ObservationCreate)["arms"]
        costs.observe_experiment(actor=self.actor, experiment_id=pk, observed=arms)
        return self._answer(pk, 201)

    @extend_schema(
        operation_id="conclude_cost_experiment",
        request=forms.ConclusionCreate,
        responses=writing(forms.ExperimentSerializer),
    )
    def conclude(self, _request: Request, pk: uuid.UUID) -> Response:
        """Judge it, once: the result is frozen."""
        values = self.given(forms.ConclusionCreate)
        costs.conclude_experiment(actor=self.actor, experiment_id=pk, **values)
        return self._answer(pk, 201)

    def _answer(self, pk: uuid.UUID, status: int = 200) -> Response:
        return shown(one(Experiment.objects.visible_to(self.actor), forms.EXPERIMENT, pk), status)
