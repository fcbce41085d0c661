"""Fields with label, help and error tied together, the summary of errors, the file drop."""

from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.safestring import SafeString

CHECKS = (forms.CheckboxInput,)
GROUPS = (forms.RadioSelect, forms.CheckboxSelectMultiple)


def field(
    bound: BoundField, label: str = "", hint: str = "", *, wide: bool = False
) -> dict[str, Any]:
    """Return what ``ui/field.html`` shows; the widget gets its class, nothing else is changed.

    An id of the error stands in ``aria-describedby`` beside the help's, as Django writes them.
    """
    widget = bound.field.widget
    return {
        "field": bound,
        "label": label or bound.label,
        "hint": hint or bound.help_text,
        "control": _control(bound, widget, hint),
        "kind": _kind(widget),
        "optional": not bound.field.required and not isinstance(widget, CHECKS),
        "wide": wide,
    }


def _kind(widget: forms.Widget) -> str:
    if widget.is_hidden:
        return "hidden"
    if isinstance(widget, GROUPS):
        return "group"
    return "check" if isinstance(widget, CHECKS) else "line"


def _control(bound: BoundField, widget: forms.Widget, hint: str) -> SafeString:
    css = "form-control"
    if isinstance(widget, GROUPS):
        return bound.as_widget()
    if isinstance(widget, CHECKS):
        css = "form-check-input"
    elif isinstance(widget, forms.Select):
        css = "form-select"
    own = str(widget.attrs.get("class", ""))
    attrs: dict[str, Any] = {"class": f"{css} {own}".strip()}
    if hint and not bound.help_text and bound.auto_id:
        described = [
            f"{bound.auto_id}_helptext",
            *([f"{bound.auto_id}_error"] * bool(bound.errors)),
        ]
        attrs["aria-describedby"] = " ".join(described)
    return bound.as_widget(attrs=attrs)


def form_fields(form: forms.BaseForm, *names: str) -> dict[str, Any]:
    """Return what ``ui/fields.html`` shows: the fields named, or all, and the form's own errors."""
    chosen = [form[name] for name in names] if names else list(form)
    hidden = [one for one in chosen if one.is_hidden]
    return {"fields": [one for one in chosen if not one.is_hidden], "hidden": hidden}


def error_summary(*found: forms.BaseForm) -> dict[str, Any]:
    """Return what ``ui/errors.html`` shows: every error once, linked to its field.

    Forms that were not sent yet have no errors and show nothing.
    """
    general: list[str] = []
    single: list[dict[str, str]] = []
    for form in found:
        if not form.is_bound:
            continue
        general += [str(message) for message in form.non_field_errors()]
        for bound in form:
            target = "" if bound.is_hidden else bound.id_for_label or bound.auto_id
            single += [
                {"label": str(bound.label), "text": str(message), "target": target}
                for message in bound.errors
            ]
    return {
        "general": general,
        "single": single,
        "count": len(general) + len(single),
        "files": any(form.is_multipart() for form in found),
    }


def file_drop(
    bound: BoundField, label: str = "", hint: str = "", accept: str = ""
) -> dict[str, Any]:
    """Return what ``ui/file_drop.html`` shows: a file field on which a script lets files drop."""
    attrs: dict[str, str | bool] = {"class": "a-drop-input"}
    if accept:
        attrs["accept"] = accept
    return {
        "field": bound,
        "label": label or bound.label,
        "hint": hint or bound.help_text,
        "control": bound.as_widget(attrs=attrs),
    }
