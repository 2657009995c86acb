"""The English labels of a release's codes, for files: wordings of questions and answers, names of groups.

They come from the wave's questionnaire, which never changes; only names of areas and channels come from the settings.
"""

from collections.abc import Mapping
from typing import Any

from app.core.answers import option_text
from app.core.questionnaires import BANDS, MISSING, SOURCE_LANGUAGE, Question, Questionnaire, Text
from app.core.results.tally import has_bands, listed_codes

Names = Mapping[str, Mapping[str, str]]
"""The council's names of localities and channels, by dimension and code."""
PLACES = {"locality": "By area", "channel": "By how people got their card"}


def labels(document: Questionnaire, names: Names) -> dict[str, Any]:
    """Return all labels as JSON types: the survey's title, its questions with their answers, and the dimensions.

    An answer has the band that it is in, or None. The bands are those of questions that have any.
    """
    questions = {q.variable: _question(document, q) for q in document.ratings if not q.detached}
    dimensions = {name: {"label": text, "values": dict(names.get(name, {}))} for name, text in PLACES.items()}
    for question in document.breakdowns:
        values = {code: _answer(document, question, code) for code in question.codes}
        label = document.text(question.variable, SOURCE_LANGUAGE).value
        dimensions[question.variable] = {"label": label, "values": {**values, MISSING: "Not answered"}}
    title = document.text("title", SOURCE_LANGUAGE).value
    return {"title": title, "questions": questions, "dimensions": dimensions}


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
    bands = BANDS if has_bands(question) else ()
    return {
        "wording": document.text(question.variable, SOURCE_LANGUAGE).value,
        "kind": question.kind,
        "outcome": question.outcome,
        "answers": [
            {"code": code, "label": _answer(document, question, code), "band": question.option(code).band}
            for code in listed_codes(question)
        ],
        "bands": {band: band_label(document, question, band=band, lang=SOURCE_LANGUAGE).value for band in bands},
    }


def _answer(document: Questionnaire, question: Question, code: str) -> str:
    return option_text(document, question, code, lang=SOURCE_LANGUAGE).value
