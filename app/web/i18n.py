"""Languages: which one a request is in, its direction, and texts that know what language they are really in."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flask import Flask, current_app, g, request, session
from flask_babel import Babel
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup, escape

from app.core.questionnaires import Questionnaire, Text
from app.web.security import STAFF_PATH
from config import SettingsError

TRANSLATIONS = Path(__file__).parent.parent.parent / "translations"
REVIEWED = "# reviewed by "
"""How the comment of a catalogue's entry begins that a native speaker has read."""


@dataclass(frozen=True)
class Language:
    """A language of the respondent pages: its tag in URLs and HTML, its own name, its direction."""

    tag: str
    name: str
    direction: str = "ltr"

    @property
    def babel(self) -> str:
        """The name of its catalogue's folder; English has none, and writes its dates as in Britain."""
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
    """Wire the languages into the application; refuse to start without their catalogues."""
    for language in LANGUAGES.values():
        catalogue = TRANSLATIONS / language.babel / "LC_MESSAGES" / "messages.mo"
        if language is not DEFAULT and not catalogue.is_file():
            raise SettingsError(f"The catalogue for {language.tag} is missing: run 'make translations'.")
    translated = [language for language in LANGUAGES.values() if language is not DEFAULT]
    app.config["DRAFT_CATALOGUES"] = {
        language.tag for language in translated if is_draft(TRANSLATIONS / language.babel / "LC_MESSAGES")
    }
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(TRANSLATIONS)
    Babel(app, locale_selector=lambda: current().babel)
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.filters["words"] = words
    app.jinja_env.globals |= {"who_cannot_see": who_cannot_see, "is_translation_draft": is_translation_draft}
    app.context_processor(lambda: {"language": current(), "languages": list(LANGUAGES.values())})


@cache
def is_draft(folder: Path) -> bool:
    """Tell whether any entry of the catalogue in a folder still waits for a native speaker."""
    _head, *entries = (folder / "messages.po").read_text(encoding="utf-8").strip().split("\n\n")
    return not all(entry.startswith(REVIEWED) or f"\n{REVIEWED}" in entry for entry in entries)


def is_translation_draft(document: Questionnaire | None) -> bool:
    """Tell whether words of this page are a translation that no native speaker has checked.

    Args:
        document: the questionnaire whose texts the page shows, if it shows any.
    """
    tag = current().tag
    return tag in current_app.config["DRAFT_CATALOGUES"] or (document is not None and document.is_draft(tag))


def who_cannot_see(survey: str) -> str:
    """Return the promise about who cannot see the answers, in the words of a survey's audience."""
    if survey in AT_WORK:
        return str(_("Your colleagues, your managers and the teams you work with cannot see your answers."))
    return str(_("The people who work with you cannot see your answers."))


def current() -> Language:
    """Return the language of this request: the person's choice, else the browser's wish, else English."""
    if request.path.startswith(STAFF_PATH):
        return DEFAULT
    return LANGUAGES.get(session.get("lang", "")) or _wished()


def _wished() -> Language:
    """Return what the browser asks for, worked out once a request: the header may be long on purpose."""
    if "wished" not in g:
        wish = request.accept_languages.best_match([*LANGUAGES, "zh-HK", "zh-TW"]) or ""
        g.wished = LANGUAGES.get("zh-Hant" if wish.startswith("zh") else wish, DEFAULT)
    found: Language = g.wished
    return found


def choose(tag: str) -> bool:
    """Remember a language in the cookie; False when it is none of ours."""
    if tag not in LANGUAGES:
        return False
    session["lang"] = tag
    return True


def words(text: Text, page: Language | None = None) -> Markup:
    """Return a text for HTML, marked with its own language when that is not the page's; line ends are kept.

    Args:
        text: the text, which knows its language.
        page: the page's language, where it is not the one that the request is in.
    """
    lines = Markup("<br>").join(escape(line) for line in text.value.split("\n"))
    if not text.lang or text.lang == (page or current()).tag:
        return lines
    direction = LANGUAGES.get(text.lang, DEFAULT).direction
    return Markup('<span lang="{}" dir="{}">{}</span>').format(text.lang, direction, lines)
