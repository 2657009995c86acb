"""The English labels of a release's codes, for files: wordings of questions and answers, names of groups.

They come from the wave's questionnaire, which never changes; only names of areas and channels come from the settings.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from app.core.answers import option_text
from app.core.questionnaires import BANDS, MISSING, SOURCE_LANGUAGE, Question, Questionnaire, Text
from app.core.results.rounds import fingerprint, scores_of
from app.core.results.tally import has_bands, listed_codes

Names = Mapping[str, Mapping[str, str]]
"""The council's names of localities and channels, by dimension and code."""
FINGERPRINT_DIGITS = 16
PLACES = {"locality": "By area", "channel": "By how people got their card"}


def labels(document: Questionnaire, names: Names) -> dict[str, Any]:
    """Return all labels as JSON types: the survey's title, its questions with their answers, themes and dimensions.

    An answer has its band and its score (0 to 100), or None. Questions with the same fingerprint were asked in the same
    English words with the same answers.
    """
    questions = {q.variable: _question(document, q) for q in document.ratings if not q.detached}
    dimensions = {name: {"label": text, "values": dict(names.get(name, {}))} for name, text in PLACES.items()}
    for question in document.breakdowns:
        values = {code: _answer(document, question, code) for code in question.codes}
        label = _text(document, question.variable)
        dimensions[question.variable] = {"label": label, "values": {**values, MISSING: "Not answered"}}
    themes = [
        {"name": theme.name, "label": _text(document, f"theme.{theme.name}"), "questions": list(theme.variables)}
        for theme in document.themes
    ]
    title = _text(document, "title")
    return {"title": title, "questions": questions, "themes": themes, "dimensions": dimensions}


def band_label(document: Questionnaire, question: Question, *, band: str, lang: str) -> Text:
    """Return the labels of a band's answers, joined; for a score, a range and the meaning of its end."""
    options = [option for option in question.options if option.band == band]
    if question.kind == "score":
        scope, ends = f"{options[0].code}–{options[-1].code}", (options[0].code, options[-1].code)
        named = [option_text(document, question, code, lang=lang) for code in ends]
        meaning = next((text for text in named if text.value not in ends), None)
        return Text(f"{scope} ({meaning})", meaning.lang) if meaning else Text(scope, lang)
    texts = [document.text(option.text_key, lang) for option in options]
    return Text(" / ".join(text.value for text in texts), texts[0].lang if texts else lang)


def _question(document: Questionnaire, question: Question) -> dict[str, Any]:
    bands, scores = BANDS if has_bands(question) else (), scores_of(question) or {}
    alike = repr(fingerprint(document, question.variable)).encode()
    return {
        "wording": _text(document, question.variable),
        "kind": question.kind,
        "outcome": question.outcome,
        "fingerprint": hashlib.sha256(alike).hexdigest()[:FINGERPRINT_DIGITS],
        "answers": [_labelled(document, question, code, scores=scores) for code in listed_codes(question)],
        "bands": {band: band_label(document, question, band=band, lang=SOURCE_LANGUAGE).value for band in bands},
    }


def _labelled(document: Questionnaire, question: Question, code: str, *, scores: Mapping[str, float]) -> dict[str, Any]:
    label, band = _answer(document, question, code), question.option(code).band
    return {"code": code, "label": label, "band": band, "score": scores.get(code)}


def _answer(document: Questionnaire, question: Question, code: str) -> str:
    return option_text(document, question, code, lang=SOURCE_LANGUAGE).value


def _text(document: Questionnaire, key: str) -> str:
    return document.text(key, SOURCE_LANGUAGE).value
