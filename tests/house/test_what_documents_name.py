"""Documents name tests, modules and folders that are there; and each kind of name that is not there is found."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.support.homes import ROOT

PRIVACY = ROOT / "docs" / "privacy.md"
PLAIN = {"Cache-Control: no-store", "Path=/staff", "VACUUM", "shell"}
NOT_YET = {"components/rich_text.html"}
"""Named because it is not there."""
QUOTED = re.compile(r"`([^`]+)`")
TEST = re.compile(r"((?:tests/)?(?:\w+/)+test_\w+)(?:: (\S+))?")
TEST_NAME = re.compile(r"…?[a-z]+_\w*…?|…\w+")
PATH = re.compile(r"[a-z_]\w*(/[\w.-]*)+(::\w+)?|\w+\.py")


@cache
def names_in(path: Path) -> set[str]:
    """Return what a module defines: functions, classes, values, and ``CLASS.METHOD``."""
    found: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{part.name}" for part in node.body if isinstance(part, ast.FunctionDef)}
            found |= {part.name for part in node.body if isinstance(part, ast.FunctionDef)}
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        found |= {part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)}
    return found


@cache
def files() -> list[str]:
    """Return every file and folder of the repository's own, from its root, with slashes."""
    tops = [ROOT / name for name in ("app", "tests", "migrations", "translations", "docs")]
    inside = [path for top in tops for path in (top, *top.rglob("*")) if "__pycache__" not in path.parts]
    return [path.relative_to(ROOT).as_posix() for path in (*inside, *ROOT.glob("*.py"), ROOT / "Makefile")]


def find(path: str) -> list[Path]:
    """Return the files or folders that a path means, which may be short: ``letterbox`` or ``counting/public_keys``."""
    path = path.rstrip("/")
    whole = [f for f in files() if f in (path, f"{path}.py", f"app/{path}", f"app/{path}.py")]
    ends = [f for f in files() if f.endswith((f"/{path}", f"/{path}.py"))]
    return [ROOT / f for f in whole or ends]


def code_is_there(token: str) -> bool:
    """Tell whether ``respond/saved_drafts._take_try``, ``app/server.py``, ``respond/modes_views`` or a table exists."""
    if find(token):
        return True
    folder, _slash, last = token.rpartition("/")
    module, _dot, name = last.partition(".")
    module = f"{folder}/{module}" if folder else module
    if name:
        return any(name in names_in(file) for file in find(module) if file.suffix == ".py")
    return any(f'__tablename__ = "{token}"' in file.read_text() for file in (ROOT / "app" / "models").glob("*.py"))


def has_test(module: str, name: str | None) -> bool:
    """Tell whether a module of tests exists, and a test in it; a name may begin or end with an ellipsis."""
    file = ROOT / "tests" / f"{module.removeprefix('tests/')}.py"
    if not file.is_file():
        return False
    tests = {test.removeprefix("test_") for test in names_in(file) if test.startswith("test_")}
    if name is None:
        return True
    if name.startswith("…"):
        return any(test.endswith(name[1:]) for test in tests)
    return any(test.startswith(name[:-1]) for test in tests) if name.endswith("…") else name in tests


def missing_from_privacy(text: str) -> Iterator[str]:
    """Yield every test and every piece of code that is named and is not there."""
    for line in text.splitlines():
        module = ""
        for token in QUOTED.findall(line):
            if match := TEST.fullmatch(token):
                module = match[1]
                if not has_test(module, match[2]):
                    yield token
            elif module and TEST_NAME.fullmatch(token):
                if not has_test(module, token):
                    yield f"{module}: {token}"
            elif token not in PLAIN and not token.startswith(("flask ", "make ")) and not code_is_there(token):
                yield token


def missing_paths(text: str) -> Iterator[str]:
    """Yield every path that is named and is not there; modules in a table belong to the folder named above it."""
    folder = ""
    for line in text.splitlines():
        if heading := re.match(r"`(core/[a-z_/]*)`", line):
            folder = heading[1]
        elif line and not line.startswith("|") and not line.startswith("files from outside"):
            folder = folder if line.startswith(" ") else ""
        cells = line.split(" | ")
        if folder and line.startswith("| `"):
            yield from (f"{folder}{m}" for m in QUOTED.findall(cells[0]) if not find(f"{folder}{m}"))
        for token in QUOTED.findall(line):
            path, _colons, test = token.partition("::")
            if not PATH.fullmatch(token) or token in NOT_YET:
                continue
            if not code_is_there(path) or (test and test not in names_in(find(path)[0])):
                yield token


def test_every_test_and_module_in_privacy_md_is_there() -> None:
    assert list(missing_from_privacy(PRIVACY.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("name", ["testing.md", "architecture.md"])
def test_every_path_in_a_document_is_there(name: str) -> None:
    assert list(missing_paths((ROOT / "docs" / name).read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "planted",
    [
        "`core/test_codes: no_such_test`",
        "`core/test_codes: …no_such_end`",
        "`core/test_codes: no_such_start…`",
        "`tests/nowhere/test_nowhere`",
        "`journeys/test_round: no_code_address_or_browser_is_left_anywhere`",
        "`tests/browser/test_browser_attack`",
        "`tests/browser/test_journeys: no_such_journey`",
        "`respond/saved_drafts._take_tries`",
        "`services/nothing`",
        "`letterbox.nobody`",
        "`static/js/none.js`",
        "`no_table`",
    ],
)
def test_a_planted_name_is_found_in_privacy_md(planted: str) -> None:
    assert len(list(missing_from_privacy(f"| a promise | `core/codes` | {planted} |"))) == 1


def test_a_second_name_belongs_to_the_module_before_it() -> None:
    row = "| x | `core/codes` | `core/test_codes: make_code_gives_different_codes_of_15_digits`, `…_used_up` |"
    assert list(missing_from_privacy(row)) == ["core/test_codes: …_used_up"]


@pytest.mark.parametrize(
    ("planted", "found"),
    [
        ("`tests/browser/test_browser_attack.py`", "tests/browser/test_browser_attack.py"),
        ("| `tests/nowhere/` | x |", "tests/nowhere/"),
        ("`counting/opener.nothing`", "counting/opener.nothing"),
        ("`tests/house/test_house_rules.py::test_nothing`", "tests/house/test_house_rules.py::test_nothing"),
        ("`core/`:\n\n| module | in one line |\n|---|---|\n| `codes`, `cods` | x |", "core/cods"),
    ],
)
def test_a_planted_path_is_found(planted: str, found: str) -> None:
    assert list(missing_paths(planted)) == [found]
