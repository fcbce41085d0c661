"""A person at a browser, who looks twice at every page: for faults and for barriers.

``look`` opens the page once more, in a window where the accessibility checker may be injected (the
site's own policy forbids that), and holds it against axe-core at two widths, light and dark.
"""

from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, Response, expect

from tests.factories.access import PASSWORD

ROOT = Path(__file__).resolve().parents[2]
AXE = (ROOT / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
PATIENCE = 30_000  # milliseconds for one answer
# A theme changes colours alone.
_RULES = {"light": {}, "dark": {"runOnly": ["color-contrast"]}}
_AXE = """async (rules) => {
  const found = await axe.run(document, {resultTypes: ["violations"], ...rules});
  return found.violations.filter(v => ["serious", "critical"].includes(v.impact))
    .map(v => `${v.id}: ${v.nodes.slice(0, 3).map(n => n.target.join(" ")).join("; ")}`);
}"""
_OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
_STILL = "*, *::before, *::after { transition: none !important; animation: none !important; }"


class Visitor:
    """``page`` is the window; ``faults`` is everything that no page should have done."""

    def __init__(
        self, browser: Browser, base: str, *, scripts: bool = True, looking: bool = False
    ) -> None:
        self.browser, self.base, self.looking = browser, base, looking
        self.context = _context(browser, java_script_enabled=scripts)
        self.page = self.context.new_page()
        self.faults: list[str] = []
        self.looked_at: set[str] = set()
        self._watch(self.page)

    def _watch(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.faults.append(f"{page.url}: {error}"))
        page.on("console", lambda said: self._heard(page, said.text))
        page.on("response", self._answered)

    def _heard(self, page: Page, text: str) -> None:
        if "Content Security Policy" in text:
            self.faults.append(f"{page.url}: {text}")

    def _answered(self, answer: Response) -> None:
        if answer.status >= 500 or (answer.status == 404 and "/static/" in answer.url):
            self.faults.append(f"{answer.url}: {answer.status}")

    def open(self, path: str) -> Response | None:
        return self.page.goto(self.base + path)

    def sign_in(self, email: str, *, at: str = "/accounts/login/") -> None:
        self.open(at)
        self.look()
        self.fill(login=email, password=PASSWORD)
        self.press("Sign in")
        expect(self.page.get_by_role("heading", level=1)).to_contain_text("Good to see you")
        self.look()

    def sign_out(self) -> None:
        self.page.get_by_role("button", name="Your account").click()
        self.press("Sign out")
        expect(self.page.get_by_role("heading", name="Sign in")).to_be_visible()

    def fill(self, **values: Any) -> None:
        """Fill fields by their names; a list of files goes into a file field."""
        for name, value in values.items():
            field = self.page.locator(f"main [name='{name}']:not([type=hidden])")
            kind = field.first.evaluate("e => e.type || e.localName")
            if kind == "select-one":
                field.select_option(**(value if isinstance(value, dict) else {"value": value}))
            elif kind == "radio":
                self.page.locator(f"main [name='{name}'][value='{value}']").check()
            elif kind == "checkbox":
                field.set_checked(value)
            elif kind == "file":
                field.set_input_files(value)
            else:
                field.fill(value)

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).first.click()

    def follow(self, name: str, *, exact: bool = True) -> None:
        self.page.get_by_role("link", name=name, exact=exact).first.click()

    def reads(self, text: str, *, seconds: float = PATIENCE / 1000) -> None:
        """Wait until the page says ``text``."""
        expect(self.page.locator("main")).to_contain_text(text, timeout=seconds * 1000)

    def look(self) -> None:
        """Hold the open page against axe-core and the narrow window, once, if that is wanted."""
        url = self.page.url.split("#")[0]
        if not self.looking or url in self.looked_at:
            return
        self.looked_at.add(url)
        context = _context(
            self.browser, bypass_csp=True, storage_state=self.context.storage_state()
        )
        other = context.new_page()
        other.goto(url)
        other.wait_for_load_state("networkidle")
        self.faults += barriers(other)
        context.close()

    def leave(self) -> None:
        self.context.close()
        assert not self.faults, "\n".join(self.faults)


def barriers(page: Page) -> list[str]:
    """What axe-core finds serious or critical, and sideways scrolling in a narrow window."""
    found = []
    page.add_style_tag(content=_STILL)
    page.evaluate(AXE)
    for size in (WIDE, NARROW):
        page.set_viewport_size(size)
        if (beyond := page.evaluate(_OVERFLOW)) > 0:
            found.append(f"{page.url} at {size['width']} px scrolls sideways by {beyond} px")
        for theme, rules in _RULES.items():
            page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
            told = page.evaluate(_AXE, rules)
            found += [f"{page.url} at {size['width']} px, {theme}: {line}" for line in told]
    return found


def _context(browser: Browser, **options: Any) -> BrowserContext:
    context = browser.new_context(viewport=WIDE, locale="en-GB", **options)
    context.set_default_timeout(PATIENCE)
    return context
