"""Catalogues: complete, in step with the source, placeholders and plural forms right, every entry marked."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from app.web.i18n import LANGUAGES, TRANSLATIONS
from tests.support.homes import ROOT

DRAFT = "draft, not yet checked by a native speaker"
TRANSLATED = [language for tag, language in LANGUAGES.items() if tag != "en"]
PLACEHOLDER = re.compile(r"%\(\w+\)s|%%")


def catalogue(folder: str) -> Catalog:
    """Read a language's catalogue."""
    with (TRANSLATIONS / folder / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=folder)


def template() -> Catalog:
    """Read the template that the source's texts were collected into."""
    with (TRANSLATIONS / "messages.pot").open("rb") as file:
        return read_po(file)


def placeholder_faults(message: Message) -> list[str]:
    """Return the forms of a translation that have other placeholders than their English."""
    if isinstance(message.id, str):
        pairs = [(message.id, message.string)]
        return [got for source, got in pairs if _marks(source) != _marks(got)]
    # A form for one or two may leave the number out; no form may ask for something else.
    wanted = set(_marks(message.id[1]))
    return [form for form in message.string if not set(_marks(form)) <= wanted]


def _marks(text: str) -> list[str]:
    return sorted(PLACEHOLDER.findall(text))


def is_marked(message: Message) -> bool:
    """Tell whether an entry says that it is a draft, or who reviewed it."""
    return any(note == DRAFT or note.startswith("reviewed by ") for note in message.user_comments)


@pytest.mark.parametrize("language", TRANSLATED, ids=lambda language: language.tag)
class TestCatalogue:
    def test_every_text_is_translated_in_every_plural_form(self, language) -> None:
        found = catalogue(language.babel)
        missing = []
        for message in (m for m in template() if m.id):
            entry = found.get(message.id if isinstance(message.id, str) else message.id[0])
            forms = entry.string if entry and isinstance(entry.string, tuple) else (entry.string if entry else "",)
            wanted = found.num_plurals if isinstance(message.id, tuple) else 1
            if entry is None or entry.fuzzy or len(forms) != wanted or not all(form.strip() for form in forms):
                missing.append(message.id)
        assert missing == []

    def test_placeholders_are_those_of_the_english(self, language) -> None:
        faults = [fault for message in catalogue(language.babel) if message.id for fault in placeholder_faults(message)]
        assert faults == []

    def test_every_entry_is_marked_draft_or_reviewed(self, language) -> None:
        assert [m.id for m in catalogue(language.babel) if m.id and not is_marked(m)] == []

    def test_nothing_is_kept_that_the_source_no_longer_says(self, language) -> None:
        known = {m.id for m in template()}
        assert [m.id for m in catalogue(language.babel) if m.id and m.id not in known] == []


def test_the_template_is_in_step_with_the_source(tmp_path: Path) -> None:
    fresh = tmp_path / "fresh.pot"
    command = [sys.executable, "-m", "babel.messages.frontend", "--quiet", "extract", "-F", "translations/babel.cfg"]
    subprocess.run([*command, "-k", "_l", "-o", str(fresh), "."], cwd=ROOT, check=True, capture_output=True)
    with fresh.open("rb") as file:
        collected = {m.id for m in read_po(file)}

    assert {m.id for m in template()} == collected, "run 'make strings'"


def test_a_lost_placeholder_is_found() -> None:
    assert placeholder_faults(Message("%(n)s characters or fewer", "najwyżej znaków")) == ["najwyżej znaków"]
    assert placeholder_faults(Message(("%(num)s a", "%(num)s b"), ("one", "%(number)s"))) == ["%(number)s"]
    assert placeholder_faults(Message(("%(num)s a", "%(num)s b"), ("one", "%(num)s"))) == []
