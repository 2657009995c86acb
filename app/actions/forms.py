"""Forms for actions and their translations."""

from wtforms import HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from app.actions.service import MAX_DID, MAX_OWNER, MAX_SAID, STATES, ActionEntry
from app.web.forms import DateField, StaffForm, options

WHO_READS = {"internal": "Staff only", "public": "Everybody: it stands on “You said, we did”"}


class ActionForm(StaffForm):
    """An action. The choices of question and quote are those that are published."""

    said = TextAreaField(
        "What people said", validators=[InputRequired("Write what people said."), Length(max=MAX_SAID)]
    )
    did = TextAreaField(
        "What was decided or done", validators=[InputRequired("Write what was decided."), Length(max=MAX_DID)]
    )
    state = SelectField("State", choices=options(STATES), default="proposed")
    why_not = TextAreaField("If it will not happen: why not", validators=[Length(max=MAX_SAID)])
    owner = StringField("Owner", validators=[InputRequired("Enter a team or a role."), Length(max=MAX_OWNER)])
    due_on = DateField("Due day", validators=[Optional()])
    judged_by = SelectField("Question by which it is judged", default="")
    quote = SelectField("Quote", default="")
    theme = SelectField("Theme of comments", default="")
    readers = RadioField("Who can read it", choices=options(WHO_READS), default="internal")

    def entry(self, audiences: tuple[str, ...]) -> ActionEntry:
        """Return what was entered."""
        wave_id, _colon, question = (self.judged_by.data or "").partition(":")
        texts = {name: self[name].data or "" for name in ("said", "did", "why_not", "owner", "state")}
        return ActionEntry(
            audiences=audiences,
            due_on=self.due_on.data,
            wave_id=wave_id or None,
            question=question or None,
            quote_id=bytes.fromhex(self.quote.data) if self.quote.data else None,
            theme_id=int(self.theme.data) if self.theme.data else None,
            is_public=self.readers.data == "public",
            **texts,
        )


class TextForm(StaffForm):
    """The texts of an action in another language; ``english`` says which English the page showed."""

    english = HiddenField()
    said = TextAreaField(
        "You said", validators=[InputRequired("Enter the translation."), Length(max=MAX_SAID * 3 // 2)]
    )
    did = TextAreaField("We did", validators=[InputRequired("Enter the translation."), Length(max=MAX_DID * 3 // 2)])
    why_not = TextAreaField("Why not", validators=[Length(max=MAX_SAID * 3 // 2)])
