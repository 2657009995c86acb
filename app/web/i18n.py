"""Languages: the language of a request, its direction, and texts marked with their actual language."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flask import Flask, current_app, g, request, session
from flask_babel import Babel
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup, escape

from app.core.headers import best_language
from app.core.questionnaires import Questionnaire, Text
from app.web.security import STAFF_PATH
from config import SettingsError

TRANSLATIONS = Path(__file__).parent.parent.parent / "translations"
REVIEWED = "# reviewed by "
"""The beginning of the comment on a catalogue entry that a native speaker has reviewed."""


@dataclass(frozen=True)
class Language:
    """A language of the respondent pages: its tag in URLs and HTML, its own name, its direction."""

    tag: str
    name: str
    direction: str = "ltr"

    @property
    def babel(self) -> str:
        """The locale, and name of the catalogue's folder; English has no catalogue and uses British date formats."""
        return "en_GB" if self.tag == "en" else self.tag.replace("-", "_")


LANGUAGES = {
    language.tag: language
    for language in (
        Language("en", "English"),
        Language("pl", "Polski"),
        Language("ur", "اردو", "rtl"),
        Language("ar", "العربية", "rtl"),
        Language("uk", "Українська"),
        Language("zh-Hant", "繁體中文"),
    )
}
DEFAULT = LANGUAGES["en"]
SURVEY_NAMES = {
    "family": _l("Families"),
    "young": _l("Children and young people"),
    "school": _l("Schools"),
    "partner": _l("Partner agencies"),
    "staff": _l("Staff"),
}
AT_WORK = frozenset({"school", "partner", "staff"})
"""The surveys whose respondents answer about their own work."""


def init_app(app: Flask) -> None:
    """Set up the languages; raises SettingsError if a catalogue is missing."""
    app.config["DRAFT_CATALOGUES"] = drafts = set()
    for language in [language for language in LANGUAGES.values() if language is not DEFAULT]:
        folder = TRANSLATIONS / language.babel / "LC_MESSAGES"
        if not (folder / "messages.mo").is_file():
            raise SettingsError(f"The catalogue for {language.tag} is missing: run 'make translations'.")
        if is_draft(folder):
            drafts.add(language.tag)
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(TRANSLATIONS)
    Babel(app, locale_selector=lambda: current().babel)
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.filters["words"] = words
    app.jinja_env.globals |= {"who_cannot_see": who_cannot_see, "is_translation_draft": is_translation_draft}
    app.context_processor(lambda: {"language": current(), "languages": list(LANGUAGES.values())})


@cache
def is_draft(folder: Path) -> bool:
    """Return whether any entry of the catalogue in a folder has not been reviewed by a native speaker."""
    _head, *entries = (folder / "messages.po").read_text(encoding="utf-8").strip().split("\n\n")
    return not all(entry.startswith(REVIEWED) or f"\n{REVIEWED}" in entry for entry in entries)


def is_translation_draft(document: Questionnaire | None) -> bool:
    """Return whether no native speaker has reviewed the texts of this page, or of the questionnaire it shows."""
    tag = current().tag
    return tag in current_app.config["DRAFT_CATALOGUES"] or (document is not None and document.is_draft(tag))


def who_cannot_see(survey: str) -> str:
    """Return the sentence about who cannot see the answers, worded for the audience of a survey."""
    if survey in AT_WORK:
        return str(_("Your colleagues, your managers and the teams you work with cannot see your answers."))
    return str(_("The people who work with you cannot see your answers."))


def current() -> Language:
    """Return the language of this request: the person's choice, else the browser's preference, else English."""
    if request.path.startswith(STAFF_PATH):
        return DEFAULT
    return LANGUAGES.get(session.get("lang", "")) or _preferred()


def _preferred() -> Language:
    """Return the browser's preference, computed once per request because the header can be very long."""
    if "preferred" not in g:
        tag = best_language(request.headers.get("Accept-Language", ""), [*LANGUAGES])
        g.preferred = LANGUAGES[tag] if tag else DEFAULT
    found: Language = g.preferred
    return found


def choose(tag: str) -> bool:
    """Store a language in the cookie; False if it is not supported."""
    if tag not in LANGUAGES:
        return False
    session["lang"] = tag
    return True


def words(text: Text, page: Language | None = None) -> Markup:
    """Return a text as HTML, with line breaks, marked with its language unless that is the page's (the request's)."""
    lines = Markup("<br>").join(escape(line) for line in text.value.split("\n"))
    if not text.lang or text.lang == (page or current()).tag:
        return lines
    direction = LANGUAGES.get(text.lang, DEFAULT).direction
    return Markup('<span lang="{}" dir="{}">{}</span>').format(text.lang, direction, lines)
