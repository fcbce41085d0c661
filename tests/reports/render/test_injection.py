"""People's words never reach the network, a file or the page's structure."""

import http.server
import threading

import pytest

from reports.render import content as c
from reports.render.figures import Table
from reports.render.fonts import fonts_dir
from reports.render.page import render_html
from reports.render.pdf import packaged_only, render_pdf
from tests.reports.render.sample import control

SECRET = "canary-5f1e-never-printed"
TEMPLATES = (
    '<img src="{u}">',
    '<link rel="stylesheet" href="{u}">',
    '<style>@import "{u}";</style>',
    "<style>*{{background:url({u})}}</style>",
    '<object data="{u}"></object>',
    '<embed src="{u}">',
    '<iframe src="{u}"></iframe>',
    '<svg><image href="{u}"/></svg>',
    '<svg><use href="{u}#a"/></svg>',
    '<link rel="attachment" href="{u}">',
    '<a rel="attachment" href="{u}">x</a>',
    '<base href="{u}/"><img src="a.png">',
    '<div style="background:url({u})">x</div>',
    '<ul style="list-style-image:url({u})"><li>x</ul>',
    "<style>@font-face{{font-family:x;src:url({u})}} *{{font-family:x}}</style>",
    '<p style="content:url({u})">x</p>',
    "<style>p::before{{content:url({u})}}</style>",
    '<picture><source srcset="{u}"><img src="{u}"></picture>',
    "![x]({u})",
    "[x]({u})",
    "<{u}>",
    '<input type="image" src="{u}">',
    "<style>@page{{background:url({u})}}</style>",
    '<link rel="xmp-metadata" href="{u}">',
    "<svg><style>@import url({u});</style></svg>",
    '{{{{ config }}}} <img srcset="{u} 1x">',
    '<svg><filter><feImage href="{u}"/></filter></svg>',
)


@pytest.fixture(scope="module")
def listener():
    """A web server that counts who calls."""
    calls = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            calls.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *args):
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/x", calls
    server.shutdown()
    server.server_close()


@pytest.fixture
def addresses(listener, tmp_path):
    canary = tmp_path / "secret.txt"
    canary.write_text(SECRET)
    return listener[0], canary.as_uri(), str(canary), "file:///etc/hostname"


def vectors(addresses):
    return [template.format(u=address) for template in TEMPLATES for address in addresses]


def hostile(words):
    text = c.Text("\n\n".join(words))
    table = c.DataTable(
        Table("t", words[0], ("a", words[1]), tuple((w, 1) for w in words)), words[2]
    )
    facts = c.Facts((c.Fact(words[3], words[4]), c.Fact("code", words[5], code=True)))
    call = c.Callout("note", words[6], words[7], words[8])
    summary = c.Summary(headline=words[9], use=tuple(words[10:14]))
    sections = (c.Section("a", words[0], (text, table, facts, call), words[1]),)
    named = control(title=words[0], organisation=words[1], subtitle=words[2], report_id="RPT-1")
    return c.ReportContent(named, summary, sections)


def test_words_become_text_and_never_markup(addresses):
    page = str(render_html(hostile(vectors(addresses))))
    for tag in (
        "<img",
        "<link",
        "<object",
        "<iframe",
        "<script",
        "<base",
        "<embed",
        "<style",
        "<input",
    ):
        assert tag not in page
    assert '<a href="http' not in page
    assert "style=" not in page.replace("&lt;", "<<").split("<<", maxsplit=1)[0]


def test_a_hostile_report_reaches_neither_network_nor_files(listener, addresses):
    pdf = render_pdf(hostile(vectors(addresses)))
    assert listener[1] == []
    assert SECRET.encode() not in pdf


@pytest.mark.parametrize("template", TEMPLATES)
def test_even_raw_markup_fetches_nothing(template, listener, addresses):
    from weasyprint import HTML

    fetcher = packaged_only(fonts_dir())
    raw = "".join(template.format(u=address) for address in addresses)
    pdf = HTML(string=f"<body>{raw}", url_fetcher=fetcher, base_url="assets:/").write_pdf(
        uncompressed_pdf=True
    )
    assert listener[1] == []
    assert SECRET.encode() not in pdf


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/",
        "https://example.org/a.woff2",
        "file:///etc/passwd",
        "data:text/css,*{}",
        "ftp://127.0.0.1/",
        "assets:fonts/../report.css",
        "assets:fonts/%2e%2e/x",
        "assets:report.css",
        "assets:fonts//etc/passwd",
        "ASSETS:fonts/x.woff2",
        "assets:fonts/",
        "",
    ],
)
def test_the_fetcher_refuses_every_address_but_packaged_fonts(address):
    fetcher = packaged_only(fonts_dir())
    for door in (fetcher, fetcher.fetch, fetcher.open):
        with pytest.raises(ValueError, match="not a packaged file"):
            door(address)


def test_markdown_keeps_emphasis_and_lists_only():
    from reports.render.markdown import to_html

    assert to_html("**a** *b* `c`\n\n- d") == (
        "<p><strong>a</strong> <em>b</em> <code>c</code></p>\n<ul>\n<li>d</li>\n</ul>\n"
    )
    assert "<script" not in to_html("<script>alert(1)</script>")
    assert "href" not in to_html("[x](javascript:alert(1))")
    assert "\x00" not in to_html("a\x00b")
