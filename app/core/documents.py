"""Reads and validates questionnaire documents; every fault names its question, text or language.

A wave keeps the document that it was opened with; nothing here modifies a document.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from app.core import document_shape as shape
from app.core.answers import KINDS, kind_of
from app.core.document_shape import FORMAT as FORMAT
from app.core.letters import SIZES
from app.core.questionnaires import BANDS, SOURCE_LANGUAGE, Condition, Option, Page, Question, Questionnaire, Theme
from app.core.routing import path

FACES = ("happy", "middle", "sad", "unsure")
MAX_TEXT, MAX_FAULTS = 2000, 50
MAX_ATTACHED_ABOUT = 2
MAX_ANSWERS = SIZES[-1] - 512
"""What is left of the largest letter for the answers, in bytes; the rest is for the card and the names around them."""
UNREADABLE = "It cannot be read."
RESERVED = frozenset({"action", "csrf_token", "mode", "submission_id", "page", "purpose", "title"})
"""Names that forms use themselves, and keys of texts."""
_NAME = re.compile(r"^[a-z][a-z0-9_]{1,39}$")
_CODE = re.compile(r"^-?[a-z0-9][a-z0-9_]{0,29}$")
_TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}")
_PLACEHOLDER = re.compile(r"\{[a-z_]*\}")


class DocumentError(ValueError):
    """An invalid document; ``faults`` has one sentence for each fault."""

    def __init__(self, source: str, faults: list[str]) -> None:
        written = [fault.encode("utf-8", "backslashreplace").decode() for fault in faults]
        more = f" And {len(faults) - MAX_FAULTS} more." if len(faults) > MAX_FAULTS else ""
        super().__init__(f"{source}: " + " ".join(written[:MAX_FAULTS]) + more)
        self.faults = written


def load(content: str, source: str) -> Questionnaire:
    """Read and validate a new document in JSON; ``source`` is the name of the file, for error messages.

    Raises:
        DocumentError: the document is invalid; the error lists every fault found.
    """
    try:
        raw = shape.parse(content)
    except ValueError as error:
        raise DocumentError(source, [str(error)]) from error
    faults = list(shape.faults(raw)) or list(_reference_faults(raw))
    if faults:
        raise DocumentError(source, faults)
    document = _build(raw)
    faults = [*_structure_faults(document, raw), *_text_faults(document), *_size_faults(document)]
    if faults:
        raise DocumentError(source, faults)
    return document


def read_stored(content: str) -> Questionnaire:
    """Return a document that was validated when it was imported, perhaps by an earlier version with fewer rules.

    Raises:
        DocumentError: it cannot be read at all.
    """
    try:
        return _build(json.loads(content))
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise DocumentError("The stored questionnaire", [UNREADABLE]) from error


def find_stored_fault(content: str, module: str | None, without_own_words: bool = False) -> str | None:
    """Return why no page can show a stored document in a round with a module, in a sentence; None if pages can.

    Rules that only new documents must follow do not count.
    """
    try:
        document = read_stored(content).with_module(module)
    except DocumentError as error:
        return error.faults[0]
    document = document.without_own_words() if without_own_words else document
    source = document.texts.get(SOURCE_LANGUAGE, {})
    missing = (key for key in _keys(document, has_ends=False) if not isinstance(source.get(key), str))
    faults = (*_empty_faults(document, None), *(f"Text {key} is missing in {SOURCE_LANGUAGE}." for key in missing))
    return next(iter(faults), None)


def _reference_faults(raw: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a document of the right shape names and does not have, or gives where it has no effect."""
    scales = raw.get("scales", {})
    for name, spec in raw["questions"].items():
        where, kind = f"In question {name}", spec["kind"]
        if "scale" in spec and spec["scale"] not in scales:
            yield f"{where}: '{spec['scale']}' is not one of the scales."
        given = [key for key in ("scale", "options") if key in spec]
        if given and (len(given) > 1 or kind == "text" or KINDS[kind].fixed is not None):
            yield f"{where}: '{given[-1]}' has no effect, because the answers of this question are already given."
        if "max_length" in spec and kind != "text":
            yield f"{where}: 'max_length' has no effect on a question of the kind {kind}."
    for name in sorted(scales.keys() - {spec.get("scale") for spec in raw["questions"].values()}):
        yield f"Scale {name} is used by no question."
    for page in raw["pages"]:
        for name in page.get("questions", []):
            if name not in raw["questions"]:
                yield f"In page {page['name']}: '{name}' is not a question."


def _build(raw: Mapping[str, Any]) -> Questionnaire:
    questions = {name: _question(name, spec, raw.get("scales", {})) for name, spec in raw["questions"].items()}
    reviewed = {lang: frozenset(keys) for lang, keys in raw.get("reviewed", {}).items()}
    pages = tuple(_page(spec, questions) for spec in raw["pages"])
    texts = {lang: dict(words) for lang, words in raw["texts"].items()}
    themes = tuple(Theme(spec["name"], tuple(spec["questions"])) for spec in raw.get("themes", []))
    return Questionnaire(raw["survey"], raw["version"], int(raw["minutes"]), pages, texts, reviewed, themes)


def _question(variable: str, spec: Mapping[str, Any], scales: Mapping[str, Any]) -> Question:
    kind, scale = KINDS[spec["kind"]], spec.get("scale")
    given = scales[scale] if scale else spec.get("options", [])
    return Question(
        variable=variable,
        kind=spec["kind"],
        options=kind.fixed if kind.fixed is not None else tuple(_option(scale or variable, o) for o in given),
        outcome=spec.get("outcome"),
        about=bool(spec.get("about", False)),
        detached=bool(spec.get("detached", False)) or spec["kind"] == "text",
        max_length=int(spec.get("max_length", 500)),
    )


def _option(prefix: str, spec: Mapping[str, Any]) -> Option:
    code = spec["code"]
    return Option(code, f"{prefix}.{code}", spec.get("band"), spec.get("face"), bool(spec.get("exclusive", False)))


def _page(spec: Mapping[str, Any], questions: Mapping[str, Question]) -> Page:
    conditions = tuple(
        Condition(c["variable"], frozenset(c.get("is", c.get("is_not"))), negated="is_not" in c)
        for c in spec.get("when", [])
    )
    members = tuple(questions[name] for name in spec.get("questions", []))
    return Page(spec["name"], members, conditions, spec.get("module"), bool(spec.get("contacts", False)))


def _structure_faults(document: Questionnaire, raw: Mapping[str, Any]) -> Iterator[str]:
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
    yield from _theme_faults(document)
    for module in document.modules or (None,):
        yield from _empty_faults(document.with_module(module), module)


def _empty_faults(document: Questionnaire, module: str | None) -> Iterator[str]:
    """Yield a fault if a round's document has no question, or no page that is shown before anything is answered."""
    if not path(document, {}) or not document.questions:
        yield f"{_round_of(module)} would have no page with a question that everybody sees."


def _theme_faults(document: Questionnaire) -> Iterator[str]:
    rated = {q.variable for q in document.ratings if not q.detached and any(option.band for option in q.options)}
    names = [theme.name for theme in document.themes]
    if len(set(names)) < len(names):
        yield "Two themes have the same name."
    for theme in document.themes:
        for name in theme.variables:
            if name not in rated:
                yield f"Theme {theme.name}: {name} is not a question whose options have bands."
        if len(set(theme.variables)) < max(1, len(theme.variables)):
            yield f"Theme {theme.name}: name at least one question, each once."


def _size_faults(document: Questionnaire) -> Iterator[str]:
    """Yield a fault if the longest answers of one round do not fit into a draft or a letter."""
    for module in document.modules or (None,):
        answers = {q.variable: kind_of(q).longest(q) for q in document.with_module(module).questions}
        needed = len(json.dumps(answers, ensure_ascii=False).encode())
        if needed > MAX_ANSWERS:
            yield (
                f"{_round_of(module)} could have answers of {needed:,} bytes, but a letter holds {MAX_ANSWERS:,}."
                " A character can take 4 bytes: use fewer text questions, or lower 'max_length'."
            )


def _round_of(module: str | None) -> str:
    return "A round" if module is None else f"A round with the module {module}"


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
        if not _CODE.fullmatch(option.code) or option.code in ("-9", "easy", "hint"):
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
    return tuple(dict.fromkeys(_keys(document, has_ends=True)))


def _keys(document: Questionnaire, *, has_ends: bool) -> list[str]:
    """Return the keys of required texts; pages can do without the names of the ends of scales."""
    keys = ["title", "purpose"]
    for page in document.pages:
        keys += [f"page.{page.name}"] if len(page.questions) != 1 else []
        keys += [f"page.{page.name}.body"] if not page.questions else []
        for question in page.questions:
            keys.append(question.variable)
            keys += [o.text_key for o in question.options if question.kind != "score"]
            keys += [f"{question.variable}.{end}" for end in ("low", "high") if has_ends and question.kind == "score"]
    return [*keys, *(f"theme.{theme.name}" for theme in document.themes)]


def _text_faults(document: Questionnaire) -> Iterator[str]:
    source = document.texts.get(SOURCE_LANGUAGE, {})
    needed = set(needed_keys(document))
    allowed = needed | {f"{q.variable}.hint" for q in document.questions}
    allowed |= {f"page.{page.name}{part}" for page in document.pages for part in ("", ".lead")}
    allowed |= {f"{key}.easy" for key in allowed}
    for key in sorted(needed - set(source)):
        yield f"Text {key} is missing in {SOURCE_LANGUAGE}."
    for lang in sorted({*document.texts, *document.reviewed}):
        if not _TAG.fullmatch(lang):
            yield f"Language {lang}: write its tag, such as en or zh-Hant."
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
        yield f"Text {key} in {lang} is empty or too long. Write 1 to {MAX_TEXT:,} characters."
    elif isinstance(source, str) and sorted(_PLACEHOLDER.findall(value)) != sorted(_PLACEHOLDER.findall(source)):
        yield f"Text {key} in {lang} has different placeholders from {SOURCE_LANGUAGE}."


def missing_texts(document: Questionnaire, lang: str) -> tuple[str, ...]:
    """Return the keys that the source language has and a translation lacks (easy words excepted), sorted."""
    words = document.texts.get(lang, {})
    return tuple(sorted(k for k in document.texts[SOURCE_LANGUAGE] if k not in words and not k.endswith(".easy")))
