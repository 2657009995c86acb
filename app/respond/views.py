"""The respondent's journey: code, start, pages, check, send. It is the same for all five audiences."""

import base64
import binascii
import re
from typing import Any

from flask import Blueprint, abort, g, make_response, redirect, render_template, request, session, url_for
from flask_babel import gettext as _

from app.core import routing
from app.core.answers import kind_of
from app.core.codes import CodeError, read_code
from app.core.keys import KEY_BYTES
from app.respond import journeys
from app.respond.journeys import Journey, Outcome
from app.respond.survey_page import SurveyPageForm
from app.surveys import waves
from app.web import i18n
from app.web.errors import show
from app.web.rate_limits import CodeTries
from app.web.security import KIOSK, NOTHING_STAYS, answer_mode, csrf, forget_respondent

blueprint = Blueprint("respond", __name__)
SUBMISSION_ID = re.compile("[0-9a-f]{32}")
OWN_PHONE = "self"
MAX_TYPED = 100


@blueprint.get("/c")
def enter_code() -> Any:
    """Show the code form, even if the cookie holds a draft."""
    return render_template("respond/enter_code.html", typed="", error=None)


@blueprint.post("/c")
def read_entered_code() -> Any:
    """Start a journey, show what to correct in the code, or show the page for a code that cannot be used."""
    typed = request.form.get("code", "")[:MAX_TYPED]
    try:
        code = read_code(typed)
    except CodeError as error:
        page = render_template("respond/enter_code.html", typed=typed, error=code_sentence(error.reason))
        return page, 422
    tries = CodeTries(code)
    if tries.are_over():
        return show(429)
    try:
        draft_key = journeys.begin(code, held_key())
    except journeys.CodeRefused:
        tries.count_wrong()
        return render_template("respond/code_refused.html"), 422
    tries.count_begun()
    hold_key(draft_key)
    return redirect(url_for("respond.start"), 303)


@blueprint.get("/r/start")
def start() -> Any:
    """Explain what the survey is, how long it takes and who sees the answers."""
    journey = current_journey()
    return render_template(
        "respond/start.html",
        document=journey.document,
        easy=_easy(),
        can_keep=answer_mode() == OWN_PHONE,
        last_day=journey.wave.closes_on,
    )


@blueprint.post("/r/start")
def begin_pages() -> Any:
    """Redirect to the first page of the questionnaire."""
    journey = current_journey()
    return redirect(_page_url(routing.path(journey.document, journey.answers)[0]), 303)


@blueprint.get("/r/page/<int:number>")
def page(number: int) -> Any:
    """Show a page with the answers of the draft."""
    journey = current_journey()
    return _render_page(journey, number, _form(journey, number).fill(journey.answers))


@blueprint.post("/r/page/<int:number>")
def save_page(number: int) -> Any:
    """Save a page's answers, then carry out the action of the pressed button, such as a change of language or words."""
    journey = current_journey()
    action = request.form.get("action", "")
    if action == "clear":
        journeys.clear_answers(journey)
        return redirect(url_for("respond.start"), 303)
    form = _form(journey, number).read(request.form)
    if action == "skip":
        form.read(request.form.__class__())
        form.errors.clear()
    what, _sep, value = action.partition(":")
    if what == "lang":
        i18n.choose(value)
    elif what == "easy":
        session["easy"] = value == "on"
    journey = journeys.save_page(journey, form.answers)
    if form.errors:
        return _render_page(journey, number, form), 422
    return redirect(_next_url(journey, number, action), 303)


@blueprint.get("/r/check")
def check() -> Any:
    """Show all answers before they are sent."""
    journey = current_journey()
    return render_template(
        "respond/check.html",
        rows=_answer_rows(journey),
        document=journey.document,
        easy=_easy(),
        can_keep=answer_mode() == OWN_PHONE,
        submission_id=journeys.submission_id_of(journey),
    )


@blueprint.post("/r/check")
@csrf.exempt
def send() -> Any:
    """Submit the answers once. Repeating a submission leads to the same page, even without its cookie."""
    submission_id = request.form.get("submission_id", "")
    if SUBMISSION_ID.fullmatch(submission_id) and journeys.was_received(submission_id):
        return _sent()
    csrf.protect()
    journey = journeys.find_journey(held_key())
    if journey is None:
        return _sent() if journeys.was_received(submission_id) else nothing_here()
    if request.form.get("action") == "clear":
        journeys.clear_answers(journey)
        return redirect(url_for("respond.start"), 303)
    if not SUBMISSION_ID.fullmatch(submission_id):
        abort(400)
    if submission_id != journeys.submission_id_of(journey):
        return redirect(url_for("respond.check"), 303)
    outcome = journeys.submit(journey, submission_id, answer_mode())
    if outcome is Outcome.SENT:
        return _sent()
    forget_draft()
    if outcome is Outcome.ALREADY_USED:
        return render_template("respond/already_used.html"), 409
    return nothing_here()


@blueprint.get("/r/done")
def done() -> Any:
    """Thank the respondent. The page is the same for everyone, and clears the cookie."""
    page = render_template("respond/done.html")
    forget_respondent()
    return page, 200, {"Clear-Site-Data": NOTHING_STAYS}


def held_key() -> bytes | None:
    """Return the draft key in this browser's cookie, or None."""
    try:
        key = base64.urlsafe_b64decode(session.get("draft", ""))
    except (binascii.Error, ValueError):
        return None
    return key if len(key) == KEY_BYTES else None


def hold_key(draft_key: bytes) -> None:
    """Store a draft key in this browser's cookie."""
    session["draft"] = base64.urlsafe_b64encode(draft_key).decode()


def current_journey() -> Journey:
    """Return this browser's journey; if there is none, end the request with the page that says so."""
    journey = journeys.find_journey(held_key())
    if journey is None:
        abort(make_response(nothing_here()))
    g.ends_at = waves.ends_at(journey.wave)
    return journey


def forget_draft() -> None:
    """Remove the draft key from this browser's cookie."""
    session.pop("draft", None)
    if session.get("mode") != KIOSK:
        session.pop("mode", None)
        session.pop("mode_until", None)


def _sent() -> Any:
    forget_draft()
    return redirect(url_for("respond.done"), 303)


def nothing_here() -> Any:
    """Show one page for a journey that was not started, was cleared, sent or expired, or whose wave has closed."""
    forget_draft()
    return render_template("respond/nothing_here.html"), 404


def _easy() -> bool:
    return bool(session.get("easy"))


def _form(journey: Journey, number: int) -> SurveyPageForm:
    document = journey.document
    if number not in routing.path(document, journey.answers):
        abort(404)
    return SurveyPageForm(document.pages[number - 1], document, lang=i18n.current().tag, easy=_easy())


def _render_page(journey: Journey, number: int, form: SurveyPageForm) -> str:
    way = routing.path(journey.document, journey.answers)
    previous = routing.before(journey.document, journey.answers, number)
    return render_template(
        "respond/page.html",
        form=form,
        document=journey.document,
        easy=_easy(),
        position=way.index(number) + 1,
        total=len(way),
        back_url=_page_url(previous) if previous else url_for("respond.start"),
    )


def _next_url(journey: Journey, number: int, action: str) -> str:
    if ":" in action:
        return _page_url(number)
    if action == "save":
        return url_for("saving.choose_pin")
    if request.args.get("back") == "check":
        return unseen_url(journey)
    following = routing.after(journey.document, journey.answers, number)
    return _page_url(following) if following else url_for("respond.check")


def unseen_url(journey: Journey) -> str:
    """Return the URL of the first page without answers; if there is none, of the check page."""
    unseen = routing.first_unseen(journey.document, journey.answers)
    return _page_url(unseen) if unseen else url_for("respond.check")


def _page_url(number: int) -> str:
    back = "check" if request.args.get("back") == "check" else None
    return url_for("respond.page", number=number, back=back)


def _answer_rows(journey: Journey) -> list[dict[str, Any]]:
    document, tag = journey.document, i18n.current().tag
    return [
        {
            "question": document.text(question.variable, tag, _easy()),
            "variable": question.variable,
            "parts": kind_of(question).show(
                question, journey.answers.get(question.variable, ""), document, lang=tag, easy=_easy()
            ),
            "change_url": url_for("respond.page", number=number, back="check"),
        }
        for number in routing.path(document, journey.answers)
        for question in document.pages[number - 1].questions
    ]


def code_sentence(reason: str) -> str:
    """Return the error message for an invalid code, or for an invalid PIN (``pin``)."""
    sentences = {
        "empty": _("Enter the 15 digits on your card."),
        "letters": _("A code has digits only, no letters. Check it again."),
        "length": _("A code has 15 digits. Count them again."),
        "pin": _("A PIN has 4 to 6 digits."),
        "check": _("One digit may be wrong, or two may be swapped. Check each group of three digits."),
    }
    return str(sentences[reason])
