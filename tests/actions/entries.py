"""An action as somebody enters it."""

from app.actions.service import ActionEntry

ENTRY = ActionEntry(
    audiences=("family",),
    said="It takes long to be heard",
    did="We ring back on the same day",
    why_not="",
    owner="Front door team",
    due_on=None,
    state="agreed",
    wave_id=None,
    question=None,
    quote_id=None,
    theme_id=None,
    is_public=True,
)
