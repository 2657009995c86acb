"""A questionnaire: an immutable document of pages, questions, options and texts in several languages.

:mod:`app.core.documents` reads and validates it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

SOURCE_LANGUAGE = "en"
MISSING = "-9"
NOT_APPLICABLE = "-8"
BANDS = ("positive", "neutral", "negative")


@dataclass(frozen=True)
class Text:
    """A text and its actual language, which is the source language where a translation is missing."""

    value: str
    lang: str

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True)
class Option:
    """One option of a question: its stored code, the key of its text, and its band in small tables."""

    code: str
    text_key: str
    band: str | None = None
    face: str | None = None
    exclusive: bool = False


@dataclass(frozen=True)
class Question:
    """One question. ``about``: it asks about the person. ``detached``: its answers are stored without the response."""

    variable: str
    kind: str
    options: tuple[Option, ...] = ()
    outcome: str | None = None
    about: bool = False
    detached: bool = False
    max_length: int = 500

    @property
    def codes(self) -> tuple[str, ...]:
        """The stored codes of all options, in order."""
        return tuple(option.code for option in self.options)

    def option(self, code: str) -> Option:
        """Return the option with a code, or raise KeyError."""
        return {option.code: option for option in self.options}[code]


@dataclass(frozen=True)
class Condition:
    """True if the variable's answer is (or, negated, is not) among the codes; a missing answer is not among them."""

    variable: str
    codes: frozenset[str]
    negated: bool = False


@dataclass(frozen=True)
class Page:
    """A page of questions, or a page of text only (``contacts`` adds the emergency numbers)."""

    name: str
    questions: tuple[Question, ...]
    when: tuple[Condition, ...] = ()
    module: str | None = None
    contacts: bool = False


@dataclass(frozen=True)
class Theme:
    """Questions whose scores are reported together as one number; its text is ``theme.NAME``."""

    name: str
    variables: tuple[str, ...]


@dataclass(frozen=True)
class Questionnaire:
    """The whole document."""

    survey: str
    version: str
    minutes: int
    pages: tuple[Page, ...]
    texts: Mapping[str, Mapping[str, str]]
    reviewed: Mapping[str, frozenset[str]] = field(default_factory=dict)
    themes: tuple[Theme, ...] = ()

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """All questions in page order."""
        return tuple(q for page in self.pages for q in page.questions)

    @cached_property
    def breakdowns(self) -> tuple[Question, ...]:
        """The "about you" questions that stay with the response and can break down results."""
        return tuple(q for q in self.questions if q.about and not q.detached)

    @cached_property
    def ratings(self) -> tuple[Question, ...]:
        """The closed questions whose answers are results: not about the person and not free text."""
        return tuple(q for q in self.questions if not q.about and q.kind != "text")

    @cached_property
    def asks_for_words(self) -> bool:
        """Whether any question is answered in people's own words."""
        return any(q.kind == "text" for q in self.questions)

    @cached_property
    def modules(self) -> tuple[str, ...]:
        """The names of the rotating modules, in page order."""
        return tuple(dict.fromkeys(page.module for page in self.pages if page.module))

    def question(self, variable: str) -> Question:
        """Return a question by its variable, or raise KeyError."""
        return {question.variable: question for question in self.questions}[variable]

    def with_module(self, module: str | None) -> "Questionnaire":
        """Return the questionnaire of one wave, without the pages of other modules."""
        return replace(self, pages=tuple(p for p in self.pages if p.module in (None, module)))

    def without_own_words(self) -> "Questionnaire":
        """Return the questionnaire without its text questions, and without the pages that had no others."""
        kept = {page.name: tuple(q for q in page.questions if q.kind != "text") for page in self.pages}
        pages = (replace(p, questions=kept[p.name]) for p in self.pages if kept[p.name] or not p.questions)
        return replace(self, pages=tuple(pages))

    def has_text(self, key: str) -> bool:
        """Return whether the source language has a text."""
        return key in self.texts[SOURCE_LANGUAGE]

    def text(self, key: str, lang: str, easy: bool = False) -> Text:
        """Return a text in a language (in easy words if requested and available), else in the source language."""
        for language in dict.fromkeys((lang, SOURCE_LANGUAGE)):
            words = self.texts.get(language, {})
            if easy and f"{key}.easy" in words:
                return Text(words[f"{key}.easy"], language)
            if key in words:
                return Text(words[key], language)
        raise KeyError(key)

    def has_easy_words(self, lang: str) -> bool:
        """Return whether a language has any text in easy words."""
        return any(key.endswith(".easy") for key in self.texts.get(lang, {}))

    def is_draft(self, lang: str) -> bool:
        """Return whether any text of a translation has not been reviewed by a native speaker."""
        return lang != SOURCE_LANGUAGE and set(self.texts.get(lang, {})) > self.reviewed.get(lang, frozenset())
