"""``flask action``: what was decided about what people said."""

from pathlib import Path

import click
from flask import current_app, render_template
from flask_babel import force_locale

from app.actions import poster as posters
from app.actions import service
from app.cli.group import CommandGroup, as_json, print_rows
from app.reports import pdf
from app.web.i18n import LANGUAGES

STYLE = Path(__file__).parent.parent / "static" / "css" / "print.css"
group = CommandGroup("action", help="You said, we did.")


@group.command("list")
@as_json
def list_all(as_json: bool) -> None:
    """List all actions."""
    rows = [
        {
            "id": one.id,
            "state": one.state,
            "public": one.public_since is not None,
            "audiences": one.audiences,
            "due_on": one.due_on.isoformat() if one.due_on else None,
            "overdue": service.is_overdue(one),
            "said": one.said,
        }
        for one in service.list_actions()
    ]
    print_rows(rows, as_json)


@group.command("poster")
@click.option("--lang", "tag", default="en", type=click.Choice(list(LANGUAGES)), help="The language.")
@click.option("--for", "audience", default="", help="A survey: only what is for its audience.")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The PDF file to write.")
def poster(tag: str, audience: str, out: Path) -> None:
    """Write the newest public actions as a poster in PDF."""
    with current_app.test_request_context(), force_locale(LANGUAGES[tag].babel):
        html = render_template("actions/poster.html", **posters.parts_of(audience, LANGUAGES[tag]))
    out.write_bytes(pdf.render(html, STYLE.read_text(encoding="utf-8")))
    click.echo(f"{out} written.", err=True)
