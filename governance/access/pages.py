"""Pages of one's own account: roles held and API tokens."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from governance.access import commands
from governance.access.kinds import TOKEN_DAYS
from governance.access.models import ApiToken, Membership
from governance.access.requests import ActorRequest
from governance.access.rules import READ_SCOPE, token_scopes


class TokenForm(forms.Form):
    label = forms.CharField(label="What is it for?", max_length=100)
    scopes = forms.MultipleChoiceField(
        label="What may it do?",
        choices=[(scope, scope) for scope in token_scopes()],
        initial=[READ_SCOPE],
        widget=forms.CheckboxSelectMultiple,
        help_text="Never more than you may. No token can approve or give an opinion.",
    )
    days = forms.IntegerField(
        label="Days until it ends", min_value=1, max_value=TOKEN_DAYS, initial=30
    )


@require_GET
def account(request: ActorRequest) -> HttpResponse:
    held = Membership.objects.filter(user_id=request.actor.id).select_related("team")
    return render(request, "access/account.html", {"held": held})


@require_http_methods(["GET", "POST"])
def tokens(request: ActorRequest) -> HttpResponse:
    """The list of tokens; a new one's secret is shown in the answer to the form, once."""
    form = TokenForm(request.POST or None)
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        made = form.cleaned_data
        token, secret = commands.create_token(actor=request.actor, **made)
        context |= {"made": token, "secret": secret, "form": TokenForm()}
    context["tokens"] = ApiToken.objects.filter(user_id=request.actor.id)
    failed = form.is_bound and not form.is_valid()
    return render(request, "access/tokens.html", context, status=422 if failed else 200)


@require_POST
def token_revoke(request: ActorRequest, pk: UUID) -> HttpResponse:
    commands.revoke_token(actor=request.actor, token_id=pk)
    messages.success(request, "Revoked. Whoever uses it is refused from now on.")
    return redirect("access:tokens")
