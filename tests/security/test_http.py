"""What every answer keeps to: headers, the two cookies, CSRF, no trust in the Host header, no open redirect."""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from app.core import permissions
from app.core.codes import make_code
from app.respond import journeys
from app.web.rate_limits import ADDRESS_GUESSES
from config import Settings
from tests.conftest import TinySurvey
from tests.support.client import Seen, StrictClient, browser, contents, press, signer
from tests.support.homes import application
from tests.support.http_journey import enter_code, hidden, walk_to_check
from tests.support.staff import SITE, Person, make_person, signed_in

Ask = Callable[[Flask, pytest.MonkeyPatch], Seen]
BAD_PLACES = ["//evil.example", "/\t/evil.example", "/\\evil.example", "https://evil.example", "\\\\evil.example", ""]


def _forbidden(app: Flask, patch: pytest.MonkeyPatch) -> Seen:
    client = signed_in(app, make_person())
    patch.setitem(permissions.ROLES, "viewer", frozenset())
    return client.request("GET", "/staff/")


def _over_the_cap(app: Flask, _patch: pytest.MonkeyPatch) -> Seen:
    client = browser(app)
    page = client.request("GET", "/c")
    return [press(client, page, code=make_code()) for _guess in range(ADDRESS_GUESSES + 1)][-1]


def _with_fault(error: Exception) -> Ask:
    def fault(*_arguments: object) -> None:
        raise error

    def ask(app: Flask, patch: pytest.MonkeyPatch) -> Seen:
        client = browser(app)
        page = client.request("GET", "/c")
        patch.setattr(journeys, "begin", fault)
        return press(client, page, code=make_code())

    return ask


def _too_large(app: Flask, _patch: pytest.MonkeyPatch) -> Seen:
    client = browser(app)
    return press(client, client.request("GET", "/c"), code="1" * (1024 * 1024))


def _typo(app: Flask, _patch: pytest.MonkeyPatch) -> Seen:
    client = browser(app)
    return press(client, client.request("GET", "/c"), code="1")


ANSWERS: dict[int, Ask] = {
    200: lambda app, _patch: browser(app).request("GET", "/"),
    303: lambda app, _patch: browser(app).request("GET", "/language/pl"),
    400: lambda app, _patch: browser(app).request("POST", "/c", [("code", "1")]),
    403: _forbidden,
    404: lambda app, _patch: browser(app).request("GET", "/nothing"),
    405: lambda app, _patch: browser(app).request("GET", "/staff/sign-out"),
    413: _too_large,
    422: _typo,
    429: _over_the_cap,
    500: _with_fault(RuntimeError("x")),
    503: _with_fault(OperationalError("x", {}, Exception("x"))),
}


@pytest.mark.parametrize("status", ANSWERS)
def test_answers_of_every_kind_have_all_headers(app: Flask, monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    answer = ANSWERS[status](app, monkeypatch)  # the strict client checks the headers

    assert answer.status == status
    assert not {"server", "x-powered-by"} & answer.headers.keys()
    assert not any(word in answer.body for word in (b"Traceback", b"RuntimeError", b"OperationalError", b"werkzeug"))


def test_wrong_method_on_a_respondent_page_is_a_page_too(app: Flask) -> None:
    for method, path in (("POST", "/r/done"), ("DELETE", "/r/check"), ("PUT", "/c")):
        client = browser(app)
        token = hidden(client.request("GET", "/c"))
        assert client.request(method, path, token).status == 405


@pytest.mark.parametrize(
    "path", ["/r/page/1%00", "/results/%ff", "/r/page/-1", "/results/" + "9" * 5000, "/%2e%2e/etc"]
)
def test_strange_address_is_no_fault(app: Flask, path: str) -> None:
    assert browser(app).request("GET", path).status in (400, 404)


@pytest.mark.parametrize("words", ["a\x00b", "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), "é" * 999])
def test_strange_text_is_no_fault(app: Flask, tiny: TinySurvey, words: str) -> None:
    client = browser(app)
    enter_code(client, tiny.codes(30)[0])

    assert press(client, client.request("GET", "/r/page/2"), words=words).status in (303, 422)


def test_respondent_cookie_in_production(production_app: Flask) -> None:
    code = TinySurvey().codes(30)[0]
    client = browser(production_app, base=SITE)

    enter_code(client, code)
    (line,) = (
        press(client, client.request("GET", "/r/page/1"), heard="1").set_cookies
        or client.request("GET", "/language/pl").set_cookies
    )

    name, *flags = [part.strip() for part in line.split(";")]
    assert name.startswith("__Host-r=")
    assert sorted(flags) == ["HttpOnly", "Path=/", "SameSite=Lax", "Secure"]


def test_staff_cookie_in_production(production_app: Flask) -> None:
    person = make_person()
    client = browser(production_app, base=SITE)
    line = client.request("GET", "/staff/sign-in").set_cookies[0]

    name, *flags = [part.strip() for part in line.split(";")]
    assert name.startswith("__Secure-s=")
    assert sorted(flags) == ["HttpOnly", "Path=/staff", "SameSite=Lax", "Secure"]
    assert signed_in(production_app, person, base=SITE).request("GET", "/staff/").status == 200


def test_pages_without_a_form_set_no_cookie(app: Flask, tiny: TinySurvey) -> None:
    for path in ("/", "/privacy", "/cookies", "/accessibility", "/results", "/nothing", "/healthz", "/robots.txt"):
        assert browser(app).request("GET", path).set_cookies == (), path


def test_staff_cookie_goes_to_no_other_page(app: Flask, person: Person) -> None:
    client = signed_in(app, person)

    assert client.cookie("s", "/staff")
    assert client.cookie("s", "/") is None
    assert client.cookie("r", "/") is None, "the staff side never sets the respondent's cookie"


def test_respondent_pages_never_read_the_staff_cookie(app: Flask, tiny: TinySurvey, person: Person) -> None:
    value = signed_in(app, person).cookie("s", "/staff") or ""
    plain = browser(app).request("GET", "/")
    for name in ("s", "r"):
        client = browser(app)
        client.jar.set_cookie(name, value)
        assert client.request("GET", "/").body == plain.body
        assert client.request("GET", "/r/start").status == 404


def test_staff_pages_never_read_the_respondent_cookie(app: Flask, person: Person) -> None:
    staff_side = signed_in(app, person)
    stolen = signer(app, "/staff").loads(staff_side.cookie("s", "/staff") or "")
    assert stolen["sid"]
    forged = signer(app, "/").dumps(stolen)
    for name in ("s", "r"):
        client = browser(app)
        client.jar.set_cookie(name, forged, path="/staff")
        assert client.request("GET", "/staff/").status == 303


def test_cookie_that_was_changed_is_worth_nothing(app: Flask, tiny: TinySurvey) -> None:
    client = browser(app)
    enter_code(client, tiny.codes(30)[0])
    value = client.cookie() or ""
    for changed in (value[:-1], "x" + value, value.replace(".", "..", 1), "", "a.b.c"):
        client.jar.set_cookie("r", changed)
        assert client.request("GET", "/r/start").status == 404


POSTS = {
    "/c": [("code", "000 000 000 000 000")],
    "/r/start": [],
    "/r/page/1": [("heard", "1")],
    "/r/page/2": [("words", "x"), ("action", "clear")],
    "/r/check": [("submission_id", "ab" * 16)],
}


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("token", ["missing", "foreign", "garbage"])
def test_post_without_its_own_token_is_refused_and_stores_nothing(
    app: Flask, tiny: TinySurvey, path: str, token: str
) -> None:
    client, other = browser(app), browser(app)
    codes = tiny.codes(30)
    walk_to_check(client, codes[0])
    foreign = dict(hidden(walk_to_check(other, codes[1])))["csrf_token"]
    before = contents()
    fields = {"missing": [], "foreign": [("csrf_token", foreign)], "garbage": [("csrf_token", "x")]}[token]

    answer = client.request("POST", path, [*fields, *POSTS[path]])

    assert (answer.status, answer.data_page) == (400, "error")
    assert contents() == before
    assert press(client, client.get("/r/check")).status == 303, "with its own token it goes on"


@pytest.mark.parametrize("path", ["/staff/sign-in", "/staff/sign-out"])
def test_staff_post_without_its_own_token_is_refused(app: Flask, person: Person, path: str) -> None:
    client, other = signed_in(app, person), browser(app)
    before = contents()
    foreign = dict(hidden(other.request("GET", "/c")))["csrf_token"]
    fields = [("email", person.email), ("password", person.password)]
    for token in ([], [("csrf_token", foreign)]):
        assert client.request("POST", path, [*token, *fields]).status == 400

    assert contents() == before
    assert client.request("GET", "/staff/").status == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "evil.example:80", "localhost@evil.example"]
)
@pytest.mark.parametrize("path", ["/", "/c", "/staff/sign-in", "/leave"])
def test_strange_host_is_refused(app: Flask, host: str, path: str) -> None:
    answer = browser(app).request("GET", path, headers={"Host": host})

    assert answer.status == 400
    assert b"evil" not in answer.body
    assert answer.set_cookies == ()


@pytest.mark.parametrize("place", BAD_PLACES)
@pytest.mark.parametrize("start", ["/language/pl?to=", "/words/easy?to="])
def test_redirect_to_another_site_goes_home(app: Flask, start: str, place: str) -> None:
    answer = browser(app).request("GET", start + place.replace("\t", "%09").replace("\\", "%5C"))

    assert (answer.status, answer.headers["location"]) == (303, "/")


@pytest.mark.parametrize("place", ["/c", "/r/start", "/privacy", "/results"])
def test_redirect_to_a_page_of_ours_goes_there(app: Flask, place: str) -> None:
    client = browser(app)

    assert client.request("GET", f"/language/ur?to={place}").headers["location"] == place
    assert client.request("GET", place).find("html").get("lang") == "ur"


def test_post_of_json_is_refused(app: Flask) -> None:
    client: StrictClient = browser(app)

    assert client.request("POST", "/c", headers={"Content-Type": "application/json"}).status == 400


def test_static_file_may_be_kept_and_its_address_follows_its_content(app: Flask) -> None:
    client = browser(app)
    addresses = re.findall(r'(?:href|src)="(/static/[^"]+)"', client.request("GET", "/c").body.decode())

    assert len(addresses) == 3
    for address in addresses:
        assert "?v=" in address
        assert "immutable" in client.request("GET", address).headers["cache-control"]
    assert client.request("GET", "/static/../config.py").status == 404


def test_answer_says_what_is_allowed_and_when(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong, slow = (ANSWERS[code](app, monkeypatch).headers for code in (405, 429))

    assert wrong["allow"] == "OPTIONS, POST"
    assert 540 < int(slow["retry-after"]) <= 600, "the seconds that are left of ten minutes"


def test_whoever_finds_a_weakness_learns_whom_to_tell(production_settings: Settings) -> None:
    path = "/.well-known/security.txt"
    with application(production_settings) as app:
        assert app.test_client().get(path, base_url=SITE).status_code == 404
    with application(replace(production_settings, security_contact="mailto:security@portal.example")) as app:
        answer = app.test_client().get(path, base_url=SITE)
    fields = dict(line.split(": ", 1) for line in answer.text.splitlines())
    assert (fields["Contact"], fields["Canonical"]) == ("mailto:security@portal.example", SITE + path)
    ends = dt.datetime.fromisoformat(fields["Expires"]) - dt.datetime.now(dt.UTC)
    assert 0 < ends.days < 365
    assert answer.mimetype == "text/plain"
