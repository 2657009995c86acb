"""Forms for ratings, rival explanations and figures from outside the surveys."""

from wtforms import DateField, RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from app.evidence import service
from app.evidence.service import FigureEntry
from app.web.forms import StaffForm, options

NO_DATE = "Enter a date, such as 2027-03-31."
STRENGTHS = {code: f"{name}. {service.MEANINGS[code]}" for code, name in service.STRENGTHS.items()}


class RatingForm(StaffForm):
    """How strong the evidence is, and why."""

    strength = RadioField("Rating", choices=options(STRENGTHS), validators=[InputRequired("Choose a rating.")])
    note = TextAreaField("What the rating rests on", validators=[Length(max=service.MAX_NOTE)])


class RivalForm(StaffForm):
    """A rival explanation and, if there is one, its answer."""

    rival = StringField(
        "Rival explanation",
        validators=[InputRequired("Describe the rival explanation."), Length(max=service.MAX_RIVAL)],
    )
    answer = TextAreaField("Answer", validators=[Length(max=service.MAX_NOTE)])


class FigureForm(StaffForm):
    """A figure from outside the surveys."""

    name = StringField(
        "Figure", validators=[InputRequired("Say what the figure counts."), Length(max=service.MAX_NAME)]
    )
    first_day = DateField("First day of the period", validators=[InputRequired(NO_DATE)])
    last_day = DateField("Last day of the period", validators=[InputRequired(NO_DATE)])
    value = StringField("Value", validators=[Length(max=30)])
    unit = StringField("Unit", validators=[Length(max=service.MAX_UNIT)])
    source = StringField(
        "Source", validators=[InputRequired("Say where the figure comes from."), Length(max=service.MAX_SOURCE)]
    )
    note = TextAreaField("Note", validators=[Length(max=service.MAX_NOTE)])

    @property
    def entry(self) -> FigureEntry:
        """What was entered."""
        texts = {name: self[name].data or "" for name in ("name", "value", "unit", "source", "note")}
        return FigureEntry(first_day=self.first_day.data, last_day=self.last_day.data, **texts)
