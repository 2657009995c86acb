"""Finds a browser for the tests: Debian's Chromium if there is one, else Playwright's own download.

Run as a module (``make test`` does) it installs one when none is found.
"""

import os
import shutil
import subprocess
import sys

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
    """Return the path of the system's Chromium, or None."""
    given = os.environ.get("CHROME_PATH")
    return given or next((path for name in ("chromium", "chromium-browser") if (path := shutil.which(name))), None)


def launch_options() -> dict[str, object]:
    """Return Playwright's launch options for the browser that is there."""
    path = system_chromium()
    return {"args": FLAGS, **({"executable_path": path} if path else {})}


def install() -> None:
    """Install a browser: from the system's packages as root on Debian, else Playwright's download."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "update", "-qq"], check=False)
        done = subprocess.run(["apt-get", "install", "-y", "-qq", "chromium"], check=False)
        if done.returncode == 0:
            return
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)


if __name__ == "__main__":
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        is_there = system_chromium() or os.path.exists(playwright.chromium.executable_path)
    if not is_there:
        install()
