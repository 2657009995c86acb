"""Errors as pages: one template, a table of texts in every language, and a plain page if even that fails."""

import secrets
from collections.abc import Callable

from flask import Flask, Response, current_app, make_response, render_template
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError
from redis.exceptions import RedisError
from sqlalchemy.exc import OperationalError, TimeoutError
from werkzeug.exceptions import HTTPException

from app.services.errors import NotFound

BUSY, RETRY_SECONDS = 503, "5"
TEXTS: dict[int, tuple[str, str]] = {
    400: (_l("Please start again"), _l("This page was open for too long, or your browser blocks cookies.")),
    403: (_l("You cannot see this page"), _l("Your account does not allow it.")),
    404: (_l("There is no such page"), _l("Check the address, or go to the first page.")),
    405: (_l("There is no such page"), _l("Check the address, or go to the first page.")),
    413: (_l("That was too long"), _l("Go back and send a shorter text.")),
    429: (_l("Please try again in a minute"), _l("Many codes were tried. Nothing is wrong with your card.")),
    500: (
        _l("Sorry, something went wrong"),
        _l("It is our fault. Your saved answers are still there. Go back and try again."),
    ),
    503: (_l("Please try again in a minute"), _l("We are busy. Reload this page to send it again. Nothing is lost.")),
}
PLAIN = (
    '<!doctype html><html lang="en" dir="ltr"><head><meta charset="utf-8"><title>Sorry</title></head>'
    "<body><main><h1>Sorry, something went wrong</h1><p>Go back and try again.</p></main></body></html>"
)


def init_app(app: Flask) -> None:
    """Register one handler for everything that can go wrong."""
    handlers: list[tuple[type[Exception], Callable[[Exception], Response]]] = [
        (HTTPException, lambda error: show(getattr(error, "code", None) or 500)),
        (CSRFError, lambda error: show(400)),
        (NotFound, lambda error: show(404)),
        (OperationalError, lambda error: show(BUSY)),
        (TimeoutError, lambda error: show(BUSY)),
        (RedisError, lambda error: show(BUSY)),
        (Exception, _unexpected),
    ]
    for kind, handler in handlers:
        app.register_error_handler(kind, handler)


def show(code: int, reference: str = "") -> Response:
    """Return the page for a status code; a code without a text of its own shows the text of its class."""
    if 300 <= code < 400:
        return make_response("", code)
    title, message = TEXTS.get(code) or TEXTS[404 if code < 500 else 500]
    try:
        page = render_template("errors/error.html", title=title, message=message, reference=reference)
    except Exception:
        page = PLAIN
    response = make_response(page, code)
    if code == BUSY:
        response.headers["Retry-After"] = RETRY_SECONDS
    return response


def _unexpected(error: Exception) -> Response:
    """Log what kind of fault it was and where, never a value, under a number that the person sees."""
    reference = secrets.token_hex(4)
    trace, last = error.__traceback__, None
    while trace is not None:
        last, trace = trace, trace.tb_next
    place = f"{last.tb_frame.f_code.co_filename}:{last.tb_lineno}" if last else "an unknown place"
    current_app.logger.error("fault %s: %s at %s", reference, type(error).__name__, place)
    return show(500, reference)
