"""Failed work: the filter of its list, stopping work, what was learnt, going on after all."""

from typing import Any

from django import forms

from governance.access.kinds import Permission
from governance.costs import kinds
from governance.costs.forms.days import day_input
from governance.costs.rules.subjects import Subject
from governance.kernel.actor import Actor
from inventory.catalog.forms.base import ANY, CatalogForm, PlainSelect, long_text
from inventory.catalog.models import ModelVersion, UseCase

LESSONS = [ANY, ("missing", "Nobody wrote it down"), ("written", "Written down")]
_LEARNT = "What the next project should know: what did not hold, what can be used again."


class FailedFilter(forms.Form):
    start = forms.DateField(label="From", required=False, widget=day_input())
    end = forms.DateField(label="To", required=False, widget=day_input())
    team = forms.ChoiceField(required=False, widget=PlainSelect)
    ending = forms.ChoiceField(
        label="How it ended", choices=[ANY, *kinds.Ending.choices], required=False
    )
    lesson = forms.ChoiceField(label="What was learnt", choices=LESSONS, required=False)

    def __init__(self, *args: Any, teams: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["team"].choices = [ANY, *teams]  # type: ignore[attr-defined]


class StopForm(CatalogForm):
    """Names a use case or a version; the command says when it is neither or both."""

    use_case = forms.ModelChoiceField(
        UseCase.objects.none(), required=False, empty_label="None", help_text="With all its models."
    )
    version = forms.ModelChoiceField(
        ModelVersion.objects.none(), required=False, empty_label="None", help_text="Or one version."
    )
    reason = long_text(help_text="Why it is stopped. Part of the record for good.")
    learnt = long_text(label="What was learnt", required=False, help_text=_LEARNT)

    def __init__(self, *args: Any, actor: Actor, **options: Any) -> None:
        super().__init__(*args, actor=actor, **options)
        uses = UseCase.objects.reached_by(actor, Permission.WORK_STOP).order_by("name")
        versions = ModelVersion.objects.reached_by(actor, Permission.WORK_STOP)
        living = versions.filter(model__retired_at=None).select_related("model")
        ordered = living.order_by("model__name", "-number")
        self.fields["use_case"].queryset = uses  # type: ignore[attr-defined]
        self.fields["version"].queryset = ordered  # type: ignore[attr-defined]

    def subject(self) -> Subject:
        use_case, version = (self.cleaned_data[name] for name in ("use_case", "version"))
        return Subject(
            use_case_id=use_case.pk if use_case else None,
            version_id=version.pk if version else None,
        )


class LessonForm(CatalogForm):
    learnt = long_text(label="What was learnt", rows=5, help_text=_LEARNT)


class ResumeForm(CatalogForm):
    reason = long_text(label="Why it goes on", help_text="Part of the record for good.")
