"""Card forms: a new batch, the layout of its sheet, and lost cards."""

from typing import Any

from wtforms import IntegerField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, StopValidation

from app.cards.service import MIN_SCHOOLS, SCHOOL, SMALL_CLUSTER
from app.web.forms import StaffForm, options
from app.web.i18n import LANGUAGES

KINDS = {"standard": "New cards", "replacement": "Replacement for lost cards"}
LOOKS = {
    "cards": "Cards, 10 to a page",
    "letters": "Letters, 1 to a page",
    "easy": "Large print and easy words, 4 to a page",
}
MAX_SHEET = 500


class WholeNumber(IntegerField):
    """An integer field that shows one error message for input that is not a number."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Parse the input."""
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError("Enter a whole number.") from error

    def pre_validate(self, form: Any) -> None:
        """Skip the other validators if the input is not a number."""
        if self.process_errors and any(typed.strip() for typed in self.raw_data or []):
            raise StopValidation()


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
    batch = StringField("Name of the batch", validators=[InputRequired("Enter a name for the batch.")])
    locality = SelectField("Area", validators=[InputRequired("Choose an area.")])
    channel = SelectField(
        "How the cards are given out", validators=[InputRequired("Choose how the cards are given out.")]
    )
    count = WholeNumber(
        "Number of cards",
        validators=[
            InputRequired("Enter a whole number."),
            NumberRange(1, MAX_SHEET, f"Enter a number from 1 to {MAX_SHEET}. For more cards, issue several batches."),
        ],
    )
    schools = WholeNumber("Number of schools that share these cards (schools survey only)", validators=[check_cluster])
    kind = RadioField("Purpose", choices=options(KINDS), default="standard")


class VoidForm(StaffForm):
    """A lost card, identified by its code."""

    code = StringField("Code of the lost card", validators=[InputRequired("Enter the code."), Length(max=1000)])
