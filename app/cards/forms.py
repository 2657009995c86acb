"""The forms of cards: a new batch and how its sheet looks, and cards that are void."""

from typing import Any

from wtforms import IntegerField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, StopValidation

from app.cards.service import MIN_SCHOOLS, SCHOOL, SMALL_CLUSTER
from app.web.forms import StaffForm, options

KINDS = {"standard": "New cards", "replacement": "Replacement for lost cards"}
LOOKS = {
    "cards": "Cards, 10 to a page",
    "letters": "Letters, 1 to a page",
    "easy": "Large print and easy words, 4 to a page",
}
MOST_ON_A_SHEET = 500


class WholeNumber(IntegerField):
    """A whole number that says one thing when it cannot be read."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Take what was typed."""
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError("Enter a whole number.") from error

    def pre_validate(self, form: Any) -> None:
        """Say nothing more of a number that could not be read."""
        if self.process_errors and any(typed.strip() for typed in self.raw_data or []):
            raise StopValidation()


def check_cluster(form: Any, field: Any) -> None:
    """Ask for a cluster of at least five schools: fewer would point at one head or one teacher.

    Raises:
        StopValidation: the cards are for schools, and the number is too small or missing.
    """
    field.errors = []
    if form.survey.data != SCHOOL:
        field.data = None
    elif (field.data or 0) < MIN_SCHOOLS:
        raise StopValidation(SMALL_CLUSTER)


class BatchForm(StaffForm):
    """A new batch: for which survey, where and how it is handed out, how many cards, and how they look."""

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
            NumberRange(
                1,
                MOST_ON_A_SHEET,
                f"Enter a number from 1 to {MOST_ON_A_SHEET}. For more cards, issue several batches.",
            ),
        ],
    )
    schools = WholeNumber("Number of schools that share these cards (schools survey only)", validators=[check_cluster])
    kind = RadioField("Purpose", choices=options(KINDS), default="standard")
    language = SelectField("Language of the cards")
    look = RadioField("Layout", choices=options(LOOKS), default="cards")


class PrintForm(StaffForm):
    """How the sheet of an agreed batch looks."""

    language = SelectField("Language of the cards")
    look = RadioField("Layout", choices=options(LOOKS), default="cards")


class VoidForm(StaffForm):
    """One lost card, by its code."""

    code = StringField("Code of the lost card", validators=[InputRequired("Enter the code."), Length(max=100)])
