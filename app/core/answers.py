"""The kinds of question: how each parses, validates and displays answers.

A stored answer is one code (``str``), the chosen codes in document order (``tuple``), or a text.
``MISSING`` (for a text: the empty string) means that the question was shown and left blank; a variable that is
absent was never shown.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.core.questionnaires import MISSING, NOT_APPLICABLE, Option, Question, Questionnaire, Text
from app.core.typed import shown

Answer = str | tuple[str, ...]
Answers = Mapping[str, Answer]


_FOUR_BYTES = "\U0001f600"


class AnswerError(ValueError):
    """An invalid answer; ``reason`` is ``choose_listed``, ``choose_one``, ``none_alone`` or ``too_long``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Kind(ABC):
    """One kind of question, with everything that depends on the kind; ``fixed`` are options that a document cannot set.

    ``parse`` and ``validate`` raise AnswerError if the answer is not valid.
    """

    fixed: tuple[Option, ...] | None = None

    @abstractmethod
    def parse(self, question: Question, values: Sequence[str]) -> Answer:
        """Return the answer in submitted form values; MISSING when left blank."""

    @abstractmethod
    def validate(self, question: Question, answer: object) -> Answer:
        """Return an answer from a letter."""

    @abstractmethod
    def longest(self, question: Question) -> Answer:
        """Return the answer that takes the most bytes."""

    def show(self, question: Question, answer: Answer, document: Questionnaire, *, lang: str, easy: bool) -> list[Text]:
        """Return the answer as texts for display, one for each part; empty when left blank."""
        return [option_text(document, question, code, lang=lang, easy=easy) for code in chosen(answer)]


class OneOf(Kind):
    """Exactly one of the options."""

    def parse(self, question: Question, values: Sequence[str]) -> Answer:
        filled = [value for value in values if value]
        if len(filled) > 1:
            raise AnswerError("choose_one")
        return self.validate(question, filled[0] if filled else MISSING)

    def validate(self, question: Question, answer: object) -> Answer:
        if answer == MISSING:
            return MISSING
        if not isinstance(answer, str) or answer not in question.codes:
            raise AnswerError("choose_listed")
        return answer

    def longest(self, question: Question) -> Answer:
        return max((MISSING, *question.codes), key=len)


class Multi(Kind):
    """Any of the options; an exclusive one ("none of these") cannot be combined with others."""

    def parse(self, question: Question, values: Sequence[str]) -> Answer:
        return self.validate(question, [value for value in values if value] or MISSING)

    def validate(self, question: Question, answer: object) -> Answer:
        if answer == MISSING:
            return MISSING
        if not isinstance(answer, list | tuple) or not answer or any(code not in question.codes for code in answer):
            raise AnswerError("choose_listed")
        if len(answer) > 1 and any(question.option(code).exclusive for code in answer):
            raise AnswerError("none_alone")
        return tuple(code for code in question.codes if code in answer)

    def longest(self, question: Question) -> Answer:
        return question.codes or MISSING


class LongText(Kind):
    """Free text, kept as typed except for line endings and control characters."""

    def parse(self, question: Question, values: Sequence[str]) -> Answer:
        return self.validate(question, "\n".join(values))

    def validate(self, question: Question, answer: object) -> Answer:
        if not isinstance(answer, str):
            raise AnswerError("choose_listed")
        text = tidy(answer)
        if len(text) > question.max_length:
            raise AnswerError("too_long")
        return text

    def longest(self, question: Question) -> Answer:
        return _FOUR_BYTES * question.max_length

    def show(self, question: Question, answer: Answer, document: Questionnaire, *, lang: str, easy: bool) -> list[Text]:
        return [Text(str(answer), "")] if answer else []


KINDS: Mapping[str, Kind] = {
    "agree5": OneOf(
        (
            Option("5", "agree5.5", "positive"),
            Option("4", "agree5.4", "positive"),
            Option("3", "agree5.3", "neutral"),
            Option("2", "agree5.2", "negative"),
            Option("1", "agree5.1", "negative"),
            Option(NOT_APPLICABLE, "agree5.na"),
        )
    ),
    "yesno": OneOf(
        (
            Option("yes", "yesno.yes", "positive"),
            Option("not_sure", "yesno.not_sure", "neutral"),
            Option("no", "yesno.no", "negative"),
        )
    ),
    "single": OneOf(),
    "multi": Multi(),
    "count": OneOf(),
    "score": OneOf(
        tuple(
            Option(str(n), f"score.{n}", "negative" if n < 4 else "neutral" if n < 7 else "positive") for n in range(11)
        )
    ),
    "text": LongText(),
}
"""Counts are of times, in the document's own bands; scores are 0 to 10. "Does not apply" counts as not answered."""


def kind_of(question: Question) -> Kind:
    """Return the kind object of a question."""
    return KINDS[question.kind]


def chosen(answer: Answer | None) -> tuple[str, ...]:
    """Return the option codes of a closed answer; empty when it is missing or was never asked."""
    if not answer or answer == MISSING:
        return ()
    return (answer,) if isinstance(answer, str) else tuple(answer)


def option_text(document: Questionnaire, question: Question, code: str, *, lang: str, easy: bool = False) -> Text:
    """Return the text of an option; of a score it is the number, with its meaning at both ends of the scale."""
    if question.kind == "score":
        key = {question.codes[0]: f"{question.variable}.low", question.codes[-1]: f"{question.variable}.high"}.get(code)
        if key is None or not document.has_text(key):
            return Text(code, lang)
        meaning = document.text(key, lang, easy)
        return Text(f"{code}: {meaning}", meaning.lang)
    return document.text(question.option(code).text_key, lang, easy)


def tidy(text: str) -> str:
    """Return text with LF line endings, without control characters or leading and trailing white space."""
    return shown(text.replace("\r\n", "\n").replace("\r", "\n")).strip()
