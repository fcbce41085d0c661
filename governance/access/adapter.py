"""How allauth behaves here: accounts are made by administrators, nobody signs up."""

from collections.abc import Mapping
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False


def client_address(request: HttpRequest) -> str | None:
    """Return where a request comes from, beyond our own proxies; None when from no network."""
    try:
        return str(AccountAdapter(request).get_client_ip(request))
    except PermissionDenied:
        return None


def login_name(request: HttpRequest | None, credentials: Mapping[str, Any] | None) -> str:
    """Return whose password was tried, for counting guesses: allauth says ``email``, others not."""
    named = credentials or {}
    typed = request.POST.get("login", "") if request is not None else ""
    name = named.get("email") or named.get("login") or named.get("username") or typed
    return str(name).strip().lower()
