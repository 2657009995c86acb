"""What follows from the rounded counts of a round and of the one before: likely ranges, changes, scores of themes."""

import math

from app.results.recompute.intervals import (
    PERCENTAGES_FROM,
    STEP,
    Measured,
    Parts,
    Row,
    Score,
    Share,
    change,
    index,
    index_change,
    likely_range,
    measure,
    words,
)

BANDS = ("positive", "neutral", "negative")


def in_bands(question: Parts, labels: Parts) -> Parts:
    """Return everyone's answers in three bands: sums of the rounded numbers of all options in each."""
    band_of = {answer["code"]: answer["band"] for answer in labels["answers"]}
    cells = [
        {"code": band, "count": sum(c["count"] for c in question["cells"] if band_of[c["code"]] == band)}
        for band in BANDS
    ]
    base = sum(cell["count"] for cell in cells)
    rest = max(0, question["base"] + question["not_answered"] - base)
    return {**question, "cells": cells, "base": base, "not_answered": rest}


def everyone_in_bands(release: Parts) -> list[Parts]:
    """Return everyone's results in bands, calculated from the options; where bands are not published, the reason."""
    if release["level"] == "bands":
        return list(release["bands"])
    options = {question["variable"]: question for question in release["questions"]}
    asked = release["labels"]["questions"]
    return [
        banded if banded["reason"] else in_bands(options[banded["variable"]], asked[banded["variable"]])
        for banded in release["bands"]
    ]


def known_population(release: Parts, n: int) -> int | None:
    """Return how many people could take part, if that is known and not below a number of people."""
    population = release.get("facts", {}).get("population")
    return population if population and population >= n else None


def positive_share(release: Parts, variable: str) -> Share | None:
    """Return the share of everyone whose answer is in the positive band, if it is published."""
    found = next((q for q in everyone_in_bands(release) if q["variable"] == variable and not q["reason"]), None)
    if found is None or not found["base"]:
        return None
    count = next(cell["count"] for cell in found["cells"] if cell["code"] == "positive")
    answers = release["labels"]["questions"][variable]["answers"]
    parts = 1 if release["level"] == "bands" else sum(answer["band"] == "positive" for answer in answers)
    return Share(count, found["base"], parts, known_population(release, found["base"]))


def alike(one: Parts, other: Parts, variable: str) -> bool:
    """Return whether two rounds asked a question in the same words, with the same answers."""
    asked = [release["labels"]["questions"].get(variable) for release in (one, other)]
    return bool(asked[0] and asked[1] and asked[0]["fingerprint"] == asked[1]["fingerprint"])


def same_people(release: Parts, earlier: Parts, variable: str) -> Parts | None:
    """Return the rounded numbers of people who answered a question in both rounds."""
    panel = release["panel"]
    if not panel or panel["reason"] or panel["earlier_wave"] != earlier["wave"]:
        return None
    found = next((q for q in panel["questions"] if q["variable"] == variable and q.get("moves")), None)
    if found is None:
        return None
    moves, sides = found["moves"], (found["earlier"], found["current"])
    then, now = (sum(c["count"] for c in side["cells"] if c["code"] == "positive") for side in sides)
    return {"n": moves["up"] + moves["same"] + moves["down"], "then": then, "now": now, **moves}


def whole(shares: dict[str, float]) -> Row:
    """Return shares in whole percent, or changes in whole points, by name."""
    return {name: math.floor(100 * share + 0.5) for name, share in shares.items()}


def question_figures(release: Parts, earlier: Parts | None) -> Parts:
    """Return by variable the likely range of the share of positive answers, and what changed since the round before."""
    names = [question["variable"] for question in release["bands"]]
    shares = {name: share for name in names if (share := positive_share(release, name))}
    thens, changes = {}, {}
    for name, now in shares.items():
        then = positive_share(earlier, name) if earlier and alike(release, earlier, name) else None
        if earlier and then:
            thens[name] = then
            changes[name] = (*change(then, now, same_people(release, earlier, name)), min(then.base, now.base))
    found = dict(zip(shares, words([changes.get(name) for name in shares]), strict=True))
    made: Parts = {}
    for name, now in shares.items():
        made[name] = {"change_word": found[name] if name in thens else None}
        if now.base >= PERCENTAGES_FROM:
            low, high = likely_range(now)
            made[name] |= whole({"likely_low": low, "likely_high": high})
        if name in thens and changes[name][4] >= PERCENTAGES_FROM:
            value, low, high = changes[name][:3]
            ends = {"change": value, "change_low": low, "change_high": high}
            made[name] |= whole({"earlier_percent": thens[name].value, **ends})
    return made


def theme_scores(release: Parts, variables: list[str]) -> list[Score | None]:
    """Return the score of each question of a theme; None where its answers are not published."""
    asked, shown = release["labels"]["questions"], {}
    if release["level"] in ("options", "groups"):
        shown = {question["variable"]: question for question in release["questions"] if not question["reason"]}
    return [measure(shown[name], asked[name]["answers"]) if name in shown else None for name in variables]


def theme_figures(release: Parts, earlier: Parts | None) -> Parts:
    """Return by name the score of each theme, and what changed since the round before."""
    names: list[str] = []
    made: Parts = {}
    changes: list[Measured | None] = []
    for theme in release["labels"]["themes"]:
        variables = theme["questions"]
        now, then = theme_scores(release, variables), None
        if earlier and all(alike(release, earlier, name) for name in variables):
            then = theme_scores(earlier, variables)
        value, difference = index(now), index_change(then, now) if then else None
        if value is not None:
            before = index(then) if then and difference else None
            names.append(theme["name"])
            changes.append(difference)
            made[theme["name"]] = {"score": round(value), "earlier_score": None if before is None else round(before)}
    for name, word in zip(names, words(changes), strict=True):
        made[name]["change_word"] = word if made[name]["earlier_score"] is not None else None
    return made


def figures(release: Parts, earlier: Parts | None) -> Parts:
    """Return everything that follows from the rounded counts of a round and of the one before it."""
    n = release["n"] or 0
    population, margin = known_population(release, n), None
    if n >= PERCENTAGES_FROM:
        low, high = likely_range(Share(n // (2 * STEP) * STEP, n, 2, None))
        margin = math.floor(50 * (high - low) + 0.5)
    return {
        "compared_with": earlier["wave"] if earlier else None,
        "response_rate": max(1, math.floor(100 * n / population + 0.5)) if n and population else None,
        "margin": margin,
        "questions": question_figures(release, earlier),
        "themes": theme_figures(release, earlier),
    }
