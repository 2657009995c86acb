"""Batches of cards: issue and print a batch, approve a colleague's request, make lost cards void.

Codes appear in a single response, the sheet to print. No later page can show them again.
"""

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import force_locale
from flask_login import current_user
from markupsafe import Markup

from app.cards import service as cards
from app.cards.approvals import IssueCards, issue_or_ask, open_wave_of
from app.cards.forms import KINDS, MAX_SHEET, NO_AREA, PrintForm, VoidForm, batch_form
from app.core.codes import CodeError, print_code, read_code
from app.core.permissions import Permission
from app.core.waves import day_words
from app.staff import approvals, door
from app.staff.approvals import Approval
from app.storage.refusals import Refused
from app.surveys import waves
from app.web.filters import survey_name
from app.web.forms import options
from app.web.i18n import DEFAULT, LANGUAGES
from app.web.qr_codes import draw_qr
from app.web.requires import requires

blueprint = Blueprint("batches", __name__, url_prefix="/staff")
PER_PAGE = {"cards": 10, "letters": 1, "easy": 4}


@blueprint.get("/cards")
@requires(Permission.VIEW_WAVES)
def list_batches() -> Any:
    """List all batches, and requests awaiting approval."""
    rows = {slug: _seen(cards.list_batches(slug)) for slug in door.seen_surveys()}
    waiting = approvals.list_open(IssueCards, current_user.account)
    shown = {"rows": rows, "waiting": waiting, "kinds": KINDS, "pile_mark": cards.pile_mark}
    return render_template("cards/list_batches.html", **shown)


@blueprint.route("/cards/new", methods=["GET", "POST"])
@requires(Permission.ISSUE_CARDS, confirm_password=True)
def new_batch() -> Any:
    """Issue cards for some areas and show their sheets; while a round is open, request approval instead."""
    settings = current_app.config["SETTINGS"]
    form = batch_form({slug: name for slug, name in settings.localities.items() if current_user.sees(locality=slug)})
    seen = door.seen_surveys()
    form.survey.choices, form.channel.choices = options(seen), options(settings.channels)
    if form.validate_on_submit():
        door.check_scope(survey=form.survey.data)
        command = IssueCards(
            survey_slug=form.survey.data,
            batch=form.batch.data,
            areas=form.areas,
            channel=form.channel.data,
            kind=form.kind.data,
            n_schools=form.schools.data,
        )
        with form.refusing("batch"):
            issued = issue_or_ask(command, current_user.account)
            if not isinstance(issued, int):
                return _sheet(issued, command, form)
            flash("Your request is awaiting approval by a colleague, because a round is open.")
            return redirect(url_for("batches.show_pending", number=issued), 303)
    shown = {"most": MAX_SHEET, "smallest": cards.MIN_CELL, "fewest_schools": cards.MIN_SCHOOLS, "no_area": NO_AREA}
    shown |= {"surveys": seen, "asking": [name for slug, name in seen.items() if open_wave_of(slug)]}
    return render_template("cards/new_batch.html", form=form, **shown), 422 if form.is_submitted() else 200


@blueprint.route("/cards/waiting/<int:number>", methods=["GET", "POST"])
@requires(Permission.ISSUE_CARDS, confirm_password=True)
def show_pending(number: int) -> Any:
    """Show a request for cards: a second person approves or rejects it, then the first person prints it."""
    approval = approvals.get(IssueCards, number, current_user.account)
    refusal = None
    if request.method == "POST":
        try:
            is_agreed = request.form.get("action") == "agree"
            approvals.decide(IssueCards, number, current_user.account, is_agreed=is_agreed)
            return redirect(url_for("batches.show_pending", number=number), 303)
        except Refused as refused:
            refusal = str(refused)
    return _pending_page(approval, PrintForm(), refusal), 409 if refusal else 200


@blueprint.post("/cards/waiting/<int:number>/print")
@requires(Permission.ISSUE_CARDS, confirm_password=True)
def print_pending(number: int) -> Any:
    """Issue approved cards to the person who requested them, and show their sheets."""
    approval = approvals.get(IssueCards, number, current_user.account)
    form = PrintForm()
    try:
        issued = approvals.carry_out(IssueCards, number, current_user.account)
    except Refused as refusal:
        return _pending_page(approval, form, str(refusal)), 409
    return _sheet(issued, approval.command, form)


@blueprint.route("/cards/void", methods=["GET", "POST"])
@requires(Permission.ISSUE_CARDS, confirm_password=True)
def void_cards() -> Any:
    """Make a lost card void by its code, or a whole lost batch."""
    form = VoidForm()
    batches = {
        batch.id: f"{name}: {batch.name}, mark {cards.pile_mark(batch.id)} ({batch.n_cards} cards)"
        for slug, name in door.seen_surveys().items()
        for batch, _cell, _void in _seen(cards.list_batches(slug))
    }
    if request.method == "POST" and request.form.get("batch"):
        batch, cell = cards.get_batch(request.form["batch"])
        door.check_scope(survey=batch.survey_slug, locality=cell.locality)
        flash(f"All {cards.void_batch(batch.id)} cards of {batch.name} are now void.")
        return redirect(url_for("batches.list_batches"), 303)
    if form.validate_on_submit():
        try:
            cards.void_code(
                read_code(form.code.data or ""), lambda card: current_user.sees(card.survey, card.cell.split("/")[1])
            )
        except CodeError:
            form.refuse("code", "This code is not valid. A code has 15 digits. Check each digit.")
        else:
            area = " in your area" if current_user.locality or current_user.survey else ""
            flash(f"If this is the code of a card{area}, the card is now void.")
            return redirect(url_for("batches.list_batches"), 303)
    return render_template("cards/void_cards.html", form=form, batches=batches), 422 if form.is_submitted() else 200


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


def _sheet(issued: list[cards.Issued], command: IssueCards, form: PrintForm) -> Any:
    """Return the sheets to print, a pile for each area: the only response that contains these codes."""
    tongue = LANGUAGES.get(form.language.data, DEFAULT)
    look = form.look.data if form.look.data in PER_PAGE else "cards"
    audience = str(survey_name(command.survey_slug))  # in English, for the cover sheets
    last_day = waves.find_last_day(command.survey_slug)
    with force_locale(tongue.babel):
        return render_template(
            "cards/sheet.html",
            piles=[(pile, _pages(pile, PER_PAGE[look])) for pile in issued],
            command=command,
            audience=audience,
            kinds=KINDS,
            look=look,
            tongue=tongue,
            host=current_app.config["SETTINGS"].base_url.split("://", 1)[-1],
            smallest=cards.MIN_CELL,
            last_day=day_words(last_day) if last_day else "",
        )


def _pages(pile: cards.Issued, size: int) -> list[list[tuple[str, Markup]]]:
    """Return the codes of a pile, as people type them and as QR codes, by page."""
    base = current_app.config["SETTINGS"].base_url
    drawn = [(print_code(code), draw_qr(f"{base}/c#{code}")) for code in pile.codes]
    return [drawn[i : i + size] for i in range(0, len(drawn), size)]


def _seen(rows: list[Any]) -> list[Any]:
    return [row for row in rows if current_user.sees(locality=row[1].locality)]
