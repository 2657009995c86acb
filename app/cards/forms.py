"""Card forms: a new batch, the layout of its sheet, and lost cards."""

from collections.abc import Mapping
from typing import Any

from wtforms import RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length, StopValidation

from app.cards.service import MAX_NAME, MIN_SCHOOLS, SCHOOL, SMALL_CLUSTER
from app.core.codes import MAX_TYPED
from app.web.forms import StaffForm, WholeNumber, options
from app.web.i18n import LANGUAGES

KINDS = {"standard": "New cards", "replacement": "Replacement for lost cards"}
LOOKS = {
    "cards": "Cards, 10 to a page",
    "letters": "Letters, 1 to a page",
    "easy": "Large print and easy words, 4 to a page",
}
MAX_SHEET, MAX_SCHOOLS = 500, 1000
COUNT = "cards-"
NO_AREA = "Your account is limited to an area that is no longer in use. Ask an administrator to change it."


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
    """New cards: their survey, channel, purpose and layout. ``batch_form`` adds the number for each area."""

    survey = SelectField("Survey", validators=[InputRequired("Choose a survey.")])
    batch = StringField(
        "Name of the batch", validators=[InputRequired("Enter a name for the batch."), Length(max=MAX_NAME)]
    )
    channel = SelectField(
        "How the cards are given out", validators=[InputRequired("Choose how the cards are given out.")]
    )
    schools = WholeNumber(
        "Number of schools that share the cards of an area (schools survey only)",
        [check_cluster],
        least=1,
        most=MAX_SCHOOLS,
    )
    kind = RadioField("Purpose", choices=options(KINDS), default="standard")

    @property
    def counts(self) -> list[WholeNumber]:
        """The fields for the number of cards of each area."""
        return [field for field in self if field.name.startswith(COUNT)]

    @property
    def areas(self) -> dict[str, int]:
        """The number of cards for each area that gets any."""
        return {field.name.removeprefix(COUNT): field.data for field in self.counts if field.data}

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the fields, and that there are cards for at least one area and not too many in all."""
        is_valid = super().validate(extra_validators)
        if not self.counts:
            self.refuse("survey", NO_AREA)
        elif not any(field.errors for field in self.counts) and not 1 <= sum(self.areas.values()) <= MAX_SHEET:
            self.refuse(self.counts[0].name, f"Enter a number of cards, from 1 to {MAX_SHEET} for all areas together.")
        return is_valid and not self.errors


def batch_form(places: Mapping[str, str]) -> BatchForm:
    """Return the form for a new batch, with a number of cards for each area, given by slug and name."""
    counts = {f"{COUNT}{slug}": WholeNumber(name, least=0, most=MAX_SHEET) for slug, name in places.items()}
    form: BatchForm = type("BatchForm", (BatchForm,), counts)()
    return form


class VoidForm(StaffForm):
    """A lost card, identified by its code."""

    code = StringField("Code of the lost card", validators=[InputRequired("Enter the code."), Length(max=MAX_TYPED)])
