"""What stands around every page, for whoever looks at it."""

import pytest
from django.test import Client
from django.urls import reverse

from governance.access.kinds import Role
from governance.portal.components.texts import roles
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
