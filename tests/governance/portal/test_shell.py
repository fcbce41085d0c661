"""What stands around every page, for whoever looks at it."""

import pytest
from django.test import Client
from django.urls import reverse

from governance.access.kinds import Role
from governance.portal.components.texts import roles
from governance.portal.navigation import menu
from tests.factories import access

pytestmark = pytest.mark.django_db
NOWHERE = "/there/is/no/such/page/"


def test_an_address_without_a_page_keeps_the_menu_of_who_is_signed_in(client: Client) -> None:
    access.signed_in(client, access.person(Role.RISK_OFFICER))
    answer = client.get(NOWHERE)
    assert answer.status_code == 404
    assert f'href="{reverse("approvals:case-list")}"' in answer.text


def test_an_address_without_a_page_shows_a_stranger_nothing_of_ours(client: Client) -> None:
    answer = client.get(NOWHERE)
    assert answer.status_code == 404
    assert f'href="{reverse("approvals:case-list")}"' not in answer.text


def test_every_page_of_the_account_leads_to_the_tokens(client: Client) -> None:
    access.signed_in(client, access.person(Role.DEVELOPER))
    tabs = client.get(reverse("mfa_index")).text.partition('aria-label="Your account"')[2]
    assert f'href="{reverse("access:tokens")}"' in tabs.partition("</nav>")[0]


def test_home_of_somebody_without_work_says_so(client: Client) -> None:
    access.signed_in(client, access.person(Role.ADMINISTRATOR))
    assert "No work comes to your roles" in client.get("/").text
    access.signed_in(client, access.person(Role.RISK_OFFICER))
    assert "No work comes to your roles" not in client.get("/").text


def test_roles_read_as_words() -> None:
    assert roles("developer+model_owner") == "developer, model owner"
    assert roles({Role.RISK_OFFICER, Role.AUDITOR}) == "auditor, risk officer"


def test_the_menu_leads_to_every_page_of_costs_that_one_may_enter(client: Client) -> None:
    access.signed_in(client, access.person(Role.MANAGER))
    menu = client.get(reverse("costs:budget-list")).text.partition('aria-label="Main"')[2]
    menu = menu.partition("</nav>")[0]
    for name in ("costs:explorer", "costs:batch-list", "costs:ruleset-list", "costs:claim-list"):
        assert f'href="{reverse(name)}"' in menu
    here = f'href="{reverse("costs:budget-list")}" aria-current="page"'
    assert here in menu
    assert f'href="{reverse("costs:overview")}" aria-current="true"' in menu


def test_pages_below_an_entry_show_in_the_menu_only_there(client: Client) -> None:
    access.signed_in(client, access.person(Role.MANAGER))
    assert '<div class="a-nav-parts" hidden>' in client.get("/").text
    assert '<div class="a-nav-parts">' in client.get(reverse("costs:overview")).text


def test_a_page_of_one_thing_marks_its_list_in_the_menu() -> None:
    assert _current("costs:charge-detail") == reverse("costs:explorer")
    assert _current("costs:run-diff") == reverse("costs:run-list")
    assert _current("costs:model-detail") == reverse("costs:model-list")
    assert _current("costs:hint-detail") == reverse("costs:overview")
    assert _current("runs:check-detail") == reverse("runs:run-list")


def _current(here: str) -> str:
    entries = menu(access.actor(access.person(Role.MANAGER)), here)
    pages = [*entries, *(page for one in entries for part in one.parts for page in part.items)]
    return next(page.url for page in pages if page.current)
