"""Finds a browser for the tests: Debian's Chromium if there is one, else Playwright's own download.

Run as a module (``make test`` does) it installs one when none is found.
"""

import os
import shutil
import subprocess
import sys

from app.attacker.scene.chromium import system_chromium


def install() -> None:
    """Install a browser: from the system's packages as root on Debian, else Playwright's download."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "update", "-qq"], check=False)
        done = subprocess.run(["apt-get", "install", "-y", "-qq", "chromium-headless-shell"], check=False)
        if done.returncode == 0:
            return
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)


if __name__ == "__main__":
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        is_there = system_chromium() or os.path.exists(playwright.chromium.executable_path)
    if not is_there:
        install()
