"""Used, unused, unknown and void codes: no page tells kinds apart that it must not, in words or in time."""

import itertools
import os

import pytest
from flask import Flask

from app.core.odds import same_source
from tests.conftest import TinySurvey
from tests.security.test_codes_alike import ALIKE, check_faces, faces_and_times, prepare

TRIES = 200 if os.environ.get("SOAK") == "1" else 40
LUCK = 0.001 / 40
"""Some forty pairs are compared in a run; one run in a thousand may call chance a fault."""


@pytest.mark.both_databases
@pytest.mark.parametrize("path", ALIKE)
def test_no_kind_of_code_is_revealed_in_words_or_in_time(app: Flask, tiny: TinySurvey, path: str) -> None:
    faces, seconds = faces_and_times(app, path, prepare(app, tiny, TRIES))

    assert {len(times) for times in seconds.values()} == {TRIES}
    check_faces(path, faces)
    for kinds in ALIKE[path]:
        for one, other in itertools.combinations(kinds, 2):
            assert same_source(seconds[one], seconds[other]) > LUCK, (one, other)
