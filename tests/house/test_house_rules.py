"""The house rules of docs/architecture.md hold in every file, and each check finds a planted fault."""

from collections.abc import Callable, Mapping

import pytest

from tests.house import house_rules as rules

APP = rules.app_files()
SIZED = rules.sized_files()
TEMPLATES = rules.template_files()


def _none(faults: list[str]) -> None:
    assert not faults, "\n" + "\n".join(faults)


def _over(check: Callable[[str, str], list[str]], files: Mapping[str, str]) -> list[str]:
    return [fault for path, source in files.items() for fault in check(path, source)]


def test_files_are_found():
    assert {"app/core/codes.py", "app/cards/service.py", "config.py"} <= set(APP)
    assert "tests/house/test_house_rules.py" in SIZED


def test_imports_keep_to_their_feature():
    _none(_over(rules.import_faults, APP))


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("app/cards/views.py", "from app.staff.forms import SignInForm"),
        ("app/cards/service.py", "from app.fieldwork import offer_views"),
        ("app/results/views.py", "from app.respond.views import start"),
        ("app/core/codes.py", "import flask"),
        ("app/core/codes.py", "import config"),
        ("app/core/codes.py", "from sqlalchemy.orm import Session"),
    ],
)
def test_imports_from_another_feature_are_found(path: str, line: str):
    assert len(rules.import_faults(path, line)) == 1


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("app/cards/views.py", "from app.cards.forms import BatchForm\nfrom app.web.forms import options"),
        ("app/cards/views.py", "from app.staff import accounts, door\nfrom app.storage import db"),
        ("app/core/codes.py", "import re\nfrom stdnum import damm\nfrom app.core.keys import mark\nfrom . import keys"),
        ("app/__init__.py", "from app.cards import views\nfrom config import Settings"),
    ],
)
def test_imports_of_services_are_let_be(path: str, line: str):
    assert rules.import_faults(path, line) == []


def test_module_sizes():
    _none(_over(rules.module_size_faults, SIZED))


def test_module_size_too_long_is_found():
    assert rules.module_size_faults("app/x.py", "x = 1\n" * 301)
    assert not rules.module_size_faults("app/x.py", "x = 1\n" * 300)


def test_function_sizes():
    _none(_over(rules.function_size_faults, APP))


def test_function_size_too_long_is_found():
    source = "class A:\n    async def {}(self):\n" + "        x = 1\n" * 50
    assert rules.function_size_faults("app/x.py", source.format("long")) == [
        "app/x.py:2: long has 51 lines, at most 50"
    ]
    assert not rules.function_size_faults("app/x.py", "def fits():\n" + "    x = 1\n" * 49)


def test_functions_take_at_most_three_arguments_in_order():
    _none(_over(rules.argument_faults, APP))


@pytest.mark.parametrize(
    ("source", "is_fault"),
    [
        ("def f(a, b, c, d): ...", True),
        ("def _f(a, b, c, /, d): ...", True),
        ("class A:\n    def __init__(self, a, b, c, d): ...", True),
        ("def f(session, a, b, c, d): ...", True),
        ("def f():\n    def g(a, b, c, d): ...", True),
        ("def f(a, b, c, *, d): ...", False),
        ("class A:\n    def f(self, a, b, c): ...\n    def __exit__(self, a, b, c, d): ...", False),
        ("def f(session, a, b, c): ...", False),
        ("@group.command('x')\ndef f(a, b, c, d): ...", False),
    ],
)
def test_function_with_more_arguments_in_order_is_found(source: str, is_fault: bool):
    assert len(rules.argument_faults("app/cards/service.py", source)) == is_fault
    assert not rules.argument_faults("tests/conftest.py", source)


def test_function_median():
    assert rules.median_length(APP.values()) <= rules.MAX_MEDIAN


def test_function_median_too_long_is_found():
    long, short = "def f():\n" + "    x = 1\n" * 13, "def f():\n    pass\n"
    assert rules.median_length([long, long, short]) == 14
    assert rules.median_length([long, short, short]) == 2


def test_names_say_something():
    _none([fault for path in SIZED for fault in rules.name_faults(path)])


@pytest.mark.parametrize("path", ["app/core/utils.py", "app/helpers/cards.py", "tests/common.py", "app/manager.py"])
def test_names_that_say_nothing_are_found(path: str):
    assert rules.name_faults(path)


def test_docstrings():
    _none(_over(rules.docstring_faults, APP))


def test_docstring_missing_is_found():
    assert rules.docstring_faults("app/x.py", "import re\n")
    assert not rules.docstring_faults("app/x.py", '"""Says it."""\nimport re\n')
    assert not rules.docstring_faults("app/__init__.py", "\n")


def test_commits_stand_in_db():
    _none(_over(rules.commit_faults, APP))


def test_commit_elsewhere_is_found():
    source = "session.commit()\ndb.session().rollback()\n"
    assert len(rules.commit_faults("app/cards/service.py", source)) == 2
    assert not rules.commit_faults("app/storage/db.py", source)


def test_selects_stand_in_services():
    _none(_over(rules.select_faults, APP))


@pytest.mark.parametrize(
    "source", ["select(Card)", "sa.select(Card)", "from sqlalchemy import select as pick\npick(Card)"]
)
def test_select_elsewhere_is_found(source: str):
    assert len(rules.select_faults("app/cards/views.py", source)) == 1
    assert rules.select_faults("app/models/cards.py", source)
    assert not rules.select_faults("app/cards/service.py", source)


def test_templates_escape():
    _none(_over(rules.safe_faults, TEMPLATES))


@pytest.mark.parametrize(
    "source", ["{{ a|safe }}", "{{ a | trim | safe }}", "{% filter safe %}", "{% autoescape false %}"]
)
def test_template_without_escaping_is_found(source: str):
    assert rules.safe_faults("app/templates/public/home.html", f"<p>\n{source}") == [
        "app/templates/public/home.html:2: escaping is switched off"
    ]
    assert not rules.safe_faults("app/templates/components/rich_text.html", source)
    assert not rules.safe_faults("app/templates/public/home.html", "{{ a|safety }} safe")


def test_templates_ask_filters_for_dates_and_names():
    _none(_over(rules.look_up_faults, TEMPLATES))


@pytest.mark.parametrize(
    "source",
    [
        "{{ day.strftime('%B') }}",
        "{{ survey_names[slug] }}",
        "{{ names[kind][value] }}",
        "{{ names.locality.get(place, place) }}",
        "{{ localities[place] }}",
        "{{ localities.get(place) }}",
    ],
)
def test_template_that_looks_a_name_up_is_found(source: str):
    assert rules.look_up_faults("app/templates/x.html", source) == [
        "app/templates/x.html:1: dates and names come from filters"
    ]
    assert not rules.look_up_faults("app/templates/x.html", "{{ slug|survey_name }} {{ form.localities.items() }}")


def test_templates_use_components():
    _none(_over(rules.component_faults, TEMPLATES))


@pytest.mark.parametrize(
    "source",
    [
        '<input class="line" id="a" name="a">',
        "<select>",
        "<textarea name='a'>",
        '<p class="back"><a href="/">Back</a></p>',
        '<div class="scroll" role="region">',
        '<div id="error-summary">',
        '<p class="buttons">',
        '<a class="button plain" href="/">',
        '<span class="tag open">open</span>',
    ],
)
def test_markup_written_by_hand_is_found(source: str):
    assert len(rules.component_faults("app/templates/home/home.html", f"<p>\n{source}")) == 1
    assert not rules.component_faults("app/templates/components/forms.html", source)
    assert not rules.component_faults("app/templates/home/home.html", '<p class="backwards">{{ field("a", "A") }}')


def test_core_is_typed():
    _none(_over(rules.annotation_faults, {p: s for p, s in APP.items() if p.startswith("app/core/")}))


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("def f(a) -> int: ...", "a"),
        ("def f(a: int): ...", "its result"),
        ("def f(*, a) -> int: ...", "a"),
        ("def f(*a) -> int: ...", "a"),
        ("class A:\n    def f(self, a) -> int: ...", "a"),
        ("class A:\n    def __init__(self): ...", "its result"),
        ("class A:\n    @staticmethod\n    def f(a) -> int: ...", "a"),
    ],
)
def test_core_type_missing_is_found(source: str, name: str):
    faults = rules.annotation_faults("app/core/x.py", source)
    assert len(faults) == 1
    assert faults[0].endswith(f"no type for {name}")
    assert not rules.annotation_faults("app/core/x.py", "class A:\n    def f(self, a: int) -> int: ...\ndef _g(a): ...")


def test_no_folder_holds_most_of_the_application():
    _none(rules.folder_faults(APP))


def test_folder_with_too_many_lines_is_found():
    files = {f"app/{name}/a.py": "x = 1\n" * 10 for name in "abcdefgh"}
    assert not rules.folder_faults(files)
    assert rules.folder_faults(files | {"app/a/more.py": "x = 1\n" * 10}) == ["app/a: 20 lines, at most 14"]
    assert not rules.folder_faults(files | {"app/core/a.py": "x = 1\n" * 90})
