"""The kinds of question: how each parses, validates, displays and counts answers.

A stored answer is one code (``str``), the chosen codes in document order (``tuple``), or a text.
``MISSING`` (for a text: the empty string) means that the question was shown and left blank; a variable that is
absent was never shown.
"""

import unicodedata
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

from app.core.questionnaires import MISSING, NOT_APPLICABLE, Option, Question, Questionnaire, Text

Answer = str | tuple[str, ...]
Answers = Mapping[str, Answer]


class AnswerError(ValueError):
    """An invalid answer; ``reason`` is ``choose_listed``, ``choose_one``, ``none_alone`` or ``too_long``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Kind(ABC):
    """One kind of question, with everything that depends on the kind."""

    name: ClassVar[str]
    fixed: ClassVar[tuple[Option, ...] | None] = None

    @abstractmethod
    def parse(self, question: Question, values: Sequence[str]) -> Answer:
        """Return the answer in submitted form values; MISSING when left blank.

        Raises:
            AnswerError: the values are not a valid answer to this question.
        """

    @abstractmethod
    def validate(self, question: Question, answer: object) -> Answer:
        """Return an answer from a letter if it is valid; raises AnswerError like :meth:`parse`."""

    @abstractmethod
    def show(self, question: Question, answer: Answer, document: Questionnaire, *, lang: str, easy: bool) -> list[Text]:
        """Return the answer as texts for display, one for each part; empty when left blank."""

    def summarise(self, question: Question, answers: Iterable[Answer | None]) -> Counter[str]:
        """Count answers by option code; None and MISSING are counted as MISSING."""
        counts: Counter[str] = Counter()
        for answer in answers:
            counts.update(chosen(answer) or (MISSING,))
        return counts


class _OneOf(Kind):
    """Exactly one of the listed options."""

    def parse(self, question: Question, values: Sequence[str]) -> Answer:
        filled = [value for value in values if value]
        if not filled:
            return MISSING
        if len(filled) > 1:
            raise AnswerError("choose_one")
        return self.validate(question, filled[0])

    def validate(self, question: Question, answer: object) -> Answer:
        if answer == MISSING:
            return MISSING
        if not isinstance(answer, str) or answer not in question.codes:
            raise AnswerError("choose_listed")
        return answer

    def show(self, question: Question, answer: Answer, document: Questionnaire, *, lang: str, easy: bool) -> list[Text]:
        return [document.text(question.option(code).text_key, lang, easy) for code in chosen(answer)]


class Agree5(_OneOf):
    """Agree a lot to disagree a lot, and "does not apply", which counts as not answered."""

    name = "agree5"
    fixed = (
        Option("5", "agree5.5", "positive"),
        Option("4", "agree5.4", "positive"),
        Option("3", "agree5.3", "neutral"),
        Option("2", "agree5.2", "negative"),
        Option("1", "agree5.1", "negative"),
        Option(NOT_APPLICABLE, "agree5.na"),
    )


class YesNo(_OneOf):
    """Yes, no or not sure."""

    name = "yesno"
    fixed = (
        Option("yes", "yesno.yes", "positive"),
        Option("not_sure", "yesno.not_sure", "neutral"),
        Option("no", "yesno.no", "negative"),
    )


class Single(_OneOf):
    """One of the document's own options."""

    name = "single"


class Count(_OneOf):
    """A number of times, in the document's own bands."""

    name = "count"


class Score(_OneOf):
    """A score from 0 to 10."""

    name = "score"
    fixed = tuple(
        Option(str(n), f"score.{n}", "negative" if n < 4 else "neutral" if n < 7 else "positive") for n in range(11)
    )

    def show(self, question: Question, answer: Answer, document: Questionnaire, *, lang: str, easy: bool) -> list[Text]:
        return [Text(code, lang) for code in chosen(answer)]


class Multi(Kind):
    """Any of the document's options; an exclusive one ("none of these") cannot be combined with others."""

    name = "multi"

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

    def show(self, question: Question, answer: Answer, document: Questionnaire, *, lang: str, easy: bool) -> list[Text]:
        return [document.text(question.option(code).text_key, lang, easy) for code in chosen(answer)]


class LongText(Kind):
    """Free text, kept as typed except for line endings and control characters."""

    name = "text"

    def parse(self, question: Question, values: Sequence[str]) -> Answer:
        return self.validate(question, "\n".join(values))

    def validate(self, question: Question, answer: object) -> Answer:
        if not isinstance(answer, str):
            raise AnswerError("choose_listed")
        text = tidy(answer)
        if len(text) > question.max_length:
            raise AnswerError("too_long")
        return text

    def show(self, question: Question, answer: Answer, document: Questionnaire, *, lang: str, easy: bool) -> list[Text]:
        return [Text(str(answer), "")] if answer else []

    def summarise(self, question: Question, answers: Iterable[Answer | None]) -> Counter[str]:
        return Counter("written" if answer else MISSING for answer in answers)


KINDS: Mapping[str, Kind] = {
    kind.name: kind for kind in (Agree5(), YesNo(), Single(), Multi(), Count(), Score(), LongText())
}


def kind_of(question: Question) -> Kind:
    """Return the kind object of a question."""
    return KINDS[question.kind]


def chosen(answer: Answer | None) -> tuple[str, ...]:
    """Return the option codes of a closed answer; empty when it is missing or was never asked."""
    if not answer or answer == MISSING:
        return ()
    return (answer,) if isinstance(answer, str) else tuple(answer)


def tidy(text: str) -> str:
    """Return text with LF line endings, without control characters or leading and trailing white space."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(c for c in lines if c == "\n" or c == "\t" or unicodedata.category(c) not in ("Cc", "Cs"))
    return kept.strip()
