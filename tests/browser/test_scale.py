"""The scale from 0 to 10 stands in one row where there is room, in even rows on a phone, its ends by their words."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page

from app.core.documents import read_stored
from app.core.questionnaires import Question, Questionnaire
from app.surveys import service as surveys
from tests.browser.conftest import AUDIENCES, Site
from tests.browser.steps import answer_page, enter_code, press

ROWS = {320: [4, 4, 3], 360: [6, 5], 390: [6, 5], 600: [6, 5], 768: [11], 1024: [11], 1280: [11], 1366: [11]}
BOXES = """parts => parts.map(part => {
  const range = document.createRange();
  range.selectNodeContents(part);
  const box = part.matches(".end") ? range.getBoundingClientRect() : part.getBoundingClientRect();
  return {left: box.left, right: box.right, top: box.top, bottom: box.bottom};
})"""


@dataclass(frozen=True)
class Box:
    """Where something stands, in CSS pixels."""

    left: float
    right: float
    top: float
    bottom: float


def boxes(page: Page, selector: str) -> list[Box]:
    """Return where the parts of the scale stand."""
    return [Box(**box) for box in page.locator(selector).evaluate_all(BOXES)]


def rows_of(choices: list[Box]) -> list[list[Box]]:
    """Return the choices by row, top to bottom."""
    tops = sorted({round(box.top) for box in choices})
    return [[box for box in choices if round(box.top) == top] for top in tops]


@pytest.mark.parametrize("language", ["en", "ur"])
def test_a_scale_has_even_rows_and_its_ends_stand_by_their_numbers(
    site: Site, open_page: Callable[..., Page], language: str
) -> None:
    page = open_page(scripts=False)
    page.goto(f"{site.base}/language/{language}?to=/")
    enter_code(page, site, "family")
    press(page)
    while not page.locator(".score").count():
        answer_page(page)
    for width, expected in ROWS.items():
        page.set_viewport_size({"width": width, "height": 800})
        choices, (low, high) = boxes(page, ".score .choice"), boxes(page, ".score .end")
        rows = rows_of(choices)
        assert [len(row) for row in rows] == expected, width
        assert all(box.right - box.left >= 44 and box.bottom - box.top >= 44 for box in choices), width
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        start, end = ("left", "right") if language == "en" else ("right", "left")
        assert low.bottom <= choices[0].top, width
        assert abs(getattr(low, start) - getattr(choices[0], start)) < 12, width
        assert abs(getattr(high, end) - getattr(choices[10], end)) < 12, width
        assert (high.bottom <= choices[10].top) if len(rows) == 1 else (choices[10].bottom <= high.top), width


def heard(page: Page) -> dict[str, list[str]]:
    """Return what Chromium tells a screen reader: by question, the name and the description of each answer."""
    devtools = page.context.new_cdp_session(page)
    root = devtools.send("DOM.getDocument")["root"]["nodeId"]
    found: dict[str, list[str]] = {}
    for node in devtools.send("DOM.querySelectorAll", {"nodeId": root, "selector": "fieldset input"})["nodeIds"]:
        pairs = devtools.send("DOM.getAttributes", {"nodeId": node})["attributes"]
        tree = devtools.send("Accessibility.getPartialAXTree", {"nodeId": node, "fetchRelatives": False})["nodes"][0]
        name = pairs[pairs.index("name") + 1]
        words = [tree[part]["value"] for part in ("name", "description") if tree.get(part, {}).get("value")]
        found.setdefault(name, []).append(" ".join(" ".join(words).split()))
    return found


def meant(document: Questionnaire, question: Question, lang: str) -> list[str]:
    """Return what should be heard: the words of each answer; with the ends of a scale, what they mean."""
    if question.kind != "score":
        return [document.text(option.text_key, lang).value for option in question.options]
    first, *middle, last = question.codes
    low, high = (document.text(f"{question.variable}.{end}", lang) for end in ("low", "high"))
    return [f"{first}: {low}", *middle, f"{last}: {high}"]


@pytest.mark.parametrize("survey", AUDIENCES)
@pytest.mark.parametrize("lang", ["en", "ur"])
def test_every_answer_of_every_question_is_heard_with_its_meaning(
    site: Site, open_page: Callable[..., Page], survey: str, lang: str
) -> None:
    document = read_stored((surveys.SHIPPED / f"{survey}.json").read_text(encoding="utf-8"))
    if lang not in document.texts:
        lang = next(tag for tag in document.texts if tag != "en")
    page, kinds = open_page(scripts=False), set()
    page.goto(f"{site.base}/language/{lang}?to=/")
    enter_code(page, site, survey)
    press(page)
    while not page.url.endswith("/r/check"):
        for name, words in heard(page).items():
            question = document.question(name)
            assert words == meant(document, question, lang), name
            assert any(map(str.isalpha, words[0] + words[-1])), "an end that is only a number says nothing"
            kinds.add(question.kind)
        answer_page(page)
    assert kinds == {question.kind for question in document.questions} - {"text"} or survey == "staff"
    ends = [
        text for question in document.questions if question.kind == "score" for text in meant(document, question, lang)
    ]
    shown = page.locator("dl.answers").inner_text()
    assert all(text in shown for text in ends[::11]), "the first answer was chosen everywhere"
