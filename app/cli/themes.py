"""``flask theme``: the codebook of a survey as a file."""

from pathlib import Path

import click

from app.cli.group import CommandGroup
from app.surveys import service as surveys
from app.themes import files

group = CommandGroup("theme", help="Themes of what people wrote.")


@group.command("export")
@click.argument("survey")
@click.option("--format", "kind", default="csv", type=click.Choice(["csv", "qdc"]), help="CSV, or REFI-QDA codebook.")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The file to write.")
def export(survey: str, kind: str, out: Path) -> None:
    """Write the codebook with its published numbers (CSV), or for other programs (REFI-QDA)."""
    surveys.get_survey(survey)
    out.write_bytes(files.as_qdc(survey) if kind == "qdc" else files.as_csv(survey).encode())
    click.echo(f"{out} written.", err=True)
