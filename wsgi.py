"""The WSGI entry point, also for the ``flask`` command. Invalid settings end it with a sentence for each."""

import sys

from app import create_app
from config import SettingsError

try:
    app = create_app()
except SettingsError as error:
    sys.exit(error.at_start())
