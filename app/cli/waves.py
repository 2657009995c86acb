"""``flask wave``: create, open, close, cancel, delete and list rounds."""

import datetime as dt

import click

from app.cli.counting import settle
from app.cli.group import CommandGroup, as_json, print_rows
from app.core.waves import DAY, Words
from app.fieldwork import own_words
from app.keys import destroying
from app.storage import clock, destroyed_keys
from app.surveys import service as surveys
from app.surveys import waves

group = CommandGroup("wave", help="Rounds of a survey.")
DATE = click.DateTime(["%Y-%m-%d"])


@group.command("list")
@click.argument("survey")
@as_json
def list_all(survey: str, as_json: bool) -> None:
    """List the rounds of a survey."""
    surveys.get_survey(survey)
    shown, destroyed = waves.shown_turnout(), destroyed_keys.list_begun(destroyed_keys.WAVE)
    rows = [
        {
            "id": wave.id,
            "state": wave.state,
            "opens_on": wave.opens_on.isoformat(),
            "closes_on": wave.closes_on.isoformat(),
            "responses": shown.get(wave.id, 0),
            "burned": destroyed.get(wave.id, False),
            "cancelled_because": wave.cancelled_because or "",
        }
        for wave in waves.list_waves(survey)
    ]
    print_rows(rows, as_json)


@group.command("create")
@click.argument("survey")
@click.option("--opens", required=True, type=DATE, help="First day, YYYY-MM-DD.")
@click.option("--closes", required=True, type=DATE, help="Last day, YYYY-MM-DD.")
def create(survey: str, opens: dt.datetime, closes: dt.datetime) -> None:
    """Create the next round of a survey and print its id. It opens on its first day, or with "wave open"."""
    first = opens.date()
    if first == clock.today():  # no round opens on the day on which it is saved, unless somebody opens it
        first += DAY
    wave_id, request = waves.create_wave(survey, first, closes.date())
    click.echo(wave_id)
    if first != opens.date():
        click.echo(f"It opens tomorrow. To open it today, run: flask wave open {wave_id}", err=True)
    settle(request)


@group.command("open")
@click.argument("wave")
@click.option("--reading-day", type=DATE, help="The day from which own words are read, YYYY-MM-DD.")
def open_one(wave: str, reading_day: dt.datetime | None) -> None:
    """Open a round for answers now, whatever its first day.

    Questions for own words are left out if there are no readers or no reading day.
    """
    if reading_day is not None:
        own_words.set_reading_day(wave, reading_day.date())
    before = own_words.find_own_words(waves.get_wave(wave))
    waves.open_wave(wave)
    click.echo(f"{wave} is open.")
    if waves.get_wave(wave).words == Words.LEFT_OUT:
        why = "This was settled before." if before.words else f"Missing: {'; '.join(before.missing)}."
        click.echo(f"Warning: it does not ask people to write in their own words. {why}", err=True)


@group.command("close")
@click.argument("wave")
def close_one(wave: str) -> None:
    """Close a round and open all its letters."""
    settle(waves.close_wave(wave))
    click.echo(f"{wave} is closed.")


@group.command("cancel")
@click.argument("wave")
@click.option("--reason", required=True, help="Why; staff see it. Do not write names.")
def cancel_one(wave: str, reason: str) -> None:
    """Cancel an open round: destroy its keys and all answers to it, unread. This cannot be undone."""
    settle(waves.cancel_wave(wave, reason))
    destroying.finish()
    click.echo(f"{wave} is cancelled.")


@group.command("delete")
@click.argument("wave")
def delete_one(wave: str) -> None:
    """Delete a round that has not opened."""
    settle(waves.delete_wave(wave))
    destroying.finish()
    click.echo(f"{wave} is deleted.")
