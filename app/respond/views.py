"""The respondent's journey: code, start, pages, check, send. It is the same for all five audiences."""

import re
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, session, url_for
from flask_babel import gettext as _

from app.actions import service as actions
from app.core import routing
from app.core.answers import kind_of
from app.core.codes import CodeError, read_code
from app.core.letters import TooLong
from app.respond import held_drafts, journeys
from app.respond.held_drafts import (
    check_sender,
    current_journey,
    forget_draft,
    hold_key,
    link_arguments,
    nothing_here,
    page_url,
    unseen_url,
)
from app.respond.journeys import Journey, Outcome
from app.respond.survey_page import SurveyPageForm, no_room_for
from app.web import i18n
from app.web.errors import show
from app.web.rate_limits import CodeTries
from app.web.security import NOTHING_STAYS, answer_mode, csrf, forget_respondent

blueprint = Blueprint("respond", __name__)
ON_START = 2
"""How many actions the first page shows."""
held_drafts.init_blueprint(blueprint)
blueprint.add_app_template_global(link_arguments)
blueprint.add_app_template_global(held_drafts.page_arguments)
SUBMISSION_ID = re.compile("[0-9a-f]{32}")
OWN_PHONE = "self"


@blueprint.get("/c")
def enter_code() -> Any:
    """Show the code form, even if the cookie holds a draft."""
    return render_template("respond/enter_code.html", typed="", error=None)


@blueprint.post("/c")
def read_entered_code() -> Any:
    """Start a journey, show what to correct in the code, or show the page for a code that cannot be used."""
    typed = request.form.get("code", "")
    try:
        code = read_code(typed)
    except CodeError as error:
        page = render_template("respond/enter_code.html", typed=typed, error=code_sentence(error.reason))
        return page, 422
    held = held_drafts.held_key()
    with CodeTries(code) as tries:
        if tries.wait and not journeys.is_of_code(held, code):
            return show(429, wait=tries.wait)
        try:
            draft_key = journeys.begin(code, held)
        except journeys.CodeRefused:
            tries.count_wrong()
            return render_template("respond/code_refused.html"), 422
        if draft_key != held:  # whoever goes on with their own draft adds none, and learns nothing
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
        wave=journey.wave,
        actions=actions.list_newest(i18n.current().tag, ON_START, journey.document.survey),
    )


@blueprint.post("/r/start")
def begin_pages() -> Any:
    """Redirect to the first page of the questionnaire."""
    journey = current_journey()
    return redirect(page_url(routing.path(journey.document, journey.answers)[0]), 303)


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
    try:
        journey = journeys.save_page(journey, form.answers)
    except TooLong as error:
        form.refuse_longest(error.excess)
        if not form.errors:
            raise
    if form.errors:
        return _render_page(journey, number, form), 422
    return redirect(_next_url(journey, number, action), 303)


@blueprint.get("/r/check")
def check() -> Any:
    """Show all answers before they are sent."""
    return _check_page(current_journey())


def _check_page(journey: Journey, error: str = "") -> str:
    return render_template(
        "respond/check.html",
        error=error,
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
        check_sender(was_sent=True)
        return _sent()
    csrf.protect()
    journey = journeys.find_journey(held_drafts.held_key())
    if journey is None:
        return _sent() if journeys.was_received(submission_id) else nothing_here()
    check_sender(journey)
    if request.form.get("action") == "clear":
        journeys.clear_answers(journey)
        return redirect(url_for("respond.start"), 303)
    if not SUBMISSION_ID.fullmatch(submission_id):
        abort(400)
    if submission_id != journeys.submission_id_of(journey):
        return redirect(url_for("respond.check"), 303)
    try:
        outcome = journeys.submit(journey, submission_id, answer_mode())
    except TooLong as error:
        return _check_page(journey, no_room_for(journey, error.excess, lang=i18n.current().tag, easy=_easy())), 422
    if outcome is Outcome.SENT:
        return _sent()
    forget_draft()
    if outcome is Outcome.ALREADY_USED:
        return render_template("respond/already_used.html"), 409
    return nothing_here()


@blueprint.get("/r/done")
def done() -> Any:
    """Thank somebody who has just sent their answers, the same for everyone, and clear the cookie.

    A draft that is under way is kept: the browser's Back can lead here from the pages of the next person.
    """
    if not session.get("sent"):
        return render_template("respond/not_sent.html", next_url=unseen_url(current_journey(), **link_arguments()))
    page = render_template("respond/done.html")
    forget_respondent()
    return page, 200, {"Clear-Site-Data": NOTHING_STAYS}


@blueprint.get("/r/other-card")
def other_card() -> Any:
    """Say that another card was opened in this browser since the page that led here was shown."""
    return held_drafts.other_card(current_journey())


def _sent() -> Any:
    forget_draft()
    session["sent"] = True
    return redirect(url_for("respond.done"), 303)


def _easy() -> bool:
    return bool(session.get("easy"))


def _form(journey: Journey, number: int) -> SurveyPageForm:
    document = journey.document
    if number not in routing.path(document, journey.answers):
        abort(404)
    return SurveyPageForm(document.pages[number - 1], document, lang=i18n.current().tag, easy=_easy())


def _render_page(journey: Journey, number: int, form: SurveyPageForm) -> str:
    way = routing.path(journey.document, journey.answers)
    previous, marked = routing.before(journey.document, journey.answers, number), link_arguments()
    return render_template(
        "respond/page.html",
        form=form,
        wave=journey.wave,
        document=journey.document,
        easy=_easy(),
        position=way.index(number) + 1,
        total=len(way),
        back_url=page_url(previous, **marked) if previous else url_for("respond.start", **marked),
    )


def _next_url(journey: Journey, number: int, action: str) -> str:
    if ":" in action:
        return page_url(number)
    if action == "save":
        return url_for("saving.choose_pin")
    if request.args.get("back") == "check":
        return unseen_url(journey)
    following = routing.after(journey.document, journey.answers, number)
    return page_url(following) if following else url_for("respond.check")


def _answer_rows(journey: Journey) -> list[dict[str, Any]]:
    document, tag = journey.document, i18n.current().tag
    return [
        {
            "question": document.text(question.variable, tag, _easy()),
            "variable": question.variable,
            "parts": kind_of(question).show(
                question, journey.answers.get(question.variable, ""), document, lang=tag, easy=_easy()
            ),
            "change_url": url_for("respond.page", number=number, back="check", **link_arguments()),
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
