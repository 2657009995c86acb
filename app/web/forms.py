"""The base form of the staff side, with its errors for the error summary, and options of lists."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from flask_wtf import FlaskForm
from wtforms import Field, RadioField, SelectField
from wtforms.fields.choices import SelectChoice

from app.storage.refusals import Refused


def options(named: Mapping[str, str], kept: str | None = None) -> list[SelectChoice]:
    """Return the choices of a list from values and their names.

    A stored value is ``kept`` among them when it is no longer one of them: a form never replaces it by another.
    """
    more = {kept: out_of_use(kept)} if kept and kept not in named else {}
    return [SelectChoice(value, name) for value, name in {**named, **more}.items()]


def out_of_use(value: str) -> str:
    """Return how staff pages show a stored value that the settings no longer have."""
    return f"{value} (no longer in use)"


def offered(field: SelectField) -> dict[str, str]:
    """Return the values and names of a list or a group of radio buttons, as components take them."""
    return {choice.value: choice.label for choice in field.choices}


def error_of(faults: Iterable[tuple[str, str]], name: str) -> str:
    """Return the error messages of one control from those of the error summary; empty if it has none."""
    return " ".join(sentence for control, sentence in faults if control == name)


class StaffForm(FlaskForm):
    """A form of the staff side, with its errors for the error summary."""

    def faults(self) -> list[tuple[str, str]]:
        """Return (field id, sentence) for the error summary."""
        return [(_first_id(field), f"{field.label.text}: {sentence}") for field in self for sentence in field.errors]

    def refuse(self, name: str, sentence: str) -> None:
        """Add an error to a field."""
        field = self[name]
        field.errors = [*field.errors, sentence]

    @contextmanager
    def refusing(self, name: str) -> Iterator[None]:
        """Add the refusal of what happens inside to a field, and go on after the block."""
        try:
            yield
        except Refused as refusal:
            self.refuse(name, str(refusal))


def _first_id(field: Field) -> str:
    """Return the id of the control that an error links to; for radio buttons, the first one."""
    return f"{field.id}-0" if isinstance(field, RadioField) else str(field.id)
