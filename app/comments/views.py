"""The reading desk, and what safeguarding leads do with comments that may tell of harm.

A comment is shown in answer to a POST only, so that its id and a search term stand in no address, and each one that is
shown is counted.
"""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for
from flask_login import current_user

from app.comments import first_words, harm, reading_log, restored_words, service
from app.comments.forms import LanguageForm, ListForm, OutcomeForm, ToldForm
from app.comments.service import GONE, OpenedComment, RoundProgress
from app.core.permissions import Permission
from app.core.questionnaires import SOURCE_LANGUAGE
from app.models.surveys import Wave
from app.storage.refusals import NotFound, Refused
from app.surveys import service as surveys
from app.surveys import waves
from app.web.filters import round_name, survey_name
from app.web.forms import options
from app.web.requires import requires

blueprint = Blueprint("comments", __name__, url_prefix="/staff")
reads = partial(requires, Permission.READ_WORDS, second_factor=True)
decides = partial(requires, Permission.DECIDE_HARM, second_factor=True)
MOST_DIGITS = 4
ALL_READ = "You have read every comment that is here for you. More may come while a round is open."
HANDED_OVER = "The comment goes to another reader. You will not see it again before somebody else has read it."


@blueprint.app_context_processor
def alarm() -> dict[str, Any]:
    """Return how pages ask for the number of reports that nobody has taken up; only pages of leads ask."""
    return {"harm_to_take_up": lambda: harm.count_waiting(current_user.account)}


@blueprint.get("/comments")
@reads()
def show_desk() -> Any:
    """Show how many comments there are to read, by round."""
    rounds = service.list_rounds(current_user.account)
    left = sum(one.left for one in rounds)
    return render_template(
        "comments/show_desk.html",
        **{"rounds": rounds, "left": left, "word_fault": first_words.words()[1], "is_demo": _is_demo()},
        restored=restored_words.list_days(),
    )


@blueprint.post("/comments/restored")
@reads()
def note_restored() -> Any:
    """Note that somebody knows that withdrawn words may be back."""
    restored_words.note_seen()
    flash("Noted in the audit log.")
    return redirect(url_for("comments.show_desk"), 303)


@blueprint.post("/comments/read")
@reads()
def read_comment() -> Any:
    """Note what the reader did with a comment, and show the next one; or show one comment."""
    person, action = current_user.account, request.form.get("action", "")
    try:
        if action == "show":
            return _show(service.get(person, comment_id_of(request.form)))
        if action == "note":
            return _note_language()
        if action == "next":
            service.mark_read(person, comment_id_of(request.form))
        if action == "hand over":
            service.hand_over(person, comment_id_of(request.form))
            flash(HANDED_OVER)
    except Refused as refusal:
        flash(str(refusal))
    return _show_next()


@blueprint.route("/comments/list", methods=["GET", "POST"])
@reads()
def list_comments() -> Any:
    """List comments that were chosen or searched for; before that, only the form."""
    person, rounds = current_user.account, service.list_rounds(current_user.account)
    form, texts = ListForm(), question_texts([one.wave for one in rounds])
    _offer(form, rounds, texts)
    if not form.validate_on_submit():
        shown = render_template("comments/list_comments.html", form=form, found=None, texts=texts)
        return shown, 422 if form.is_submitted() else 200
    page = page_of(request.form)
    found, total = service.list_comments(person, form.wanted, page)
    reading_log.count(person, len(found))
    sides = {"page": page, "has_more": (page + 1) * service.PAGE < total, "first": page * service.PAGE + 1}
    return render_template(
        "comments/list_comments.html", form=form, found=found, total=total, texts=texts, short=service.SHORT, **sides
    )


@blueprint.get("/comments/harm")
@reads()
def show_rule() -> Any:
    """Show what a reader does with a comment that may tell of harm."""
    return render_template("comments/show_rule.html", **_help())


@blueprint.post("/comments/harm/report")
@reads()
def report_harm() -> Any:
    """Show the rule beside a comment; report it once the reader has spoken to somebody, and show the next one."""
    is_sent = request.form.get("action") == "report"
    form = ToldForm() if is_sent else ToldForm(formdata=None)
    try:
        comment = service.get(current_user.account, comment_id_of(request.form))
        if is_sent and form.validate():
            harm.report(current_user.account, comment.id, form.told.data)
            flash("Reported. The safeguarding lead sees it on every page until somebody takes it up. Take a break.")
            return _show_next()
    except NotFound as gone:
        flash(str(gone))
        return _show_next()
    page = render_template("comments/report_harm.html", form=form, comment=comment, **_view(comment), **_help())
    return page, 422 if is_sent else 200


@blueprint.get("/comments/reports")
@decides()
def list_reports() -> Any:
    """List the reports that wait for a lead and those that are open."""
    reports = harm.list_reports(current_user.account)
    return render_template("comments/list_reports.html", reports=reports, texts=_texts_of(reports), is_demo=_is_demo())


@blueprint.post("/comments/reports/decide")
@decides()
def decide_report() -> Any:
    """Take up a report, or record its outcome."""
    person, action = current_user.account, request.form.get("action", "")
    is_sent = action == "decide"
    form = OutcomeForm() if is_sent else OutcomeForm(formdata=None)
    try:
        report = harm.get_report(person, comment_id_of(request.form))
        if action == "take up":
            harm.take_up(person, report.id)
            flash("You have taken it up. Record the outcome here when it is decided.")
            return _to_reports()
        if is_sent and form.validate():
            with form.refusing("outcome"):
                harm.decide(person, report.id, form.outcome.data)
                flash("The outcome has been recorded.")
                return _to_reports()
    except NotFound as gone:
        flash(str(gone))
        return _to_reports()
    question = question_of(report.wave_id, report.question)
    page = render_template("comments/decide_report.html", form=form, report=report, question=question)
    return page, 422 if is_sent else 200


def _show_next() -> Any:
    """Show the next comment of the round that the reader chose, or go to the desk."""
    comment = service.draw(current_user.account, request.form.get("round", ""))
    if comment is None:
        flash(ALL_READ)
        return redirect(url_for("comments.show_desk"), 303)
    return _show(comment)


def _show(comment: OpenedComment, form: LanguageForm | None = None) -> Any:
    """Show one comment; every twentieth of a day proposes a break."""
    noted = {"language": comment.language or "", "translation": comment.translation or ""}
    n = reading_log.count(current_user.account)
    page = render_template(
        "comments/read_comment.html",
        form=form or LanguageForm(formdata=None, data=noted),
        comment=comment,
        pause=n if n % reading_log.PAUSE_EVERY == 0 else 0,
        is_demo=_is_demo(),
        **_view(comment),
        **_help(),
    )
    return page, 422 if form else 200


def _note_language() -> Any:
    """Store the language and the translation, and show the same comment again."""
    form = LanguageForm()
    comment = service.get(current_user.account, comment_id_of(request.form))
    if not form.validate():
        return _show(comment, form)
    noted = {"language": form.language.data or None, "translation": form.translation.data or None}
    service.note_language(current_user.account, comment.id, **noted)
    flash("Saved.")
    return _show(service.get(current_user.account, comment.id))


def _view(comment: OpenedComment) -> dict[str, Any]:
    """Return what stands around a comment: its question, how far its round is read, and the round that was chosen."""
    rounds = service.list_rounds(current_user.account)
    return {
        "question": question_of(comment.wave_id, comment.question),
        "progress": next((one for one in rounds if one.wave.id == comment.wave_id), None),
        "round_id": request.form.get("round", ""),
    }


def _help() -> dict[str, Any]:
    """Return whom readers call and talk to, from the settings."""
    settings = current_app.config["SETTINGS"]
    named = {
        "Safeguarding lead": settings.safeguarding_lead,
        "Deputy": settings.safeguarding_deputy,
        "Duty team (evenings and weekends)": settings.safeguarding_duty,
    }
    return {"leads": named, "support": settings.readers_support}


def comment_id_of(form: Mapping[str, str]) -> bytes:
    """Return the id of the comment or quote that a form names, or raise NotFound."""
    try:
        return bytes.fromhex(form.get("comment", ""))
    except ValueError as error:
        raise NotFound(GONE) from error


def page_of(given: Mapping[str, str]) -> int:
    """Return the number of the page of a list that a form or an address asks for; 0 if it is none."""
    number = given.get("page", "")
    return int(number) if number.isascii() and number.isdecimal() and len(number) <= MOST_DIGITS else 0


def _offer(form: ListForm, rounds: list[RoundProgress], texts: dict[tuple[str, str], str]) -> None:
    """Set the choices of a form to what the reader may see."""
    slugs = sorted({one.wave.survey_slug for one in rounds})
    form.survey.choices = options({"": "All", **{slug: str(survey_name(slug)) for slug in slugs}})
    form.wave.choices = options({"": "All", **{one.wave.id: round_name(one.wave.id) for one in rounds}})
    form.question.choices = options({"": "All", **{variable: text for (_wave, variable), text in texts.items()}})


def question_texts(found: Iterable[Wave]) -> dict[tuple[str, str], str]:
    """Return the English wording of each question for own words, by wave and variable."""
    texts = {}
    for wave in found:
        document = surveys.document_of(wave)
        for question in document.questions:
            if question.kind == "text":
                texts[wave.id, question.variable] = document.text(question.variable, SOURCE_LANGUAGE).value
    return texts


def question_of(wave_id: str, variable: str) -> str:
    """Return the English wording of a question for own words."""
    return question_texts([waves.get_wave(wave_id)]).get((wave_id, variable), variable)


def _texts_of(reports: harm.Reports) -> dict[tuple[str, str], str]:
    named = {one.wave_id for one in (*reports.waiting, *reports.open)}
    return question_texts([wave for wave in waves.list_all_waves() if wave.id in named]) if named else {}


def _to_reports() -> Any:
    answer: Response = redirect(url_for("comments.list_reports"), 303)  # type: ignore[assignment]
    return answer


def _is_demo() -> bool:
    return surveys.has_synthetic()
