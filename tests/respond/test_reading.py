"""What pages cost and leave: a page that is only read writes nothing, and none asks the database many things."""

import secrets
from collections.abc import Callable

import pytest
from flask import Flask

from app.staff import accounts as staff
from app.storage import db
from tests.conftest import TinySurvey
from tests.support.client import Seen, StrictClient, browser, contents, counted_queries, press, signer
from tests.support.http_journey import enter_code, hidden, walk, walk_to_check

READ = [
    *["/", "/c", "/r/start", "/r/page/1", "/r/page/2", "/r/page/9", "/r/check", "/r/done", "/r/other-card", "/leave"],
    *["/language/ur?to=/c", "/words/easy?to=/c", "/privacy", "/accessibility", "/cookies", "/results"],
    *["/results/family", "/healthz", "/readyz", "/robots.txt", "/staff/", "/staff/sign-in", "/staff/results/family"],
    *["/staff/sign-out", "/nothing", "/static/css/site.css", "/data/schema.json"],
    *[f"/data/family/family-1.{end}" for end in ("csv", "xlsx", "json", "zip")],
    *[f"/results/family/family-1{part}" for part in ("", "/summary", "/summary.pdf", "/report.docx")],
    *[f"/results/family/family-1/charts/heard.{end}" for end in ("svg", "png")],
    *[
        "/privacy/young",
        "/who-sees-what",
        "/keying/none",
        "/kiosk/next",
        "/.well-known/security.txt",
        "/r/save",
        "/come-back",
        "/keep-my-code",
        "/delete-my-answers",
        "/you-said-we-did",
        "/you-said-we-did/poster",
    ],
]
ROUND = "/staff/rounds/family-1"
STAFF_READ = [
    *[
        "/staff/",
        "/staff/sign-in",
        "/staff/help",
        "/staff/account",
        "/staff/confirm",
        "/staff/second-factor",
        "/staff/who-sees-what",
        "/staff/gallery",
    ],
    *["/staff/second-factor/set-up", "/staff/set-up/none", "/staff/results/family", "/staff/keying", "/staff/audit"],
    *["/staff/audit.csv", "/staff/results/family/family-1", "/staff/evidence", "/staff/evidence.csv"],
    *[
        f"/staff/evidence/S6{part}"
        for part in ("", "/rating", "/rivals/new", "/rivals/1", "/figures/new", "/figures/1")
    ],
    *["/staff/rounds", "/staff/rounds/new", ROUND, f"{ROUND}/frame", f"{ROUND}/dates", f"{ROUND}/open"],
    *[f"{ROUND}/delete", f"{ROUND}/cancel", f"{ROUND}/public-day", f"{ROUND}/reading-day"],
    *[f"{ROUND}/close", f"{ROUND}/release", "/staff/cards", "/staff/cards/new", "/staff/cards/void"],
    *["/staff/cards/waiting/1", "/staff/tally", "/staff/tally/family-1/none", "/staff/paper/family-1"],
    *["/staff/paper/family-1?style=poster&language=ur", "/staff/people", "/staff/people/new", "/staff/people/1"],
    *["/staff/keys", "/staff/keys/wave/family-1/destroy", "/staff/keys/survey/family/destroy", "/staff/keys/waiting/1"],
    *[f"/staff/comments{part}" for part in ("", "/harm", "/list", "/masked", "/quotes", "/reports")],
    *[f"/staff/themes{part}" for part in ("", "/family/new", "/family/1", "/family/sources", "/family/grid")],
    *["/staff/themes/family/themes.csv", "/staff/themes/agreement/family-1"],
    *[f"/staff/actions{part}" for part in ("", "/new", "/1", "/1/texts/ur")],
]
FRESH, STARTED, AT_CHECK, SENT = "fresh", "started", "at the check", "sent"


@pytest.fixture
def codes(tiny: TinySurvey) -> list[str]:
    """Codes of cards."""
    return tiny.codes(30)


def visitor_in(state: str, app: Flask, code: str) -> StrictClient:
    """Return a browser that has come as far as the state says."""
    client = browser(app)
    if state == STARTED:
        enter_code(client, code)
    elif state == AT_CHECK:
        walk_to_check(client, code)
    elif state == SENT:
        walk(client, code)
    return client


@pytest.mark.parametrize("state", [FRESH, STARTED, AT_CHECK, SENT])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_reading_any_page_writes_nothing(app: Flask, codes: list[str], state: str, method: str) -> None:
    client = visitor_in(state, app, codes[0])
    held = client.cookie()
    before = contents()

    for path in READ + STAFF_READ:
        if held:
            client.jar.set_cookie("r", held)
        assert client.request(method, path).status < 500, path
        assert contents() == before, path


def test_no_page_that_is_read_drops_the_key_of_a_draft_but_leave(app: Flask, codes: list[str]) -> None:
    client = visitor_in(AT_CHECK, app, codes[0])
    cookie = client.cookie() or ""

    def draft() -> str:
        return str(signer(app, "/").loads(client.cookie() or "").get("draft", ""))

    key, lost = draft(), set()
    for path in READ + STAFF_READ:
        client.jar.set_cookie("r", cookie)
        client.request("GET", path)
        if client.cookie() is None or draft() != key:
            lost.add(path)

    assert lost == {"/leave"}


def test_every_page_that_can_be_read_is_among_the_read_ones(app: Flask) -> None:
    adapter = app.url_map.bind("localhost")
    paths = [path.split("?")[0] for path in READ + STAFF_READ]
    read = {adapter.match(p, return_rule=True)[0].rule for p in paths if p not in ("/nothing", "/staff/sign-out")}

    rules = {rule.rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    assert rules - read == set()


def test_reading_staff_pages_while_signed_in_writes_nothing(app: Flask, tiny: TinySurvey) -> None:
    password = secrets.token_urlsafe(12)
    staff.create_user("a@example.org", "evaluator", password=password)
    client = browser(app)
    page = client.get("/staff/sign-in")
    token = next(e.get("value") for e in page.tree.iter("input") if e.get("name") == "csrf_token")
    client.request(
        "POST", "/staff/sign-in", [("csrf_token", token), ("email", "a@example.org"), ("password", password)]
    )
    before = contents()
    assert len(before["staff_session"]) == 1

    found = {path: client.request("GET", path).status for path in STAFF_READ}

    assert {path for path, status in found.items() if status == 403} == {
        *(
            "/staff/audit",
            "/staff/audit.csv",
            "/staff/people",
            "/staff/people/new",
            "/staff/people/1",
            "/staff/comments/reports",
        ),
    }
    assert set(found.values()) <= {200, 303, 403, 404}
    assert contents() == before


def test_writing_while_a_page_is_read_is_refused(app: Flask) -> None:
    for method in ("GET", "HEAD"):
        with (
            app.test_request_context("/", method=method),
            pytest.raises(RuntimeError, match="GET never writes"),
            db.writing(),
        ):
            pass


def test_contents_see_a_row_that_changes(app: Flask, codes: list[str]) -> None:
    client = visitor_in(STARTED, app, codes[0])
    before = contents()

    press(client, client.get("/r/page/1"), heard="1")

    assert contents() != before


Step = Callable[[StrictClient, Seen, str], Seen]


def post(client: StrictClient, page: Seen, path: str, *extra: tuple[str, str]) -> Seen:
    """Send a form with the hidden fields of another page."""
    return client.request("POST", path, [*hidden(page), *extra])


# How many statements each step may send; measured, with five surveys. A step that needs more must say why here.
STEPS: dict[str, tuple[int, Step]] = {
    "home": (2, lambda c, page, code: c.request("GET", "/")),
    "code page": (0, lambda c, page, code: c.request("GET", "/c")),
    "code, a draft in the cookie": (7, lambda c, page, code: post(c, page, "/c", ("code", code))),
    "code that is unknown": (2, lambda c, page, code: post(c, page, "/c", ("code", "000000000000000"))),
    # 6: after a failed try, what has no try left is deleted, whether or not anything was saved
    "coming back to nothing": (6, lambda c, page, code: post(c, page, "/come-back", ("code", code), ("pin", "0815"))),
    "start": (3, lambda c, page, code: c.request("GET", "/r/start")),
    "page": (2, lambda c, page, code: c.request("GET", "/r/page/1")),
    "save": (4, lambda c, page, code: post(c, page, "/r/page/2", ("words", "x"))),
    "check": (2, lambda c, page, code: c.request("GET", "/r/check")),
    "send": (10, lambda c, page, code: post(c, page, "/r/check")),
    # 2: this browser has sent nothing, so the page looks for its draft
    "done": (2, lambda c, page, code: c.request("GET", "/r/done")),
    "you said, we did": (4, lambda c, page, code: c.request("GET", "/you-said-we-did")),
    "public results": (7, lambda c, page, code: c.request("GET", "/results")),
}


@pytest.fixture
def five_surveys(tiny: TinySurvey) -> TinySurvey:
    """The family survey beside four others, each with an open wave."""
    for slug in ("young", "school", "partner", "staff"):
        TinySurvey(slug).codes(30)
    return tiny


@pytest.mark.parametrize("name", STEPS)
def test_queries_of_a_step_are_few(app: Flask, five_surveys: TinySurvey, name: str) -> None:
    code, other = five_surveys.codes(30)[:2]
    client = browser(app)
    page = walk_to_check(client, code)
    assert isinstance(page, Seen)
    most, step = STEPS[name]

    with counted_queries() as statements:
        step(client, page, other)

    assert len(statements) <= most, statements


def test_the_thank_you_asks_the_database_nothing(app: Flask, five_surveys: TinySurvey) -> None:
    client = browser(app)
    assert press(client, walk_to_check(client, five_surveys.codes(30)[0])).status == 303

    with counted_queries() as statements:
        assert client.request("GET", "/r/done").data_page == "done"

    assert statements == []
