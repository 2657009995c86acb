"""The fuzz run of ``tests/security/test_fuzz.py`` with many more examples of each kind."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.core.permissions import ROLES
from app.web.requires import need_of
from tests.conftest import TinySurvey
from tests.security import test_fuzz as small
from tests.security.test_role_matrix import client_of, pages, subjects
from tests.support import fuzz
from tests.support.client import browser
from tests.support.http_journey import enter_code

__all__ = ["subjects"]  # a fixture
MANY = 400


def test_many_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    small.check_settings(MANY * 10, tmp_path)


@pytest.mark.parametrize("endpoint", small.STAFF)
def test_many_staff_forms(app: Flask, subjects: dict[str, Any], endpoint: str) -> None:
    path = next(path for name, method, path in pages(app, subjects) if (name, method) == (endpoint, "POST"))
    role = next(role for role, held in ROLES.items() if need_of(endpoint).permission in held)
    small.check_form(app, client_of(app, role), path, MANY)


@pytest.mark.parametrize("path", small.DOORS + small.PUBLIC)
def test_many_other_forms(app: Flask, tiny: TinySurvey, path: str) -> None:
    client = browser(app)
    if path in small.PUBLIC:
        enter_code(client, tiny.codes(30)[0])
    small.check_form(app, client, path, MANY)


def test_many_documents() -> None:
    fuzz.run(MANY * 10, fuzz.documents(), small.check_document)
