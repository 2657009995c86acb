"""``flask attack``: attack a temporary installation and its naive twin, or check this installation."""

import json
import secrets
import tempfile
from dataclasses import asdict
from functools import partial
from pathlib import Path

import click

from app.attacker import here, suite
from app.attacker.finding import Finding
from app.attacker.scene.servers import Missing
from app.attacker.scene.stage import StageError
from app.cli.group import CommandGroup, as_json, stop
from app.home import attack_report

group = CommandGroup("attack", help="Test whether anybody could find out who answered what.")


@group.command("run")
@click.option("--respondents", default=120, type=click.IntRange(30, 1000), help="Number of people who answer.")
@click.option("--waves", default=3, type=click.IntRange(1, 6), help="Number of rounds.")
@click.option(
    "--database",
    default="sqlite",
    type=click.Choice(["sqlite", "postgresql"]),
    help="Database of both designs. PostgreSQL starts temporary servers and needs its programs installed.",
)
@click.option("--seed", type=int, help="Seed of the order in which people answer; chosen and printed if left out.")
@click.option(
    "--page",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Also write a report page to this file.",
)
@click.option(
    "--here",
    "is_here",
    is_flag=True,
    help="Only the checks that can run on real data, on this installation. Run as root.",
)
@as_json
def run(
    respondents: int, waves: int, database: str, seed: int | None, page: Path | None, is_here: bool, as_json: bool
) -> None:
    """Attack the stored data of the portal and of a naive design. Status 1 if a check fails."""
    chosen, progress = secrets.randbelow(10**6) if seed is None else seed, partial(click.echo, err=True)
    try:
        if is_here:
            findings = here.look_here(progress)
        else:
            with (
                tempfile.TemporaryDirectory(prefix="attack-") as folder,
                suite.grounds(Path(folder), database == "postgresql") as ground,
            ):
                findings = suite.run(ground, respondents=respondents, waves=waves, seed=chosen, report=progress)
    except (StageError, Missing) as error:
        stop(f"The attack could not be run: {error}.")
    summary = f"{len(findings)} checks made; {sum(f.passed for f in findings)} passed."
    if not is_here:
        report = attack_report.Report(
            people=respondents, waves=waves, seed=chosen, database=database, findings=tuple(findings)
        )
        attack_report.save(report)
        summary = report.words
        if page:
            page.write_text(attack_report.as_page(report), encoding="utf-8")
    click.echo(json.dumps([asdict(f) for f in findings], indent=1) if as_json else f"{table(findings)}\n\n{summary}")
    if not all(finding.passed and finding.naive_broken is not False for finding in findings):
        stop("A check failed, or an attack did not work on the naive design. See the table.")


def table(findings: list[Finding]) -> str:
    """Return findings as a text table, with the metric in the last column."""
    rows = [(cells[0], *cells[2:], cells[1]) for cells in (attack_report.HEAD, *map(attack_report.cells, findings))]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join(lines)
