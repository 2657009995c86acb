"""The draft that this browser holds: its key in the cookie, and its mark in every form and link of its journey.

A browser holds one draft. If another card is opened in a second tab, the pages of the first tab carry another mark:
they save nothing and show nothing of the second card.
"""

import base64
import binascii
import time
from typing import Any

from flask import Blueprint, abort, g, make_response, redirect, render_template, request, session, url_for
from flask_wtf.csrf import CSRFError

from app.core import keys, routing
from app.respond import journeys
from app.respond.journeys import Journey
from app.surveys import waves
from app.web.errors import show
from app.web.security import KIOSK, forget_respondent

MARK = "draft-mark"
"""The field or argument that holds the mark; the dash keeps it apart from the variables of questions."""
NO_DRAFT = "none"
_MARK_DIGITS = 16


def init_blueprint(blueprint: Blueprint) -> None:
    """Let pages of the journey say when assisted entry has ended, and what a form meets whose session has ended."""
    blueprint.before_request(_end_assisted_entry)
    blueprint.register_error_handler(CSRFError, _stale_form)


def held_key() -> bytes | None:
    """Return the draft key in this browser's cookie, or None."""
    try:
        key = base64.urlsafe_b64decode(session.get("draft", ""))
    except (binascii.Error, ValueError):
        return None
    return key if len(key) == keys.KEY_BYTES else None


def hold_key(draft_key: bytes) -> None:
    """Store a draft key in this browser's cookie; a thank-you that was not shown yet is no longer due."""
    session["draft"] = base64.urlsafe_b64encode(draft_key).decode()
    session.pop("sent", None)


def forget_draft() -> None:
    """Remove the draft key from this browser's cookie."""
    session.pop("draft", None)
    if session.get("mode") != KIOSK:
        session.pop("mode", None)
        session.pop("mode_until", None)


def draft_mark() -> str | None:
    """Return the mark of the draft in this browser's cookie, 16 hexadecimal digits that are no secret, or None."""
    key = held_key()
    return keys.mark(key, "form").hex()[:_MARK_DIGITS] if key else None


def link_arguments() -> dict[str, Any]:
    """Return the arguments that a link of the journey carries: the mark of its draft, if there is one."""
    mark = draft_mark()
    return {MARK: mark} if mark else {}


def page_arguments() -> dict[str, Any]:
    """Return the arguments by which a page says which draft was held when it was shown, or that none was."""
    return {MARK: draft_mark() or NO_DRAFT}


def is_from_own_page() -> bool:
    """Return whether no other draft has been opened since the page that leads here was shown, as far as it says."""
    own = draft_mark() or NO_DRAFT
    return request.args.get(MARK, own) == own


def current_journey() -> Journey:
    """Return this browser's journey; end the request with a page if there is none, or if it is not the sender's."""
    journey = journeys.find_journey(held_key())
    if journey is None:
        abort(make_response(nothing_here()))
    check_sender(journey)
    g.ends_at = waves.ends_at(journey.wave)
    return journey


def check_sender(journey: Journey | None = None, *, opens_draft: bool = False, was_sent: bool = False) -> None:
    """End the request with a page that says so if it comes from a page of another draft than the one that is held.

    Args:
        journey: the journey of this browser, if the caller knows it.
        opens_draft: a form without a mark was shown when no draft was held. Otherwise a request without one comes from
            a plain address or from a program, and is not questioned.
        was_sent: the answers of the sender's page are in the letterbox, so it is certainly another draft's.
    """
    own = draft_mark()
    if request.values.get(MARK, None if opens_draft else own) == own and not was_sent:
        return
    journey = journey or journeys.find_journey(held_key())
    if journey is not None:
        abort(make_response(other_card(journey, was_sent=was_sent)))


def other_card(journey: Journey, *, was_sent: bool = False) -> Any:
    """Show the page for a tab whose card is not the one that was opened last in this browser."""
    urls = {"next_url": unseen_url(journey, **link_arguments()), "return_to": url_for("respond.other_card")}
    return render_template("respond/other_card.html", was_sent=was_sent, **urls), 409


def nothing_here() -> Any:
    """Show one page for a journey that was not started, was cleared, sent or expired, or whose wave has closed.

    A page that is opened again after Send, before the thank-you was shown, leads to it.
    """
    forget_draft()
    if session.get("sent") and request.method == "GET":
        return redirect(url_for("respond.done"), 303)
    return render_template("respond/nothing_here.html"), 404


def _end_assisted_entry() -> Any:
    """End assisted entry when its time is over, with a page that says so, unless the answers have arrived."""
    if time.time() <= session.get("mode_until", float("inf")):
        return None
    if request.endpoint == "respond.send" and journeys.was_received(request.form.get("submission_id", "")):
        return None
    forget_respondent()
    return render_template("respond/assisted_entry_ended.html"), 410


def _stale_form(_error: CSRFError) -> Any:
    """Answer a form of a session that has ended: its card was sent, saved or cleared, or gave way to another one."""
    sent, journey = request.form.get(MARK), journeys.find_journey(held_key())
    if journey is not None and sent not in (None, draft_mark()):
        return other_card(journey)
    if journey is None and sent is not None and request.endpoint != "saving.take_up_again":
        return nothing_here()
    return show(400)


def page_url(number: int, **arguments: Any) -> str:
    """Return the URL of a page; after a change on the check page, with the way back to it."""
    back = "check" if request.args.get("back") == "check" else None
    return url_for("respond.page", number=number, back=back, **arguments)


def unseen_url(journey: Journey, **arguments: Any) -> str:
    """Return the URL of the first page without answers; if there is none, of the check page."""
    unseen = routing.first_unseen(journey.document, journey.answers)
    return page_url(unseen, **arguments) if unseen else url_for("respond.check", **arguments)
