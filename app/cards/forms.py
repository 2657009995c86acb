"""Card forms: a new batch, the layout of its sheet, and lost cards."""

from typing import Any

from wtforms import RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length, StopValidation

from app.cards.service import MAX_NAME, MIN_SCHOOLS, SCHOOL, SMALL_CLUSTER
from app.web.forms import StaffForm, WholeNumber, options
from app.web.i18n import LANGUAGES

KINDS = {"standard": "New cards", "replacement": "Replacement for lost cards"}
LOOKS = {
    "cards": "Cards, 10 to a page",
    "letters": "Letters, 1 to a page",
    "easy": "Large print and easy words, 4 to a page",
}
MAX_SHEET, MAX_SCHOOLS = 500, 1000
NO_NUMBER = f"Enter a whole number from 1 to {MAX_SHEET}."


def check_cluster(form: Any, field: Any) -> None:
    """Require at least five schools if the cards are for schools: fewer could identify a head or a teacher."""
    field.errors = []
    if form.survey.data != SCHOOL:
        field.data = None
    elif (field.data or 0) < MIN_SCHOOLS:
        raise StopValidation(SMALL_CLUSTER)


class PrintForm(StaffForm):
    """The layout of the sheet of an approved batch."""

    language = SelectField("Language of the cards", choices=options({one.tag: one.name for one in LANGUAGES.values()}))
    look = RadioField("Layout", choices=options(LOOKS), default="cards")


class BatchForm(PrintForm):
    """A new batch: its survey, area, channel, number of cards and layout."""

    survey = SelectField("Survey", validators=[InputRequired("Choose a survey.")])
    batch = StringField(
        "Name of the batch", validators=[InputRequired("Enter a name for the batch."), Length(max=MAX_NAME)]
    )
    locality = SelectField("Area", validators=[InputRequired("Choose an area.")])
    channel = SelectField(
        "How the cards are given out", validators=[InputRequired("Choose how the cards are given out.")]
    )
    count = WholeNumber("Number of cards", [InputRequired(NO_NUMBER)], least=1, most=MAX_SHEET)
    schools = WholeNumber(
        "Number of schools that share these cards (schools survey only)", [check_cluster], least=1, most=MAX_SCHOOLS
    )
    kind = RadioField("Purpose", choices=options(KINDS), default="standard")


class VoidForm(StaffForm):
    """A lost card, identified by its code."""

    code = StringField("Code of the lost card", validators=[InputRequired("Enter the code."), Length(max=100)])
