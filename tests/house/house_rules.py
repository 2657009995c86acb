"""Checkers of the house rules in docs/architecture.md: each takes a file's path and text and returns its faults.

Paths are relative to the project's folder. ``test_house_rules`` runs them over the project and over planted faults.
"""

import ast
import re
import statistics
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[2]
MAX_MODULE = 300
MAX_FUNCTION = 50
MAX_MEDIAN = 12
MAX_POSITIONAL = 3
BAD_NAMES = frozenset({"common", "helpers", "utils", "misc", "manager"})
CORE_PACKAGES = frozenset({"cryptography", "stdnum", "nh3", "bleach", "numpy", "phonenumbers"})

QUERIES_NOT_IN = re.compile(
    r"app/(cli|core|models|web)/|app/\w+/(\w+_)?(views|forms|survey_page)\.py|(config|wsgi)\.py"
)
"""Modules that ask the database nothing themselves."""
CALLED_IN_ORDER = frozenset({("app/server.py", "access")})
"""Functions that a library calls with more arguments in order."""
MAX_SHARE = 0.15
LARGE = frozenset({"attacker", "core"})
"""Folders that may be larger: one is no part of the running site, the other is pure."""

_UNSAFE = re.compile(r"\|\s*safe\b|\bfilter\s+safe\b|\bautoescape\s+false\b")
_LOOK_UP = re.compile(
    r"\bstrftime\(|\bsurvey_names\b|\bnames(\[|\.(locality|channel)\b)|\b(localities|channels)(\[|\.get\b)"
)
"""What a template does itself that a filter of app/web/filters.py does for all."""
_HAND_WRITTEN = re.compile(
    r"<(?:input|select|textarea)\b|\bclass=\"(?:about|back|button|buttons|chart|error-summary|notice|said|scroll|tag|tasks)\b"
    r"|\bid=\"error-summary\"|\bname=\"csrf_token\""
)
"""Markup that only components write."""
_MAY_BE_SAFE = "app/templates/components/rich_text.html"


def app_files() -> dict[str, str]:
    """Return path and text of every module of the application, with config.py and wsgi.py."""
    return _texts([*(ROOT / "app").rglob("*.py"), ROOT / "config.py", ROOT / "wsgi.py"])


def sized_files() -> dict[str, str]:
    """Return path and text of every module whose length is limited: the application's and the tests'."""
    return app_files() | _texts((ROOT / "tests").rglob("*.py"))


def template_files() -> dict[str, str]:
    """Return path and text of every template."""
    return _texts(path for path in (ROOT / "app" / "templates").rglob("*") if path.is_file())


def _texts(paths: Iterable[Path]) -> dict[str, str]:
    return {str(p.relative_to(ROOT)): p.read_text(encoding="utf-8") for p in sorted(paths) if p.exists()}


def imported(path: str, source: str) -> Iterator[tuple[int, str]]:
    """Yield line and full dotted name of everything a module imports, inside functions too."""
    package = list(PurePosixPath(path).parent.parts)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            start = [*above, *(node.module.split(".") if node.module else [])]
            yield from ((node.lineno, ".".join([*start, alias.name])) for alias in node.names)


def import_faults(path: str, source: str) -> list[str]:
    """Name every import of another feature's views or forms, and what core takes from outside beyond its few packages.

    Which feature may import which is held by the contracts in pyproject.toml.
    """
    feature = PurePosixPath(path).parts[1] if path.startswith("app/") else ""
    faults = []
    for line, name in imported(path, source):
        other = re.match(r"app\.(\w+)\.(\w+_)?(views|forms)\b", name)
        if other and other[1] not in (feature, "web") and path != "app/__init__.py":
            faults.append(f"{path}:{line}: {name} belongs to another feature; ask its service")
        package = name.split(".")[0]
        if feature == "core" and package not in sys.stdlib_module_names | CORE_PACKAGES | {"app"}:
            faults.append(f"{path}:{line}: core may not import {name}")
    return faults


def functions(source: str) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Return all functions and methods of a module, nested ones too."""
    return [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]


def _length(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def module_size_faults(path: str, source: str) -> list[str]:
    """Name a module that is too long."""
    lines = len(source.splitlines())
    return [f"{path}: {lines} lines, at most {MAX_MODULE}"] if lines > MAX_MODULE else []


def function_size_faults(path: str, source: str) -> list[str]:
    """Name every function that is too long."""
    long = [f for f in functions(source) if _length(f) > MAX_FUNCTION]
    return [f"{path}:{f.lineno}: {f.name} has {_length(f)} lines, at most {MAX_FUNCTION}" for f in long]


def argument_faults(path: str, source: str) -> list[str]:
    """Name every function that takes more than three arguments in order, not counting ``self`` and ``session``.

    Commands get theirs by name from click, dunder methods but ``__init__`` from Python.
    """
    if not path.startswith("app/"):
        return []
    faults = []
    for node in functions(source):
        names = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)]
        for free in ("self", "cls", "session"):
            names = names[1:] if names[:1] == [free] else names
        is_command = any(".command(" in ast.unparse(decorator) for decorator in node.decorator_list)
        is_dunder = node.name.startswith("__") and node.name != "__init__"
        is_free = is_command or is_dunder or (path, node.name) in CALLED_IN_ORDER
        if len(names) > MAX_POSITIONAL and not is_free:
            faults.append(f"{path}:{node.lineno}: {node.name} takes {len(names)} arguments in order; use keywords")
    return faults


def median_length(sources: Iterable[str]) -> float:
    """Return the median length of all functions, in lines."""
    return statistics.median([_length(f) for source in sources for f in functions(source)] or [0])


def name_faults(path: str) -> list[str]:
    """Name a module or folder whose name says nothing."""
    parts = PurePosixPath(path).with_suffix("").parts
    return [f"{path}: nothing is called {part}" for part in parts if part in BAD_NAMES]


def docstring_faults(path: str, source: str) -> list[str]:
    """Name a module that holds something and does not say what it promises."""
    has_one = not source.strip() or ast.get_docstring(ast.parse(source))
    return [] if has_one else [f"{path}: no module docstring"]


def _calls(source: str, names: frozenset[str], methods_only: bool) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute) and node.func.attr in names:
                yield node.lineno, node.func.attr
            elif isinstance(node.func, ast.Name) and node.func.id in names and not methods_only:
                yield node.lineno, node.func.id


def commit_faults(path: str, source: str) -> list[str]:
    """Name every commit and rollback outside ``app/storage/db.py``."""
    if path == "app/storage/db.py":
        return []
    calls = _calls(source, frozenset({"commit", "rollback"}), methods_only=True)
    return [f"{path}:{line}: .{name}( belongs in app/storage/db.py" for line, name in calls]


def select_faults(path: str, source: str) -> list[str]:
    """Name every ``select(`` outside services, also one that is imported under another name."""
    if not QUERIES_NOT_IN.match(path):
        return []
    calls = [line for line, _ in _calls(source, frozenset({"select"}), methods_only=False)]
    imports = [
        line for line, name in imported(path, source) if name.startswith("sqlalchemy") and name.endswith(".select")
    ]
    return [f"{path}:{line}: select( belongs in services" for line in sorted({*calls, *imports})]


def safe_faults(path: str, source: str) -> list[str]:
    """Name every place where a template switches escaping off, but for the one component that may."""
    if path == _MAY_BE_SAFE:
        return []
    lines = enumerate(source.splitlines(), start=1)
    return [f"{path}:{n}: escaping is switched off" for n, line in lines if _UNSAFE.search(line)]


def look_up_faults(path: str, source: str) -> list[str]:
    """Name every place where a template formats a date or looks a name up, instead of asking a filter."""
    lines = enumerate(source.splitlines(), start=1)
    return [f"{path}:{n}: dates and names come from filters" for n, line in lines if _LOOK_UP.search(line)]


def component_faults(path: str, source: str) -> list[str]:
    """Name every piece of markup that a template writes by hand although a component draws it."""
    if path.startswith("app/templates/components/"):
        return []
    lines = enumerate(source.splitlines(), start=1)
    return [f"{path}:{n}: {m[0]} has a component" for n, line in lines for m in _HAND_WRITTEN.finditer(line)]


def annotation_faults(path: str, source: str) -> list[str]:
    """Name every public function or method of core that leaves an argument or its result without a type."""
    faults = []
    for parent in ast.walk(ast.parse(source)):
        if not isinstance(parent, ast.Module | ast.ClassDef):
            continue
        for node in parent.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not re.match(r"_[^_]", node.name):
                bare = _bare_names(node, is_method=isinstance(parent, ast.ClassDef))
                faults += [f"{path}:{node.lineno}: {node.name} has no type for {name}" for name in bare]
    return faults


def _bare_names(node: ast.FunctionDef | ast.AsyncFunctionDef, is_method: bool) -> list[str]:
    is_static = any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in node.decorator_list)
    plain = [*node.args.posonlyargs, *node.args.args][1 if is_method and not is_static else 0 :]
    extra = [a for a in (node.args.vararg, node.args.kwarg) if a is not None]
    bare = [a.arg for a in (*plain, *node.args.kwonlyargs, *extra) if a.annotation is None]
    return bare if node.returns is not None else [*bare, "its result"]


def folder_faults(files: Mapping[str, str]) -> list[str]:
    """Name every folder of app/ that holds too large a share of its lines."""
    lines: Counter[str] = Counter()
    for path, source in files.items():
        if path.startswith("app/") and path.count("/") > 1:
            lines[path.split("/")[1]] += len(source.splitlines())
    limit = MAX_SHARE * lines.total()
    return [
        f"app/{name}: {n} lines, at most {limit:.0f}" for name, n in lines.items() if n > limit and name not in LARGE
    ]
