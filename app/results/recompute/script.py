"""Checks a pack of published results: calculates every published number again from the rounded counts.

Run it in the unpacked folder with ``python3 recompute.py`` (Python 3.10 or newer, nothing else). It reads rounded
counts, labels and reasons from data/results.json, ignores all percentages there, and makes data/results.csv again. It
ends with status 0 if all files are as in manifest.json and every byte of the CSV is the same, else with status 1.
"""

import csv
import hashlib
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from app.results.recompute.intervals import PERCENTAGES_FROM, STEP, Parts, Row, score_interval
from app.results.recompute.rounds import everyone_in_bands, figures

COLUMNS = (
    *("wave", "group", "question", "answer", "count", "base", "percent", "low", "high", "word", "not_told_because"),
    *("likely_low", "likely_high", "earlier_percent", "change", "change_low", "change_high", "change_word"),
    *("score", "earlier_score"),
    *("group_label", "question_wording", "answer_label"),
    *("survey", "round", "opens_on", "closes_on", "demonstration"),
)
MARGIN = "How far a percentage of everyone is likely to be from the truth, in points"
SCORE = "Score, from 0 (worst) to 100 (best)"
MOVES = (
    ("moved_up", "up", "Moved to a better answer"),
    ("stayed", "same", "Stayed"),
    ("moved_down", "down", "Moved to a worse answer"),
)
FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")


def whole_percent(share: float) -> int:
    """Return a share (0 to 1) in whole percent."""
    return int(100 * share + 0.5)


def share(count: int, base: int) -> Row:
    """Return what is published about a share: a percentage or a word, and its interval; nothing for few people."""
    if base < PERCENTAGES_FROM:
        return {} if count else {"word": "almost_none"}
    low, high = score_interval(count / base, base)
    row: Row = {"low": whole_percent(low), "high": whole_percent(high)}
    if count in (0, base):
        return {**row, "word": "nearly_all" if count else "almost_none"}
    return {**row, "percent": whole_percent(count / base)}


def number(wave: str) -> str:
    """Return the number of a round from its id: 2 for family-2."""
    return wave.rpartition("-")[2]


def question_rows(question: Parts, labels: Parts) -> Iterator[Row]:
    """Yield the rows of one question for some people."""
    asked = labels["questions"][question["variable"]]
    row: Row = {"question": question["variable"], "question_wording": asked["wording"], "base": question["base"]}
    if question["reason"]:
        yield {**row, "not_told_because": question["reason"]}
        return
    named = {**asked["bands"], **{answer["code"]: answer["label"] for answer in asked["answers"]}}
    for cell in question["cells"]:
        code, count = cell["code"], cell["count"]
        answer = {"answer": code, "answer_label": named[code], "count": count}
        yield {**row, **answer, **share(count, question["base"])}
    yield {**row, "answer": "not answered", "answer_label": "Not answered", "count": question["not_answered"]}


def people_rows(release: Parts, made: Parts) -> Iterator[Row]:
    """Yield how many took part, the response rate, how sure percentages are, and how many came again."""
    everyone = {"group": "everyone", "group_label": "Everyone"}
    row = {**everyone, "answer": "people", "answer_label": "People who took part", "count": release["n"]}
    row |= {"base": release.get("facts", {}).get("population"), "percent": made["response_rate"]}
    yield {**row, "not_told_because": release["reason"]}
    if made["margin"] is not None:
        yield {**everyone, "answer": "margin", "answer_label": MARGIN, "percent": made["margin"]}
    repeat = release["repeat"]
    if repeat:
        label = f"Also took part in round {number(repeat['earlier_wave'])}"
        row = {**everyone, "answer": f"answered {repeat['earlier_wave']} too", "answer_label": label}
        yield {**row, "count": repeat["count"], "base": repeat["earlier_n"], "not_told_because": repeat["reason"]}
    for theme in release["labels"]["themes"]:
        if theme["name"] in made["themes"]:
            row = {**everyone, "question": f"theme.{theme['name']}", "question_wording": theme["label"]}
            yield {**row, "answer": "score", "answer_label": SCORE, **made["themes"][theme["name"]]}


def groups(release: Parts) -> Iterator[tuple[Row, list[Parts]]]:
    """Yield everyone, each group and the people who came to both rounds: their columns, and their questions."""
    yield columns("everyone", "Everyone"), release["questions"]
    if release["level"] not in ("nothing", "bands"):
        yield columns("everyone in three bands", "Everyone, answers in three bands"), everyone_in_bands(release)
    for dimension in release["dimensions"]:
        name, named = dimension["name"], release["labels"]["dimensions"][dimension["name"]]
        if dimension["reason"]:
            yield columns(name, named["label"], reason=dimension["reason"]), []
        for group in dimension["groups"]:
            label = ", ".join(named["values"].get(value, value) for value in group["values"])
            code = f"{name}: {' + '.join(group['values'])}"
            yield columns(code, f"{named['label']}: {label}", n=group["n"]), group["questions"]
    panel, now = release["panel"], release["wave"]
    if panel:
        then = panel["earlier_wave"]
        both = f"People who took part in rounds {number(then)} and {number(now)}"
        if panel["reason"]:
            yield columns(f"answered {then} and {now}", both, reason=panel["reason"]), []
            return
        for wave, side in ((then, "earlier"), (now, "current")):
            questions = [question[side] for question in panel["questions"]]
            yield columns(f"answered both, in {wave}", f"{both}, in round {number(wave)}", n=panel["n"]), questions


def columns(code: str, label: str, *, reason: str | None = None, n: int | None = None) -> Row:
    """Return the columns of the row about a group as a whole; without reason and number it has no such row."""
    row: Row = {"group": code, "group_label": label}
    if reason:
        row["not_told_because"] = reason
    if n is not None:
        row |= {"answer": "people", "answer_label": "People who took part", "count": n}
    return row


def move_rows(release: Parts) -> Iterator[Row]:
    """Yield how many of the people who came to both rounds moved between the bands."""
    panel, now = release["panel"], release["wave"]
    for question in panel["questions"] if panel else []:
        moves = question.get("moves")
        if moves:
            then, name = panel["earlier_wave"], question["variable"]
            label = f"People who answered in rounds {number(then)} and {number(now)}"
            row: Row = {"group": f"answered both, from {then} to {now}", "group_label": label, "question": name}
            row["question_wording"] = release["labels"]["questions"][name]["wording"]
            for code, part, words in MOVES:
                yield {**row, "answer": code, "answer_label": words, "count": moves[part]}


def rows(release: Parts, made: Parts) -> Iterator[Row]:
    """Yield all rows of the CSV in order."""
    facts = release.get("facts", {})
    same: Row = {"wave": release["wave"], "survey": release["survey"], "round": release["round"]}
    same["demonstration"] = "yes" if release["demonstration"] else "no"
    same.update({name: facts[name] for name in ("opens_on", "closes_on") if name in facts})
    for row in people_rows(release, made):
        yield {**same, **row}
    for group, questions in groups(release):
        named: Row = {"group": group["group"], "group_label": group["group_label"]}
        if group != named:
            yield {**same, **group}
        for question in questions:
            for row in question_rows(question, release["labels"]):
                is_positive = named["group"].startswith("everyone") and row.get("answer") == "positive"
                more = made["questions"].get(question["variable"], {}) if is_positive else {}
                yield {**same, **named, **row, **more}
    for row in move_rows(release):
        yield {**same, **row}


def one_cell(value: object) -> object:
    """Return a cell of the CSV: one row each, and nothing that a spreadsheet program would run as a formula."""
    if not isinstance(value, str):
        return value
    text = value.replace("\r", "\n")
    return f"'{text}" if text.startswith(FORMULA_STARTS) or text.lstrip().startswith(FORMULA_STARTS) else text


def as_csv(release: Parts, made: Parts) -> bytes:
    """Return the CSV of a release, calculated from its rounded counts."""
    sheet = io.StringIO()
    writer = csv.DictWriter(sheet, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: one_cell(value) for name, value in row.items()} for row in rows(release, made))
    return sheet.getvalue().encode("utf-8-sig")


def cell_faults(part: object) -> Iterator[str]:
    """Yield each cell of the JSON whose percentage, interval or word does not follow from its rounded count."""
    if isinstance(part, list):
        for one in part:
            yield from cell_faults(one)
    if not isinstance(part, dict):
        return
    for one in part.values():
        yield from cell_faults(one)
    for cell in part.get("cells", []):
        count, base = cell["count"], part["base"]
        low, high = score_interval(count / base, base)
        word = "almost_none" if count == 0 else "nearly_all" if count == base else None
        made = (whole_percent(count / base), whole_percent(low), whole_percent(high), word)
        if (cell["percent"], cell["low"], cell["high"], cell["word"]) != made or count % STEP or base % STEP:
            yield f"data/results.json, question {part['variable']}, answer {cell['code']}"


def file_faults(folder: Path) -> Iterator[str]:
    """Yield each file that is not as the manifest says."""
    listed = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["files"]
    for name, entry in listed.items():
        file = folder / name
        if not file.is_file() or hashlib.sha256(file.read_bytes()).hexdigest() != entry["sha256"]:
            yield f"{name} is missing or is not the file that was published"


def check(folder: Path) -> list[str]:
    """Return everything that is wrong with a pack; an empty list if all is well."""
    release = json.loads((folder / "data" / "results.json").read_text(encoding="utf-8"))
    before = folder / "data" / "earlier.json"
    earlier = json.loads(before.read_text(encoding="utf-8")) if before.is_file() else None
    derived = figures(release, earlier)
    published, made = (folder / "data" / "results.csv").read_bytes(), as_csv(release, derived)
    faults = [*file_faults(folder), *cell_faults(release)]
    if release["figures"] != derived:
        faults.append("data/results.json has figures that do not follow from the rounded counts")
    if published != made:
        pairs = zip(published.decode("utf-8-sig").splitlines(), made.decode("utf-8-sig").splitlines(), strict=False)
        first = next((line for line, (old, new) in enumerate(pairs, start=1) if old != new), "the last")
        faults.append(f"data/results.csv differs from what the rounded counts give, from line {first} on")
    return faults


def main() -> int:
    """Check the pack in this script's folder, print the outcome, and return the exit status."""
    found: list[str] = check(Path(__file__).resolve().parent)
    for fault in found:
        print(f"Wrong: {fault}.")
    if not found:
        print("All files are as published, and every number follows from the rounded counts.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
