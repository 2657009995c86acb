"""Numbers that follow from a release and the one before it, as pages show them: whole percent, points and words.

They are calculated by ``core/results/rounds`` from rounded counts; here they are only rounded and named for the files.
"""

from typing import Any

from app.core.results.change import Movement
from app.core.results.published import PERCENTAGES_FROM, Published
from app.core.results.rounds import Figure, PublishedRound, ThemeFigure, compare, compare_themes
from app.core.results.statistics import margin, whole_percent


def derive(now: PublishedRound, before: PublishedRound | None) -> dict[str, Any]:
    """Return the numbers of a round as JSON types, and the round that it is compared with.

    ``questions`` are about the share of positive answers of everyone, by variable; ``themes`` are scores by name.
    """
    published = now.published
    n, population = published.n or 0, _population(published)
    return {
        "compared_with": before.published.wave if before else None,
        "response_rate": max(1, whole_percent(n / population)) if n and population else None,
        "margin": whole_percent(margin(n)) if n >= PERCENTAGES_FROM else None,
        "questions": {figure.variable: _question(figure) for figure in compare(now, before)},
        "themes": {theme.name: _theme(theme) for theme in compare_themes(now, before)},
    }


def _population(published: Published) -> int | None:
    population = published.facts.population if published.facts else None
    return population if population and population >= (published.n or 0) else None


def _question(figure: Figure) -> dict[str, Any]:
    """Return the likely range, the earlier share and the change, each only where there are percentages."""
    found: dict[str, Any] = {"change_word": _word(figure.movement)}
    if figure.now.base >= PERCENTAGES_FROM:
        likely = figure.now.likely_range()
        found |= {"likely_low": whole_percent(likely.low), "likely_high": whole_percent(likely.high)}
    if figure.then and figure.change and figure.change.base >= PERCENTAGES_FROM:
        ends = figure.change.interval
        found |= {"earlier_percent": whole_percent(figure.then.value), "change": whole_percent(figure.change.value)}
        found |= {"change_low": whole_percent(ends.low), "change_high": whole_percent(ends.high)}
    return found


def _theme(theme: ThemeFigure) -> dict[str, Any]:
    then = None if theme.then is None else round(theme.then)
    return {"score": round(theme.now), "earlier_score": then, "change_word": _word(theme.movement)}


def _word(movement: Movement | None) -> str | None:
    return movement.value if movement else None
