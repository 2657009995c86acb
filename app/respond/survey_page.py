"""A questionnaire page as a form: fills in stored answers, and validates submitted ones."""

import json
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.core.answers import Answer, AnswerError, chosen, kind_of, option_text
from app.core.questionnaires import Page, Question, Questionnaire, Text
from app.respond.journeys import Journey


@dataclass(frozen=True)
class Choice:
    """One option of a question on the page."""

    code: str
    id: str
    label: Text
    is_chosen: bool
    face: str | None


@dataclass(frozen=True)
class Field:
    """One question on the page."""

    variable: str
    kind: str
    label: Text
    hint: Text | None
    choices: tuple[Choice, ...]
    text: str
    error: str | None
    max_length: int

    @property
    def summary_link(self) -> tuple[str, str]:
        """The target and the text of the link in the error summary; the target is the id of the first control."""
        return self.choices[0].id if self.choices else self.variable, f"{self.label} {self.error}"


class SurveyPageForm:
    """One page, filled from stored answers or from a submitted form."""

    def __init__(self, page: Page, document: Questionnaire, *, lang: str, easy: bool) -> None:
        self.page, self._document, self._lang, self._easy = page, document, lang, easy
        self.answers: dict[str, Answer] = {}
        self.errors: dict[str, str] = {}
        self._typed: dict[str, list[str]] = {}

    def fill(self, stored: Mapping[str, Answer]) -> "SurveyPageForm":
        """Fill in the answers of the draft."""
        for question in self.page.questions:
            answer = stored.get(question.variable)
            is_text = question.kind == "text"
            self._typed[question.variable] = [str(answer or "")] if is_text else list(chosen(answer))
        return self

    def read(self, sent: MultiDict[str, str]) -> "SurveyPageForm":
        """Validate a submitted form; ``answers`` then holds the valid answers and ``errors`` the messages."""
        for question in self.page.questions:
            values = sent.getlist(question.variable)
            self._typed[question.variable] = values
            try:
                self.answers[question.variable] = kind_of(question).parse(question, values)
            except AnswerError as error:
                self.errors[question.variable] = sentence(error.reason, question)
        return self

    def refuse_longest(self, excess: int) -> None:
        """Record an error for the longest own words on the page, of which a number of bytes does not fit."""
        own = [q for q in self.page.questions if q.kind == "text" and q.variable in self.answers]
        if own:
            longest = max(own, key=lambda q: len(self.answers[q.variable]))
            self.errors[longest.variable] = no_room(str(self.answers[longest.variable]), excess)

    @property
    def fields(self) -> tuple[Field, ...]:
        """The questions for the template."""
        return tuple(self._field(question) for question in self.page.questions)

    @property
    def title(self) -> Text:
        """The heading of the page, or its only question."""
        return self._text(self.page.questions[0].variable if self.is_alone else self._key)

    @property
    def lead(self) -> Text | None:
        """The introduction under the heading, if the page has one."""
        key = f"{self._key}.lead"
        return self._text(key) if self._document.has_text(key) else None

    @property
    def body(self) -> Text | None:
        """The text of a page without questions."""
        return None if self.page.questions else self._text(f"{self._key}.body")

    @property
    def is_alone(self) -> bool:
        """Whether the heading is the question itself."""
        return len(self.page.questions) == 1 and not self._document.has_text(self._key)

    @property
    def _key(self) -> str:
        """The key of the page's texts."""
        return f"page.{self.page.name}"

    def _text(self, key: str) -> Text:
        return self._document.text(key, self._lang, self._easy)

    def _field(self, question: Question) -> Field:
        name, typed = question.variable, self._typed.get(question.variable, [])
        hint = self._text(f"{name}.hint") if self._document.has_text(f"{name}.hint") else None
        choices = tuple(
            Choice(
                option.code,
                f"{name}-{number}",
                option_text(self._document, question, option.code, lang=self._lang, easy=self._easy),
                option.code in typed,
                option.face,
            )
            for number, option in enumerate(question.options)
        )
        text = "\n".join(typed) if question.kind == "text" else ""
        error = self.errors.get(name)
        return Field(name, question.kind, self._text(name), hint, choices, text, error, question.max_length)


def sentence(reason: str, question: Question) -> str:
    """Return the error message for a reason, in the page's language."""
    sentences = {
        "choose_listed": _("Choose one of the answers in the list."),
        "choose_one": _("Choose one answer only."),
        "none_alone": _(
            "One of these answers can only be chosen on its own. Choose that answer alone, or only others."
        ),
        "too_long": too_long(question.max_length),
    }
    return str(sentences[reason])


def too_long(most: int) -> str:
    """Return the error message for own words of more than ``most`` characters."""
    return str(_("Shorten your text to %(n)s characters or fewer.", n=most))


def no_room(text: str, excess: int) -> str:
    """Return the error message for own words of which a number of bytes does not fit into a letter."""
    sizes = list(accumulate(len(json.dumps(char, ensure_ascii=False).encode()) - 2 for char in text))
    return too_long(bisect_right(sizes, sizes[-1] - excess) if sizes else 0)


def no_room_for(journey: Journey, excess: int, *, lang: str, easy: bool) -> str:
    """Return the error message for answers that do not fit into a letter, with the question of the longest words."""
    document = journey.document
    own = {q.variable: str(journey.answers.get(q.variable, "")) for q in document.questions if q.kind == "text"}
    longest = max(own, key=lambda variable: len(own[variable]))
    return f"{document.text(longest, lang, easy)} {no_room(own[longest], excess)}"
