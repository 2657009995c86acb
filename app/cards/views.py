"""Batches of cards: issue and print a batch, approve a colleague's request, make lost cards void.

Codes appear in a single response, the sheet to print. No later page can show them again.
"""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import force_locale
from flask_login import current_user

from app.cards import service as cards
from app.cards.approvals import IssueCards, issue_or_ask
from app.cards.forms import KINDS, BatchForm, PrintForm, VoidForm
from app.core.codes import CodeError, print_code, read_code
from app.core.permissions import Permission
from app.staff import approvals, door
from app.staff.approvals import Approval
from app.storage.refusals import Refused
from app.surveys import service as surveys
from app.web.filters import survey_name
from app.web.forms import options
from app.web.i18n import LANGUAGES, SURVEY_NAMES
from app.web.qr_codes import draw_qr
from app.web.requires import requires

blueprint = Blueprint("batches", __name__, url_prefix="/staff")


@blueprint.get("/cards")
@requires(Permission.VIEW_WAVES)
def list_batches() -> Any:
    """List all batches, and requests awaiting approval."""
    slugs = [survey.slug for survey in surveys.list_surveys() if current_user.sees(survey.slug)]
    rows = {slug: _seen(cards.list_batches(slug)) for slug in slugs}
    waiting = approvals.list_open(IssueCards, current_user.account)
    return render_template("cards/list_batches.html", rows=rows, waiting=waiting, kinds=KINDS)


@blueprint.route("/cards/new", methods=["GET", "POST"])
@requires(Permission.ISSUE_CARDS, confirm_password=True)
def new_batch() -> Any:
    """Issue a batch and show its sheet; while a round is open, request approval instead."""
    form = _offer(BatchForm())
    if not form.validate_on_submit():
        return render_template("cards/new_batch.html", form=form), 422 if form.is_submitted() else 200
    door.check_scope(survey=form.survey.data)
    command = IssueCards(
        survey_slug=form.survey.data,
        batch=form.batch.data,
        locality=form.locality.data,
        channel=form.channel.data,
        n_cards=form.count.data,
        kind=form.kind.data,
        n_schools=form.schools.data,
    )
    try:
        issued = issue_or_ask(command, current_user.account)
    except Refused as refusal:
        form.refuse("batch", str(refusal))
        return render_template("cards/new_batch.html", form=form), 422
    if isinstance(issued, int):
        flash("Your request is awaiting approval by a colleague, because a round is open.")
        return redirect(url_for("batches.show_pending", number=issued), 303)
    return _sheet(issued, batch=form.batch.data, language=form.language.data, look=form.look.data)


@blueprint.route("/cards/waiting/<int:number>", methods=["GET", "POST"])
@requires(Permission.ISSUE_CARDS, confirm_password=True)
def show_pending(number: int) -> Any:
    """Show a requested batch: a second person approves or rejects it, then the first person prints it."""
    approval = approvals.get(IssueCards, number)
    door.check_scope(*approval.command.scope)
    refusal = None
    if request.method == "POST":
        try:
            is_agreed = request.form.get("action") == "agree"
            approvals.decide(IssueCards, number, current_user.account, is_agreed=is_agreed)
        except Refused as refused:
            refusal = str(refused)
        else:
            return redirect(url_for("batches.show_pending", number=number), 303)
    return _pending_page(approval, _offer_looks(PrintForm()), refusal), 409 if refusal else 200


@blueprint.post("/cards/waiting/<int:number>/print")
@requires(Permission.ISSUE_CARDS, confirm_password=True)
def print_pending(number: int) -> Any:
    """Issue an approved batch to the person who requested it, and show its sheet."""
    approval = approvals.get(IssueCards, number)
    door.check_scope(*approval.command.scope)
    form = _offer_looks(PrintForm())
    try:
        issued = approvals.carry_out(IssueCards, number, current_user.account)
    except Refused as refusal:
        return _pending_page(approval, form, str(refusal)), 409
    return _sheet(issued, batch=approval.command.batch, language=form.language.data, look=form.look.data)


@blueprint.route("/cards/void", methods=["GET", "POST"])
@requires(Permission.ISSUE_CARDS, confirm_password=True)
def void_cards() -> Any:
    """Make a lost card void by its code, or a whole lost batch."""
    form = VoidForm()
    slugs = [survey.slug for survey in surveys.list_surveys() if current_user.sees(survey.slug)]
    batches = {
        batch.id: f"{survey_name(slug)}: {batch.name} ({batch.n_cards} cards)"
        for slug in slugs
        for batch, _cell, _void in _seen(cards.list_batches(slug))
    }
    if request.method == "POST" and request.form.get("batch"):
        batch, cell = cards.get_batch(request.form["batch"])
        door.check_scope(survey=batch.survey_slug, locality=cell.locality)
        flash(f"All {cards.void_batch(batch.id)} cards of {batch.name} are now void.")
        return redirect(url_for("batches.list_batches"), 303)
    if form.validate_on_submit():
        try:
            cards.void_code(read_code(form.code.data or ""), _is_seen)
        except CodeError:
            form.refuse("code", "This code is not valid. A code has 15 digits. Check each digit.")
        else:
            area = " in your area" if current_user.locality or current_user.survey else ""
            flash(f"If this is the code of a card{area}, the card is now void.")
            return redirect(url_for("batches.list_batches"), 303)
    return render_template("cards/void_cards.html", form=form, batches=batches), 422 if form.is_submitted() else 200


def _is_seen(card: cards.KnownCard) -> bool:
    return bool(current_user.sees(card.survey, card.cell.split("/")[1]))


def _pending_page(approval: Approval[IssueCards], form: PrintForm, refusal: str | None) -> str:
    return render_template(
        "cards/show_pending.html",
        approval=approval,
        status=approvals.status_for(approval, current_user.account),
        form=form,
        refusal=refusal,
        kinds=KINDS,
        smallest=cards.MIN_CELL,
    )


def _sheet(issued: cards.Issued, *, batch: str, language: str | None, look: str | None) -> Any:
    """Return the sheet to print, the only response that contains these codes."""
    chosen = LANGUAGES.get(language or "en", LANGUAGES["en"])
    base = current_app.config["SETTINGS"].base_url
    drawn = [(print_code(code), draw_qr(f"{base}/c#{code}")) for code in issued.codes]
    with force_locale(chosen.babel):
        return render_template(
            "cards/sheet.html",
            cards=drawn,
            pages=_pages(drawn, {"cards": 10, "letters": 1, "easy": 4}.get(look or "", 10)),
            issued=issued,
            batch=batch,
            look=look if look in ("letters", "easy") else "cards",
            tongue=chosen,
            address=base.split("://", 1)[-1] + "/c",
            smallest=cards.MIN_CELL,
        )


def _pages(drawn: Sequence[Any], size: int) -> list[Sequence[Any]]:
    return [drawn[i : i + size] for i in range(0, len(drawn), size)]


def _offer(form: BatchForm) -> BatchForm:
    settings = current_app.config["SETTINGS"]
    slugs = [survey.slug for survey in surveys.list_surveys() if current_user.sees(survey.slug)]
    form.survey.choices = options({slug: str(SURVEY_NAMES.get(slug, slug)) for slug in slugs})
    form.locality.choices = options({s: n for s, n in settings.localities.items() if current_user.sees(locality=s)})
    form.channel.choices = options(settings.channels)
    return _offer_looks(form)


def _offer_looks(form: Any) -> Any:
    form.language.choices = options({language.tag: language.name for language in LANGUAGES.values()})
    return form


def _seen(rows: list[Any]) -> list[Any]:
    return [row for row in rows if current_user.sees(locality=row[1].locality)]
