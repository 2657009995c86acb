"""A questionnaire for printing: pages with numbered questions, and routing instructions in words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from babel.lists import format_list
from flask_babel import gettext as _

from app.core.questionnaires import Condition, Page, Question, Questionnaire, Text
from app.web.i18n import Language


@dataclass(frozen=True)
class PrintedQuestion:
    """One question: its number, the texts of its options, and the end labels of a scale."""

    number: int
    kind: str
    label: Text
    hint: Text | None
    options: tuple[Text, ...]
    ends: tuple[Text, Text] | None


@dataclass(frozen=True)
class Part:
    """One page of the questionnaire. ``rules`` are routing instructions."""

    heading: Text | None
    lead: Text | None
    body: Text | None
    rules: tuple[str, ...]
    has_contacts: bool
    questions: tuple[PrintedQuestion, ...]


def parts_of(document: Questionnaire, tongue: Language, easy: bool) -> tuple[Part, ...]:
    """Return the printable parts of a questionnaire. Instructions are in the language of the request."""
    return tuple(_Printer(document, tongue, easy).parts())


class _Printer:
    def __init__(self, document: Questionnaire, tongue: Language, easy: bool) -> None:
        self._document, self._tongue, self._easy = document, tongue, easy
        self._numbers: Mapping[str, int] = {q.variable: n for n, q in enumerate(document.questions, start=1)}

    def parts(self) -> Iterator[Part]:
        """Yield the pages in order; consecutive pages with the same rule state it once, on the first."""
        pages = self._document.pages
        for index, page in enumerate(pages):
            is_new = index == 0 or page.when != pages[index - 1].when
            key = f"page.{page.name}"
            yield Part(
                self._find(key),
                self._find(f"{key}.lead"),
                None if page.questions else self._text(f"{key}.body"),
                tuple(self._rules(page, pages[index + 1 :])) if is_new else (),
                page.contacts,
                tuple(self._question(question) for question in page.questions),
            )

    def _question(self, question: Question) -> PrintedQuestion:
        name, is_score = question.variable, question.kind == "score"
        return PrintedQuestion(
            self._numbers[name],
            question.kind,
            self._text(name),
            self._find(f"{name}.hint"),
            tuple(Text(o.code, self._tongue.tag) if is_score else self._text(o.text_key) for o in question.options),
            (self._text(f"{name}.low"), self._text(f"{name}.high")) if is_score else None,
        )

    def _rules(self, page: Page, later: Sequence[Page]) -> Iterator[str]:
        """Yield the routing instructions of a page; conditions on questions of another wave's module are ignored."""
        after = next((p.questions[0] for p in later if p.when != page.when and p.questions), None)
        target = self._numbers[after.variable] if after else None
        for condition in page.when:
            if condition.variable in self._numbers:
                yield from self._sentences(condition, target)

    def _sentences(self, condition: Condition, target: int | None) -> Iterator[str]:
        texts = {"answer": self._answers(condition), "number": self._numbers[condition.variable]}
        if not condition.negated:
            yield _("This part is only for you if you answered %(answer)s to question %(number)s.", **texts)
            if target:
                yield _("If you did not, go to question %(next)s.", next=target)
        elif target:
            yield _("If you answered %(answer)s to question %(number)s, go to question %(next)s.", next=target, **texts)
        else:
            yield _("If you answered %(answer)s to question %(number)s, leave this part out.", **texts)

    def _answers(self, condition: Condition) -> str:
        options = self._document.question(condition.variable).options
        words = [self._text(option.text_key).value for option in options if option.code in condition.codes]
        return format_list([_("“%(answer)s”", answer=word) for word in words], "or", self._tongue.babel)

    def _text(self, key: str) -> Text:
        return self._document.text(key, self._tongue.tag, self._easy)

    def _find(self, key: str) -> Text | None:
        return self._text(key) if self._document.has_text(key) else None
