"""The browser for attacks on the client side: the system's Chromium or Playwright's own, if there is one."""

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
    *("--no-sandbox", "--no-first-run", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]


def system_chromium() -> str | None:
    """Return the path of the system's Chromium, or None; the headless shell is preferred because it is fastest."""
    given = os.environ.get("CHROME_PATH")
    return given or next((path for name in NAMES if (path := shutil.which(name))), None)


def launch_options() -> dict[str, Any]:
    """Return Playwright's launch options for the available browser."""
    path = system_chromium()
    return {"args": FLAGS, **({"executable_path": path} if path else {})}


@contextmanager
def opened() -> Iterator["Browser"]:
    """Yield a browser, and close it.

    Raises:
        Missing: Playwright (a development dependency) or its browser is not installed.
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
