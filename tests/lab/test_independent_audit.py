"""Audited releases of invented populations, attacked by an independent program that sees exported files only."""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from app.core.questionnaires import MISSING
from app.core.results.audit.loop import audited_release
from app.core.results.audit.passes import audit_once
from app.core.results.panels import EarlierWave
from app.core.results.published import Published
from app.core.results.tally import ClosedWave
from tests.lab import independent
from tests.support.populations import Population

FULL = os.environ.get("SOAK") == "1"
POPULATIONS, SIZES = (100, (50, 60, 75, 106, 150, 220, 300)) if FULL else (3, (50, 60))
QUESTIONS = 3
SEEDS = [secrets.randbelow(1_000_000) for _population in range(POPULATIONS)]


def audit(wave: ClosedWave, earlier: EarlierWave | None = None) -> Published:
    """Return the audited release of a wave."""
    return audited_release(wave, earlier, lambda coarser, _number: audit_once(wave, earlier, coarser, seconds=30))


def export(folder: Path, name: str, value: object) -> Path:
    """Write a file, and return where it is."""
    path = folder / f"{name}.json"
    path.write_text(json.dumps(value))
    return path


def people_of(wave: ClosedWave, others: frozenset[bytes]) -> list[dict[str, Any]]:
    """Return what everybody knows about the people of a round."""
    return [{"groups": dict(r.groups), "also": r.person in others} for r in wave.records]


def bands_of(wave: ClosedWave) -> dict[str, dict[str, str | None]]:
    """Return the options of each question with one answer."""
    rated = [q for q in wave.questionnaire.ratings if q.kind != "multi"]
    return {q.variable: {o.code: o.band for o in q.options if o.code not in (MISSING, "-8")} for q in rated}


def attack(arguments: Sequence[Path]) -> int:
    """Run the independent program on some files, in a process that cannot import the portal."""
    program = Path(independent.__file__)
    command = [sys.executable, "-I", str(program), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=program.parent, check=False)
    assert done.returncode in (0, 1), done.stderr
    return int(json.loads(done.stdout.splitlines()[-1])["determined_sets"])


@pytest.mark.parametrize("number", range(POPULATIONS))
def test_audited_releases_determine_nothing(number: int, tmp_path: Path) -> None:
    seed, size = SEEDS[number], SIZES[number % len(SIZES)]
    print(f"seed {seed}, {size} people")
    population = Population(seed, nested=number % 2 == 0, questions=QUESTIONS)
    before = population.wave("family-1", range(size))
    now = population.wave("family-2", range(size // 3, size // 3 + size))
    first = audit(before)
    second = audit(now, EarlierWave(before, first))
    bands = export(tmp_path, "bands", bands_of(now))
    old = [export(tmp_path, "release-1", first.to_json()), export(tmp_path, "people-1", people_of(before, now.people))]
    new = [export(tmp_path, "release-2", second.to_json()), export(tmp_path, "people-2", people_of(now, before.people))]

    assert attack([bands, *old]) == 0
    assert attack([bands, *new, *old]) == 0


def naive_release(wave: ClosedWave, *, hides_below: int) -> dict[str, Any]:
    """Return a release of exact counts by every value of every dimension, where only small groups are hidden."""
    bands = bands_of(wave)

    def result(variable: str, records: Sequence[Any]) -> dict[str, Any]:
        given = [bands[variable].get(str(r.answers.get(variable))) for r in records]
        cells = [{"code": band, "count": given.count(band)} for band in independent.ORDER]
        answered = sum(cell["count"] for cell in cells)
        numbers = {"base": answered, "not_answered": len(given) - answered}
        return {"variable": variable, "detail": "bands", "cells": cells, "reason": None, **numbers}

    dimensions = []
    for name in ("locality", "channel", "role", "age"):
        values = sorted({record.value(name) for record in wave.records})
        split = {value: [r for r in wave.records if r.value(name) == value] for value in values}
        groups = [
            {"values": [value], "questions": [result(v, some) for v in bands]}
            for value, some in split.items()
            if len(some) >= hides_below
        ]
        dimensions.append({"name": name, "groups": groups})
    return {"questions": [result(v, wave.records) for v in bands], "dimensions": dimensions, "panel": None}


@pytest.mark.parametrize("hides_below", [1, 10], ids=["no pooling", "small groups just hidden"])
def test_naive_releases_are_broken(hides_below: int) -> None:
    broken = 0
    for number, seed in enumerate(SEEDS[:10]):
        print(f"seed {seed}")
        wave = Population(seed, nested=number % 2 == 0, questions=8).wave("family-1", range(60))
        release = naive_release(wave, hides_below=hides_below)
        found = independent.attacks(release, people_of(wave, frozenset()), bands_of(wave), slack=0)
        broken += any(any(True for _set in attack.determined()) for _variable, attack in found)

    assert broken > len(SEEDS[:10]) / 2  # nearly always all


def test_releases_without_an_audit_can_be_broken(tmp_path: Path) -> None:
    """Thirteen of thirteen say yes: pooling, gate and rounding alone do not hide it."""
    wave = Population(1, nested=False, questions=2).wave("family-1", range(60))
    people = people_of(wave, frozenset())
    result = {"variable": "q0", "detail": "bands", "reason": None, "base": 15, "not_answered": 0}
    result["cells"] = [{"code": band, "count": 15 if band == "positive" else 0} for band in independent.ORDER]
    inside = [i for i, person in enumerate(people) if person["groups"]["locality"] == "north"][:13]
    for i, person in enumerate(people):
        person["groups"]["team"] = "a" if i in inside else "b"
    groups = [{"values": ["a"], "questions": [result]}]
    release = {"questions": [], "dimensions": [{"name": "team", "groups": groups}], "panel": None}
    files = (("bands", bands_of(wave)), ("release", release), ("people", people))

    assert attack([export(tmp_path, name, value) for name, value in files]) > 0


def test_the_independent_program_imports_nothing_of_the_portal() -> None:
    source = Path(independent.__file__).read_text()
    imported = [line.split()[1].split(".")[0] for line in source.splitlines() if line.startswith(("import ", "from "))]
    assert set(imported) <= {*sys.stdlib_module_names, "highspy"}
