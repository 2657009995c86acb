"""Reads and validates questionnaire documents; every fault names its question, text or language.

A wave keeps the document that it was opened with; nothing here modifies a document.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from app.core.answers import KINDS
from app.core.questionnaires import BANDS, SOURCE_LANGUAGE, Condition, Option, Page, Question, Questionnaire

FORMAT = 1
FACES = ("happy", "middle", "sad", "unsure")
MAX_TEXT = 2000
MAX_ATTACHED_ABOUT = 2
RESERVED = frozenset({"action", "csrf_token", "mode", "submission_id"})
_NAME = re.compile(r"^[a-z][a-z0-9_]{1,39}$")
_CODE = re.compile(r"^-?[a-z0-9][a-z0-9_]{0,29}$")
_PLACEHOLDER = re.compile(r"\{[a-z_]*\}")


class DocumentError(ValueError):
    """An invalid document; ``faults`` has one sentence for each fault."""

    def __init__(self, source: str, faults: list[str]) -> None:
        super().__init__(f"{source}: " + " ".join(faults))
        self.faults = faults


def load(content: str, source: str) -> Questionnaire:
    """Read and validate a questionnaire document in JSON; ``source`` is the name of the file, for error messages.

    Raises:
        DocumentError: the document is invalid; the error lists every fault found.
    """
    try:
        raw = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise DocumentError(source, [f"Not JSON: {error}."]) from error
    try:
        document = _build(raw)
        faults = [*_structure_faults(document, raw), *_text_faults(document)]
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise DocumentError(source, [f"A part is missing or has the wrong shape: {error}."]) from error
    if faults:
        raise DocumentError(source, faults)
    return document


def _build(raw: Mapping[str, Any]) -> Questionnaire:
    if raw["format"] != FORMAT:
        raise ValueError(f"format {raw['format']} is not supported, only {FORMAT}")
    questions = {name: _question(name, spec, raw.get("scales", {})) for name, spec in raw["questions"].items()}
    reviewed = {lang: frozenset(keys) for lang, keys in raw.get("reviewed", {}).items()}
    pages = tuple(_page(spec, questions) for spec in raw["pages"])
    texts = {lang: dict(words) for lang, words in raw["texts"].items()}
    return Questionnaire(raw["survey"], raw["version"], int(raw["minutes"]), pages, texts, reviewed)


def _question(variable: str, spec: Mapping[str, Any], scales: Mapping[str, Any]) -> Question:
    try:
        kind = KINDS[spec["kind"]]
        scale = spec.get("scale")
        given = scales[scale] if scale else spec.get("options", [])
        options = kind.fixed if kind.fixed is not None else tuple(_option(scale or variable, o) for o in given)
        return Question(
            variable=variable,
            kind=spec["kind"],
            options=options,
            outcome=spec.get("outcome"),
            about=bool(spec.get("about", False)),
            detached=bool(spec.get("detached", False)) or spec["kind"] == "text",
            max_length=int(spec.get("max_length", 500)),
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"question {variable}: {error}") from error


def _option(prefix: str, spec: Mapping[str, Any]) -> Option:
    code = spec["code"]
    if not isinstance(code, str):
        raise TypeError(f"the code {code} must be a string in quotes")
    return Option(code, f"{prefix}.{code}", spec.get("band"), spec.get("face"), bool(spec.get("exclusive", False)))


def _page(spec: Mapping[str, Any], questions: Mapping[str, Question]) -> Page:
    conditions = tuple(
        Condition(c["variable"], frozenset(c.get("is", c.get("is_not"))), negated="is_not" in c)
        for c in spec.get("when", [])
    )
    members = tuple(questions[name] for name in spec.get("questions", []))
    return Page(spec["name"], members, conditions, spec.get("module"), bool(spec.get("contacts", False)))


def _structure_faults(document: Questionnaire, raw: Mapping[str, Any]) -> Iterator[str]:
    if not isinstance(document.survey, str) or not isinstance(document.version, str):
        yield "Survey and version must be strings in quotes."
    names = [q.variable for q in document.questions]
    for name in sorted({n for n in names if names.count(n) > 1}):
        yield f"Question {name} is on two pages."
    for name in sorted(set(raw["questions"]) - set(names)):
        yield f"Question {name} is on no page."
    if len(document.breakdowns) > MAX_ATTACHED_ABOUT:
        yield f"More than {MAX_ATTACHED_ABOUT} questions about the person stay with the response: mark some detached."
    if len({page.name for page in document.pages}) < len(document.pages):
        yield "Two pages have the same name."
    for question in document.questions:
        yield from _question_faults(question)
    yield from _condition_faults(document)


def _question_faults(question: Question) -> Iterator[str]:
    where = f"Question {question.variable}"
    if not _NAME.fullmatch(question.variable):
        yield f"{where}: a variable has lower-case letters, digits and underscores."
    if question.variable in RESERVED:
        yield f"{where}: this name is reserved."
    if question.kind != "text" and len(question.options) < 2:
        yield f"{where}: fewer than two options."
    if len(set(question.codes)) < len(question.options):
        yield f"{where}: two options have the same code."
    if question.about and not question.detached and question.kind == "multi":
        yield f"{where}: a question with several answers cannot stay with the response; mark it detached."
    for option in question.options:
        if not _CODE.fullmatch(option.code) or option.code == "-9":
            yield f"{where}: {option.code} is not a valid code."
        if option.band is not None and option.band not in BANDS:
            yield f"{where}: {option.band} is not a band."
        if option.face is not None and option.face not in FACES:
            yield f"{where}: {option.face} is not a face."


def _condition_faults(document: Questionnaire) -> Iterator[str]:
    seen: dict[str, Question] = {}
    for page in document.pages:
        for condition in page.when:
            question = seen.get(condition.variable)
            if question is None:
                yield f"Page {page.name}: its condition uses {condition.variable}, which is not on an earlier page."
            elif not condition.codes <= set(question.codes):
                yield f"Page {page.name}: its condition uses a code that {condition.variable} does not have."
        seen.update({q.variable: q for q in page.questions})


def needed_keys(document: Questionnaire) -> tuple[str, ...]:
    """Return the keys of all texts that are required in the source language, in document order."""
    keys = ["title", "purpose"]
    for page in document.pages:
        keys += [f"page.{page.name}"] if len(page.questions) != 1 else []
        keys += [f"page.{page.name}.body"] if not page.questions else []
        for question in page.questions:
            keys.append(question.variable)
            keys += [o.text_key for o in question.options if question.kind != "score"]
            keys += [f"{question.variable}.low", f"{question.variable}.high"] if question.kind == "score" else []
    return tuple(dict.fromkeys(keys))


def _text_faults(document: Questionnaire) -> Iterator[str]:
    source = document.texts.get(SOURCE_LANGUAGE, {})
    needed = set(needed_keys(document))
    allowed = needed | {f"{q.variable}.hint" for q in document.questions}
    allowed |= {f"page.{page.name}{part}" for page in document.pages for part in ("", ".lead")}
    allowed |= {f"{key}.easy" for key in allowed}
    for key in sorted(needed - set(source)):
        yield f"Text {key} is missing in {SOURCE_LANGUAGE}."
    for lang, words in document.texts.items():
        for key, value in words.items():
            yield from _one_text_faults(lang, key, value, source=source.get(key), allowed=allowed)
    for lang, keys in document.reviewed.items():
        for key in sorted(keys - set(document.texts.get(lang, {}))):
            yield f"Text {key} is marked reviewed in {lang} but is missing."


def _one_text_faults(lang: str, key: str, value: object, *, source: str | None, allowed: set[str]) -> Iterator[str]:
    if key not in allowed:
        yield f"Text {key} in {lang} is not used by the questionnaire."
    elif not isinstance(value, str) or not value.strip() or len(value) > MAX_TEXT:
        yield f"Text {key} in {lang} is empty or too long."
    elif isinstance(source, str) and sorted(_PLACEHOLDER.findall(value)) != sorted(_PLACEHOLDER.findall(source)):
        yield f"Text {key} in {lang} has different placeholders from {SOURCE_LANGUAGE}."


def missing_texts(document: Questionnaire, lang: str) -> tuple[str, ...]:
    """Return the keys that the source language has and a translation lacks (easy words excepted), sorted."""
    words = document.texts.get(lang, {})
    return tuple(sorted(k for k in document.texts[SOURCE_LANGUAGE] if k not in words and not k.endswith(".easy")))
