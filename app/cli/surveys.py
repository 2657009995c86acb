"""``flask survey``: list, import and export questionnaires."""

import json
from pathlib import Path

import click

from app.cli.group import CommandGroup, as_json, print_rows
from app.surveys import service as surveys

group = CommandGroup("survey", help="Surveys and their questionnaires.")


@group.command("list")
@as_json
def list_all(as_json: bool) -> None:
    """List all surveys."""
    rows = [
        {"slug": s.slug, "version": surveys.newest_questionnaire(s.slug).version, "synthetic": s.synthetic}
        for s in surveys.list_surveys()
    ]
    print_rows(rows, as_json)


@group.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--survey", help="Import into this survey instead of the one that the document names.")
def import_file(file: Path, survey: str | None) -> None:
    """Validate a questionnaire and import it as a new version."""
    with file.open("rb") as opened:
        content = surveys.text_of_file(opened.read(surveys.MAX_FILE + 1), file.name)
    slug = surveys.import_questionnaire(content, file.name, survey=survey)
    click.echo(slug)


@group.command("export")
@click.argument("slug")
@click.option("--format", "form", type=click.Choice(["json"]), default="json")
def export(slug: str, form: str) -> None:
    """Print the newest version of a survey's questionnaire."""
    document = json.loads(surveys.newest_questionnaire(slug).document)
    click.echo(json.dumps(document, ensure_ascii=False, indent=1))
