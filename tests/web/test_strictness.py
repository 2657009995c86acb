"""The strict client finds what it is for: one planted fault of each kind."""

import pytest

from app.web.security import HEADERS
from tests.support.client import Seen, cookie_faults, header_faults
from tests.support.markup import page_faults

GOOD = (
    '<!doctype html><html lang="en" dir="ltr"><head><meta charset="utf-8"><title>A</title>'
    '<link rel="stylesheet" href="/static/a.css"><script src="/static/a.js" defer></script></head><body>'
    '<a href="#main">Skip</a><main id="main"><h1>A</h1><form id="main-form" method="post">'
    '<input type="hidden" name="csrf_token" value="x"><fieldset data-question="q"><legend>Q</legend>'
    '<label for="q-0"><input id="q-0" type="radio" name="q" value="1">One</label></fieldset>'
    '<button name="action" value="">Continue</button></form><a href="tel:999">999</a></main>'
    '<button form="main-form" name="action" value="lang:pl">Polski</button></body></html>'
)
PLANTED = {
    "two h1": ("<h1>A</h1>", "<h1>A</h1><h1>B</h1>", "2 elements h1"),
    "no title": ("<title>A</title>", "<title> </title>", "no title"),
    "no language": (' lang="en"', "", "no lang"),
    "no direction": (' dir="ltr"', "", "no dir"),
    "double id": ("<legend>", '<legend id="main">', "id main is there 2 times"),
    "skip link to nothing": ('href="#main"', 'href="#mian"', "points nowhere"),
    "description that is not there": ('name="q"', 'name="q" aria-describedby="hint"', "aria-describedby=hint"),
    "label of nothing": ('for="q-0"', 'for="q-1"', "points nowhere"),
    "control without label": ('<label for="q-0">', "<label>", "has no label"),
    "fieldset without legend": ("<legend>Q</legend>", "", "has no legend"),
    "style element": ("</head>", "<style>a{}</style></head>", "a style element"),
    "style attribute": ("<legend>", '<legend style="color:red">', "attribute style"),
    "inline script": ('<script src="/static/a.js" defer>', "<script>1", "a script in the page"),
    "handler": ("<legend>", '<legend onclick="1">', "attribute onclick"),
    "foreign script": ('src="/static/a.js"', 'src="https://cdn.example/a.js"', "leaves the site"),
    "message to somebody": ('href="tel:999"', 'href="sms:07700900000?body=a"', "leaves the site"),
    "foreign address without scheme": ('href="/static/a.css"', 'href="//cdn.example/a.css"', "leaves the site"),
    "second form": ("</main>", '<form id="other" method="post"></form></main>', "more than one form"),
    "form by get": ('method="post"', 'method="get"', "not posted"),
    "no token": ('name="csrf_token"', 'name="token"', "no token"),
    "empty token": ('value="x"', 'value=""', "no token"),
    "skip first": ('value="">Continue', 'value="skip">Skip', "not the plain one"),
    "language first": (
        '<a href="#main">',
        '<button form="main-form" value="lang:pl">P</button><a href="#main">',
        "plain",
    ),
    "not closed": ("</fieldset>", "", "not valid HTML"),
    "attribute twice": ('type="radio"', 'type="radio" type="radio"', "not valid HTML"),
    "bare ampersand": ("<h1>A</h1>", "<h1>A &; &lt B</h1>", "not valid HTML"),
}


def test_a_good_page_has_no_faults() -> None:
    assert page_faults(GOOD) == []


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_found(name: str) -> None:
    old, new, expected = PLANTED[name]
    assert GOOD.count(old) >= 1

    assert any(expected in fault for fault in page_faults(GOOD.replace(old, new, 1)))


@pytest.mark.parametrize("name", [*HEADERS, "Cache-Control"])
def test_a_missing_header_is_found(name: str) -> None:
    headers = {key.lower(): value for key, value in {**HEADERS, "Cache-Control": "no-store"}.items()}
    assert list(header_faults(Seen(200, headers, b"", "http://localhost/"))) == []
    del headers[name.lower()]

    assert [fault.split(" is ")[0] for fault in header_faults(Seen(200, headers, b"", "http://localhost/"))] == [name]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("r=x; SameSite=Lax; Path=/", "httponly"),
        ("r=x; HttpOnly; Path=/", "samesite"),
        ("r=x; HttpOnly; SameSite=Lax; Max-Age=60", "stays"),
        ("r=x; HttpOnly; SameSite=Lax; Expires=Thu, 01 Jan 2099 00:00:00 GMT", "stays"),
        ("r=x; HttpOnly; SameSite=Lax; Domain=example.org", "other hosts"),
    ],
)
def test_a_loose_cookie_is_found(line: str, expected: str) -> None:
    assert list(cookie_faults("r=x; HttpOnly; SameSite=Lax; Path=/")) == []

    assert any(expected in fault for fault in cookie_faults(line))
