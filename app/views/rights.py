"""What the holder of a card may ask for: to have everything deleted that a code left."""

import time
from typing import Any

from flask import Blueprint, current_app, render_template, request

from app.core.codes import CodeError, read_code
from app.services import erasing
from app.services.guesses import HOUR_SECONDS, DeletionCaps
from app.views.respond import code_sentence

blueprint = Blueprint("rights", __name__)


@blueprint.get("/delete-my-answers")
def delete_answers() -> Any:
    """Ask for the code whose answers shall go."""
    return render_template("rights/delete_answers.html", typed="", error=None)


@blueprint.post("/delete-my-answers")
def ask_to_delete() -> Any:
    """Take a request to delete; the answer is the same for every code, ours or not, used or not."""
    typed = request.form.get("code", "")[:100]
    try:
        code = read_code(typed)
    except CodeError as error:
        return render_template("rights/delete_answers.html", typed=typed, error=code_sentence(error.reason)), 422
    caps: DeletionCaps = current_app.extensions["deletion_caps"]
    wait = caps.take(request.remote_addr or "", int(time.time()) // HOUR_SECONDS)
    if wait:
        page = render_template("rights/ask_later.html", is_tomorrow=wait > HOUR_SECONDS)
        return page, 429, {"Retry-After": str(wait)}
    erasing.ask_to_delete(code)
    return render_template("rights/deletion_asked.html")
