"""The fixed sentences of a report: how the numbers were made, and what they cannot say."""

from collections.abc import Iterator

from markupsafe import Markup

from app.core.results.published import PERCENTAGES_FROM, STEP
from app.results.page import ResultsPage

ISOLATES = dict.fromkeys(map(ord, "\u2066\u2067\u2068\u2069"))
Note = tuple[str, str]
"""What a line of the method is about, and what it says."""


def plain(text: str | Markup) -> str:
    """Return a text of a page without markup and without marks of direction."""
    return str(text.striptags() if isinstance(text, Markup) else text).translate(ISOLATES)


def method(page: ResultsPage) -> Iterator[Note]:
    """Yield how the round was done and how its numbers were made."""
    facts, repeat = page.facts, page.published.repeat
    if facts.definition:
        late = " This was entered after the round had closed." if facts.is_late else ""
        yield "Who could take part", f"{facts.definition.rstrip('.')}.{late}"
    yield "How", "Anonymous survey. Each person needed a card with a code, and each code counts once."
    if repeat and repeat.count is not None:
        again = f"About {repeat.count} of the {repeat.earlier_n} people of round {page.view.earlier_number}"
        yield (
            "Repeat participation",
            f"{again} also took part in round {page.wave.number}. We know this from the codes.",
        )
    yield "Rounding", f"Numbers of people are rounded to the nearest {STEP}. Percentages come from the rounded numbers."
    if page.margin is not None:
        yield (
            "Likely range",
            "It contains the true percentage of all who could take part in 95 of 100 rounds. It allows for chance and"
            " rounding, not for who chose to answer.",
        )
    else:
        yield "Small round", f"Below {PERCENTAGES_FROM} answers we give rounded numbers of people, not percentages."
    if page.has_comparison:
        yield "Changes", "A change is called clear only if it is unlikely to be chance among all questions."


def caveats(page: ResultsPage) -> Iterator[str]:
    """Yield what readers must not conclude."""
    yield "People chose whether to answer. Those who did not may think differently."
    if page.rate is None and page.published.n is not None:
        yield "The response rate is not known, so we cannot say how well this round stands for everybody."
    yield "The survey shows what people say. It does not show what caused it."
    if page.published.unaudited and page.view.published_dimensions:
        yield "The groups have not had an independent check. This happens only on a test system."
