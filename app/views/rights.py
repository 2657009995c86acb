"""What the holder of a card may ask for: to have everything deleted that a code left."""

import time
from typing import Any

from flask import Blueprint, current_app, render_template, request

from app.core.codes import CodeError, read_code
from app.errors import show
from app.services import erasing
from app.services.guesses import HOUR_SECONDS, GuessCaps
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
    caps: GuessCaps = current_app.extensions["deletion_caps"]
    address, hour = request.remote_addr or "", int(time.time()) // HOUR_SECONDS
    if caps.is_over(address, hour):
        return show(429)
    caps.count_guess(address, hour)  # every code counts alike, or the cap would tell them apart
    erasing.ask_to_delete(code)
    return render_template("rights/deletion_asked.html")
