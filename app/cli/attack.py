"""``flask attack``: attack a throw-away installation and its naive twin, or look at this one."""

import json
import secrets
import tempfile
from pathlib import Path

import click

from app.cli.group import CommandGroup, as_json, stop
from app.services import attack_report
from app.services.attacks import here, suite
from app.services.attacks.finding import Finding, in_words
from app.services.attacks.stage import Stage, StageError

group = CommandGroup("attack", help="Try to find out who answered what.")
COLUMNS = ("attack", "reached", "may reach", "held", "naive twin", "fails")


@group.command("run")
@click.option("--respondents", default=120, type=click.IntRange(30, 1000), help="How many people answer.")
@click.option("--waves", default=3, type=click.IntRange(1, 6), help="How many waves.")
@click.option("--seed", type=int, help="Of the orders in which people answer; printed when left out.")
@click.option("--here", "is_here", is_flag=True, help="Only the checks that need no truth, on this installation.")
@as_json
def run(respondents: int, waves: int, seed: int | None, is_here: bool, as_json: bool) -> None:
    """Attack everything that lies about, ours and a naive design's; exit 1 when something was found."""
    chosen = secrets.randbelow(10**6) if seed is None else seed
    with tempfile.TemporaryDirectory(prefix="attack-") as folder:
        try:
            findings = (
                here.look_here()
                if is_here
                else suite.run(Stage(Path(folder) / "ours"), Path(folder) / "twin", respondents, waves, chosen, tell)
            )
        except StageError as error:
            stop(f"The attack could not be made: {error}.")
    if not is_here:
        attack_report.save(findings)
    click.echo(json.dumps([f.as_row() for f in findings], indent=1) if as_json else table(findings))
    if not all(finding.passed and finding.naive_broken is not False for finding in findings):
        stop("Something was found, or an attack does not work on the naive twin: see the table.")


def tell(sentence: str) -> None:
    """Say what is being done, beside the output."""
    click.echo(sentence, err=True)


def table(findings: list[Finding]) -> str:
    """Return findings as lines in columns, and one sentence in plain words."""
    rows = [COLUMNS, *(_cells(finding) for finding in findings)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(COLUMNS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([*lines, "", in_words(findings)])


def _cells(finding: Finding) -> tuple[str, ...]:
    naive = "-" if finding.naive_value is None else f"{finding.naive_value:g}"
    fails = {None: "-", True: "yes", False: "NO"}[finding.naive_broken]
    held = "yes" if finding.passed else "NO"
    return (finding.name, f"{finding.value:g}", f"{finding.bound:g}", held, naive, fails)
