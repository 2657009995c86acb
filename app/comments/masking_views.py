"""Pages on which readers make the version of a comment that others may see, and agree to quotes.

As on the reading desk, ids of comments stand in no address. A practitioner researcher sees the list of masked comments
and none of the other pages.
"""

import datetime as dt
from functools import partial
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user

from app.comments import masking, quotes, service
from app.comments.forms import MaskForm, VersionsForm
from app.comments.service import GONE, OpenedComment
from app.comments.views import comment_id_of, page_of, question_of, question_texts
from app.core.masking import REASONS, Mark, apply, find_words, merge, pieces
from app.core.permissions import Permission
from app.storage.refusals import NotFound, Refused
from app.surveys import service as surveys
from app.surveys import waves
from app.web.filters import round_name, survey_name
from app.web.forms import options
from app.web.requires import requires

blueprint = Blueprint("masking", __name__, url_prefix="/staff/comments")
reads = partial(requires, Permission.READ_WORDS, second_factor=True)
SAVED = "The public version has been saved."
PROPOSED = "Proposed. The quote is published when a second reader has agreed."
CHANGES, PARAPHRASES = ("leave out", "save", "propose"), ("paraphrase", "propose paraphrase")
"""The buttons of the form with the parts, and those of the form with a paraphrase."""
NOT_FOUND = "These words are not in the comment. Copy them exactly as they stand there."


@blueprint.post("/mask")
@reads()
def mask_comment() -> Any:
    """Show a comment beside its public version, save that version, and propose what was saved as a quote."""
    person, action = current_user.account, request.form.get("action", "")
    is_sent = action in (*CHANGES, *PARAPHRASES)
    form = MaskForm() if is_sent else MaskForm(formdata=None)
    try:
        comment = service.get(person, comment_id_of(request.form))
        marks = _given_marks(comment) if action in CHANGES else _known_marks(comment)
        if is_sent and form.validate():
            marks = _carry_out(action, form, comment=comment, marks=marks)
        return _show(comment, form, marks)
    except NotFound as gone:
        flash(str(gone))
        return redirect(url_for("comments.show_desk"), 303)


@blueprint.get("/masked")
@requires(Permission.READ_MASKED, second_factor=True)
def list_versions() -> Any:
    """List the masked comments."""
    person, found_waves = current_user.account, masking.list_waves(current_user.account)
    form = VersionsForm(formdata=request.args, meta={"csrf": False})
    slugs = sorted({wave.survey_slug for wave in found_waves})
    form.survey.choices = options({"": "All", **{slug: str(survey_name(slug)) for slug in slugs}})
    form.wave.choices = options({"": "All", **{wave.id: round_name(wave.id) for wave in found_waves}})
    page = page_of(request.args)
    found, total = masking.list_versions(person, survey=form.survey.data or "", wave_id=form.wave.data or "", page=page)
    return render_template(
        "comments/list_versions.html",
        **{"form": form, "found": found, "total": total, "texts": question_texts(found_waves), "is_demo": _is_demo()},
        **{"page": page, "has_more": (page + 1) * masking.PAGE < total, "first": page * masking.PAGE + 1},
    )


@blueprint.get("/quotes")
@reads()
def list_quotes() -> Any:
    """List quotes that wait for a second reader, and published ones."""
    person, page = current_user.account, page_of(request.args)
    waiting, more_wait = quotes.list_waiting(person)
    published, has_more = quotes.list_agreed(person, page)
    named = {one.wave_id for one in (*waiting, *published)}
    texts = question_texts([wave for wave in waves.list_all_waves() if wave.id in named]) if named else {}
    prints = {before.isoformat(): f"{before:%B %Y}" for before in quotes.list_prints()}
    return render_template(
        "comments/list_quotes.html",
        **{"waiting": waiting, "more_wait": more_wait, "published": published, "has_more": has_more, "page": page},
        **{"texts": texts, "prints": prints, "is_demo": _is_demo()},
    )


@blueprint.post("/quotes/decide")
@reads()
def decide_quote() -> Any:
    """Agree to a quote, withdraw it, or note that prints were destroyed."""
    person, action = current_user.account, request.form.get("action", "")
    try:
        if action == "agree":
            quotes.agree(person, comment_id_of(request.form))
            flash("The quote is published.")
        if action == "withdraw":
            quotes.withdraw(person, comment_id_of(request.form))
            flash("The quote is withdrawn. No page shows it now.")
        if action == "destroyed":
            quotes.note_destroyed(_day(request.form.get("before", "")))
            flash("Noted in the audit log.")
    except Refused as refusal:
        flash(str(refusal))
    return redirect(url_for("masking.list_quotes"), 303)


def _carry_out(action: str, form: MaskForm, *, comment: OpenedComment, marks: list[Mark]) -> list[Mark]:
    """Do what a button of the masking page says, and return the parts that are left out now.

    Words that stand in the box are left out by each button of its form, so that none is saved or proposed by mistake.
    """
    person = current_user.account
    with form.refusing("words"):
        if action in CHANGES and (action == "leave out" or form.words.data):
            found = find_words(comment.body, form.words.data or "", form.reason.data)
            if not found:
                raise Refused(NOT_FOUND)
            form.words.process(None, data="")
            marks = merge([*found, *marks], len(comment.body))
        if action in ("save", "propose"):
            masking.save_marks(person, comment.id, marks)
        elif action in PARAPHRASES:
            masking.save_paraphrase(person, comment.id, form.paraphrase.data or "")
        if action in ("propose", "propose paraphrase"):
            quotes.propose(person, comment.id)
            flash(PROPOSED)
        elif action != "leave out":
            flash(SAVED)
    return marks


def _show(comment: OpenedComment, form: MaskForm, marks: list[Mark]) -> Any:
    """Show what is left out now; a saved paraphrase stands instead until a part is left out again."""
    saved = masking.find(comment.id)
    has_paraphrase = saved is not None and saved.is_paraphrase
    if saved and has_paraphrase and form.paraphrase.data is None:
        form.paraphrase.data = saved.text
    paraphrase = saved.text if saved and has_paraphrase and request.form.get("action") != "leave out" else ""
    public = paraphrase or apply(comment.body, marks)
    page = render_template(
        "comments/mask_comment.html",
        **{"form": form, "comment": comment, "marks": _boxes(comment.body, marks), "reasons": REASONS},
        **{"paraphrase": paraphrase, "has_paraphrase": has_paraphrase, "is_saved": saved and saved.text == public},
        **{"pieces": pieces(comment.body, marks), "question": question_of(comment.wave_id, comment.question)},
        **{"round_id": request.form.get("round", ""), "quoted": quotes.state_of(comment.id), "is_demo": _is_demo()},
    )
    return page, 422 if form.errors else 200


def _boxes(body: str, marks: list[Mark]) -> dict[str, str]:
    """Return the value and the label of the box of each part that is left out."""
    return {f"{start}-{end}-{reason}": f"{body[start:end]} ({REASONS[reason]})" for start, end, reason in marks}


def _known_marks(comment: OpenedComment) -> list[Mark]:
    """Return the parts that the saved version leaves out, or those that code proposes."""
    saved = masking.find(comment.id)
    if saved is None or saved.is_paraphrase:
        return masking.suggest(comment.body)
    return [(start, end, reason) for start, end, reason in saved.marks]


def _given_marks(comment: OpenedComment) -> list[Mark]:
    """Return the parts whose boxes are ticked; what is not of this form is dropped."""
    given = [value.split("-", 2) for value in request.form.getlist("mark")]
    whole = [
        one for one in given if len(one) == 3 and all(n.isascii() and n.isdecimal() and len(n) < 6 for n in one[:2])
    ]
    return merge([(int(start), int(end), reason) for start, end, reason in whole], len(comment.body))


def _day(given: str) -> dt.date:
    try:
        return dt.date.fromisoformat(given)
    except ValueError as error:
        raise NotFound(GONE) from error


def _is_demo() -> bool:
    return surveys.has_synthetic()
