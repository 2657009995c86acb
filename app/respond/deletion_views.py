"""Deletion of answers, requested by the holder of a card."""

from typing import Any

from flask import Blueprint, render_template, request

from app.core.codes import CodeError, read_code, read_pin
from app.respond import deletion_requests
from app.respond.views import code_sentence
from app.web.rate_limits import HOUR_SECONDS, take_deletion

blueprint = Blueprint("rights", __name__)


@blueprint.get("/delete-my-answers")
def delete_answers() -> Any:
    """Ask for the code whose answers to delete, and for the PIN of a saved draft to delete as well."""
    return _page({})


@blueprint.post("/delete-my-answers")
def ask_to_delete() -> Any:
    """Accept a deletion request. The response is the same for every code, known or not, used or not, and every PIN."""
    typed, typed_pin = (request.form.get(name, "") for name in ("code", "pin"))
    pin = read_pin(typed_pin)
    faults = {"pin": code_sentence("pin")} if pin is None and typed_pin.strip() else {}
    try:
        code = read_code(typed)
    except CodeError as error:
        return _page({"code": code_sentence(error.reason), **faults}, typed), 422
    if faults:
        return _page(faults), 422
    wait = take_deletion()
    if wait:
        page = render_template("respond/ask_later.html", is_tomorrow=wait > HOUR_SECONDS)
        return page, 429, {"Retry-After": str(wait)}
    deletion_requests.ask_to_delete(code, pin)
    return render_template("respond/deletion_asked.html")


def _page(faults: dict[str, str], typed: str = "") -> str:
    return render_template("respond/delete_answers.html", faults=faults, typed=typed)
