"""The documentation against the product: what a page names is there, and what is there is named."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote
from uuid import uuid4

import pytest
from django.core.management import get_commands
from django.urls import URLPattern, URLResolver, get_resolver, resolve

from governance.access.kinds import Role
from governance.kernel.rest.problems import not_found

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
OPERATIONS = (DOCS / "operations.md").read_text("utf-8")
API = (DOCS / "api.md").read_text("utf-8")

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)
_SETTING = re.compile(r'"((?:ASSAY_[A-Z_]+)|DATABASE_URL)"')
_VARIABLE = re.compile(r"\b(ASSAY_[A-Z_]+|DATABASE_URL)\b")
_MAKE = re.compile(r"`make ([a-z-]+)`|^make ([a-z-]+)$", re.MULTILINE)
_TARGET = re.compile(r"^([a-z-]+):", re.MULTILINE)
_MANAGE = re.compile(r"manage\.py ([a-z_]+)")
_PLACES = re.compile(r"(?:^|[\s`(\"'])(/(?:work|root|home|Users)\b)")
_BYTES = 200 * 1024


@pytest.fixture(params=PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def page(request: pytest.FixtureRequest) -> Path:
    return request.param


def _prose(page: Path) -> str:
    return _FENCE.sub("", page.read_text("utf-8"))


def _anchors(page: Path) -> set[str]:
    """Return the headings as GitHub and others spell them in addresses."""
    plain = (re.sub(r"[^\w\- ]", "", title.lower()) for title in _HEADING.findall(_prose(page)))
    return {title.strip().replace(" ", "-") for title in plain}


def _own_commands() -> set[str]:
    ours = ("governance", "inventory", "audits", "reports")
    return {name for name, app in get_commands().items() if str(app).startswith(ours)}


def _api_routes() -> Iterator[str]:
    for entry in get_resolver().url_patterns:
        if isinstance(entry, URLResolver) and str(entry.pattern) == "api/v1/":
            yield from _under(entry, "")


def _under(resolver: URLResolver, above: str) -> Iterator[str]:
    for entry in resolver.url_patterns:
        path = above + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _under(entry, path)
        elif isinstance(entry, URLPattern) and entry.callback is not not_found:
            yield path


def test_every_relative_link_and_anchor_leads_somewhere(page: Path):
    for link in _LINK.findall(_prose(page)):
        if "://" in link or link.startswith("mailto:"):
            continue
        place, _, anchor = unquote(link).partition("#")
        target = (page.parent / place).resolve() if place else page
        assert target.exists(), f"{link} leads nowhere"
        if anchor:
            assert anchor in _anchors(target), f"{link}: there is no such heading"


def test_no_page_names_a_place_of_one_machine(page: Path):
    assert _PLACES.findall(page.read_text("utf-8")) == []


def test_every_make_target_that_is_named_exists(page: Path):
    targets = set(_TARGET.findall((ROOT / "Makefile").read_text("utf-8")))
    named = {one or other for one, other in _MAKE.findall(page.read_text("utf-8"))}
    assert named - targets == set()


def test_every_management_command_that_is_named_exists(page: Path):
    named = set(_MANAGE.findall(page.read_text("utf-8")))
    assert named - set(get_commands()) == set()


def test_every_variable_of_the_settings_is_documented_and_no_other():
    source = (ROOT / "governance" / "settings.py").read_text("utf-8")
    settings = set(_SETTING.findall(source))
    documented = set(re.findall(r"^\| `(\w+)`", OPERATIONS, re.MULTILINE))
    assert settings == {name for name in documented if _VARIABLE.fullmatch(name)}


def test_every_variable_that_a_page_names_exists(page: Path):
    known = set(_SETTING.findall((ROOT / "governance" / "settings.py").read_text("utf-8")))
    known |= set(_VARIABLE.findall((ROOT / "tests" / "plugin.py").read_text("utf-8")))
    assert set(_VARIABLE.findall(page.read_text("utf-8"))) - known == set()


def test_every_management_command_of_ours_is_documented():
    assert _own_commands() - set(_MANAGE.findall(OPERATIONS)) == set()


def test_every_role_is_explained_to_administrators():
    text = (DOCS / "users" / "administrator.md").read_text("utf-8")
    table = set(re.findall(r"`([a-z_]+)`", "\n".join(re.findall(r"^\| `.*$", text, re.MULTILINE))))
    assert table == {role.value for role in Role if role is not Role.SYSTEM}


def test_every_api_route_that_is_documented_resolves():
    table = API.partition("## Routes")[2].partition("## ")[0]
    for line in re.findall(r"^\| (`.*?`) \|", table, re.MULTILINE):
        for route in re.findall(r"`([^`]+)`", line):
            address = re.sub(r"\{\w+\}", str(uuid4()), route.replace("{number}", "1"))
            assert resolve(f"/api/v1/{address}").func is not not_found, route


def test_every_api_route_is_documented():
    table = API.partition("## Routes")[2].partition("## ")[0]
    documented = {re.sub(r"\{\w+\}", "*", route) for route in re.findall(r"`([\w/{}.-]+)`", table)}
    gates = {"gates/*/approve-use/": "gates/*/*/", "gates/*/use/": "gates/*/*/"}
    documented = {gates.get(route, route) for route in documented}
    routes = {re.sub(r"<[^>]+>", "*", route) for route in _api_routes()}
    assert routes - documented == {"schema/", "docs/"}


def test_pictures_are_small_and_shown():
    shown = {
        (page.parent / link).resolve() for page in PAGES for link in _LINK.findall(_prose(page))
    }
    for picture in (DOCS / "images").iterdir():
        assert picture in shown, f"{picture.name} is shown nowhere"
        assert picture.stat().st_size <= _BYTES, f"{picture.name} is too large"


def test_every_decision_is_listed():
    listed = (DOCS / "decisions" / "README.md").read_text("utf-8")
    for decision in sorted((DOCS / "decisions").glob("[0-9]*.md")):
        number, title = re.match(r"# (\d{4}) (.+)", decision.read_text("utf-8")).groups()
        assert decision.name.startswith(number)
        assert f"[{number}]({decision.name}) | {title} |" in listed
