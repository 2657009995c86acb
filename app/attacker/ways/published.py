"""T17: what does everything published, taken together, force about the answers of a few people?

The attacker knows of everybody in which groups they are and which rounds they answered, and solves what is published
for the answers of sets of 1 to 9 people. ``tests/lab/independent.py`` does the same with code of its own.
"""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.attacker.finding import Finding, Measured, compare
from app.attacker.scene import ours
from app.attacker.scene.stage import Stage
from app.core import keys
from app.core.answers import Answer
from app.core.documents import load
from app.core.questionnaires import Questionnaire
from app.core.results.audit.sides import Side, sides_of
from app.core.results.audit.system import Line, System, categories_of
from app.core.results.panels import EarlierWave
from app.core.results.pooling import mask
from app.core.results.published import Published, from_json
from app.core.results.tally import ClosedWave, Record

SECONDS = 120.0
NAME, METRIC = "T17 published results", "questions whose results force the answers of 1 to 9 people"


def attack(stage: Stage, waves: Sequence[str]) -> Finding:
    """Have the results of some closed waves published, and solve them; the twin publishes every group as it is."""
    document = load(ours.DOCUMENT.read_text(encoding="utf-8"), ours.DOCUMENT.name)
    answered = [_closed_wave(stage, wave, document) for wave in waves]
    sides, before = list[Side](), None
    for wave in answered:
        stage.run("release", "make", wave.wave)
        published: Published = from_json(json.loads(stage.run("release", "show", wave.wave)))
        sides += sides_of(wave, before, published)
        before = EarlierWave(wave, published)
    found = sum(_is_forced(side.system(name), side.targets()) for side in sides for name in side.variables)
    targets = {wave.wave: side.targets() for side in sides for wave in answered if side.wave == wave}
    bare = sum(_is_forced(system, targets[wave.wave]) for wave in answered for system in _as_it_is(wave))
    return compare(NAME, METRIC, found=Measured(found), naive=Measured(bare))


def _is_forced(system: System, targets: Sequence[int]) -> bool:
    from app.core.results.audit.search import Search  # loads the solver, which no other command needs

    return Search(system, time.process_time() + SECONDS).determined(targets) is not None


def _as_it_is(wave: ClosedWave) -> Iterator[System]:
    """Yield for each question exact numbers of every group, however small."""
    names = sorted({name for record in wave.records for name in record.groups})
    groups = [
        mask(r.value(name) == v for r in wave.records) for name in names for v in {r.value(name) for r in wave.records}
    ]
    for question in wave.questionnaire.ratings:
        if not question.detached:
            categories = categories_of(question, wave.records)
            lines = []
            for group in groups:
                people = [c for i, c in enumerate(categories.of_person) if group >> i & 1]
                for part in categories.parts:
                    exact = sum(part >> category & 1 for category in people)
                    lines.append(Line(((group, part),), exact, exact))
            yield System(question.variable, categories, tuple(lines), (), sets=(), gate=lambda _answered: None)


def _closed_wave(stage: Stage, wave: str, document: Questionnaire) -> ClosedWave:
    """Return the answers of a wave, with which the attack starts and is scored, from the counting room."""
    link, rows = ours.link_key(stage), [row.values for row in ours.answers(stage).rows("response")]
    records = []
    for row in rows:
        if row["wave_id"] == wave:
            given = _answers(row["answers"])
            groups = {q.variable: str(given[q.variable]) for q in document.breakdowns if q.variable in given}
            records.append(Record(keys.resolve_pseudonym(link, wave, row["person"]), groups, given))
    return ClosedWave(wave, document, records)


def _answers(stored: Any) -> Mapping[str, Answer]:
    raw = json.loads(stored) if isinstance(stored, str | bytes) else stored
    return {name: tuple(answer) if isinstance(answer, list) else answer for name, answer in raw.items()}
