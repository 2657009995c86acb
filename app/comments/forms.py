"""Forms of the reading desk."""

from wtforms import RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from app.comments import service
from app.core.harm import OUTCOMES, TOLD
from app.core.masking import REASONS
from app.web.forms import StaffForm, options
from app.web.i18n import LANGUAGES

OTHER = "other"
SPOKEN = {"": "Not marked", **{tag: one.name for tag, one in LANGUAGES.items()}, OTHER: "Another language"}
MAX_TRANSLATION, MAX_WORDS = 6000, 100


class ListForm(StaffForm):
    """Which comments to list. The choices of survey, round and question are those that the reader may see."""

    survey = SelectField("Survey", default="")
    wave = SelectField("Round", default="")
    question = SelectField("Question", default="")
    state = SelectField("State", default="", choices=options(service.STATES))
    words = StringField("Search in the comments", validators=[Length(max=MAX_WORDS)])

    @property
    def wanted(self) -> service.CommentFilter:
        """What was chosen."""
        given = {name: self[name].data or "" for name in ("survey", "question", "state", "words")}
        return service.CommentFilter(wave_id=self.wave.data or "", **given)


class LanguageForm(StaffForm):
    """The language of a comment, and a translation."""

    language = SelectField("Language of the comment", default="", choices=options(SPOKEN))
    translation = TextAreaField("Translation into English", validators=[Length(max=MAX_TRANSLATION)])


class MaskForm(StaffForm):
    """Words to leave out, and why; or a paraphrase."""

    words = StringField("Words to leave out", validators=[Length(max=MAX_TRANSLATION)])
    reason = SelectField(
        "What they are", default="name", choices=options({k: v.capitalize() for k, v in REASONS.items()})
    )
    paraphrase = TextAreaField("The comment in your own words", validators=[Length(max=MAX_TRANSLATION)])


class VersionsForm(StaffForm):
    """Which masked comments to list."""

    survey = SelectField("Survey", default="")
    wave = SelectField("Round", default="")


class ToldForm(StaffForm):
    """Whom the reader has spoken to."""

    told = RadioField(
        "Whom have you spoken to?",
        choices=options(TOLD),
        validators=[InputRequired("Call first. Then choose whom you have spoken to.")],
    )


class OutcomeForm(StaffForm):
    """What the safeguarding lead decided."""

    outcome = RadioField("Outcome", choices=options(OUTCOMES), validators=[InputRequired("Choose an outcome.")])
