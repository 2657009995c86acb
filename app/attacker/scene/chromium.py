"""The browser for attacks on the browser's side: the system's Chromium or Playwright's own, where one is here."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from app.attacker.scene.servers import Missing

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def system_chromium() -> str | None:
    """Return the path of the system's Chromium, or None; the one that never draws a window is the quickest."""
    given = os.environ.get("CHROME_PATH")
    return given or next((path for name in NAMES if (path := shutil.which(name))), None)


def launch_options() -> dict[str, Any]:
    """Return Playwright's launch options for the browser that is there."""
    path = system_chromium()
    return {"args": FLAGS, **({"executable_path": path} if path else {})}


@contextmanager
def opened() -> Iterator["Browser"]:
    """Yield a browser, and close it.

    Raises:
        Missing: Playwright, a package for developers that no installation has, or its browser is not here.
    """
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError as error:
        raise Missing("Playwright is not installed") from error
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(**launch_options())
        except Error as error:
            raise Missing("no Chromium was found") from error
        yield browser
        browser.close()
