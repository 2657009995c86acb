"""``make bench``: how fast the pages and the letterbox are, as ratios against a bare reference in the same run.

The reference is an empty Flask application under the same server with the same settings. Figures are medians.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from app.counting import letterbox
from app.demo import borough
from tests.support.homes import ROOT, application, environment, free_port, running, sqlite_settings, write_portal_env
from tests.support.http_journey import Client, enter_code, hidden, walk

REPEATS = 60
LETTERS = 1000
BARE = "from flask import Flask\napp = Flask('bare')\napp.get('/')(lambda: 'ok')\n"


def median_ms(action: Callable[[], object], repeats: int = REPEATS) -> float:
    """Return the median time of an action in milliseconds, after three unmeasured runs."""
    times = []
    for number in range(repeats + 3):
        start = time.perf_counter()
        action()
        if number >= 3:
            times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)


def bare_ms(folder: Path) -> float:
    """Return the median time of one request to the bare reference."""
    (folder / "bare.py").write_text(BARE, encoding="utf-8")
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--threads", "8", "-k", "gthread", "-b", f"127.0.0.1:{port}"]
    server = subprocess.Popen([*command, "--no-control-socket", "--log-level", "error", "bare:app"], cwd=folder)
    try:
        time.sleep(2)
        return median_ms(lambda: Client(f"http://127.0.0.1:{port}").get("/"))
    finally:
        server.terminate()
        server.wait(10)


def main() -> None:
    """Print one line for each figure."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = sqlite_settings(folder / "home")
        with application(settings):
            start = time.perf_counter()
            borough.load_demo(seed=1, respondents=LETTERS, closed_waves=1, report=lambda _line: None)
            seconds = time.perf_counter() - start
            letters = sum(box.responses + box.waiting for box in letterbox.status().values())
            codes = [borough.trial_codes()["family"] for _ in range(12)]
        write_portal_env(settings)
        reference = bare_ms(folder)
        print(f"bare reference: {reference:.2f} ms a request")
        with running(settings, folder / "web.log") as base:
            _print_pages(base, codes, reference)
        print(
            f"letterbox: {letters} letters sealed, opened, counted in {seconds:.1f} s, {letters / seconds:.0f} a second"
        )
        _print_start(settings)


def _print_pages(base: str, codes: list[str], reference: float) -> None:
    client = Client(base)
    start = enter_code(client, codes[0])
    client.post("/r/start", hidden(start))
    for path in ("/", "/c", "/r/start", "/r/page/1", "/r/check", "/results/family", "/privacy"):
        taken = median_ms(lambda path=path: client.get(path))
        print(f"GET {path}: {taken:.2f} ms, {taken / reference:.1f} times the reference")
    journeys = [_seconds(lambda code=code: walk(Client(base), code)) for code in codes[1:]]
    print(f"a whole family journey: {1000 * statistics.median(journeys):.0f} ms")


def _seconds(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def _print_start(settings: object) -> None:
    command = [sys.executable, "-m", "flask", "survey", "list"]
    taken = _seconds(
        lambda: subprocess.run(command, cwd=ROOT, env=environment(settings), capture_output=True, check=True)
    )
    print(f"one command from cold: {taken:.2f} s")


if __name__ == "__main__":
    main()
