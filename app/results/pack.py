"""The pack of a release: a zip archive with all that somebody needs to check and to use the published numbers."""

import hashlib
import json
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from app.core.archives import write_zip
from app.core.documents import needed_keys
from app.core.questionnaires import SOURCE_LANGUAGE
from app.core.spreadsheets import write_csv
from app.results import about, recompute
from app.results.figures import Source

HERE = Path(__file__).parent
WORDING_COLUMNS = ("text", "language", "wording", "checked")
README = """\
{title}
{line}

These are the published results of one round of an anonymous survey, with what is needed to check and to use them.
No file holds the answers of single people.

data/results.csv           all published numbers, one a line, with codes and labels
data/results.xlsx          the same for a spreadsheet program, with a sheet that explains them
data/results.json          the same for programs; data/schema.json describes it
{earlier}questionnaire/             the questions as they were asked, and all their wordings in each language
{certificate}manifest.json              the size and the SHA-256 of each file
recompute.py               calculates every published number again from the rounded counts

To check the numbers, unpack the archive and run, with Python 3.10 or newer and nothing else:

    python3 recompute.py

It compares all files with the manifest, calculates every percentage, interval, word and combined number of
data/results.csv from the rounded counts in data/results.json, and compares the outcome byte by byte.
"""
EARLIER = "data/earlier.json          the round before, for comparison\n"
CERTIFICATE = "certificate.json           how the groups were checked before they were published\n"


def write_pack(source: Source, data: Mapping[str, bytes]) -> bytes:
    """Return the pack of a release as a zip archive; equal files make equal bytes.

    Args:
        data: the finished data files by name.
    """
    certificate = source.published.to_json().get("certificate")
    members = {
        "README.txt": _readme(source, certificate is not None),
        **{f"data/{name}": content for name, content in data.items()},
        "questionnaire/questionnaire.json": _as_json(_asked(source)),
        "questionnaire/wordings.csv": _wordings(source),
        **({} if certificate is None else {"certificate.json": _as_json(certificate)}),
        "recompute.py": recompute.text().encode(),
    }
    manifest = {"wave": source.published.wave, "files": {name: _entry(content) for name, content in members.items()}}
    return write_zip({**members, "manifest.json": _as_json(manifest)})


def schema() -> bytes:
    """Return the JSON schema (draft 2020-12) of the data in JSON."""
    return (HERE / "schema.json").read_bytes()


def _entry(content: bytes) -> dict[str, Any]:
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def _as_json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def _readme(source: Source, has_certificate: bool) -> bytes:
    title = f"Published results: {source.labels['title']}, round {source.number}"
    certificate, earlier = CERTIFICATE if has_certificate else "", EARLIER if source.earlier else ""
    text = README.format(title=title, line="=" * len(title), certificate=certificate, earlier=earlier)
    return (text + "".join(_section(*one) for one in about.sections(source).items())).encode()


def _section(heading: str, lines: list[about.Line]) -> str:
    told = (textwrap.fill(f"{left}: {right}", 110, subsequent_indent="    ") for left, right in lines)
    return f"\n{heading}\n{'-' * len(heading)}\n" + "".join(f"{one}\n" for one in told)


def _asked(source: Source) -> dict[str, Any]:
    """Return the questionnaire's document with what this wave asked: no pages, questions or texts of other modules."""
    raw: dict[str, Any] = json.loads(source.stored)
    used, asked = _used_texts(source), {question.variable for question in source.document.questions}
    questions = {name: spec for name, spec in raw["questions"].items() if name in asked}
    scales = {spec.get("scale") for spec in questions.values()}
    raw["pages"] = [page for page in raw["pages"] if page.get("module") in (None, source.module)]
    raw["questions"] = questions
    raw["scales"] = {name: spec for name, spec in raw.get("scales", {}).items() if name in scales}
    raw["reviewed"] = {lang: [k for k in keys if _stem(k) in used] for lang, keys in raw.get("reviewed", {}).items()}
    raw["texts"] = {
        lang: {key: text for key, text in words.items() if _stem(key) in used} for lang, words in raw["texts"].items()
    }
    return raw


def _used_texts(source: Source) -> set[str]:
    """Return the keys of all texts that a respondent of this wave could meet, without the mark of easy words."""
    document = source.document
    pages = {f"page.{page.name}{part}" for page in document.pages for part in ("", ".lead", ".body")}
    return {*needed_keys(document), *pages, *(f"{question.variable}.hint" for question in document.questions)}


def _stem(key: str) -> str:
    return key.removesuffix(".easy")


def _wordings(source: Source) -> bytes:
    """Return every wording in every language, as CSV for a spreadsheet program."""
    return write_csv(WORDING_COLUMNS, _wording_rows(source)).encode("utf-8-sig")


def _wording_rows(source: Source) -> Iterator[dict[str, object]]:
    used, document = _used_texts(source), source.document
    for language, words in document.texts.items():
        checked = document.reviewed.get(language, frozenset())
        for key, wording in words.items():
            if _stem(key) in used:
                is_checked = language == SOURCE_LANGUAGE or key in checked
                row: dict[str, object] = {"text": key, "language": language, "wording": wording}
                yield row | {"checked": "yes" if is_checked else "draft"}
