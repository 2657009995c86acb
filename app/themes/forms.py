"""Forms for themes, extracts and the sample that is coded twice."""

from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from app.themes.codebook import MAX_MEANING, MAX_NAME
from app.themes.coding import MOST_SAMPLE
from app.themes.sources import KINDS, MAX_SUMMARY
from app.web.forms import NO_DATE, DateField, StaffForm, WholeNumber, options

IN_USE = {"yes": "In use", "no": "Out of use: nobody can choose it any more"}


class ThemeForm(StaffForm):
    """A theme."""

    name = StringField("Name", validators=[InputRequired("Enter a name."), Length(max=MAX_NAME)])
    meaning = TextAreaField("Meaning", validators=[InputRequired("Say what belongs here."), Length(max=MAX_MEANING)])
    in_use = SelectField("State", choices=options(IN_USE), default="yes")


class ExtractForm(StaffForm):
    """What was taken from another source."""

    kind = SelectField("Source", choices=options(KINDS))
    month = DateField("A day of the month", validators=[InputRequired(NO_DATE)])
    summary = TextAreaField(
        "Summary in your own words", validators=[InputRequired("Write a summary."), Length(max=MAX_SUMMARY)]
    )


class SampleForm(StaffForm):
    """How many comments are coded by two people."""

    size = WholeNumber("Comments to draw", [InputRequired("Enter a number.")], least=1, most=MOST_SAMPLE)
