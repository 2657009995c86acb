"""Error pages: one template, texts in every language, and a static page if rendering fails."""

import logging
import secrets
from functools import partial
from pathlib import Path
from traceback import walk_tb
from typing import Any

from flask import Flask, Response, current_app, g, make_response, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from gunicorn.http.errors import ParseException
from sqlalchemy.exc import DataError, IntegrityError, OperationalError, TimeoutError
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from app.core import permissions
from app.core.letters import LetterError
from app.storage.refusals import NotFound
from app.web import addresses
from app.web.requires import need_of
from app.web.security import is_staff_side

ROOT = f"{Path(__file__).parent.parent.parent}/"
BUSY = 503
CODES: dict[type[Exception], int] = {
    **{CSRFError: 400, ParseException: 400, DataError: 400, NotFound: 404, OverflowError: 404, LetterError: 413},
    **{IntegrityError: 409, OperationalError: BUSY, TimeoutError: BUSY, Exception: 500},
}
LOGGED = frozenset({409, 500, BUSY})
"""A violated constraint (a concurrent change, or a bug), an unavailable database, and every unexpected error."""
RETRY_SECONDS = {BUSY: "5", 429: "60"}
TEXTS: dict[int, tuple[str, str]] = {
    400: (_l("Please start again"), _l("This page was open for too long, or your browser blocks cookies.")),
    403: (_l("You do not have access to this page"), _l("Your account does not have permission.")),
    404: (_l("Page not found"), _l("Check the address, or go to the home page.")),
    409: (
        _l("Someone else made a change at the same time"),
        _l("Go back, reload the page and check before you try again."),
    ),
    413: (_l("Your text is too long"), _l("Go back and shorten your text.")),
    429: (
        _l("Please try again in a minute"),
        _l("Many codes were tried just now. There is nothing wrong with your card."),
    ),
    500: (
        _l("Sorry, something went wrong"),
        _l("It is our fault. Your saved answers are still there. Go back and try again."),
    ),
    503: (
        _l("Please try again in a minute"),
        _l("The service is busy. Reload this page to send it again. Nothing is lost."),
    ),
}
STAFF_TEXTS: dict[int, tuple[str, str]] = {
    400: ("Start again", "This page was open for too long, or your browser blocks cookies."),
    403: ("You do not have access to this page", "If you need access, ask an administrator."),
    404: (
        "Page not found",
        "Check the address. The page may also be about an area or a survey that your account does not cover.",
    ),
    409: (
        "Somebody else made a change at the same time",
        "Go back, reload the page and check it before you try again.",
    ),
    413: ("Your text or file is too large", "Go back and send a shorter text, or a file of at most 1 MB."),
    429: ("Try again in a minute", "There were too many attempts."),
    500: ("Sorry, there is a problem with the service", "Your changes may not have been saved. Try again later."),
    503: ("Try again in a minute", "The service is busy. Reload this page to send it again."),
}
"""The same for staff, in English."""
PLAIN = (
    '<!doctype html><html lang="en" dir="ltr"><head><meta charset="utf-8"><title>Sorry</title></head>'
    "<body><main><h1>Sorry, something went wrong</h1><p>Go back and try again.</p>{number}</main></body></html>"
)
NUMBER = '<p>If you phone us about this, give this reference: <bdi dir="ltr">{reference}</bdi></p>'


def init_app(app: Flask) -> None:
    """Register the error handlers."""
    app.register_error_handler(HTTPException, _http)
    for kind, code in CODES.items():
        app.register_error_handler(kind, partial(_answer, code))
    if app.config["SETTINGS"].redis_url:
        from redis.exceptions import RedisError  # slow to import, and most installations have no Redis

        app.register_error_handler(RedisError, partial(_answer, BUSY))
    # Errors outside the handlers (in after_request, or while saving the session) are logged without values too.
    app.log_exception = _log_without_values  # type: ignore[method-assign, assignment]
    app.logger.addFilter(_without_values)


def show(code: int, reference: str = "", wait: int = 0) -> Response:
    """Return the page for a status code; a code without its own text shows the text of its class.

    ``wait`` is the number of seconds before another attempt, if it is known.
    """
    if 300 <= code < 400:
        return make_response("", code)
    try:
        page = _page(code, reference, -(-wait // 60))
    except Exception:
        page = plain_page(reference)
    response = make_response(page, code)
    if code in RETRY_SECONDS:
        response.headers["Retry-After"] = str(wait or RETRY_SECONDS[code])
    return response


def plain_page(reference: str = "") -> str:
    """Return the page that is shown if no template can be rendered."""
    return PLAIN.format(number=NUMBER.format(reference=reference) if reference else "")


def _page(code: int, reference: str, minutes: int) -> str:
    """Return the page; the session of staff is read only for errors that do not affect the database."""
    texts = STAFF_TEXTS if is_staff_side() else TEXTS
    title, message = texts.get(code) or texts[404 if code < 500 else 500]
    if minutes > 1:
        title = ngettext("Please try again in %(num)s minute", "Please try again in %(num)s minutes", minutes)
    shown = {"title": title, "message": message, "reference": reference}
    if not is_staff_side():
        return render_template("errors/error.html", home=url_for("public.home"), **shown)
    is_inside = code < 500 and current_user.is_authenticated and current_user.row.is_complete
    if code == 403 and is_inside:
        shown["message"] = f"{_why_refused()} {message}"
    return render_template("staff/error.html", is_inside=is_inside, **shown)


def _why_refused() -> str:
    """Return which permission the page needs, and why the account does not have it."""
    need = need_of(request.endpoint or "")
    if need is None:
        return "Your account does not have the permission that this page needs."
    needs = f"This page needs the permission “{need.permission.value}”."
    if permissions.allows(current_user.role, need.permission):
        return f"{needs} Your account is limited to one area, and this page affects all areas."
    return f"{needs} Your role, {current_user.role}, does not have it."


def _http(error: Exception) -> Response:
    """Return the page for an HTTP error, with the Allow header if the method is not allowed."""
    code = getattr(error, "code", None) or 500
    meant = addresses.find_meant() if code == 404 and request.url_rule is None else None
    if meant:
        return make_response(redirect(meant, 303))
    response = show(code, g.pop("reference", "") or _note(error) if code in (500, BUSY) else "")
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return response


def _answer(code: int, error: Exception) -> Response:
    return show(code, _note(error) if code in LOGGED else "")


def _note(error: BaseException) -> str:
    """Log the kind of error and its place in our code, never a value; return the reference in the log."""
    reference = secrets.token_hex(4)
    steps = [f"{frame.f_code.co_filename}:{line}" for frame, line in walk_tb(error.__traceback__)]
    own = [step.removeprefix(ROOT) for step in steps if step.startswith(f"{ROOT}app/")]
    place = (own or steps or ["an unknown place"])[-1]
    current_app.logger.error("fault %s: %s at %s", reference, _kind(error), place)
    return reference


def _kind(error: BaseException) -> str:
    """Return the class of an error and, for a database error, its code: disk full, locked, no such table."""
    cause = getattr(error, "orig", None)
    code = getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorname", None)
    return f"{type(error).__name__} ({code})" if code else type(error).__name__


def _log_without_values(info: Any) -> None:
    """Log an error outside the handlers; the error page that follows shows its reference."""
    g.reference = _note(info[1])


def _without_values(record: logging.LogRecord) -> bool:
    """Remove the traceback from a log record, because its last line can contain values."""
    if record.exc_info and record.exc_info[0] is not None:
        record.msg, record.args = f"{record.getMessage()} ({record.exc_info[0].__name__})", ()
        record.exc_info = record.exc_text = None
    return True
