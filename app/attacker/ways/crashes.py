"""T13: inject faults into the running site, and collect the secrets that must not be in its logs."""

import re
import secrets
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import replace

from app.attacker.evidence import Person
from app.attacker.scene import ours
from app.attacker.scene.ours import SURVEY
from app.attacker.scene.stage import Stage, StageError
from app.attacker.scene.visitor import Answer, Visitor
from app.attacker.ways import faults, written
from app.core.codes import make_code

TABLES = ("draft", "saved_draft", "spent", "letter", "card", "questionnaire", "wave", "survey keying_link")
STAFF_TABLES = ("staff_user", "staff_session")
OK, CLASH, SERVER_ERROR, AT_ONCE = 200, 409, 500, 12
WAITING_SECONDS, PAUSE = 30.0, 0.1
PIN = "482913"
STAFF = Visitor("", "127.98.7.6", "CanaryBrowser/15485863")
EMAIL = "canary15485863@example.org"
QUIET = frozenset(
    {
        *("public.leave", "public.privacy", "public.privacy_young", "public.who_sees_what", "public.accessibility"),
        *("public.cookies", "public.robots", "public.security_txt", "public.healthz", "data.show_schema"),
        *("respond.enter_code", "respond.done", "saving.come_back", "saving.no_code_here", "rights.delete_answers"),
        *("modes.show_link", "modes.next_person"),
    }
)
"""Views that use no database and no key; every other view must show a fault."""


View = tuple[str, str, str]
"""One of the respondents' views: its endpoint, method and path."""


def break_everything(stage: Stage, wave: str, people: Sequence[Person]) -> set[bytes]:
    """Inject each fault during a respondent's journey, then during the work of staff and of the opener.

    Returns the secrets that must not be in any log, in addition to the data of the people.

    Raises:
        StageError: a fault had no effect, or some view never showed one; then the logs prove nothing.
    """
    token, unknown = secrets.token_urlsafe(24), make_code()
    views, shown = list(_views(stage, token)), set(QUIET)
    held = {token.encode(), unknown.encode(), PIN.encode()}
    for person, (name, fault) in zip(people, _faults(stage, wave), strict=False):
        visitor = Visitor(stage.base, person.address, person.agent)
        check = visitor.walk_to_check(person.code, 0, person.words)
        with fault:
            answers = _press_everything(visitor, check, person, views=views, unknown=unknown)
        failed = {view for view, answer in answers if answer.status >= SERVER_ERROR}
        if not failed and not any(answer.status == CLASH for _view, answer in answers):
            raise StageError(f"a fault was injected ({name}) and no page showed it")
        shown |= failed
        visitor.come_back(person.code, PIN)  # resume the saved answers, if any, and send them once the fault is over
        visitor.request("POST", "/r/check", visitor.go("GET", "/r/check").hidden)
        held.update(written.carried(visitor.held))
    if silent := {endpoint for endpoint, _method, _path in views} - shown:
        raise StageError(f"no fault was ever seen at {', '.join(sorted(silent))}")
    held |= {*_staff_under_faults(stage), *written.kept(stage)}
    _opener_under_faults(stage, wave)
    return held.union(written.kept(stage))


def _faults(stage: Stage, wave: str) -> Iterator[tuple[str, AbstractContextManager[None]]]:
    portal, key = ours.portal(stage), stage.home / "keys" / f"{wave}.wave"
    yield from ((f"no table {table}", faults.without_table(portal, table)) for table in TABLES)
    yield "no key", faults.without_file(key)
    yield "half a key", faults.damaged(key)
    yield from ((f"a row twice in {table}", faults.written_twice(portal, table)) for table in ("draft", "letter"))
    yield "a lock", faults.locked(portal)


def _views(stage: Stage, token: str) -> Iterator[View]:
    """Yield the respondents' views, as listed by the installation, that use a database or a key."""
    examples = {"<int:number>": "1", "<tag>": "en", "<any(easy, standard):style>": "easy", "<survey>": SURVEY}
    examples |= dict.fromkeys(("<wave>", "<wave_id>"), f"{SURVEY}-1") | {"<end>": "csv", "<name>": "none"}
    for line in stage.run("routes").splitlines()[2:]:
        endpoint, methods, path = re.split(r"\s{2,}", line.strip())
        if path.startswith("/staff/") or endpoint == "static" or endpoint in QUIET:
            continue
        for place, example in {**examples, "<token>": token}.items():
            path = path.replace(place, example)
        if "<" in path:
            raise StageError(f"no example value for {path}")
        yield from ((endpoint, method, path) for method in methods.split(", "))


def _press_everything(
    visitor: Visitor, check: Answer, person: Person, *, views: Sequence[View], unknown: str
) -> list[tuple[str, Answer]]:
    """Request every view during a journey, and enter, save and come back, all at the same time.

    Requests for deletion use an unknown code, because the people still send after the fault.
    """

    def ask(endpoint: str, method: str, path: str) -> Answer:
        browser = replace(visitor, cookies=dict(visitor.cookies))
        code = unknown if endpoint == "rights.ask_to_delete" else person.code
        typed = [*check.hidden, ("code", code), ("pin", PIN), ("words", person.words)]
        return browser.request(method, path, typed if method == "POST" else None)

    with ThreadPoolExecutor(AT_ONCE) as together:
        presses = [(view[0], together.submit(ask, *view)) for view in views]
        presses += [
            ("respond.read_entered_code", together.submit(replace(visitor, cookies={}).enter, person.code)),
            ("saving.take_up_again", together.submit(replace(visitor, cookies={}).come_back, person.code, PIN)),
        ]
    return [(endpoint, press.result()) for endpoint, press in presses]


def _staff_under_faults(stage: Stage) -> set[bytes]:
    """Let a member of staff sign in during faults; return the secrets that must not be in logs."""
    password = secrets.token_urlsafe(16)
    stage.run("user", "create", EMAIL, "--role", "viewer", "--password-stdin", typed=f"{password}\n")
    visitor = replace(STAFF, base=stage.base, cookies={}, held=set())

    def sign_in(browser: Visitor) -> int:
        token = [("csrf_token", value) for value in browser.request("GET", "/staff/sign-in").one_time[:1]]
        return browser.request("POST", "/staff/sign-in", [*token, ("email", EMAIL), ("password", password)]).status

    sign_in(visitor)
    if visitor.request("GET", "/staff/").status != OK:
        raise StageError("the member of staff could not sign in")
    portal = ours.portal(stage)
    broken = [faults.without_table(portal, table) for table in STAFF_TABLES]
    for fault in (*broken, faults.written_twice(portal, "staff_session")):
        with fault:
            seen = [visitor.request("GET", "/staff/").status, sign_in(replace(visitor, cookies={}))]
        if not any(status >= SERVER_ERROR or status == CLASH for status in seen):
            raise StageError("a fault was injected and no staff page showed it")
    return {*map(str.encode, (password, EMAIL, STAFF.address, STAFF.agent)), *written.carried(visitor.held)}


def _opener_under_faults(stage: Stage, wave: str) -> None:
    """Let a running opener open letters and process deletions during faults in the counting room.

    Raises:
        StageError: a request succeeded, or the log has no fault.
    """
    answers, secret = ours.answers(stage), stage.home / "counting" / "keys" / f"{wave}.secret"
    with stage.opening():
        with faults.without_table(answers, "turnout"):
            for _round in range(2):  # the first pass ends with the nightly jobs, which must meet the fault too
                _refused(stage, wave, "close_wave")
        for fault in (faults.without_table(answers, "comment"), faults.refusing_rows(answers, "comment")):
            with fault:
                _refused(stage, wave, "close_wave")
        with faults.damaged(secret):
            _refused(stage, wave, "close_wave", "make_keys")
    if b"met an error" not in stage.opener_log.read_bytes():
        raise StageError("the opener met faults and its log does not show them")


def _refused(stage: Stage, wave: str, *verbs: str) -> None:
    """Send requests to the opener as the web process does, and wait until they are refused."""
    portal, end = ours.portal(stage), time.monotonic() + WAITING_SECONDS
    for verb in verbs:
        faults.execute(portal, f"INSERT INTO request (verb, subject, state) VALUES ('{verb}', '{wave}', 'waiting')")  # noqa: S608
    while time.monotonic() < end:
        rows = faults.execute(portal, "SELECT state FROM request ORDER BY id DESC")[: len(verbs)]
        states = {str(state) for (state,) in rows}
        if not states & {"waiting", "taken"}:
            break
        time.sleep(PAUSE)
    if states != {"refused"}:
        log = stage.opener_log.read_text(encoding="utf-8")[-300:]
        raise StageError(f"the opener was asked to {' and '.join(verbs)} under a fault: {states}; its log: {log}")
